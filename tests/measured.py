"""What coverage measures: of what repeats, the first cases.

Measuring makes each line that is run three times as long, and shows the same lines again in the thousandth case.
So coverage leaves out property tests, tests with the mark ``unmeasured``, the documents' tests, of each test function
the cases after the first, those on PostgreSQL too outside of tests/store, where what differs between the databases is
tested, and the processes that tests start. All of them run as before; what they alone run through counts as not
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

CASES = 1  # of one test function on one database

_STORE = "tests/store/"  # the tests whose matter is the databases
_DOCUMENTS = "tests/docs/"  # the tests that run once more, in a page's order, what is tested part by part elsewhere

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
        repeats = repeats or item.nodeid.startswith(_DOCUMENTS)
        item.stash[_unmeasured] = repeats or item.get_closest_marker("unmeasured") is not None


def kind_of_database(item: pytest.Item) -> str | None:
    """``sqlite``, ``postgresql``, or None for a test that does not run on each."""
    callspec = getattr(item, "callspec", None)
    params = callspec.params if callspec is not None else {}
    kind = params.get("database_url") or params.get("tables_url")
    return str(kind) if kind is not None else None


@contextmanager
def as_chosen(item: pytest.Item) -> Iterator[None]:
    """While a test that is not measured runs, neither are its threads. Hence not by pytest-cov's mark ``no_cover``."""
    if not item.stash.get(_unmeasured, False):
        yield
        return
    with nothing():
        yield


@contextmanager
def nothing() -> Iterator[None]:
    """Measure nothing for as long as it is open."""
    own, threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        sys.settrace(own)
        threading.settrace(threads)
