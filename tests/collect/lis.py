"""A laboratory's database: one table of results that grows, as its view shows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, create_engine, text

from gateway.collect.door import Door
from gateway.collect.marks import Marks
from gateway.collect.view import ViewCollector, ViewSchema
from gateway.store.source import Source, View

COLUMNS = ("so_phieu", "ma_bn", "ho_ten", "ma_xn", "ten_xn", "ket_qua", "don_vi", "ngay_kq")
START = datetime(2026, 11, 23, 8, 0, 0)  # noqa: DTZ001  # what a laboratory's clock on the wall says, without a zone
MAPPING = Path(__file__).with_name("results.toml")


class Lis:
    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        self.sqlite = url.startswith("sqlite")
        with self.engine.begin() as connection:
            time = "TEXT" if self.sqlite else "TIMESTAMP"
            connection.execute(
                text(
                    "CREATE TABLE results (id INTEGER PRIMARY KEY, so_phieu TEXT, ma_bn TEXT, ho_ten TEXT, ma_xn TEXT,"
                    f" ten_xn TEXT, ket_qua NUMERIC(10, 2), don_vi TEXT, ngay_kq {time}, updated {time})"
                )
            )
            connection.execute(text("CREATE VIEW v_results AS SELECT * FROM results"))

    def add(self, number: int, report: str, *, minute: float = 0, by: Connection | None = None, **more: Any) -> None:
        """A result: row ``number`` of a report, changed so many minutes after START."""
        at: Any = START + timedelta(minutes=minute)
        row = {
            "id": number, "so_phieu": report, "ma_bn": f"BN-{report}", "ho_ten": "NGUYỄN THỊ MẪU",
            "ma_xn": f"T{number}", "ten_xn": f"Test {number}", "ket_qua": "5.10", "don_vi": "mmol/L",
            "ngay_kq": START, "updated": at,
        } | more  # fmt: skip
        if self.sqlite:
            row = {name: str(value) if isinstance(value, datetime) else value for name, value in row.items()}
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        statement = text(f"INSERT INTO results ({names}) VALUES ({values})")
        if by is not None:
            by.execute(statement, row)
        else:
            with self.engine.begin() as connection:
                connection.execute(statement, row)

    def say(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for one in statements:
                connection.execute(text(one))

    @contextmanager
    def late(self) -> Iterator[Connection]:
        """A transaction that commits when it is left."""
        with self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


class Database(Protocol):
    @property
    def url(self) -> str: ...


def collector(lis: Database, door: Door, state: Path, **changes: Any) -> ViewCollector:
    """As ``[[view]]`` makes it, every field as loaded."""
    written = {
        "name": "lis", "facility": "79001", "client": "client.json", "database": lis.url, "view": "v_results",
        "columns": list(COLUMNS), "mark": "updated", "key": ["id"], "report": ["so_phieu"],
        "since": START - timedelta(days=1), "overlap": 600, "statement_seconds": 1,
    } | changes  # fmt: skip
    table = ViewSchema().load(written)
    names = {name: tuple(table[name]) for name in ("columns", "key", "report")}
    view = View(table["view"], mark=table["mark"], **names)
    return ViewCollector(table, view, Source(lis.url, view, seconds=table["statement_seconds"]), Marks(state), door)
