"""A database that answers questions but takes no write is not ready."""

from __future__ import annotations

import pytest

from gateway.store import Store
from gateway.store.probe import Probe


def _renamed(store: Store, old: str, new: str) -> None:
    """Without its table the write fails on either database, while every other question is answered."""
    store.write(lambda connection: connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}").close())


def test_what_takes_no_write_says_why_and_is_well_again_when_it_does(store: Store) -> None:
    probe = Probe(store)
    assert probe() == ""
    _renamed(store, "alembic_version", "away")
    assert probe() == "", "a write is proof for some seconds"
    probe.forget()
    assert probe() == "store-failed"
    with store.read():
        pass  # it still answers
    _renamed(store, "away", "alembic_version")
    assert probe() == "store-failed", "nor is one that failed tried for each who asks"
    probe.forget()
    assert probe() == ""


def test_many_who_ask_cost_one_write(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = Probe(store)
    assert probe() == ""
    monkeypatch.setattr(store, "write", lambda work: pytest.fail("written again"))
    assert {probe() for _ in range(100)} == {""}
