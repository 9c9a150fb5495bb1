"""A payload read by one mapping file: charset, delimiter and header declared or found, and stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adapters.tabular.csv_form import DELIMITERS, Lines, found_charset, head, lines, rows, said_delimiter
from adapters.tabular.fill_down import FillDown
from adapters.tabular.sheets import has_sheets
from adapters.tabular.table import Row, Table, column_names, gone, header_at, nearest_header
from gateway.adapter import Payload
from gateway.errors import PayloadError
from gateway.mapping.mapped.file import MappedFile
from gateway.outcome import Issue

_WORDS = {
    ",": {"en": "commas", "vi": "dấu phẩy"},
    ";": {"en": "semicolons", "vi": "dấu chấm phẩy"},
    "\t": {"en": "tabs", "vi": "tab"},
    "|": {"en": "bars", "vi": "dấu sổ"},
}


def table_for(payload: Payload, file: MappedFile) -> Table | None:
    """The table, where the payload has all columns that the file recognises its own by; None where it is another's.

    PayloadError where it is the file's, and cannot be read: a column is gone, stands there twice, quotes do not match.
    """
    return _of_workbook(payload, file) if has_sheets(payload.data) else _of_csv(payload, file)


@dataclass(frozen=True, slots=True)
class Opened:
    """A CSV whose header is found. ``above``: rows up to and with the header; ``read``: what was found, to be told."""

    lines: Lines
    delimiter: str
    above: int
    columns: tuple[str, ...]
    read: Issue


def opened(data: bytes, file: MappedFile) -> Opened | None:
    """A CSV by the mapping file; None where it is another's. As table_for, from its first lines alone."""
    found = lines(data, file.options.get("charset", "") or found_charset(data))
    cut = _cut(found, file)
    if cut is None:
        return None
    delimiter, first, at = cut
    told = {"charset": found.charset, "delimiter": _WORDS[delimiter], "row": at + 1}
    read = Issue("information", "informational", "table-read", f"row {at + 1}", told)
    return Opened(found, delimiter, at + 1, _columns(first, at, file), read)


def _of_csv(payload: Payload, file: MappedFile) -> Table | None:
    csv = opened(payload.data, file)
    if csv is None:
        return None
    below = tuple(rows(csv.lines, csv.delimiter, csv.above))
    open_end = not csv.lines.ended and not payload.whole and not file.options.get("open_end", False)
    made = _table(csv.columns, below, csv.above - 1, file, (csv.read,))
    return replace(made, cut=open_end, charset=csv.lines.charset)


def _of_workbook(payload: Payload, file: MappedFile) -> Table | None:
    named = file.options.get("sheet", "")
    from adapters.tabular.xlsx_form import sheets  # openpyxl loads only for a workbook

    found = sheets(payload.data, named)
    if named and not found:
        return None
    declared = file.options.get("header", 0)
    fitting = [(one, at) for one in found if (at := header_at(one.first, file.recognise, declared)) >= 0]
    if len(fitting) > 1:
        raise PayloadError("table-two-sheets", sheets=", ".join(one.name for one, _ in fitting))
    if not fitting:
        for one in found:
            if near := nearest_header(one.first, file.recognise):
                _refuse_gone(near, file.recognise, file)
        return None
    ((sheet, at),) = fitting
    columns = _columns(sheet.first, at, file)
    below = [_as_wide(row, len(columns)) for row in sheet.rows if row.number > at + 1]
    read = [Issue("information", "informational", "table-sheet-read", f"row {at + 1}", {"row": at + 1})]
    for place, name in enumerate(columns, 1):
        if name and place in sheet.hidden:
            read.append(Issue("information", "informational", "table-hidden-column", f"column {name}"))
    return replace(_table(columns, below, at, file, tuple(read)), head=sheet.head(at))


def _as_wide(row: Row, width: int) -> Row:
    """A sheet's row ends with its last cell; those behind it are empty."""
    missing = width - len(row.cells)
    return row._replace(cells=[*row.cells, *[""] * missing]) if missing > 0 else row


def _columns(first: Sequence[Sequence[str]], at: int, file: MappedFile) -> tuple[str, ...]:
    columns = column_names(first[at])
    while columns and not columns[-1]:  # a sheet's cells that are only formatted
        columns = columns[:-1]
    _refuse_gone(columns, _needed(file), file)
    _refuse_twice(columns, file, at)
    return columns


def _table(columns: tuple[str, ...], below: Sequence[Row], at: int, file: MappedFile, read: tuple[Issue, ...]) -> Table:
    if not below:
        raise PayloadError("table-without-rows", f"row {at + 1}")
    filled = list(map(FillDown(columns, file).row, below)) if file.options.get("fill_down") else below
    return Table(columns, filled, read)


def _cut(found: Lines, file: MappedFile) -> tuple[str, list[list[str]], int] | None:
    """(delimiter, first rows, place of the header); None when no row has the columns that tell it is the file's.

    PayloadError where a row has half of them, and so is a header with some of them gone.
    """
    declared = file.options.get("header", 0)
    tried = []
    for delimiter in file.options.get("delimiter", "") or said_delimiter(found) or DELIMITERS:
        first = head(found, delimiter)
        at = header_at(first, file.recognise, declared)
        if at >= 0:
            return delimiter, first, at
        tried.append(first)
    for first in tried:
        if near := nearest_header(first, file.recognise):
            _refuse_gone(near, file.recognise, file)
            break
    return None


def _needed(file: MappedFile) -> Sequence[str]:
    """The columns that are placed: without one of them a result could lose its unit, and nobody would see.

    Those that tell reports and results apart are needed even where the file says that they may be missing.
    """
    named = [row.field for row in file.rows] + [row.when.field for row in file.rows if row.when]
    named += [test.column for test in file.tests]
    optional = file.options.get("optional", ())
    always = [*file.report, *file.item, file.options.get("facility", ""), *file.options.get("fill_down", ())]
    return [name for name in dict.fromkeys([*always, *(one for one in named if one not in optional)]) if name]


def _refuse_gone(columns: Sequence[str], wanted: Sequence[str], file: MappedFile) -> None:
    if missing := gone(columns, wanted):
        label = f"{file.text.name} {file.text.version}"
        issues = [
            Issue(
                "error",
                "structure",
                "table-column-renamed" if alike else "table-column-gone",
                f"column {name}",
                {"column": name, "mapping": label, **({"alike": alike} if alike else {})},
            )
            for name, alike in missing.items()
        ]
        raise PayloadError("table-column-gone", issues=issues)


def _refuse_twice(columns: Sequence[str], file: MappedFile, at: int) -> None:
    """The first of two columns of one name is placed only where the mapping file speaks of the second one too."""
    for name in columns:
        first = name.removesuffix("[2]")
        if first != name and first in file.fields and name not in file.fields:
            raise PayloadError("table-column-twice", f"row {at + 1}", column=first)
