"""The person as the key: of every resource, every version, and the doctor's question.

Before, only a Patient named its person, and NULL while it was linked to none. Two more indexes:
resources of a type in the order of their arrival, and versions by when they came.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _resources()
    _versions()
    _results()


def _resources() -> None:
    """A new column in place of the old: SQLite cannot make one NOT NULL without copying the table that all refer to."""
    op.drop_index("ix_resource_person", "resource")
    op.execute("ALTER TABLE resource RENAME COLUMN person TO linked")
    op.add_column("resource", sa.Column("person", row_id, server_default="0", nullable=False))
    op.execute(
        "UPDATE resource SET person = coalesce("
        "(SELECT coalesce(patient.linked, -patient.rid) FROM resource AS patient WHERE patient.rid = resource.subject),"
        " CASE WHEN type = 'Patient' THEN coalesce(linked, -rid) ELSE 0 END)"
    )
    op.drop_column("resource", "linked")
    op.create_index("ix_resource_person", "resource", ["person", "type"])
    op.create_index("ix_resource_type", "resource", ["type", "rid"])


def _versions() -> None:
    op.add_column("resource_version", sa.Column("person", row_id, server_default="0", nullable=False))
    op.execute(
        "UPDATE resource_version SET person ="
        " (SELECT resource.person FROM resource WHERE resource.rid = resource_version.resource_rid)"
    )
    op.create_index("ix_resource_version_updated", "resource_version", ["updated"])


def _results() -> None:
    """The table again in its new order, from a copy: its key changes, and SQLite orders its rows by it."""
    op.execute("CREATE TABLE index_result_before AS SELECT * FROM index_result")
    op.drop_table("index_result")
    op.create_table(
        "index_result",
        sa.Column("person", row_id, autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("resource_rid", row_id, nullable=False),
        sa.Column("subject", row_id, nullable=False),
        sa.ForeignKeyConstraint(["resource_rid"], ["resource.rid"], name=op.f("fk_index_result_resource_rid")),
        sa.PrimaryKeyConstraint(
            "person", "type", "code", "system", "time", "resource_rid", name=op.f("pk_index_result")
        ),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO index_result (person, type, code, system, time, resource_rid, subject)"
        " SELECT patient.person, row.type, row.code, row.system, row.time, row.resource_rid, row.subject"
        " FROM index_result_before AS row JOIN resource AS patient ON patient.rid = row.subject"
        " ORDER BY 1, 2, 3, 4, 5, 6"
    )
    op.create_index("ix_index_result_resource", "index_result", ["resource_rid"])
    op.drop_table("index_result_before")
