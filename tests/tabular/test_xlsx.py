"""XLSX: what a cell says, what a sheet hides, and what is not opened at all."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from lxml import etree
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from adapters.tabular import TabularAdapter
from adapters.tabular.cell_text import cell_text
from adapters.tabular.sheet_marks import marks
from adapters.tabular.workbook import checked
from gateway.adapter import Payload
from gateway.errors import PayloadError
from tests.tabular.building import MAPPING, UNIT, file, of, refusal, row, rules, translation, translations

HEAD = ["PHIEU", "BN", "XN", "KQ"]
COMMA = MAPPING.replace("[reading]", "[reading]\ndecimal_comma = true")
WHEN = row("GIO", "Observation.effectiveDateTime", "dateTime")


def _local(*parts: int) -> datetime:
    """As a workbook holds it: without a zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  # the cell has none


def workbook(*rows: list[Any], head: list[str] = HEAD, change: Callable[[Any, Any], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for one in (head, *rows):
        sheet.append(one)
    if change is not None:
        change(book, sheet)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def changed(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The package with one part changed, or added."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
        if name not in old.namelist():
            new.writestr(name, change(b""))
    return made.getvalue()


ROW = ["P1", "B1", "a", 7.2]
SHEET = "xl/worksheets/sheet1.xml"


def test_a_sheets_rows_are_reports() -> None:
    data = workbook(ROW, ["P1", "B1", "b", "Âm tính"], ["P2", "B2", "a", 5])
    assert TabularAdapter().recognises(Payload(data))
    first, second = translations(data)
    assert str(of(first, "Observation")[0]["valueQuantity"]["value"]) == "7.2"
    assert of(first, "Observation")[1]["valueString"] == "Âm tính"
    assert second.lineage["Observation[0].valueQuantity.value"] == "row 4, column KQ"
    assert not first.held


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        *((5.1, "0.00", "5.10"), (5.126, "0.00", "5.126"), (5.1, "General", "5.1"), (100.0, "0.0", "100.0")),
        *((0.1 + 0.2, "General", "0.3"), (1e-07, "General", "0.0000001"), (120, "General", "120")),
        *((0.05, "0%", "5%"), (0.0525, "0%", "5.25%"), (451, "000000", "000451"), (1234.5, "#,##0.00", "1234.50")),
        *((-3.0, "0.0", "-3.0"), (1e300, "0.0", "1" + "0" * 300), (_local(2026, 3, 5), "dd/mm/yyyy", "2026-03-05")),
        *((_local(2026, 3, 5, 7, 5), "dd/mm/yyyy", "2026-03-05T07:05:00"),),
        *((_local(2026, 3, 5), "dd/mm/yyyy hh:mm", "2026-03-05T00:00:00"), (True, "General", "TRUE")),
    ],
)  # fmt: skip
def test_a_cell_is_what_it_shows_where_that_is_certain(value: Any, shown: str, text: str) -> None:
    assert cell_text(value, shown)[0] == text


def test_a_number_of_a_cell_has_a_point_whatever_commas_mean() -> None:
    made = translation(workbook(["P1", "B1", "a", 1.234], ["P1", "B1", "b", "7,2"]), file(COMMA))
    first, second = of(made, "Observation")
    assert [str(one["valueQuantity"]["value"]) for one in (first, second)] == ["1.234", "7.2"]
    assert not made.held


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_a_date_is_read_by_the_workbooks_date_system_and_not_by_declared_forms(epoch: Any) -> None:
    def set_epoch(book: Any, sheet: Any) -> None:
        if epoch:
            book.epoch = epoch

    data = workbook([*ROW, _local(2026, 3, 5, 7, 30)], [*ROW[:2], "b", 1, "05/03/2026 07:30"],
                    head=[*HEAD, "GIO"], change=set_epoch)  # fmt: skip
    made = translation(data, file(MAPPING, WHEN))
    assert {one["effectiveDateTime"] for one in of(made, "Observation")} == {"2026-03-05T07:30:00+07:00"}


def test_a_formula_is_its_last_value_and_told_and_one_never_computed_is_held() -> None:
    data = workbook([*ROW[:3], "=3+4.2"])
    never = translation(data)
    assert [(hold.rule, hold.expression) for hold in never.holds] == [
        ("table-formula-without-value", "row 2, column KQ")
    ]
    computed = changed(
        data, SHEET, lambda part: part.replace(b"<v></v>", b"<v>7.2</v>").replace(b"<v />", b"<v>7.2</v>")
    )
    made = translation(computed)
    assert str(of(made, "Observation")[0]["valueQuantity"]["value"]) == "7.2"
    assert rules(made) == [("table-formula", "row 2, column KQ")]


def test_a_formula_right_of_the_last_header_is_named_by_its_place() -> None:
    made = translation(workbook([*ROW, None, '=IF(D2>9,"!","")']))
    assert [(hold.rule, hold.expression) for hold in made.holds] == [("table-formula-without-value", "row 2, column 6")]


def test_cells_merged_downwards_say_their_value_of_every_row() -> None:
    def merge(_book: Any, sheet: Any) -> None:
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("B2:B3")

    made = translation(workbook(ROW, [None, None, "b", 5], change=merge))
    assert len(of(made, "Observation")) == 2
    assert [issue.rule for issue in made.issues][:2] == ["table-sheet-read", "table-merged-down"]


def test_cells_merged_across_columns_hold_their_report() -> None:
    made = translation(workbook(ROW, change=lambda _book, sheet: sheet.merge_cells("C2:D2")))
    assert [hold.rule for hold in made.holds] == ["table-merged-across"]


def test_cells_merged_across_columns_and_rows_hold_the_report_of_each_row() -> None:
    def merge(_book: Any, sheet: Any) -> None:
        sheet.merge_cells("C2:D4")

    rows = [[f"P{n}", f"B{n}", "a", n] for n in range(2, 6)]
    made = translations(workbook(*rows, change=merge))
    held = [[hold.expression for hold in one.holds if hold.rule == "table-merged-across"] for one in made]
    assert held == [["row 2"], ["row 3"], ["row 4"], []]
    assert not made[3].held


def test_hidden_rows_are_held_hidden_columns_told_hidden_sheets_left() -> None:
    def hide(book: Any, sheet: Any) -> None:
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["D"].hidden = True
        book.create_sheet("cũ").append(HEAD)
        book["cũ"].sheet_state = "hidden"

    made = translation(workbook(ROW, change=hide))
    assert [(hold.rule, hold.expression) for hold in made.holds] == [("table-hidden-row", "row 2")]
    assert ("table-hidden-column", "column KQ") in [(issue.rule, issue.expression) for issue in made.issues]


def test_two_sheets_that_fit_are_nobodys_until_one_is_named() -> None:
    def second(book: Any, sheet: Any) -> None:
        other = book.create_sheet("Khác")
        other.append(HEAD)
        other.append(["P9", "B9", "z", 9])

    data = workbook(ROW, change=second)
    assert refusal(data) == [("table-two-sheets", "")]
    named = file(MAPPING.replace("[recognise]", '[recognise]\nsheet = "Khác"'))
    assert of(translation(data, named), "Observation")[0]["code"]["text"] == "z"


def test_an_error_in_a_cell_is_held_and_so_is_a_format_that_shows_something_else() -> None:
    def form(_book: Any, sheet: Any) -> None:
        sheet["D3"].number_format = '0.0" (cao)"'

    made = translation(workbook([*ROW[:3], "#N/A"], ["P1", "B1", "b", 8], change=form))
    assert [(hold.rule, hold.expression) for hold in made.holds] == [
        ("table-cell-error", "row 2, column KQ"),
        ("table-format-says-more", "row 3, column KQ"),
    ]
    assert ("table-number-format", "row 3, column KQ") in rules(made)


def test_a_renamed_column_is_named() -> None:
    data = workbook([*ROW, "g/L"], head=[*HEAD, "DVI"])
    assert refusal(data, file(MAPPING, UNIT)) == [("table-column-renamed", "column DV")]


def declared(size: int) -> bytes:
    """A package that unpacks to so many bytes, of which it is a thousandth."""
    return changed(workbook(ROW), "xl/media/image1.bin", lambda _: b"\0" * size)


def elsewhere(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook whose worksheet is a part of that name, as its relationship says, and changed."""
    data = workbook(ROW)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        sheet = package.read(SHEET)
    moved = changed(
        data, "xl/_rels/workbook.xml.rels", lambda part: part.replace(f"/{SHEET}".encode(), f"/{name}".encode())
    )
    return changed(moved, name, lambda _: change(sheet))


def with_dtd(part: bytes) -> bytes:
    return part.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet')


BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "half a file": (lambda: workbook(ROW)[:-200], "table-workbook-broken"),
    "a part cut": (lambda: changed(workbook(ROW), SHEET, lambda part: part[: len(part) // 2]), "table-workbook-broken"),
    "no workbook inside": (
        lambda: changed(workbook(ROW), "xl/workbook.xml", lambda part: b"<a/>"),
        "table-workbook-broken",
    ),
    "macros": (lambda: changed(workbook(ROW), "xl/vbaProject.bin", lambda _: b"x"), "table-macros"),
    "a zip bomb": (lambda: declared(49 * 1024 * 1024), "table-workbook-too-large"),
    "entities": (
        lambda: changed(workbook(ROW), SHEET, with_dtd),
        "table-workbook-dtd",
    ),
    "entities in a part whose name is in capitals": (
        lambda: changed(workbook(ROW), "xl/OTHER.XML", lambda _: b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'),
        "table-workbook-dtd",
    ),
    "entities in a worksheet that is called a picture": (
        lambda: elsewhere("xl/media/image1.png", with_dtd),
        "table-workbook-dtd",
    ),
    "entities in UTF-16": (
        lambda: elsewhere("xl/sheet.bin", lambda part: with_dtd(part).decode().encode("utf-16")),
        "table-workbook-dtd",
    ),
    "entities in EBCDIC": (
        lambda: elsewhere("xl/sheet.bin", lambda part: with_dtd(part).decode().encode("cp037")),
        "table-workbook-dtd",
    ),
    "rows far apart": (
        lambda: changed(
            workbook(ROW),
            SHEET,
            lambda part: part.replace(b"</sheetData>", b'<row r="1048577"><c r="A1"><v>1</v></c></row></sheetData>'),
        ),
        "table-sheet-too-large",
    ),
    "cells far apart": (
        lambda: changed(
            workbook(ROW),
            SHEET,
            lambda part: part.replace(
                b"</sheetData>", b'<row r="9999999999"><c r="A9999999999"><v>1</v></c></row></sheetData>'
            ),
        ),
        "table-sheet-too-large",
    ),
    "old Excel": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le"),
        "table-old-workbook",
    ),
}


def sheet_of(*rows: str) -> bytes:
    """A workbook whose sheet has these rows below its header, as they stand in its part."""
    below = "".join(rows).encode()
    return changed(workbook(), SHEET, lambda part: part.replace(b"</sheetData>", below + b"</sheetData>"))


def row_of(number: int, *cells: str) -> str:
    """Each cell by its place, with the number 1 in it."""
    made = "".join(f'<c r="{cell}"><v>1</v></c>' for cell in cells)
    return f'<row r="{number}">{made}</row>'


@pytest.mark.parametrize(
    "rows",
    [
        [row_of(3, "A3"), row_of(2, "A2")],
        [row_of(2, "A2"), row_of(2, "B2")],
        [row_of(2, "B2", "A2")],
        [row_of(2, "A2", "B2", "B2")],
        [row_of(2, "A3")],
        [row_of(2, "?")],
        ["<row r='2'>" + row_of(3, "A3") + "</row>"],
    ],
    ids=["row behind a later one", "row twice", "cell behind a later one", "cell twice", "another row's cell",
         "cell without a place", "row in a row"],
)  # fmt: skip
def test_rows_and_cells_that_would_vanish_refuse_the_workbook(rows: list[str]) -> None:
    assert [rule for rule, _ in refusal(sheet_of(*rows))] == ["table-workbook-broken"]


def test_rows_and_cells_may_leave_out_their_numbers() -> None:
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in ROW)
    (result,) = of(translation(sheet_of(f"<row>{cells}</row>")), "Observation")
    assert str(result["valueQuantity"]["value"]) == "7.2"


@pytest.mark.parametrize("content", ["<row/>" * 5000, "<row>" + "<c/>" * 5000 + "</row>", "<x/>" * 5000])
def test_a_sheets_elements_are_counted_while_they_are_read(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.tabular.sheet_marks.CELLS", 1000)
    part = io.BytesIO(f'<worksheet xmlns="{SHEET_MAIN_NS}"><sheetData>{content}'.encode())  # cut: broken at its end
    with pytest.raises(PayloadError) as refused:
        marks(part)
    assert [issue.rule for issue in refused.value.issues] == ["table-sheet-too-large"]


def test_a_worksheet_is_read_whatever_its_part_is_called() -> None:
    """So that the cases below would be read, were they not refused."""
    (result,) = of(translation(elsewhere("xl/media/image1.png", lambda part: part)), "Observation")
    assert str(result["valueQuantity"]["value"]) == "7.2"


def test_a_part_in_letters_that_hide_a_document_type_is_not_opened() -> None:
    """lxml reads UTF-7, which has another writing of every sign."""
    hidden = b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x [+ADwAIQ-ENTITY a "b">]><x>&a;</x>'
    assert etree.fromstring(hidden).text == "b"
    with pytest.raises(PayloadError):
        checked(changed(workbook(ROW), "xl/other.xml", lambda _: hidden))


def sharing(texts: list[str], row: str) -> bytes:
    """A workbook with texts that its cells may refer to by their number, and a row below its header."""
    inside = "".join(f"<si><t>{text}</t></si>" for text in texts)
    table = f'<sst xmlns="{SHEET_MAIN_NS}">{inside}</sst>'.encode()
    named = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % SHARED_STRINGS.encode()
    data = changed(sheet_of(f'<row r="2">{row}</row>'), "xl/sharedStrings.xml", lambda _: table)
    return changed(data, "[Content_Types].xml", lambda part: part.replace(b"</Types>", named))


def test_a_cell_refers_to_a_shared_text_and_a_format_by_their_numbers() -> None:
    cells = "".join(f'<c s="0" t="s"><v> {at} </v></c>' for at in (3, 0, 1, 2))
    (made,) = translations(sharing(["B1", "a", "5", "P1"], cells))
    assert of(made, "Patient")[0]["identifier"][0]["value"] == "B1"
    assert of(made, "Observation")[0]["code"]["text"] == "a"


@pytest.mark.parametrize(
    "cell",
    ['t="s"><v>-1</v>', 't="s"><v>99</v>', 't="s"><v>0_1</v>', 't="s"><v>+1</v>', 't="s"><v>\u0661</v>',
     's="-1"><v>1</v>', 's="99"><v>1</v>'],
)  # fmt: skip
def test_a_cell_that_refers_to_what_the_workbook_does_not_have_refuses_it(cell: str) -> None:
    """Counted from the end, a text would be another cell's: the last patient's, the last result's."""
    assert [rule for rule, _ in refusal(sharing(["P1", "B1"], f"<c {cell}</c>"))] == ["table-workbook-broken"]


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_what_is_broken_or_unsafe_is_not_opened(case: str) -> None:
    make, rule = BROKEN[case]
    data = make()
    assert TabularAdapter().recognises(Payload(data))
    assert [told for told, _ in refusal(data)] == [rule]


def test_cells_merged_beside_columns_that_no_sheet_has_are_refused_at_once() -> None:
    data = workbook(ROW, ["P1", "B1", "b", 5], change=lambda _book, sheet: sheet.merge_cells("F2:F3"))
    assert refusal(changed(data, "xl/worksheets/sheet1.xml", lambda part: part.replace(b"F2:F3", b"ZZZ2:ZZZ3"))) == [
        ("table-sheet-too-large", "row 3")
    ]
