"""A laboratory's own database, with the view a collector reads: a row a result, a mark that grows with each change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path


class SimulatedLis:
    """An SQLite file. Its view has the columns of the laboratory's export."""

    view = "v_results"
    columns = (
        *("STT", "SO_PHIEU", "MA_BN", "SO_CCCD", "HO_TEN", "NGAY_SINH", "PHAI", "NGAY_LAY_MAU", "NGAY_KQ", "BS_DOC"),
        *("MA_XN", "TEN_XN", "KET_QUA", "DON_VI", "TRI_SO_BT", "CO"),
    )

    def __init__(self, file: Path) -> None:
        self._file = file
        named = ", ".join(f'"{name}" TEXT' for name in self.columns)
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(f"CREATE TABLE result (id INTEGER PRIMARY KEY, changed INTEGER, {named})")
            connection.execute(f"CREATE VIEW {self.view} AS SELECT * FROM result")  # noqa: S608  # a name of ours

    def write(self, rows: Iterable[Mapping[str, str]]) -> None:
        """New rows, in one transaction; the mark of each is one more than the last."""
        names = ", ".join(f'"{name}"' for name in self.columns)
        places = ", ".join("?" for _ in self.columns)
        insert = f"INSERT INTO result (changed, {names}) VALUES ((SELECT count(*) + 1 FROM result), {places})"  # noqa: S608  # names of ours
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.executemany(insert, [[row[name] or None for name in self.columns] for row in rows])
