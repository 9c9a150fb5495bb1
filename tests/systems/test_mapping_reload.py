"""A mapping file changes under load: the next payload is read by it, and no request is dropped."""

from __future__ import annotations

import itertools
import re
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from gateway.bundle import Resource, resources
from tests.plain_table import installed, mapping, table
from tests.systems.serving import LAB, Gateway, until

SENDERS = 3
VERSIONS = 4


def test_versions_registered_while_requests_are_under_way_drop_none_and_read_all_that_comes_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in installed(tmp_path / "site").items():
        monkeypatch.setenv(name, value)
    gateway = Gateway(tmp_path)
    gateway.register()
    told: list[tuple[int, int]] = []  # the version in force when it was sent; the one that read it
    numbers, in_force, done = itertools.count(1), [0], threading.Event()

    def put_in_force(version: int) -> None:
        file = tmp_path / f"{version}.toml"
        file.write_text(mapping(str(version), f"test {version}"))
        gateway.run("mapping", "add", str(file), "--facility", LAB)
        in_force[0] = version

    put_in_force(1)
    with gateway.serving():
        token = gateway.token()

        def send() -> None:
            while not done.is_set():
                before = in_force[0]
                answer = gateway.post(table(next(numbers)), token, {"Content-Type": "text/plain"})
                assert answer.status_code == 201, answer.text
                (line,) = answer.json()["exchanges"]
                told.append((before, _read_by(gateway.get(f"/exchanges/{line['id']}", token).json()["bundle"])))

        with ThreadPoolExecutor(SENDERS) as pool:
            senders = [pool.submit(send) for _ in range(SENDERS)]
            try:
                for version in range(1, VERSIONS + 1):
                    if version > 1:
                        put_in_force(version)
                    until(partial(_seen, told, version, senders), f"version {version} reads")
            finally:
                done.set()
        for one in senders:
            one.result()
    assert all(before <= read <= VERSIONS for before, read in told)
    assert {read for _, read in told} == set(range(1, VERSIONS + 1))
    assert "Traceback" not in gateway.log


def _seen(told: list[tuple[int, int]], version: int, senders: list[Future[None]]) -> bool:
    return any(read == version for _, read in told) or any(one.done() for one in senders)


def _read_by(bundle: Resource) -> int:
    """The version of the file that a record was read by, as both its result and its Provenance have it."""
    (made,) = resources(bundle, "Observation")
    (policy,) = [one["policy"] for one in resources(bundle, "Provenance") if "policy" in one]
    found = re.search(r"mapping-files/xn-huyen/(\d+)\?sha256:", policy[0])
    assert found is not None
    assert made["code"]["text"] == f"test {found[1]}"
    return int(found[1])
