"""A sheet of decisions is written so that a spreadsheet runs nothing of it, and is read as what it was."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import UnknownCode
from gateway.mapping.proposal.formula import computed
from gateway.mapping.units import UCUM
from gateway.terminology.concept_maps import UNIT_TEXTS
from gateway.terminology.line import Line
from gateway.terminology.sheet import read_sheet, sheet_of, worklist
from gateway.terminology.suggestions import suggested
from gateway.terminology.unmapped import Seen

OWN, LOINC = "urn:vn:cskcb:79001:codesystem:L", "http://loinc.org"
AT = datetime(2026, 11, 22, tzinfo=UTC)
BEHIND_A_SEPARATOR = ("a;=1+1", "a; @A1", "a\t+A1", "a\r\n-A1", "a;'=1", "5;'';=1", "'a;''=1", "\t=1", "\r=1")
FORMULAS = (*BEHIND_A_SEPARATOR, "=1+1", "+A1", "-A1", "@SUM(A1)", "'=1", "＝1", "'", "''=", " =1", "- ")
_text = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)
_cells = st.one_of(_text, st.sampled_from(FORMULAS), st.builds(str.__add__, st.sampled_from(FORMULAS), _text))


def cells(data: bytes) -> list[str]:
    """As a spreadsheet shows them that keeps to the sheet's own separator."""
    return [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in row]


@given(code=_cells.filter(bool), display=_cells, reason=_cells)
def test_whatever_a_sheet_says_it_is_read_as_it_was_and_no_cell_begins_a_formula(
    code: str, display: str, reason: str
) -> None:
    lines = [
        Line(OWN, code, LOINC, "718-7", "wider", display, reason),
        Line(UNIT_TEXTS, code, UCUM, "g/dL", "equivalent", "", reason),
    ]
    made = sheet_of(lines)
    assert read_sheet(made) == lines
    assert [cell for cell in cells(made) if computed(cell)] == []


@pytest.mark.parametrize("code", BEHIND_A_SEPARATOR)
def test_a_spreadsheet_whose_separator_is_another_finds_no_formula_either(code: str) -> None:
    line = Line(OWN, code, LOINC, "718-7", "wider", f"x{code}", f"x{code}")
    written = sheet_of([line]).decode("utf-8-sig")
    assert read_sheet(written.encode()) == [line]
    assert [cell for cell in re.split("[;\t\r\n]", written) if computed(cell)] == []


@pytest.mark.parametrize("code", [one for one in FORMULAS if one not in BEHIND_A_SEPARATOR])
def test_a_code_that_would_run_as_a_formula_stands_behind_an_apostrophe(code: str) -> None:
    assert f"'{code}" in cells(sheet_of([Line(OWN, code, LOINC, "718-7")]))


def test_a_worklist_decides_nothing_until_it_is_filled_in() -> None:
    waits = [
        Seen("79001", "code", OWN, "GLU", "=HYPERLINK(1)", "Observation.code", "mmol/L", 3, AT, AT),
        Seen("79001", "unit", "", "mmol/lít", "", "Observation.valueQuantity", "", 3, AT, AT),
    ]
    made = worklist([(one, suggested(one.code, "Đường máu", one.unit, ())) for one in waits])
    assert read_sheet(made) == []
    assert "'=HYPERLINK(1)" in cells(made)
    assert any(cell.startswith("http://loinc.org|14749-6 ") for cell in cells(made))
    filled = made.replace(f"{OWN},GLU,,".encode(), f"{OWN},GLU,{LOINC},14749-6".encode())
    filled = filled.replace(f"{UNIT_TEXTS},mmol/lít,,".encode(), f"{UNIT_TEXTS},mmol/lít,{UCUM},mmol/L".encode())
    assert read_sheet(filled) == [
        Line(OWN, "GLU", LOINC, "14749-6"), Line(UNIT_TEXTS, "mmol/lít", UCUM, "mmol/L"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (f"{UNIT_TEXTS},mmol/lít,{UCUM},mmol/lít,", "vocabulary-unit-not-ucum"),
        (f"{UNIT_TEXTS},mmol/lít,{LOINC},14749-6,", "vocabulary-unit-not-ucum"),
        (f"{UNIT_TEXTS},mmol/lít,{UCUM},mmol/L,wider", "vocabulary-equivalence"),
        (f"{UNIT_TEXTS},,{UCUM},mmol/L,", "vocabulary-source-code"),
    ],
)
def test_a_unit_is_a_ucum_unit_or_refused(row: str, rule: str) -> None:
    with pytest.raises(UnknownCode) as refused:
        read_sheet(f"system,code,target_system,target_code,equivalence\n{row}\n".encode())
    assert [(one.rule, one.expression) for one in refused.value.issues] == [(rule, "line 2")]
