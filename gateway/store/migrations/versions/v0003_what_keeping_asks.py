"""What keeping an exchange asks is found by an index: a person's numbers, and questions still open.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_person_identifier_person", "person_identifier", ["person"])
    op.create_index("ix_review_task_status", "review_task", ["status", "kind"])
