"""Whether a payload is a table, by its first bytes and its media type."""

from __future__ import annotations

import re

from adapters.tabular.csv_form import DELIMITERS, found_charset, head, lines, said_delimiter
from adapters.tabular.sheets import has_sheets
from adapters.tabular.table import HEADER_WITHIN
from gateway.adapter import Payload
from gateway.errors import PayloadError

_HEAD = 65_536  # bytes
_TABLES = (
    *("text/csv", "text/tab-separated-values", "application/vnd.ms-excel"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
_OTHERS = re.compile(rb"\s*(?:[<{\[]|(?:MSH|FHS|BHS)[^A-Za-z0-9\s])")
_NUMERIC = re.compile(r"[-+0-9.,:/\s]*\Z")


def is_table(payload: Payload) -> bool:
    """By its media type, or because two of its first rows have the form of a header and a row."""
    if payload.content_type.partition(";")[0].strip().lower() in _TABLES:
        return True
    if has_sheets(payload.data):
        return True
    data = payload.data[:_HEAD]
    if _OTHERS.match(data.removeprefix(b"\xef\xbb\xbf")):
        return False
    if len(payload.data) > _HEAD:
        data = data[: max(data.rfind(b"\n"), data.rfind(b"\r")) + 1]
        data = data[: len(data) - len(data) % 2]
    try:
        found = lines(data, found_charset(data))
    except PayloadError:
        return False
    if said_delimiter(found):
        return True
    return any(_has_header(head(found, delimiter)) for delimiter in DELIMITERS)


def _has_header(rows: list[list[str]]) -> bool:
    """Two names at least in the first row; or three in one below, titles standing above many tables."""
    return any(_is_header(rows[at:], 2 if at == 0 else 3) for at in range(min(HEADER_WITHIN, len(rows))))


def _is_header(rows: list[list[str]], least: int) -> bool:
    """A row of names, none empty, a number or there twice; and a row as long behind it."""
    if len(rows) < 2:
        return False
    names = [cell.strip() for cell in rows[0]]
    if len(names) < least or len(set(names)) < len(names) or len(rows[1]) != len(names):
        return False
    return not any(_NUMERIC.match(name) for name in names)
