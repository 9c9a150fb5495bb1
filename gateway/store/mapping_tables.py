"""The tables of mapping files, and of records translated again: of the metadata of ``gateway.store.tables``."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text

from gateway.store.tables import Micros, RowId, metadata

# ---- mapping files --------------------------------------------------------------------

mapping_file = Table(  # append-only: of each name the newest row of a facility, else of "", is in force
    "mapping_file",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("facility", Text, nullable=False),  # "" for every facility
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),  # "" takes the one before back, with all of the next three
    Column("adapter", Text, nullable=False),
    Column("sha256", Text, nullable=False),  # hex, of the text in UTF-8
    Column("text", Text, nullable=False),  # as written
    Column("registered", Micros, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_mapping_file_facility", "facility", "name", "rid"),
)

# ---- translated again -----------------------------------------------------------------

payload_body = Table(  # of a table with several records: a record's own bytes do not say what its columns are
    "payload_body",
    metadata,
    Column("payload_rid", RowId, ForeignKey("payload.rid"), primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

replacement = Table(  # an exchange whose words count no more, by its Bundle's id: its record was translated again
    "replacement",
    metadata,
    Column("facility", Text, primary_key=True),  # whose record it is
    Column("replaced", Text, primary_key=True),
    Column("exchange_rid", RowId, ForeignKey("exchange.rid"), nullable=False),  # what took its place
)
