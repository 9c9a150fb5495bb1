"""A laboratory's own database, with the view a collector reads: a row a result, a mark that grows with each change.

It is written as such systems write: well, in two steps, again with nothing changed, locked, with its view gone.
"""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from gateway.simulator.behaviour import Behaviour

# name → how the rows of one report come into the view. What follows the colon is shown in capitals.
ENTRIES: dict[str, str] = {
    "whole": "all rows at once",
    "half:SECONDS": "half of the rows, a wait, then the rest",
    "twice:SECONDS": "all rows, a wait, then each again with a new mark and nothing else new",
    "locked:SECONDS": "the whole database is locked for so long, then the rows are there",
    "vanish:SECONDS": "the view is gone for so long, then it is back with the rows",
    "rename-column": "from now on the view's last column has another name; then as whole",
}

Row = Mapping[str, str]


class SimulatedLis:
    """An SQLite file. Its view has the columns of the laboratory's export. ``wait``: sleeps."""

    view = "v_results"
    columns: Sequence[str] = (
        *("STT", "SO_PHIEU", "MA_BN", "SO_CCCD", "HO_TEN", "NGAY_SINH", "PHAI", "NGAY_LAY_MAU", "NGAY_KQ", "BS_DOC"),
        *("MA_XN", "TEN_XN", "KET_QUA", "DON_VI", "TRI_SO_BT", "CO"),
    )

    def __init__(
        self, file: Path, columns: Sequence[str] = columns, wait: Callable[[float], object] = lambda _: None
    ) -> None:
        self._file = file
        self._wait = wait
        self.columns = columns
        self._renamed = False
        named = ", ".join(f"{_quoted(name)} TEXT" for name in columns)
        self._run(f"CREATE TABLE result (id INTEGER PRIMARY KEY, changed INTEGER, {named})", self._view_made())

    @property
    def url(self) -> str:
        """As a [[view]] names the database."""
        return f"sqlite:///{self._file.resolve()}"

    def write(self, rows: Iterable[Row], locked: float = 0) -> None:
        """New rows, in one transaction; the mark of each is one more than the last. ``locked``: seconds before."""
        names = ", ".join(map(_quoted, self.columns))
        places = ", ".join("?" for _ in self.columns)
        insert = f"INSERT INTO result (changed, {names}) VALUES ((SELECT coalesce(max(changed), 0) + 1 FROM result), {places})"  # noqa: S608, E501  # names of ours
        with closing(sqlite3.connect(self._file, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            if locked:
                self._wait(locked)
            connection.executemany(insert, [[row[name] or None for name in self.columns] for row in rows])
            connection.execute("COMMIT")

    def enter(self, rows: Sequence[Row], behaviour: Behaviour) -> None:
        """The rows of one report, as it is told; they are there when it returns."""
        seconds, half = float(behaviour.argument or 0), (len(rows) + 1) // 2
        match behaviour.name:
            case "half":
                self.write(rows[:half])
                self._wait(seconds)
                self.write(rows[half:])
            case "twice":
                self.write(rows)
                self._wait(seconds)
                last = "(SELECT max(id) FROM result)"
                self._run(f"UPDATE result SET changed = changed + {len(rows)} WHERE id > {last} - {len(rows)}")  # noqa: S608  # numbers
            case "locked":
                self.write(rows, locked=seconds)
            case "vanish":
                self._run(f"DROP VIEW {self.view}")
                self._wait(seconds)
                self.write(rows)
                self._run(self._view_made())
            case "rename-column":
                self._renamed = True
                self._run(f"DROP VIEW {self.view}", self._view_made())
                self.write(rows)
            case _:
                self.write(rows)

    def _view_made(self) -> str:
        *names, last = map(_quoted, ("id", "changed", *self.columns))
        if self._renamed:
            last += f" AS {_quoted(self.columns[-1] + '_2')}"
        return f"CREATE VIEW {self.view} AS SELECT {', '.join((*names, last))} FROM result"  # noqa: S608  # names of ours

    def _run(self, *statements: str) -> None:
        with closing(sqlite3.connect(self._file)) as connection, connection:
            for one in statements:
                connection.execute(one)


def reports(table: str, column: str) -> list[list[dict[str, str]]]:
    """The rows of a table (CSV; the header tells the delimiter), those of one report together, in their order.

    ValueError when there is no such column, no row, or a row has more or fewer fields than the header.
    """
    header = table.partition("\n")[0]
    delimiter = max(";,\t|", key=header.count)
    read = csv.DictReader(io.StringIO(table), delimiter=delimiter, strict=True)
    if column not in (read.fieldnames or ()):
        raise ValueError(f"there is no column {column}")
    found: dict[str, list[dict[str, str]]] = {}
    for row in read:
        if None in row or None in row.values():
            raise ValueError(f"line {read.line_num} has not as many fields as the header")
        found.setdefault(row[column], []).append(row)
    if not found:
        raise ValueError("there is no row")
    return list(found.values())


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
