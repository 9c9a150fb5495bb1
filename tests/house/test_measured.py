"""What coverage measures, and what it would only slow down."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

CHILDREN = "COVERAGE_PROCESS_CONFIG"  # by it coverage measures the processes that a test starts


@pytest.fixture(scope="module", autouse=True)
def measured() -> Iterator[None]:
    """As under ``--cov``, in a run without it too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CHILDREN, os.environ.get(CHILDREN, "{}"))
        yield


@given(st.none())
def test_a_property_test_is_not_measured(nothing: None) -> None:
    assert nothing is None
    assert CHILDREN not in os.environ
    assert sys.gettrace() is None


@pytest.mark.no_cover
def test_a_test_with_the_mark_is_not_measured() -> None:
    assert CHILDREN not in os.environ
    assert sys.gettrace() is None


def test_any_other_test_is_measured_with_the_processes_it_starts() -> None:
    assert CHILDREN in os.environ
