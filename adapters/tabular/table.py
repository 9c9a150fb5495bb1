"""A table as its reader finds it: named columns and numbered rows, whatever the file's form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from gateway.outcome import Issue

HEADER_WITHIN = 20  # rows: titles stand above many tables


class Row(NamedTuple):
    """``number``: as a spreadsheet counts, from 1. ``cells``: blanks around them gone. ``start``, ``end``: its run of
    the payload's bytes, both 0 where a row has none. ``exact``: places of cells that the reader wrote itself (numbers
    with a point, times in ISO form). ``told``: (place, rule) of cells that a person should know of, ``held`` of those
    that a person must look at. ``filled``: places of cells that say what the row ``filled_from`` does (fill_down). Of a
    worksheet's: ``line``: its cells written out (sheet_rows), ``merged``: places of those merged with one above.
    """

    number: int
    cells: Sequence[str]
    start: int = 0
    end: int = 0
    exact: frozenset[int] = frozenset()
    told: tuple[tuple[int, str], ...] = ()
    held: tuple[tuple[int, str], ...] = ()
    filled: tuple[int, ...] = ()
    filled_from: int = 0
    line: bytes = b""
    merged: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Table:
    """``columns``: names in their order, the second of one name as ``NAME[2]``, "" where there is none.

    ``rows``: those below the header that say something. ``read``: what was found and decided, for the outcome;
    ``cut``: the payload ends within its last row, for all that its form tells; ``charset``: its bytes were read in.
    ``head``: what a record's bytes begin with where they are written out of a worksheet, b"" where they are a run of
    the payload's.
    """

    columns: tuple[str, ...]
    rows: Sequence[Row]
    read: Sequence[Issue] = field(default=())
    cut: bool = False
    charset: str = "utf-8"
    head: bytes = b""


def column_names(cells: Iterable[str]) -> tuple[str, ...]:
    """The names a header's cells give: line breaks and runs of blanks are one blank."""
    made: list[str] = []
    seen: dict[str, int] = {}
    for cell in cells:
        name = unicodedata.normalize("NFC", " ".join(cell.split()))
        seen[name] = seen.get(name, 0) + 1
        made.append(f"{name}[{seen[name]}]" if name and seen[name] > 1 else name)
    return tuple(made)


def header_at(rows: Sequence[Sequence[str]], wanted: Iterable[str], declared: int = 0) -> int:
    """The place of the header among the rows: the first that has all the names; -1 when none has.

    ``declared``: the row that the mapping file says it is, from 1; 0 where it says none.
    """
    names = set(wanted)
    places = [declared - 1] if declared else range(min(HEADER_WITHIN, len(rows)))
    enough = (at for at in places if at < len(rows) and len(rows[at]) >= len(names))
    return next((at for at in enough if names <= set(column_names(rows[at]))), -1)


def is_header(row: Row, columns: Sequence[str]) -> bool:
    """Whether a row below the header says the columns' names once more, as each page of what was printed does."""
    return row.cells[0] == columns[0] and column_names(row.cells[: len(columns)]) == columns


def gone(names: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Each wanted name that is not there, with the name there that looks like it, "" where none does."""
    free = {_plain(name): name for name in names if name and name not in wanted}
    missing = [name for name in wanted if name not in names]
    alike = {name: get_close_matches(_plain(name), free, 1, 0.6) for name in missing}
    return {name: free[found[0]] if found else "" for name, found in alike.items()}


def nearest_header(rows: Sequence[Sequence[str]], wanted: Sequence[str]) -> tuple[str, ...]:
    """The names of the row that has half of those wanted: a header that lacks some; nothing when no row is that."""
    for cells in rows[:HEADER_WITHIN]:
        names = column_names(cells) if len(cells) * 2 >= len(wanted) else ()
        if len(set(wanted) & set(names)) * 2 >= len(wanted):
            return names
    return ()


def _plain(name: str) -> str:
    """A name without case, marks and signs: KẾT QUẢ and ket_qua are alike."""
    apart = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]", "", apart)
