"""People who sign in to the pages, their sessions, and the patients that each opened.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "console_user",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_console_user")),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_console_user_facility")),
    )
    op.create_table(
        "console_session",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_console_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_console_session_token_sha256")),
        sa.ForeignKeyConstraint(["user_name"], ["console_user.name"], name=op.f("fk_console_session_user_name")),
    )
    op.create_index("ix_console_session_user_name", "console_session", ["user_name"])
    op.create_table(
        "console_look",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("session_rid", row_id, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("setting", sa.Text(), nullable=False),
        sa.Column("read_as", sa.Text(), nullable=False),
        sa.Column("differs", sa.Text(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_console_look")),
        sa.UniqueConstraint("handle", name=op.f("uq_console_look_handle")),
        sa.ForeignKeyConstraint(["session_rid"], ["console_session.rid"], name=op.f("fk_console_look_session_rid")),
    )
    op.create_index("ix_console_look_session", "console_look", ["session_rid"])
    op.create_table(
        "console_attempt",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("name_sha256", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_console_attempt")),
    )
    op.create_index("ix_console_attempt_name", "console_attempt", ["name_sha256", "at"])
    op.create_index("ix_console_attempt_at", "console_attempt", ["at"])
