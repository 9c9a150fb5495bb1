"""The cursor of a `next` link: where the last page ended, opaque, and refused when it was changed.

base64url of JSON: the sort keys and row of the last match, and the newest row when the first
page was made, so that what arrives later shifts no page. A checksum over it and over the search
it belongs to makes another search's cursor, or a changed one, a 400. It is no secret and no
permission: it only positions a search that is authorised like any other.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass

from gateway.errors import SearchRefused
from gateway.search.query import SearchQuery

_DIGEST = 12  # bytes of the checksum


@dataclass(frozen=True, slots=True)
class Cursor:
    """``keys``: the last match's sort keys; ``rid``: its row; ``newest``: the highest row of the first page's time."""

    keys: tuple[int | str, ...]
    rid: int
    newest: int


def _checksum(query: SearchQuery, text: bytes) -> bytes:
    asked = repr((query.type, query.criteria, query.sort)).encode()
    return hashlib.sha256(asked + b"\x00" + text).digest()[:_DIGEST]


def write(cursor: Cursor, query: SearchQuery) -> str:
    text = json.dumps([list(cursor.keys), cursor.rid, cursor.newest], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_checksum(query, text) + text).decode("ascii").rstrip("=")


def read(query: SearchQuery) -> Cursor | None:
    """The query's cursor, None on the first page; SearchRefused (400) when it is not one of this search's."""
    if not query.cursor:
        return None
    try:
        return _opened(query)
    except (ValueError, TypeError):
        raise SearchRefused("search-cursor-broken", parameter="_cursor") from None


def _opened(query: SearchQuery) -> Cursor:
    """The cursor in the query's text; ValueError or TypeError when there is none."""
    raw = base64.b64decode(query.cursor + "=" * (-len(query.cursor) % 4), altchars=b"-_", validate=True)
    text = raw[_DIGEST:]
    # The last base64 digit has spare bits: only the spelling we write is ours.
    if base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=") != query.cursor:
        raise ValueError
    if raw[:_DIGEST] != _checksum(query, text):
        raise ValueError
    # A checksum without a secret can be made by anyone, so what it covers is looked at all the same.
    keys, rid, newest = json.loads(text)
    expected = [str if sort.parameter.name == "_id" else int for sort in query.sort]
    numbers = [rid, newest, *(key for key in keys if type(key) is int)]
    if [type(key) for key in keys] != expected or not all(_fits(number) for number in numbers):
        raise ValueError
    return Cursor(tuple(keys), rid, newest)


def _fits(value: object) -> bool:
    """True for an integer of 64 bits."""
    return type(value) is int and -(2**63) <= value < 2**63
