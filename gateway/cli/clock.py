"""The clock of a command; apart, so that asking the time opens nothing."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Aware, UTC."""
    return datetime.now(UTC)
