"""A payload read by one mapping file: charset, delimiter and header declared or found, and stated."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.tabular.csv_form import DELIMITERS, Lines, found_charset, head, lines, rows, said_delimiter
from adapters.tabular.table import Table, column_names, gone, header_at, nearest_header
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
    data, options = payload.data, file.options
    found = lines(data, options.get("charset", "") or found_charset(data))
    cut = _cut(found, file)
    if cut is None:
        return None
    delimiter, first, at = cut
    columns = column_names(first[at])
    _refuse_gone(columns, [name for name in _needed(file) if name not in options.get("optional", ())], file)
    _refuse_twice(columns, file, at)
    below = tuple(rows(found, delimiter, at + 1))
    if not below:
        raise PayloadError("table-without-rows", f"row {at + 1}")
    told = {"charset": found.charset, "delimiter": _WORDS[delimiter], "row": at + 1}
    read = Issue("information", "informational", "table-read", f"row {at + 1}", told)
    open_end = not found.ended and not payload.whole and not options.get("open_end", False)
    return Table(columns, below, (read,), cut=open_end)


def _cut(found: Lines, file: MappedFile) -> tuple[str, list[list[str]], int] | None:
    """(delimiter, first rows, place of the header); None when no row has the columns that tell it is the file's.

    PayloadError where a row has half of them, and so is a header with some of them gone.
    """
    declared = file.options.get("header", 0)
    near: tuple[str, ...] = ()
    for delimiter in file.options.get("delimiter", "") or said_delimiter(found) or DELIMITERS:
        first = head(found, delimiter)
        at = header_at(first, file.recognise, declared)
        if at >= 0:
            return delimiter, first, at
        near = near or nearest_header(first, file.recognise)
    if near:
        _refuse_gone(near, file.recognise, file)
    return None


def _needed(file: MappedFile) -> Sequence[str]:
    """The columns that are placed: without one of them a result could lose its unit, and nobody would see."""
    named = [row.field for row in file.rows] + [row.when.field for row in file.rows if row.when]
    return [name for name in dict.fromkeys([*named, *(test.column for test in file.tests)]) if name]


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
