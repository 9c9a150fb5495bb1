"""What coverage measures: of what repeats, the first cases.

Measuring makes each line that is run three times as long, and shows the same lines again in the thousandth case.
So coverage leaves out property tests, tests with the mark ``unmeasured``, and of each test function the cases
after the first two, those on PostgreSQL too outside of tests/store, where what differs between the databases is
tested; of a test with the mark ``processes_unmeasured``, the processes
that it starts. All of them run as before; what they alone run through counts as not
covered, so that the figure is never too high.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import is_hypothesis_test

CASES = 2  # of one test function on one database
CHILDREN = "COVERAGE_PROCESS_CONFIG"  # by it coverage measures the processes that a test starts

_STORE = "tests/store/"  # the tests whose matter is the databases

_unmeasured = pytest.StashKey[bool]()


def choose(items: list[pytest.Item]) -> None:
    """Note which of a run's tests are not measured."""
    seen: Counter[tuple[str, str]] = Counter()
    for item in items:
        kind = kind_of_database(item) or ""
        case = (item.nodeid.partition("[")[0], kind)
        seen[case] += 1
        repeats = is_hypothesis_test(getattr(item, "obj", None)) or seen[case] > CASES
        repeats = repeats or (kind == "postgresql" and not item.nodeid.startswith(_STORE))
        item.stash[_unmeasured] = repeats or item.get_closest_marker("unmeasured") is not None


def kind_of_database(item: pytest.Item) -> str | None:
    """``sqlite``, ``postgresql``, or None for a test that does not run on each."""
    callspec = getattr(item, "callspec", None)
    params = callspec.params if callspec is not None else {}
    kind = params.get("database_url") or params.get("tables_url")
    return str(kind) if kind is not None else None


@contextmanager
def as_chosen(item: pytest.Item) -> Iterator[None]:
    """While a test that is not measured runs, neither its threads nor the processes it starts are.

    A worker of xdist is such a process itself, in which a second measurement would go on where coverage's own is
    stopped (as by pytest-cov's mark ``no_cover``): hence not by coverage but by Python.
    """
    unmeasured = item.stash.get(_unmeasured, False)
    with pytest.MonkeyPatch.context() as patch:
        if unmeasured or item.get_closest_marker("processes_unmeasured"):
            patch.delenv(CHILDREN, raising=False)
        if not unmeasured:
            yield
            return
        own, threads = sys.gettrace(), threading.gettrace()
        sys.settrace(None)
        threading.settrace(None)
        try:
            yield
        finally:
            sys.settrace(own)
            threading.settrace(threads)
