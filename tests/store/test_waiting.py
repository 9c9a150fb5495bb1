"""The two lines before the writer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from gateway.store.waiting import Lines


@given(st.lists(st.booleans()))
def test_the_soon_ones_go_first_and_each_line_keeps_its_order(soon: list[bool]) -> None:
    lines: Lines[int] = Lines()
    for number, one in enumerate(soon):
        lines.put(number, soon=one)
    expected = [number for number, one in enumerate(soon) if one] + [n for n, one in enumerate(soon) if not one]
    assert len(lines) == len(soon)
    assert [lines.get() for _ in soon] == expected
    assert lines.take() is None


def test_who_takes_only_soon_ones_leaves_the_others() -> None:
    lines: Lines[str] = Lines()
    lines.put("exchange")
    assert lines.take(soon=True) is None
    lines.put("question", soon=True)
    assert lines.take(soon=True) == "question"
    assert lines.take() == "exchange"


def test_who_waits_for_one_gets_it_when_it_comes() -> None:
    lines: Lines[int] = Lines()
    with ThreadPoolExecutor(1) as pool:
        got = pool.submit(lines.get)
        lines.put(7)
        assert got.result(timeout=10) == 7
