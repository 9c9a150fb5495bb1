"""What coverage measures, and what it would only slow down."""

from __future__ import annotations

import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

# As coverage has set them when it measures this run; without it nothing is measured, here and in any test.
AT_FIRST = sys.gettrace() is not None, threading.gettrace() is not None
NOTHING = (False, False)


def _measured() -> tuple[bool, bool]:
    """Whether the test is measured, and whether its threads are."""
    return sys.gettrace() is not None, threading.gettrace() is not None


@given(st.none())
def test_a_property_test_is_not_measured(nothing: None) -> None:
    assert nothing is None
    assert _measured() == NOTHING


@pytest.mark.unmeasured
def test_a_test_with_the_mark_is_not_measured() -> None:
    assert _measured() == NOTHING


def test_any_other_test_is_measured() -> None:
    assert _measured() == AT_FIRST


@pytest.mark.parametrize("case", range(3))
def test_of_many_cases_the_first_is_measured(case: int) -> None:
    if case == 0:
        assert _measured() == AT_FIRST
    else:
        assert _measured() == NOTHING


@pytest.mark.parametrize("case", range(2))
def test_where_a_database_is_no_matter_its_cases_are_measured_on_sqlite_alone(case: int, tables_url: str) -> None:
    if case == 0 and tables_url.startswith("sqlite"):
        assert _measured() == AT_FIRST
    else:
        assert _measured() == NOTHING
