"""References in the order of what they refer to: those to one resource lie together, whatever the parameter.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = ("target", "param", "resource_rid")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("pk_index_reference", "index_reference")
        op.create_primary_key("pk_index_reference", "index_reference", list(KEY))
    else:
        _again()


def _again() -> None:
    """SQLite orders the rows themselves by the key: they are written once more."""
    op.execute("CREATE TABLE index_reference_before AS SELECT * FROM index_reference")
    op.drop_table("index_reference")
    op.create_table(
        "index_reference",
        sa.Column("param", sa.SmallInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("resource_rid", row_id, nullable=False),
        sa.ForeignKeyConstraint(["resource_rid"], ["resource.rid"], name=op.f("fk_index_reference_resource_rid")),
        sa.PrimaryKeyConstraint(*KEY, name=op.f("pk_index_reference")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO index_reference (param, target, resource_rid)"
        " SELECT param, target, resource_rid FROM index_reference_before ORDER BY 2, 1, 3"
    )
    op.create_index("ix_index_reference_resource", "index_reference", ["resource_rid"])
    op.drop_table("index_reference_before")
