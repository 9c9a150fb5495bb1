"""Collectors and gateways killed at every step and at random: all there was is taken, once, and nothing is lost."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.simulator.hospital import SimulatedHospital, Written, read_writings
from gateway.steps import Step
from gateway.store import exchanges, open_store
from tests.blueprint import ROOT
from tests.collect.lis import COLUMNS, MAPPING, Lis
from tests.soak.orders import Orders
from tests.soak.trail import Trail
from tests.systems.serving import LAB, SAMPLE, Gateway, kill_all, payload

OF_A_FILE = (
    Step.COLLECT_READ, Step.COLLECT_ANSWERED, Step.COLLECT_CLAIMED, Step.COLLECT_EXPLAINED, Step.COLLECT_MOVED,
    Step.COLLECT_FINISHED,
)  # fmt: skip
# The gateway has a payload and has not yet made it durable.
OF_AN_INTAKE = (
    Step.INTAKE_RECEIVED, Step.INTAKE_TRANSLATED, Step.INTAKE_CHECKED, Step.INTAKE_SIGNED, Step.INTAKE_WRITTEN,
)  # fmt: skip
OF_A_VIEW = (Step.COLLECT_READ, Step.COLLECT_ANSWERED, Step.COLLECT_MARK_WRITTEN, Step.COLLECT_MARKED)
NUMBERS = ("LAB20261115-0001", "XN20261115001", "CD20261115001")
SECRET = b"NGUYEN VAN BI MAT"
PATIENCE = 120  # seconds until a collector that gets no further has failed


class Desk:
    """The collector's side: its file, its folder, and the orders its process obeys."""

    def __init__(self, folder: Path, gateway: Gateway) -> None:
        self.folder = folder
        self.inbox = folder / "in"
        self.inbox.mkdir()
        self.orders = Orders(folder)
        self.trail = Trail(folder)
        self.file = folder / "collect.toml"
        self._gateway = gateway
        (folder / "client.json").touch(mode=0o600)
        (folder / "client.json").write_text(json.dumps({"client": gateway.client}))

    def lists(self, table: str) -> None:
        """One collector, of fields as TOML."""
        common = f'name = "one"\nfacility = "{LAB}"\nclient = "client.json"\npoll_seconds = 1\n'
        self.file.write_text(f'gateway = "{self._gateway.url}"\n{table}\n{common}')

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        with (self.folder / "collect.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.soak.dying", str(self.folder), "collect", str(self.file), *more],
                cwd=ROOT, env=self._gateway.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def once(self) -> int:
        """Its exit code, negative for the signal that killed it."""
        return self.start("--once").wait(PATIENCE)

    @property
    def log(self) -> str:
        return (self.folder / "collect.log").read_text()

    def there(self) -> dict[str, bytes]:
        """Every file in or below the folder, our own lock and what the gateway said aside."""
        return {
            str(path.relative_to(self.inbox)): path.read_bytes()
            for path in self.inbox.rglob("*")
            if path.is_file() and path.name != ".lock" and not path.name.endswith(".outcome.json")
        }


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    made = Gateway(tmp_path)
    made.register()
    made.run("mapping", "add", str(MAPPING), "--facility", LAB, "--by", "test", "--reason", "test")
    return made


def kept_of(gateway: Gateway, content: bytes) -> int:
    """How many exchanges the gateway has of a payload."""
    store = open_store(f"sqlite:///{gateway.folder / 'var' / 'gateway.db'}")
    try:
        with store.read() as connection:
            return len(exchanges.payload_exchanges(connection, LAB, hashlib.sha256(content).hexdigest()) or ())
    finally:
        store.close()


