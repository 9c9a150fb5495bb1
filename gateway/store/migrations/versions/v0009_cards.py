"""Cards shown by CDS Hooks, and what their readers did with them.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "cds_card",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("hook", sa.Text(), nullable=False),
        sa.Column("hook_instance", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("order_codes", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("chosen_version", sa.Integer(), nullable=False),
        sa.Column("rules_digest", sa.Text(), nullable=False),
        sa.Column("suggestion", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("sameness", sa.Text(), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_cds_card")),
        sa.UniqueConstraint("uuid", name=op.f("uq_cds_card_uuid")),
    )
    op.create_index("ix_cds_card_sameness", "cds_card", ["sameness", "shown"])
    op.create_index("ix_cds_card_chosen", "cds_card", ["chosen"])
    op.create_table(
        "cds_feedback",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("card_rid", row_id, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_system", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("happened", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["card_rid"], ["cds_card.rid"], name=op.f("fk_cds_feedback_card_rid")),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_cds_feedback")),
        sa.UniqueConstraint("card_rid", "sha256", name=op.f("uq_cds_feedback_card_rid_sha256")),
    )
