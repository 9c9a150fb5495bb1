"""The bytes of a workbook's record: its own rows written out, which say alone what they say in the workbook."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import openpyxl
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from adapters.tabular import TabularAdapter, sheet_rows
from adapters.tabular.sheet_cell import KINDS, SheetCell
from adapters.tabular.sheet_rows import SheetRow
from gateway.adapter import MappingText, Payload, Record, bind, choose, split
from gateway.bundle import body
from gateway.installed import running_adapters
from tests.tabular.building import MAPPING, SAMPLES, file, of, refusal, translation, translations
from tests.tabular.test_xlsx import HEAD, ROW, WHEN, _local, workbook


def records(data: bytes, *files: MappingText) -> list[Record]:
    return list(split(bind(TabularAdapter(), files or (file(),)), Payload(data)))


def many_ways(book: Any, sheet: Any) -> None:
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B2:B3")
    sheet.merge_cells("C6:D6")
    sheet.row_dimensions[5].hidden = True
    sheet.column_dimensions["D"].hidden = True
    sheet["D2"].number_format = "0.00"
    sheet["D4"].number_format = '"<"0.0'
    sheet["E4"].number_format = "dd/mm/yyyy hh:mm"
    sheet["D5"].number_format = "[h]:mm"
    sheet.title = "Kết quả"


def odd() -> bytes:
    """Cells of every kind, in every way a sheet has to say more of them than their value."""
    rows: list[list[Any]] = [
        ["P1", "B1", "a", 5.1, _local(2026, 3, 5, 7, 30)],
        [None, None, "=1+1", True, "05/03/2026"],
        ["P2", "B2", "Âm\ntính \"+\"", 2, _local(2026, 3, 6, 7, 30)],
        ["P3", "B3", "#N/A", 1.5, None],
        ["P4", "B4", "a", None, None],
    ]  # fmt: skip
    return workbook(*rows, head=[*HEAD, "GIO"], change=many_ways)


def test_a_records_bytes_are_its_header_and_rows_as_the_sheet_holds_them() -> None:
    first, second, *_ = records(odd(), file(MAPPING, WHEN))
    assert first.data.decode() == (
        "#sheet-rows 1\n"
        '{"dates":1900,"hidden":[4],"sheet":"Kết quả"}\n'
        '[1,"",[["s","PHIEU"],["s","BN"],["s","XN"],["s","KQ"],["s","GIO"]]]\n'
        '[2,"",[["s","P1"],["s","B1"],["s","a"],["n","5.1","0.00"],["n","46086.3125","yyyy-mm-dd h:mm:ss"]]]\n'
        '[3,"",[["s","P1","","m"],["s","B1","","m"],["","","","c"],["b","1"],["s","05/03/2026"]]]\n'
        "#end\n"
    )
    assert b'[4,"",[["s","P2"],["s","B2"],["s","\xc3\x82m\\nt' in second.data
    assert b'["n","2","\\"<\\"0.0"]' in second.data


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (odd(), file(MAPPING, WHEN)),
        (
            workbook(
                [*ROW, _local(2026, 3, 5, 7, 30)],
                ["P2", "B2", "a", 5, _local(2026, 3, 6)],
                head=[*HEAD, "GIO"],
                change=lambda book, _sheet: setattr(book, "epoch", CALENDAR_MAC_1904),
            ),
            file(MAPPING, WHEN),
        ),
        (
            (SAMPLES / "tram-y-te.xlsx").read_bytes(),
            MappingText.read((SAMPLES / "tram-y-te.toml").read_bytes()),
        ),
    ],
    ids=["cells of every kind", "dates from 1904", "the commune station's"],
)
def test_translated_alone_a_records_bytes_are_what_they_are_in_the_workbook(data: bytes, text: MappingText) -> None:
    whole = translations(data, text)
    assert len(whole) > 1
    for record, made in zip(records(data, text), whole, strict=True):
        alone = translation(record.data, text)
        assert body(alone.bundle()) == body(made.bundle())
        assert (alone.lineage, alone.issues, alone.holds) == (made.lineage, made.issues, made.holds)
        assert [one.data for one in records(record.data, text)] == [record.data]


def test_the_same_sheet_in_another_package_is_the_same_records() -> None:
    """Styles, other sheets, the order of parts and of shared texts are the package's, and none of its rows'."""

    def other(book: Any, sheet: Any) -> None:
        sheet["A1"].font = openpyxl.styles.Font(bold=True)
        book.create_sheet("Khác", 0).append(["z", "P1"])
        sheet["Z40"].number_format = "0.000"

    plain, again = (records(workbook(ROW, ["P2", "B2", "b", 5], change=how)) for how in (None, other))
    assert [one.data for one in plain] == [one.data for one in again]


def test_another_mapping_file_may_split_a_records_rows_and_never_finds_anothers() -> None:
    data = workbook(["P1", "B1", "a", 1], ["P1", "B1", "b", 2], ["P2", "B2", "a", 3])
    by_test = file(MAPPING.replace('report = ["PHIEU"]', 'report = ["PHIEU", "XN"]'))
    first, _ = records(data)
    made = translations(first.data, by_test)
    assert [of(one, "Observation")[0]["code"]["text"] for one in made] == ["a", "b"]
    assert {one["identifier"][0]["value"] for each in made for one in of(each, "Patient")} == {"B1"}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=7), st.booleans())
def test_no_record_has_a_word_of_another_reports_rows(reports: list[int], merged: bool) -> None:
    """``reports``: each row's, the rows of one together."""
    reports.sort()

    def merge(_book: Any, sheet: Any) -> None:
        for report in set(reports) if merged else ():
            first = reports.index(report) + 2
            sheet.merge_cells(f"B{first}:B{first + reports.count(report) - 1}")

    rows: list[list[Any]] = [
        [f"P{report}", f"patient-{report}", f"test-{at}-", at] for at, report in enumerate(reports)
    ]
    made = records(workbook(*rows, change=merge))
    assert len(made) == len(set(reports))
    for one, report in zip(made, sorted(set(reports)), strict=True):
        for at, whose in enumerate(reports):
            assert (f'"test-{at}-"'.encode() in one.data) is (whose == report)
            assert (f'"patient-{whose}"'.encode() in one.data) is (whose == report)


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_CELLS = st.builds(SheetCell, st.sampled_from(sorted(KINDS)), _TEXTS, _TEXTS.filter(bool), st.booleans(), st.booleans())


