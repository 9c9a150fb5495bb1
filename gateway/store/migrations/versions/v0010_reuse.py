"""Accepted reuses of earlier results, alerts on them, and what a card keeps of its draft order.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("cds_card", sa.Column("asked", sa.Text(), nullable=False, server_default="{}"))
    op.create_table(
        "reuse",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("practitioner", sa.Text(), nullable=False),
        sa.Column("order_system", sa.Text(), nullable=False),
        sa.Column("order_value", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("result_version", sa.Integer(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("test_group", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("rules_digest", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("card_rid", row_id, nullable=True),
        sa.Column("exchange_rid", row_id, nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["card_rid"], ["cds_card.rid"], name=op.f("fk_reuse_card_rid")),
        sa.ForeignKeyConstraint(["exchange_rid"], ["exchange.rid"], name=op.f("fk_reuse_exchange_rid")),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_reuse")),
        sa.UniqueConstraint("id", name=op.f("uq_reuse_id")),
        sa.UniqueConstraint(
            "facility", "order_system", "order_value", "result", "result_version", name=op.f("uq_reuse_acceptance")
        ),
    )
    op.create_index("ix_reuse_person", "reuse", ["person"])
    op.create_index("ix_reuse_kid", "reuse", ["kid"])
    op.create_index("ix_reuse_accepted", "reuse", ["accepted"])
    op.create_index("ix_reuse_card", "reuse", ["card_rid"])
    op.create_table(
        "reuse_source",
        sa.Column("resource_rid", row_id, nullable=False),
        sa.Column("reuse_rid", row_id, nullable=False),
        sa.Column("vid", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["resource_rid"], ["resource.rid"], name=op.f("fk_reuse_source_resource_rid")),
        sa.ForeignKeyConstraint(["reuse_rid"], ["reuse.rid"], name=op.f("fk_reuse_source_reuse_rid")),
        sa.PrimaryKeyConstraint("resource_rid", "reuse_rid", name=op.f("pk_reuse_source")),
    )
    op.create_table(
        "reuse_alert",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reuse_rid", row_id, nullable=True),
        sa.Column("order_system", sa.Text(), nullable=False),
        sa.Column("order_value", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("version_before", sa.Integer(), nullable=False),
        sa.Column("version_after", sa.Integer(), nullable=False),
        sa.Column("raised", sa.BigInteger(), nullable=False),
        sa.Column("exchange_rid", row_id, nullable=True),
        sa.Column("acknowledged", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["reuse_rid"], ["reuse.rid"], name=op.f("fk_reuse_alert_reuse_rid")),
        sa.ForeignKeyConstraint(["exchange_rid"], ["exchange.rid"], name=op.f("fk_reuse_alert_exchange_rid")),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_reuse_alert")),
        sa.UniqueConstraint("id", name=op.f("uq_reuse_alert_id")),
    )
    op.create_index("ix_reuse_alert_open", "reuse_alert", ["acknowledged", "raised"])
    op.create_index("ix_reuse_alert_exchange", "reuse_alert", ["exchange_rid"])
    op.create_index("ix_reuse_alert_reuse", "reuse_alert", ["reuse_rid"])
