"""Columns that are written on the first row of a report alone: whose it is, when it was taken.

Only those that a mapping file names (``[reading] fill_down``), all of them together, and only from the row right above,
of the same report: a row that says one of them and not another begins anew, and what it leaves out stays empty. So a
patient without a birth date never gets that of the one above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.tabular.table import Row
from gateway.mapping.mapped.file import MappedFile
from gateway.mapping.mapped.results import DATATYPES
from gateway.mapping.mapped.toml_lines import Path

# What a result is and says is never another's.
_OF_A_RESULT = ("Observation.code", "Observation.interpretation")


def wrong_fill_down(file: MappedFile) -> Iterator[tuple[Path, str]]:
    """Errors of the mapping file, each with its path."""
    rows = [row for row in file.rows if row.datatype in DATATYPES or row.attribute.startswith(_OF_A_RESULT)]
    results = {row.field for row in rows} | {test.column for test in file.tests} | set(file.item)
    for index, name in enumerate(file.options.get("fill_down", ())):
        if name not in file.fields:
            yield ("reading", "fill_down", index), f"{name} has neither a row nor a reason under [unplaced]"
        elif name in results:
            yield ("reading", "fill_down", index), f"{name} says what a result is, and is never that of the row above"


class FillDown:
    """The rows of a table, told one after another."""

    def __init__(self, columns: Sequence[str], file: MappedFile) -> None:
        self._places = [columns.index(name) for name in file.options.get("fill_down", ())]
        self._report = [columns.index(name) for name in file.report]
        self._width = max([*self._places, *self._report], default=-1) + 1
        self._above: Row | None = None

    def row(self, row: Row) -> Row:
        """With what the rows above say of its report."""
        if not self._places:
            return row
        above, self._above = self._above, row
        if above is None or above.number + 1 != row.number or min(len(above.cells), len(row.cells)) < self._width:
            return row
        if any(row.cells[at] and at not in row.merged for at in self._places):
            return row
        cells = list(row.cells)
        for at in self._places:
            cells[at] = above.cells[at]
        if any(cells[at] != above.cells[at] for at in self._report):
            return row
        filled = tuple(at for at in self._places if cells[at] and not row.cells[at])
        self._above = row._replace(
            cells=cells,
            exact=row.exact | above.exact.intersection(filled),
            filled=filled,
            filled_from=above.filled_from or above.number,
        )
        return self._above