@given(st.lists(st.lists(_CELLS, max_size=3), min_size=1, max_size=3), _TEXTS)
def test_what_is_written_is_read_and_is_json_as_rfc_8785_has_it(rows: list[list[SheetCell]], name: str) -> None:
    below = tuple(SheetRow(at, cells) for at, cells in enumerate(rows, 1))
    lines = [sheet_rows.about(name, 1904, [3, 2]), *map(sheet_rows.line, below)]
    found = sheet_rows.read(b"".join([*lines, sheet_rows.END]))
    assert found == sheet_rows.SheetRows(name, 1904, frozenset({2, 3}), below)
    for line in (lines[0].removeprefix(sheet_rows.MAGIC), *lines[1:]):
        assert line == rfc8785.dumps(json.loads(line)) + b"\n"


def own() -> bytes:
    return records(workbook(ROW, ["P2", "B2", "b", 5]))[0].data


def test_the_adapter_claims_its_own_records_and_nobody_else_does() -> None:
    assert choose(running_adapters(), Payload(own())).name == "tabular"


@pytest.mark.parametrize("at", range(15, len(own())))
def test_bytes_that_are_cut_off_are_refused(at: int) -> None:
    assert [rule for rule, _ in refusal(own()[:at])] == ["table-rows-broken"]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        *(("#sheet-rows 1", "#sheet-rows 2", 1), ('"dates":1900', '"dates":1905', 2), ('"dates"', '"days"', 2)),
        *(("[2,", "[1,", 4), ("[2,", "[0,", 4), ("[2,", '["2",', 4), ('[2,""', '[2,"z"', 4), ("[2,", "[1048577,", 4)),
        *(('["s","P1"]', '["q","P1"]', 4), ('["s","P1"]', '["s","P1","","q"]', 4), ("P1", "P\xff1", 4)),
        *(('["s","P1"]', '["s","P1","","","s"]', 4), ('["s","P1"]', "null", 4), ('["s","P1"]', "[" * 5000, 4)),
        *(('["n","7.2"]', '["n","7,2"]', 0), ('["n","7.2"]', '["n","1e9999"]', 0), ('["n","7.2"]', '["b","2"]', 0)),
    ],
)  # fmt: skip
def test_bytes_that_are_altered_to_another_form_are_refused(before: str, after: str, line: int) -> None:
    data = own().replace(before.encode(), after.encode("latin-1"))
    assert data != own()
    assert refusal(data) == [("table-rows-broken", f"line {line}" if line else "")]


def test_a_value_that_is_altered_is_another_value_and_no_fault() -> None:
    made = translation(own().replace(b'"7.2"', b'"7.3"'))
    assert str(of(made, "Observation")[0]["valueQuantity"]["value"]) == "7.3"


def test_a_sheet_of_another_name_is_not_the_one_a_file_asks_for() -> None:
    named = file(MAPPING.replace("[recognise]", '[recognise]\nsheet = "Khác"'))
    assert refusal(own(), named) == [("mapping-none-fits", "")]


def test_one_text_in_a_million_cells_is_not_written_a_million_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.tabular.sheets.WRITTEN", 10_000)
    data = workbook(*[[f"P{at}", "B", "x" * 600, 1] for at in range(20)])
    assert [rule for rule, _ in refusal(data)] == ["table-workbook-too-large"]


def test_a_wide_header_is_not_written_for_each_of_thousands_of_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("adapters.tabular.reports"), "WRITTEN", 5_000)
    data = workbook(*[[f"P{at}", "B", "x", 1] for at in range(60)])
    assert [rule for rule, _ in refusal(data)] == ["table-workbook-too-many-reports"]


def test_a_mapping_file_is_proposed_of_them_as_of_the_workbook() -> None:
    (record,) = records(workbook(["P1", "B1", "a", 1]))
    made, whole = (
        TabularAdapter().propose(Payload(data), "x") for data in (record.data, workbook(["P1", "B1", "a", 1]))
    )
    assert made == whole
