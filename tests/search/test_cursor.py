"""A cursor comes back as it was written, for its own search alone."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SearchRefused
from gateway.search import SearchQuery, parse
from gateway.search.cursor import Cursor, read, write

QUERY = parse("Observation", [("_sort", "-date,_id"), ("code", "x")])
_numbers = st.integers(-(2**63), 2**63 - 1)


def at(query: SearchQuery, text: str) -> SearchQuery:
    return replace(query, cursor=text)


@given(_numbers, st.text(max_size=64), _numbers, _numbers)
def test_a_cursor_comes_back_as_it_was_written(date: int, logical: str, rid: int, newest: int) -> None:
    cursor = Cursor((date, logical), rid, newest)
    assert read(at(QUERY, write(cursor, QUERY))) == cursor


def test_the_first_page_has_none() -> None:
    assert read(QUERY) is None


@given(st.text(min_size=1, max_size=80))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(SearchRefused):
        read(at(QUERY, text))


@pytest.mark.parametrize(
    "content",
    [[], [[1, "a"], 1], [["a", 1], 1, 1], [[1], 1, 1], [[1, "a"], None, 1], [[1, "a"], 1, 2**63], [[True, "a"], 1, 1],
     [1, 2, 3], {"a": 1}, 7, [[1, "a"], "1", 1.5]],
)  # fmt: skip
def test_a_forged_cursor_with_a_true_checksum_is_refused_too(content: Any) -> None:
    text = json.dumps(content).encode()
    asked = repr((QUERY.type, QUERY.criteria, QUERY.sort)).encode()
    forged = hashlib.sha256(asked + b"\x00" + text).digest()[:12] + text
    with pytest.raises(SearchRefused, match="not a page"):
        read(at(QUERY, base64.urlsafe_b64encode(forged).decode().rstrip("=")))


def test_page_size_may_change_and_the_search_may_not() -> None:
    text = write(Cursor((1, "a"), 1, 1), QUERY)
    larger = parse("Observation", [("_sort", "-date,_id"), ("code", "x"), ("_count", "9"), ("_cursor", text)])
    assert read(larger) == Cursor((1, "a"), 1, 1)
    with pytest.raises(SearchRefused):
        read(parse("Observation", [("_sort", "-date,_id"), ("code", "y"), ("_cursor", text)]))
