"""The tables of the quality of data: what each record counts as; metadata of ``gateway.store.tables``.

No name, number or value of a patient stands here: rules, paths and counts.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, Table, Text, text

from gateway.store.tables import Micros, RowId, metadata

# A record of a payload that was taken, or a payload that was refused whole. Counts are kept, so that a ratio is a sum.
quality_record = Table(
    "quality_record",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("exchange_rid", RowId, ForeignKey("exchange.rid"), unique=True),  # NULL of a payload refused whole
    Column("refused_sha256", Text),  # of that payload, hex; else NULL
    Column("facility", Text, nullable=False),
    Column("adapter", Text, nullable=False),  # "" where none was found
    Column("received", Micros, nullable=False),  # of its payload, also where it was translated again
    Column("counted", SmallInteger, nullable=False),  # 0 once a newer one tells the same
    Column("correct", SmallInteger, nullable=False),
    Column("clean", SmallInteger),  # NULL where it could not be read
    Column("results", Integer, nullable=False),
    Column("complete", Integer, nullable=False),  # of those results
    Column("reports", Integer, nullable=False),
    Column("studies", Integer, nullable=False),
    Column("papers", Integer, nullable=False),
    Column("lag", BigInteger),  # seconds from the newest result's `issued` to `received`, not below 0; NULL: unsaid
    Column("told", LargeBinary),  # the same of records that tell the same reports; NULL: it tells none
    Index("ix_quality_record_facility", "facility", "received"),
    Index("ix_quality_record_received", "received"),
    Index(
        "ix_quality_record_told", "facility", "told",
        sqlite_where=text("told IS NOT NULL"), postgresql_where=text("told IS NOT NULL"),
    ),
    Index(
        "ix_quality_record_refused", "facility", "refused_sha256", unique=True,
        sqlite_where=text("refused_sha256 IS NOT NULL"), postgresql_where=text("refused_sha256 IS NOT NULL"),
    ),
)  # fmt: skip

quality_cause = Table(  # a rule that touched a record
    "quality_cause",
    metadata,
    Column("record_rid", RowId, ForeignKey("quality_record.rid"), primary_key=True, autoincrement=False),
    Column("rule", Text, primary_key=True),
    Column("number", Integer, nullable=False),  # how often
    Column("keeps_out", SmallInteger, nullable=False),  # it refused the record, or held it
    Column("place", Text, nullable=False),  # where it was first: a path
    Column("said", Text, nullable=False),  # JSON: what its sentence is filled with there
)
