"""A PostgreSQL schema with the gateway's tables in it, lent to one test after another and emptied between them.

Making the tables costs a quarter of a second of two processors, emptying them some milliseconds. What a test
gets is the same: tables as the migrations made them, no row, and every count from 1. A test that changed the
tables themselves, or whose rows made PostgreSQL gather statistics, leaves a schema that nobody is lent again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests import databases

_STOP_MILLISECONDS = 10_000  # for a connection that a test left behind

# What a row in no table tells: relations with their files and statistics, columns, constraints, triggers, version.
_MADE = """
select md5(concat_ws('|',
  (select string_agg(concat_ws(' ', c.oid, relname, relfilenode, reltuples, relpages), ',' order by c.oid)
     from pg_class c where relnamespace = n.oid),
  (select string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull, attisdropped, atthasdef), ','
       order by attrelid, attnum)
     from pg_attribute join pg_class c on c.oid = attrelid where relnamespace = n.oid),
  (select string_agg(concat_ws(' ', oid, convalidated), ',' order by oid)
     from pg_constraint where connamespace = n.oid),
  (select string_agg(concat_ws(' ', t.oid, tgenabled), ',' order by t.oid)
     from pg_trigger t join pg_class c on c.oid = tgrelid where relnamespace = n.oid),
  (select string_agg(concat_ws(' ', oid, prosrc), ',' order by oid) from pg_proc where pronamespace = n.oid),
  (select string_agg(version_num, ',') from alembic_version)))
from pg_namespace n where nspname = current_schema()
"""


class LentTables:
    """The schema that is lent in one worker's database, by one connection for the whole run."""

    def __init__(self, socket: Path | str, database: str) -> None:
        self._url = databases.database_url(socket, database)
        self._connection = psycopg.connect(self._url, autocommit=True)
        self._schema = ""  # "" when none is made, or the last one may not be lent again
        self._tables: tuple[sql.Identifier, ...] = ()
        self._made = ""

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of empty tables, for one test at a time."""
        if not self._schema:
            self._make()
        try:
            yield f"{self._url}&options=-csearch_path%3D{self._schema}"
        finally:
            self._take_back()

    def close(self) -> None:
        self._connection.close()

    def _make(self) -> None:
        from gateway.store import schema  # here, so that coverage is measured before it is imported

        name = f"t{uuid.uuid4().hex}"
        self._connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        schema.prepare(f"{self._url}&options=-csearch_path%3D{name}")
        self._connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(name)))
        found = self._connection.execute("select tablename from pg_tables where schemaname = current_schema()")
        self._tables = tuple(sql.Identifier(table) for (table,) in found if table != "alembic_version")
        filled = [table.as_string(None) for table in self._filled()]
        assert not filled, f"rows in tables just made: {filled}"
        self._schema, self._made = name, self._fingerprint()

    def _take_back(self) -> None:
        """Empty the tables, after whoever still hangs on them; drop them when they are not as they were made."""
        self._connection.execute(
            "select pg_terminate_backend(pid, %s) from pg_stat_activity"
            " where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()",
            [_STOP_MILLISECONDS],
        )
        if self._fingerprint() != self._made:
            self._connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(self._schema)))
            self._schema = ""
            return
        with self._connection.transaction():
            self._connection.execute("SET LOCAL session_replication_role = replica")  # no trigger, no order of tables
            for table in self._filled():
                self._connection.execute(sql.SQL("DELETE FROM {}").format(table))
            self._connection.execute("select setval(seqrelid, seqstart, false) from pg_sequence")

    def _filled(self) -> list[sql.Identifier]:
        """The tables that hold a row."""
        asked = [sql.SQL("exists(select from {})").format(table) for table in self._tables]
        found = self._connection.execute(sql.SQL("select ") + sql.SQL(", ").join(asked)).fetchone()
        assert found is not None
        return [table for table, filled in zip(self._tables, found, strict=True) if filled]

    def _fingerprint(self) -> str:
        found = self._connection.execute(_MADE).fetchone()  # NULL, and so never the same, when there is no such schema
        return str(found[0]) if found is not None else ""