def whole(desk: Desk, gateway: Gateway, good: list[bytes], bad: list[bytes]) -> None:
    """All is settled: each file in one place, each payload in the gateway once, each refusal explained."""
    found = desk.there()
    assert {name.partition("/")[0] for name in found} <= {"done", "refused"}, sorted(found)
    assert Counter(found.values()) == Counter([*good, *bad])
    assert {found[name] for name in found if name.startswith("done/")} == set(good)
    assert [kept_of(gateway, one) for one in good] == [1] * len(good)
    for name in found:
        outcome = desk.inbox / f"{name}.outcome.json"
        assert outcome.exists() == name.startswith("refused/"), name
        if outcome.exists():
            assert json.loads(outcome.read_bytes())["outcome"]["issue"]
            assert SECRET not in outcome.read_bytes()
    assert [path.name for path in (desk.inbox / "taking").iterdir()] == [".lock"], "nothing is on its way"
    assert SECRET.decode() not in desk.log


def test_a_collector_that_dies_at_any_step_leaves_each_file_in_one_place_and_takes_it_once(
    gateway: Gateway, tmp_path: Path
) -> None:
    desk = Desk(tmp_path, gateway)
    desk.lists(f'[[folder]]\npath = "{desk.inbox}"\nsettle_seconds = 0')
    good: list[bytes] = []
    bad: list[bytes] = []
    with gateway.serving():
        for number, step in enumerate(OF_A_FILE):
            good.append(payload(number))
            bad.append(b"no message of " + SECRET + b" %d" % number)
            (desk.inbox / "a.hl7").write_bytes(bad[-1])
            os.utime(desk.inbox / "a.hl7", (1, 1))  # the first: it is explained, and dies at every step
            (desk.inbox / "b.hl7").write_bytes(good[-1])
            desk.orders.give(step, "one")
            assert desk.once() == -signal.SIGKILL, step
            assert Counter(desk.there().values()) == Counter([*good, *bad]), step
            assert desk.once() == 0, desk.log
            whole(desk, gateway, good, bad)
        assert desk.orders.obeyed() == dict.fromkeys(OF_A_FILE, 1)
        assert gateway.run("exchange", "list").stdout.count("\n") == len(good)


def test_collector_and_gateway_killed_at_random_while_a_hospital_writes_as_hospitals_do(
    gateway: Gateway, tmp_path: Path
) -> None:
    desk = Desk(tmp_path, gateway)
    desk.lists(f'[[folder]]\npath = "{desk.inbox}"\nsettle_seconds = 1')
    hospital = SimulatedHospital(desk.inbox, SAMPLE, ".hl7", NUMBERS, time.sleep)
    script = ["whole*4", "in-place*3", "half:0.3*2", "slow:0.3*2", "twice*2", "whole*4", "in-place*3", "whole*"]
    written: list[Written] = []
    enough = threading.Event()

    def write() -> None:
        for behaviour in read_writings(script):
            written.extend(hospital.write(behaviour))
            if len(written) > 20 and enough.is_set():
                return
            # A hospital's own pace, so that files come while collectors die; nothing waits for it.
            time.sleep(0.4 if len(written) < 20 else 1)

    desk.trail.keep()
    writing = threading.Thread(target=write)
    with Servers(gateway) as servers:
        writing.start()
        try:
            struck = Kills(desk, servers, random.Random(20261123)).until_enough()  # noqa: S311  # when to kill
        finally:
            enough.set()
            writing.join()
        assert desk.once() == 0, desk.log
        whole(desk, gateway, [one.content for one in written], [])
    assert len({one.content for one in written}) >= 20
    assert min(struck.values()) >= 1, struck


