"""Measuring a commit holds up nobody who waits for it."""

from __future__ import annotations

import threading

from gateway.store import Store, pace
from tests.store.conftest import add_exchange


def test_the_caller_knows_before_whoever_measures_is_told(store: Store) -> None:
    returned, told = threading.Event(), threading.Event()
    knew: list[bool] = []

    def listener(_commit: pace.Commit) -> None:
        knew.append(returned.wait(10))
        told.set()

    end = pace.listen(listener)
    try:
        store.write(lambda connection: add_exchange(connection, "x1"))
        returned.set()
        assert told.wait(20)
    finally:
        end()
    assert knew[0]
