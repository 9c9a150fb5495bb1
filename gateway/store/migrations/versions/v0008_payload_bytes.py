"""What a record needs to be translated again: its payload's bytes, where the record's own are not enough to read it;
and which exchange took another's place.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "payload_body",
        sa.Column("payload_rid", row_id, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["payload_rid"], ["payload.rid"], name=op.f("fk_payload_body_payload_rid")),
        sa.PrimaryKeyConstraint("payload_rid", name=op.f("pk_payload_body")),
    )
    op.create_table(
        "replacement",
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("replaced", sa.Text(), nullable=False),
        sa.Column("exchange_rid", row_id, nullable=False),
        sa.ForeignKeyConstraint(["exchange_rid"], ["exchange.rid"], name=op.f("fk_replacement_exchange_rid")),
        sa.PrimaryKeyConstraint("facility", "replaced", name=op.f("pk_replacement")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE payload_body ALTER COLUMN body SET STORAGE EXTERNAL")
