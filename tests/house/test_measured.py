"""What coverage measures, and what it would only slow down."""

from __future__ import annotations

import os
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.measured import CHILDREN

# As coverage has set them when it measures this run; without it nothing is measured, here and in any test.
AT_FIRST = os.environ.get(CHILDREN), sys.gettrace() is not None, threading.gettrace() is not None
NOTHING = (None, False, False)


def _measured() -> tuple[str | None, bool, bool]:
    """How the processes are that the test starts, whether itself is, whether its threads are."""
    return os.environ.get(CHILDREN), sys.gettrace() is not None, threading.gettrace() is not None


@given(st.none())
def test_a_property_test_is_not_measured(nothing: None) -> None:
    assert nothing is None
    assert _measured() == NOTHING


@pytest.mark.unmeasured
def test_a_test_with_the_mark_is_not_measured() -> None:
    assert _measured() == NOTHING


@pytest.mark.processes_unmeasured
def test_a_test_with_the_other_mark_is_measured_without_the_processes_it_starts() -> None:
    assert _measured() == NOTHING[:1] + AT_FIRST[1:]


def test_any_other_test_is_measured_with_the_processes_it_starts() -> None:
    assert _measured() == AT_FIRST


@pytest.mark.parametrize("case", range(4))
def test_of_many_cases_the_first_two_are_measured(case: int) -> None:
    if case < 2:
        assert _measured() == AT_FIRST
    else:
        assert _measured() == NOTHING


@pytest.mark.parametrize("case", range(3))
def test_where_a_database_is_no_matter_its_cases_are_measured_on_sqlite_alone(case: int, tables_url: str) -> None:
    if case < 2 and tables_url.startswith("sqlite"):
        assert _measured() == AT_FIRST
    else:
        assert _measured() == NOTHING
