"""Times in the tables: integers, microseconds since 1970-01-01 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = timedelta(microseconds=1)


def micros(when: datetime) -> int:
    """An aware datetime as microseconds since the epoch, exactly; TypeError for a naive one."""
    return (when - _EPOCH) // _ONE


def moment(value: int) -> datetime:
    """The aware UTC datetime of a stored time."""
    return _EPOCH + value * _ONE


def optional_moment(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def instant(value: int) -> str:
    """A FHIR instant in UTC with milliseconds (https://hl7.org/fhir/R4/datatypes.html#instant)."""
    return moment(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")
