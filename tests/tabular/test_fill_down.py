"""Columns written on the first row of a report alone: filled only where the mapping file says so, and never guessed."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tabular import TabularAdapter
from gateway.adapter import MappingText, Payload, Translation, bind, split, stream, translate
from gateway.errors import GatewayError, PayloadError, SettingsError
from tests.tabular.building import FACILITY, MAPPING, file, of, refusal, rules, translation, translations
from tests.tabular.test_sheet_rows import records
from tests.tabular.test_xlsx import ROW, workbook


def filling(*columns: str, mapping: str = MAPPING) -> MappingText:
    names = ", ".join(f'"{one}"' for one in columns)
    return file(mapping.replace("[reading]", f"[reading]\nfill_down = [{names}]"))


def table(*rows: str) -> str:
    return "PHIEU,BN,XN,KQ\n" + "".join(row + "\n" for row in rows)


def patient(made: Translation) -> str:
    return str(of(made, "Patient")[0]["identifier"][0]["value"])


BOTH = filling("PHIEU", "BN")


def test_a_report_named_on_its_first_row_alone_is_one_report_of_one_patient() -> None:
    first, second = translations(table("P1,B1,a,1", ",,b,2", ",,c,3", "P2,B2,a,4"), BOTH)
    assert [one["code"]["text"] for one in of(first, "Observation")] == ["a", "b", "c"]
    assert (patient(first), patient(second)) == ("B1", "B2")
    assert [issue.rule for issue in first.issues if "filled" in issue.rule] == ["table-filled-down"]
    assert not first.held
    assert rules(second) == []


def test_what_is_filled_down_says_the_row_that_it_is_from() -> None:
    dated = filling("PHIEU", "BN", "GIO", mapping=MAPPING + WHEN)
    made = translation("PHIEU,BN,XN,KQ,GIO\nP1,B1,a,1,05/03/2026 07:30\n,,b,2,\n", dated)
    assert {one["effectiveDateTime"] for one in of(made, "Observation")} == {"2026-03-05T07:30:00+07:00"}
    assert made.lineage["Observation[1].effectiveDateTime"] == "row 2, column GIO (seconds zero-filled)"
    assert made.lineage["Observation[1].code.text"] == "row 3, column XN"


WHEN = """
[[row]]
field = "GIO"
attribute = "Observation.effectiveDateTime"
datatype = "dateTime"
"""


def test_without_the_setting_nothing_is_filled() -> None:
    assert refusal(table("P1,B1,a,1", ",,b,2")) == [("mapped-report-unnamed", "row 3, column PHIEU")]


@pytest.mark.parametrize(
    ("declared", "rows", "refused"),
    [
        (("PHIEU", "BN"), ["P1,B1,a,1", "P2,,a,2"], "mapped-no-patient"),  # a new report, and its patient was forgotten
        (("BN",), ["P1,B1,a,1", "P2,,a,2"], "mapped-no-patient"),
        (("PHIEU",), ["P1,B1,a,1", ",B2,a,2"], "mapped-another-patient"),
        (("PHIEU", "BN"), ["P1,B1,a,1", ",B2,a,2"], "mapped-report-unnamed"),
        (("PHIEU", "BN"), ["P1,B1,a,1", "", ",,a,2"], "mapped-report-unnamed"),  # who knows what stood between
        (("PHIEU", "BN"), [",,a,1", "P2,B2,a,2"], "mapped-report-unnamed"),
    ],
)
def test_no_row_gets_another_reports_patient(declared: tuple[str, ...], rows: list[str], refused: str) -> None:
    assert [rule for rule, _ in refusal(table(*rows), filling(*declared))] == [refused]


@pytest.mark.parametrize("again", ["PHIEU,BN,XN,KQ", "PHIEU , BN,XN,KQ,"])
def test_a_header_printed_again_on_each_page_is_no_patient_of_what_stands_below_it(again: str) -> None:
    first, second = split(bind(TabularAdapter(), [BOTH]), Payload(table("P1,B1,a,1", again, ",,b,2").encode()))
    assert patient(translate(bind(TabularAdapter(), [BOTH]), first, FACILITY)) == "B1"
    with pytest.raises(PayloadError) as refused:
        translate(bind(TabularAdapter(), [BOTH]), second, FACILITY)
    assert [(one.rule, one.expression) for one in refused.value.issues] == [("table-header-again", "row 3")]


@pytest.mark.parametrize(
    ("below", "row"),
    [
        (["PHIEU,BN,XN,KQ", ",,b,2"], "row 4"),  # its rows would be filled from the header
        (["PHIEU,BN,XN,KQ", "PHIEU,BN,XN,KQ", ",,b,2"], "row 5"),
        (["PHIEU,BN,XN,KQ", "", ",,b,2"], "row 5"),  # not even that
        (["", ",,b,2", "PHIEU,BN,XN,KQ", ",,c,2"], "row 4"),
    ],
)
@pytest.mark.parametrize("large", [False, True])
def test_a_report_that_a_header_printed_again_may_have_cut_waits_for_a_person(
    below: list[str], row: str, large: bool
) -> None:
    adapter = bind(TabularAdapter(), [BOTH])
    data = table("P1,B1,a,1", *below, "P2,B2,a,3").encode()
    records = list(stream(adapter, io.BytesIO(data)) or ()) if large else list(split(adapter, Payload(data)))
    cut, whole = (translate(adapter, records[at], FACILITY) for at in (0, -1))
    assert [(hold.rule, hold.expression) for hold in cut.holds] == [("table-rows-unnamed", row)]
    assert not whole.held
    for between in records[1:-1]:
        with pytest.raises(PayloadError):
            translate(adapter, between, FACILITY)


def test_a_report_whose_rows_all_name_it_is_whole_above_a_header_printed_again() -> None:
    adapter = bind(TabularAdapter(), [BOTH])
    data = table("P1,B1,a,1", "PHIEU,BN,XN,KQ", "P2,B2,a,3", "PHIEU,BN,XN,KQ", "P3,B3,a,3").encode()
    records = split(adapter, Payload(data))
    assert [translate(adapter, record, FACILITY).held for record in records[::2]] == [False] * 3
    for again in records[1::2]:
        with pytest.raises(PayloadError) as refused:
            translate(adapter, again, FACILITY)
        assert [one.rule for one in refused.value.issues] == ["table-header-again"]


_SAID = st.tuples(st.sampled_from(["", "P1", "P2"]), st.sampled_from(["", "B1", "B2"]))


@given(st.lists(_SAID, min_size=1, max_size=6))
def test_a_result_is_only_ever_of_a_patient_that_its_own_report_names(said: list[tuple[str, str]]) -> None:
    lines = [f"{report},{who},t{at},1" for at, (report, who) in enumerate(said)]
    adapter = bind(TabularAdapter(), [BOTH])
    for record in stream(adapter, io.BytesIO(table(*lines).encode())) or ():
        with suppress(GatewayError):
            made = translate(adapter, record, FACILITY)
            for one in of(made, "Observation"):
                above = [pair for pair in said[: int(one["code"]["text"][1:]) + 1] if any(pair)]
                assert patient(made) in {who for report, who in said if report == above[-1][0]}


def test_a_large_table_is_filled_as_one_that_is_held() -> None:
    data = table("P1,B1,a,1", ",,b,2", "P2,B2,a,3", ",,b,4").encode()
    adapter = bind(TabularAdapter(), [BOTH])
    streamed = [translate(adapter, record, FACILITY) for record in stream(adapter, io.BytesIO(data)) or ()]
    assert streamed == translations(data, BOTH)


@pytest.mark.parametrize("column", ["XN", "KQ", "ZZ"])
def test_what_a_result_is_and_columns_nobody_knows_are_not_filled(column: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        translations(table("P1,B1,a,1"), filling("BN", column))
    assert [issue.expression for issue in wrong.value.issues] == ["lab, line 10, reading.fill_down[2]"]


def test_a_column_that_is_to_be_filled_and_is_gone_refuses_the_table() -> None:
    mapping = MAPPING.replace("[recognise]", '[recognise]\noptional = ["BN"]')
    assert refusal("PHIEU,XN,KQ\nP1,a,1\n", filling("BN", mapping=mapping)) == [("table-column-gone", "column BN")]


def merged(*areas: str) -> bytes:
    def merge(_book: Any, sheet: Any) -> None:
        for area in areas:
            sheet.merge_cells(area)

    return workbook(ROW, [None, None, "b", 5], ["P2", "B2", "a", 6], change=merge)


def test_cells_merged_downwards_count_for_every_row_where_the_file_says_so() -> None:
    first, second = translations(merged("A2:A3", "B2:B3"), BOTH)
    assert len(of(first, "Observation")) == 2
    assert [issue.rule for issue in first.issues][:2] == ["table-sheet-read", "table-merged-down"]
    assert not first.held
    assert [issue.rule for issue in second.issues if issue.rule.startswith("table-merged")] == []


def test_cells_merged_downwards_hold_their_report_where_the_file_does_not_say_so() -> None:
    first, second = translations(merged("A2:A3", "B2:B3"), filling("PHIEU"))
    assert [(hold.rule, hold.expression) for hold in first.holds] == [("table-merged-undeclared", "row 3, column BN")]
    assert not second.held


def test_merged_cells_and_empty_ones_of_one_report_go_together() -> None:
    data = merged("A2:A3")
    first, second = translations(data, BOTH)
    assert (patient(first), patient(second), len(of(first, "Observation"))) == ("B1", "B2", 2)
    alone = translation(records(data, BOTH)[0].data, BOTH)
    assert (alone.resources, alone.issues) == (first.resources, first.issues)
