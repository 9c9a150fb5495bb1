"""Marks: times, dates, numbers or texts by which a view's rows are in order; taken back by an overlap, kept as JSON."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.errors import SourceUnavailable

_KINDS = (datetime, date, int, Decimal, float, str)


def is_mark(value: Any) -> bool:
    return isinstance(value, _KINDS) and not isinstance(value, bool)


def less(mark: Any, overlap: int) -> Any:
    """The mark from which a look begins: earlier by seconds, days begun, or units.

    A text must be an ISO time or date (SQLite keeps times so), and stays one of the same form.
    SourceUnavailable ``source-mark-kind`` for anything else.
    """
    match mark:
        case bool():
            pass
        case datetime():
            return mark - timedelta(seconds=overlap)
        case date():
            return mark - timedelta(days=-(-overlap // 86_400))
        case int() | Decimal():
            return mark - overlap
        case float():
            return mark - float(overlap)
        case str():
            return _text_less(mark, overlap)
        case _:
            pass
    raise SourceUnavailable("source-mark-kind", kind=type(mark).__name__)


def _text_less(mark: str, overlap: int) -> str:
    if not overlap:
        return mark
    try:
        if len(mark) == len("2026-11-23"):
            return str(less(date.fromisoformat(mark), overlap))
        earlier = datetime.fromisoformat(mark) - timedelta(seconds=overlap)
    except ValueError:
        raise SourceUnavailable("source-mark-kind", kind="text") from None
    return earlier.replace(tzinfo=None, microsecond=0).isoformat("T" if "T" in mark else " ")


def written(mark: Any) -> list[str]:
    """For JSON: its kind and its text."""
    return [type(mark).__name__, mark.isoformat() if isinstance(mark, date) else str(mark)]


def read(told: Any) -> Any:
    """What was written; ValueError or TypeError for anything else."""
    kind, text = told
    match kind:
        case "datetime":
            return datetime.fromisoformat(text)
        case "date":
            return date.fromisoformat(text)
        case "int":
            return int(text)
        case "Decimal":
            return Decimal(text)
        case "float":
            return float(text)
        case "str":
            return str(text)
        case _:
            raise ValueError(kind)
