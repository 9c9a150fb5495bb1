"""Whatever stands in the cells: R4 or a refusal, each cell placed or listed, the same again; never a fault."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.tabular import TabularAdapter
from gateway.adapter import MappingText, Payload, bind, split, translate
from gateway.errors import AdapterConflict, PayloadError
from gateway.r4 import check
from tests.tabular.building import FACILITY, SAMPLES

SAMPLE = (SAMPLES / "xn-huyen.csv").read_text(encoding="utf-8")
MAPPING = MappingText.read((SAMPLES / "xn-huyen.toml").read_bytes())
ADAPTER = bind(TabularAdapter(), [MAPPING])
HEADER, *LINES = SAMPLE.splitlines()
COLUMNS = HEADER.split(";")

words = st.text(st.sampled_from("aZ9 ếƯ.,:<>=-/+%\"';|~\u00a0\u200b\ufeff\U0001f600*"), max_size=8)
written = words | st.sampled_from(
    [
        *("", "Nam", "H", "Cao", "1:128", "++", "007", "#N/A", "=1+1", "5", "-3", "5,10", "1,234", "1.234,5", "< 5"),
        *("≥0,5", "5,2 mmol/L", "5 %", "12x", "3,9 - 6,4", "6,4 - 3,9", "3 – 5 mg/dL", "31/02/2026", "05/03/2026"),
        *("05/03/2026 07:30", "05/03/2026 25:30", "2026-03-05", "1990", "001090000011", "DN4010000000001", "a\r\nb"),
    ]
)


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """The sample's first report with some of its first row's cells otherwise; the table, and the cells of that row."""
    row = dict(zip(COLUMNS, LINES[0].split(";"), strict=True))
    told = set(draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=4))) - {"SO_PHIEU"}  # another report
    row |= {name: draw(written) for name in sorted(told)}
    return "\r\n".join([HEADER, ";".join(_quoted(cell) for cell in row.values()), ""]), row


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def made(table: str) -> Any:
    (record,) = split(ADAPTER, Payload(table.encode()))
    return translate(ADAPTER, record, FACILITY)


@settings(max_examples=40, deadline=None)
@given(changed())
def test_every_cell_is_placed_or_listed_in_resources_that_are_r4(case: tuple[str, dict[str, str]]) -> None:
    table, row = case
    translation = made(table)
    assert [issue for issue in check(translation.bundle()) if issue.refuses] == []
    told = {re.sub(r" \(.*", "", source) for source in translation.lineage.values()}
    told |= {one.field for one in translation.unplaced}
    said = {f"row 2, column {name}" for name, cell in row.items() if cell.strip()}
    assert said - told - {"row 2, column DON_VI"} == set()  # a unit that the value says too is said once
    assert made(table) == translation


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.integers(0, len(SAMPLE.encode())).map(lambda at: SAMPLE.encode()[:at]))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    TabularAdapter().recognises(Payload(data))
    with suppress(PayloadError, AdapterConflict):
        for record in split(ADAPTER, Payload(data)):
            translate(ADAPTER, record, FACILITY)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, len(SAMPLE.encode()) - 1))
def test_a_table_cut_off_anywhere_never_passes_for_a_whole_one(at: int) -> None:
    data = SAMPLE.encode()[:at]
    if data.endswith(b"\n"):
        return
    try:
        records = split(ADAPTER, Payload(data))
        last = translate(ADAPTER, records[-1], FACILITY)
    except PayloadError:
        return
    assert last.held