class Kills:
    """Of a collector and now and then of its gateway, at any moment of the work one of them is at."""

    def __init__(self, desk: Desk, servers: Servers, chance: random.Random) -> None:
        self._desk = desk
        self._servers = servers
        self._chance = chance
        self.amid = Counter({"a file": 0, "an answer of the gateway's": 0})

    def until_enough(self, least: int = 6) -> Counter[str]:
        """How many kills found what under way; each kind at least once, and ``least`` kills in all."""
        ends = time.monotonic() + PATIENCE
        kills = 0
        while kills < least or not all(self.amid.values()):
            assert time.monotonic() < ends, self.amid
            collector = self._desk.start()
            try:
                if kills % 3 == 2:
                    self._wait_for(self._servers.trail, Step.INTAKE_RECEIVED)
                    self._servers.kill()
                    self.amid["an answer of the gateway's"] += self._asked() and self._answering()
                    self._servers.start()
                else:
                    self._wait_for(self._desk.trail, Step.COLLECT_READ)
            finally:
                kill_all(collector)
            self.amid["a file"] += self._desk.trail.last() in OF_A_FILE[:-1]
            kills += 1
        return self.amid

    def _wait_for(self, trail: Trail, step: Step) -> None:
        """Until one of the next files is there, and a moment longer; not for ever: there may be none left."""
        before, files = len(trail.steps()), self._chance.randint(1, 3)
        ends = time.monotonic() + 5
        while trail.steps()[before:].count(step) < files and time.monotonic() < ends:
            time.sleep(0.001)  # between two looks, until the deadline above
        time.sleep(self._chance.uniform(0, 0.02))  # when it dies is chance's; the steps have a test of their own

    def _asked(self) -> bool:
        return self._desk.trail.last() is Step.COLLECT_READ

    def _answering(self) -> bool:
        return self._servers.trail.last() in OF_AN_INTAKE


class Servers:
    """A gateway that is killed and comes back."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._started: list[subprocess.Popen[bytes]] = []
        self._folder = gateway.folder / "served"
        self.trail = Trail(self._folder)
        self.trail.keep()

    def __enter__(self) -> Servers:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        for started in self._started:
            kill_all(started)

    def kill(self) -> None:
        """Amid what it does."""
        kill_all(self._started[-1])

    def start(self) -> None:
        """And wait until it is ready."""
        with (self._gateway.folder / "serve.log").open("ab") as log:
            typed = [sys.executable, "-m", "tests.soak.dying", str(self._folder), "serve"]
            started = subprocess.Popen(
                typed, cwd=ROOT, env=self._gateway.environment, stdout=log, stderr=log, start_new_session=True
            )
        self._started.append(started)
        ends = time.monotonic() + PATIENCE
        while not self._gateway.ready(self._started[-1]):
            assert time.monotonic() < ends
            time.sleep(0.1)


@pytest.fixture
def lis(tmp_path: Path) -> Iterator[Lis]:
    made = Lis(f"sqlite:///{tmp_path / 'lis.db'}")
    yield made
    made.close()


def test_a_collector_of_a_view_that_dies_at_any_step_takes_every_report_once(
    gateway: Gateway, lis: Lis, tmp_path: Path
) -> None:
    desk = Desk(tmp_path, gateway)
    names = json.dumps(list(COLUMNS))
    desk.lists(
        f'[[view]]\ndatabase = "{lis.url}"\nview = "v_results"\ncolumns = {names}\nmark = "updated"\nkey = ["id"]\n'
        'report = ["so_phieu"]\nsince = 2026-11-01T00:00:00\npage_rows = 2'
    )
    reports = []
    with gateway.serving():
        for number, step in enumerate(OF_A_VIEW):
            for row in range(5):
                report = f"P{number}-{row // 2}"
                lis.add(number * 10 + row, report, minute=number)
                reports.append(report)
            desk.orders.give(step, "one")
            assert desk.once() == -signal.SIGKILL, step
            assert desk.once() == 0, desk.log
        listed = gateway.run("exchange", "list").stdout.splitlines()
        assert len(listed) == len(set(reports))
        assert {json.loads(line)["status"] for line in listed} == {"kept"}
        assert desk.orders.obeyed() == dict.fromkeys(OF_A_VIEW, 1)


def test_a_collector_whose_gateway_is_not_there_moves_nothing_and_says_so(gateway: Gateway, tmp_path: Path) -> None:
    desk = Desk(tmp_path, gateway)
    desk.lists(f'[[folder]]\npath = "{desk.inbox}"\nsettle_seconds = 0')
    (desk.inbox / "a.hl7").write_bytes(payload(1))
    assert desk.once() == 1
    assert list(desk.there()) == ["a.hl7"]
    assert '"rule": "recipient-silent"' in desk.log
    with gateway.serving():
        assert desk.once() == 0
        whole(desk, gateway, [payload(1)], [])
