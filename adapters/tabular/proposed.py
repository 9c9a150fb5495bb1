"""A table that no mapping file reads yet: what its columns are is guessed, and a mapping file written of it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from adapters.tabular.csv_form import DELIMITERS, found_charset, head, lines, rows, said_delimiter
from adapters.tabular.proposed_fill import filled
from adapters.tabular.sheets import has_sheets
from adapters.tabular.table import HEADER_WITHIN, Row, column_names
from gateway.adapter import Payload
from gateway.errors import PayloadError
from gateway.mapping.proposal.formula import computed, harmless
from gateway.mapping.proposal.guessing import guesses
from gateway.mapping.proposal.made_up import made_up
from gateway.mapping.proposal.names import meaning
from gateway.mapping.proposal.text import text, undecided
from gateway.proposal import Proposal

_READ = 2000  # rows that are looked at


def proposed(payload: Payload, name: str) -> Proposal:
    """PayloadError where no row looks like a header: no cell of it has a known name. The sample is CSV in any case, and
    holds nothing that a spreadsheet computes."""
    columns, below, delimiter = _of_workbook(payload.data) if has_sheets(payload.data) else _of_csv(payload.data)
    values = {
        column: [row.cells[place] if place < len(row.cells) else "" for row in below]
        for place, column in enumerate(columns)
        if column
    }
    named = [place for place, column in enumerate(columns) if column]
    own = [[row.cells[at] if at < len(row.cells) and at not in row.merged else "" for at in named] for row in below]
    if formulas := [column for column in values if computed(column)]:  # other than its export's, it would fit nothing
        raise PayloadError("table-header-formula", columns=", ".join(formulas))
    guessed = guesses(values)
    rows_below = made_up(guessed, list(zip(*values.values(), strict=True)))
    written = StringIO()
    table = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    table.writerows([list(values), *([harmless(cell) for cell in cells] for cells in rows_below)])
    said = text("tabular", name, guessed, filled=filled(guessed, own))
    return Proposal(said, tuple(undecided(guessed)), written.getvalue().encode(), ".csv")


_Looked = tuple[Sequence[str], list[Row], str]  # columns, the rows below, the delimiter


def _of_csv(data: bytes) -> _Looked:
    found = lines(data, found_charset(data))
    delimiter = said_delimiter(found) or max(DELIMITERS, key=lambda one: _known(head(found, one))[0])
    at = _header(head(found, delimiter))
    below = [row for row, _ in zip(rows(found, delimiter, at + 1), range(_READ), strict=False)]
    return column_names(head(found, delimiter)[at]), below, delimiter


def _of_workbook(data: bytes) -> _Looked:
    """Of its sheets the one with the most columns of known names."""
    from adapters.tabular.xlsx_form import sheets  # openpyxl loads only for a workbook

    found = sheets(data, "")
    if not found:
        raise PayloadError("table-nothing-known")
    sheet = max(found, key=lambda one: _known(one.first)[0])
    at = _header(sheet.first)
    below = [row for row in sheet.rows if row.number > at + 1][:_READ]
    return column_names(sheet.first[at]), below, ","


def _header(first: Sequence[Sequence[str]]) -> int:
    known, at = _known(first)
    if not known:
        raise PayloadError("table-nothing-known")
    return at


def _known(first: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How many names of a row are known, in the row that has the most, and the row's place."""
    counted = [(sum(meaning(cell) is not None for cell in row), -at) for at, row in enumerate(first[:HEADER_WITHIN])]
    count, at = max(counted, default=(0, 0))
    return count, -at
