"""Instants as signed messages carry them. Every datetime here is aware; what is made is UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_SIGT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
# https://hl7.org/fhir/R4/datatypes.html#instant: seconds and a zone are required
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})\Z"
)


def written(at: datetime) -> str:
    """``2026-11-22T03:04:05Z``, to the second; a naive datetime is a ValueError."""
    return exact(at.replace(microsecond=0))


def exact(at: datetime) -> str:
    """``2026-11-22T03:04:05.123456Z``, to the microsecond; without a fraction where it is none."""
    if at.tzinfo is None:
        raise ValueError("a naive time says nothing")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def sig_t(text: object) -> datetime:
    """``sigT`` read; ValueError unless it is in exactly the one form."""
    if not isinstance(text, str) or not _SIGT.match(text):
        raise ValueError("not a sigT")
    return datetime.fromisoformat(text)


def instant(text: object) -> datetime:
    """A FHIR instant read; ValueError when it is none."""
    if not isinstance(text, str) or not _INSTANT.match(text):
        raise ValueError("not an instant")
    return datetime.fromisoformat(text)
