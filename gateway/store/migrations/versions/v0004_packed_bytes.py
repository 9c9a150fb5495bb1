"""An exchange's bytes are packed (``gateway.store.packing``): an older program would take them for what they are not.

No row changes: those written before are read as they stand. PostgreSQL is told not to try to
compress once more what is compressed already.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for column in ("record", "bundle", "account"):
            op.execute(f"ALTER TABLE exchange ALTER COLUMN {column} SET STORAGE EXTERNAL")
