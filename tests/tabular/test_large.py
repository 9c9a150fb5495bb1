"""A table too large to be held gives the records it would give when held, or is refused before the first."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.tabular import TabularAdapter
from gateway.adapter import Payload, Record, bind, split, stream, translate
from gateway.errors import GatewayError
from gateway.mapping.charsets import encode
from tests.tabular.building import FACILITY, MAPPING, file, row

ADAPTER = bind(TabularAdapter(), [file(MAPPING, row("GHI_CHU", "Observation.note[]", "note"))])
HEAD = "PHIEU,BN,XN,KQ,GHI_CHU\r\n"


def said(records: Iterator[Record] | None) -> list[object]:
    """All that each record says, or the rules that refuse it."""
    assert records is not None
    told: list[object] = []
    all_of_them = list(records)
    for record in all_of_them:
        data = record.data if len(all_of_them) > 1 else b""  # held, one record is the payload to its last byte
        at = (data, record.position, record.facility)
        try:
            made = translate(ADAPTER, record, FACILITY)
            told.append((at, made.resources, made.lineage, made.issues, made.unplaced))
        except GatewayError as refused:
            told.append((at, refused.issues))
    return told


def both(data: bytes) -> list[list[object]]:
    """What it says when streamed, and when held; the rules where it is refused."""
    ways: list[Callable[[], Iterator[Record] | None]] = [
        lambda: stream(ADAPTER, BytesIO(data)),
        lambda: iter(split(ADAPTER, Payload(data))),
    ]
    found = []
    for read in ways:
        try:
            found.append(said(read()))
        except GatewayError as refused:
            found.append([(issue.rule, issue.expression) for issue in refused.issues])
    return found


cells = st.text(st.sampled_from('a5,."\n\r ế;'), max_size=5)
quoted = cells.map(lambda text: '"' + text.replace('"', '""') + '"')
rows = st.tuples(st.sampled_from(["P1", "P2", "P3", ""]), st.sampled_from(["B1", "B2"]), cells | quoted, cells | quoted,
                 quoted).map(",".join)  # fmt: skip
tables = st.lists(rows | st.sampled_from(["", ",,,,"]), min_size=2, max_size=7).map(
    lambda lines: HEAD + "\r\n".join(lines) + "\r\n"
)


@settings(max_examples=150, deadline=None)
@given(tables)
def test_it_says_what_it_would_say_when_held(table: str) -> None:
    streamed, held = both(table.encode())
    assert streamed == held


@pytest.mark.parametrize("charset", ["utf-8", "windows-1258", "tcvn3"])
def test_its_character_set_is_found_by_its_first_lines(charset: str) -> None:
    data = encode(f"{HEAD}P1,B1,Đường huyết lúc đói,1,\r\nP2,B1,Bạch cầu,2,\r\n", charset)
    streamed, held = both(data)
    assert streamed == held


def test_bytes_of_another_set_far_behind_refuse_it() -> None:
    data = (HEAD + "P1,B1,a,1,\r\n" * 30_000).encode() + encode("P2,B2,Đường,1,\r\n", "tcvn3")
    assert both(data)[0] == [("table-charset-undecodable", "line 30002")]


def test_a_quote_that_never_ends_is_no_reason_to_hold_the_file() -> None:
    data = (HEAD + 'P1,B1,a,1,"' + "x\r\n" * 100_000).encode()
    assert both(data)[0] == [("table-quotes", "line 2")]
    assert both((HEAD + "P1" + "," * 1_100_000).encode())[0] == [("table-line-too-long", "line 2")]


def test_its_memory_does_not_grow_with_it() -> None:
    peaks = []
    for reports in (200, 2000):
        opened = BytesIO((HEAD + "".join(f"P{n},B{n},a,1,{'x' * 1000}\r\n" for n in range(reports))).encode())
        tracemalloc.start()
        for _ in stream(ADAPTER, opened) or ():
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2000 * 400  # the numbers of its reports, not their rows
