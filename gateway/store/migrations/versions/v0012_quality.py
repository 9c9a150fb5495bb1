"""What each record counts as: the quality of a facility's data. Records from before are not counted.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "quality_record",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("exchange_rid", row_id, nullable=True),
        sa.Column("refused_sha256", sa.Text(), nullable=True),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.SmallInteger(), nullable=False),
        sa.Column("correct", sa.SmallInteger(), nullable=False),
        sa.Column("clean", sa.SmallInteger(), nullable=True),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Integer(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("studies", sa.Integer(), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("lag", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["exchange_rid"], ["exchange.rid"], name=op.f("fk_quality_record_exchange_rid")),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_quality_record")),
        sa.UniqueConstraint("exchange_rid", name=op.f("uq_quality_record_exchange_rid")),
    )
    op.create_index("ix_quality_record_facility", "quality_record", ["facility", "received"])
    op.create_index("ix_quality_record_received", "quality_record", ["received"])
    for name, column, unique in (
        ("ix_quality_record_told", "told", False),
        ("ix_quality_record_refused", "refused_sha256", True),
    ):
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            name, "quality_record", ["facility", column], unique=unique, sqlite_where=given, postgresql_where=given
        )
    op.create_table(
        "quality_cause",
        sa.Column("record_rid", row_id, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("keeps_out", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["record_rid"], ["quality_record.rid"], name=op.f("fk_quality_cause_record_rid")),
        sa.PrimaryKeyConstraint("record_rid", "rule", name=op.f("pk_quality_cause")),
    )
