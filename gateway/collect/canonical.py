"""Rows of a database as CSV, in one form: the same rows are the same bytes, wherever and whenever they are read.

UTF-8 without a mark, comma, CRLF (RFC 4180), a header line. NULL is an empty field, an empty text ``""``.
Numbers have a point and the digits the database keeps (5.10 of a NUMERIC stays 5.10; of a binary
float the fewest digits that give it back, and no ``.0``). Dates and times are ISO 8601, with an offset where the
database knows one; truth is ``true`` or ``false``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from gateway.errors import SourceUnavailable

MEDIA_TYPE = "text/csv; charset=utf-8"
# Of what is put aside for a person: the bytes as they were posted, opened as a text and by no spreadsheet, which would
# compute a cell that begins with "=".
ENDING = ".csv.txt"
_QUOTED = frozenset(',"\r\n')


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The rows under their header; SourceUnavailable names a column whose values are no text, number or time.

    Bytes that were no UTF-8 in the source stay as they were: the gateway refuses them by name.
    """
    lines = [",".join(map(_field, columns))]
    lines += [",".join(_field(_text(value, name)) for name, value in zip(columns, row, strict=True)) for row in rows]
    return "".join(line + "\r\n" for line in lines).encode("utf-8", "surrogateescape")


def _field(text: str | None) -> str:
    if text is None:
        return ""
    if text == "" or not _QUOTED.isdisjoint(text) or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def _text(value: Any, column: str) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | UUID():
            return str(value)
        case Decimal():
            return format(value, "f")
        case float():
            return repr(value).removesuffix(".0")
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return _duration(value)
        case _:
            raise SourceUnavailable("source-value-kind", column=column, kind=type(value).__name__)


def _duration(value: timedelta) -> str:
    """``-26:03:04.5``: what MySQL's TIME holds."""
    sign, whole = ("-", -value) if value < timedelta() else ("", value)
    minutes, seconds = divmod(whole.days * 86_400 + whole.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{whole.microseconds:06}".rstrip("0") if whole.microseconds else ""
    return f"{sign}{hours:02}:{minutes:02}:{seconds:02}{fraction}"
