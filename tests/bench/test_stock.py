"""A filled database holds what a gateway would have stored, and filling goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import utc_now
from gateway.bench import filling
from gateway.bench.copies import check_room, copy_folder, folder_bytes
from gateway.bench.failed import BenchFailed
from gateway.bench.filling import fill
from gateway.bench.orders import Laboratories
from gateway.bench.plan import tiny
from gateway.bench.site import Site
from gateway.bench.stock import stocked
from gateway.keyring import Keyring
from gateway.store import audit, exchanges
from gateway.trust.verify import verify

LABORATORIES = Laboratories(5, 5)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path / "data")
    made.register()
    return made


def test_a_filled_database_holds_signed_exchanges_once_each(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "TOGETHER", 3)  # two parts, two processes
    fill(site, LABORATORIES, 5, lambda _: None)
    (site.folder / "filled.txt").write_text("0\n")  # stopped before it could note the second part
    fill(site, LABORATORIES, 5, lambda _: None)
    with site.opened() as store:
        trust = Keyring(store, site.read(), utc_now).public_trust()
        with store.read() as connection:
            assert exchanges.count_by_status(connection) == {"kept": 5}
            lines = exchanges.list_lines(connection)
            assert [one.action for one in audit.lines(connection)].count("payload-taken") == 5
            for line in lines:
                found = exchanges.get(connection, line.id)
                assert found is not None
                assert verify(found.bundle, trust=trust, now=utc_now(), payload=found.record).valid


def test_what_is_filled_is_filled_once_and_each_run_works_on_a_copy(tmp_path: Path) -> None:
    said: list[str] = []
    plan = tiny(tmp_path / "scratch", tmp_path / "cache")
    plan.scratch.mkdir()
    for _ in range(2):
        with stocked(plan, "sqlite", 2, said.append) as stock:
            assert stock.bytes() > 0
            with stock.site.opened() as store, store.read() as connection:
                assert exchanges.count_by_status(connection) == {"kept": 2}
            (stock.site.folder / "mark").touch()  # a copy: nothing done to it reaches the cache
    assert sum("filling" in line for line in said) == 1
    assert not list(plan.cache.rglob("mark"))
    assert not list(plan.scratch.iterdir())


def test_a_disk_without_room_is_noticed_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BenchFailed, match="GB are needed"):
        check_room(tmp_path, 10**18)
    check_room(tmp_path, 1)


def test_a_copied_folder_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(bytes(range(256)) * 5000)
    (tmp_path / "a" / "empty").touch(mode=0o600)
    copy_folder(tmp_path / "a", tmp_path / "c")
    assert (tmp_path / "c" / "b" / "file").read_bytes() == (tmp_path / "a" / "b" / "file").read_bytes()
    assert (tmp_path / "c" / "empty").stat().st_mode & 0o777 == 0o600
    assert folder_bytes(tmp_path / "a") == folder_bytes(tmp_path / "c") == 256 * 5000
