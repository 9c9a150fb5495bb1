"""Primitive values: for each R4 type a Python expression that is true of certainly valid ones.

``{x}`` stands for the value. What an expression does not decide itself it leaves to the
type's precise test (``gateway.r4.primitives``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from gateway.jsontext import Number
from gateway.r4.primitives import LONGEST
from gateway.r4.schema import Primitive

# Printable text (str.isprintable) holds no control character and no white space but the space itself.
_PRINTABLE = "{x}.__class__ is str and {x}.isprintable() and {x}.__len__() <= LONGEST"
_WORD = _PRINTABLE + " and {x} and ' ' not in {x}"
_TEXT = _PRINTABLE + " and {x}.strip()"
_URI = _WORD + " and not {x}.startswith(URNS) or {x}.__class__ is str and is_uuid_urn({x})"

_EXPRESSIONS = {
    "boolean": "{x} is True or {x} is False",
    "decimal": "{x}.__class__ is Number or {x}.__class__ is int",
    "string": _TEXT,
    "markdown": _TEXT,
    "code": _WORD,
    "id": "{x}.__class__ is str and is_plain_id({x})",
    "uri": _URI,
    "url": _URI,
    "canonical": _URI,
}
_TIMES = frozenset({"date", "dateTime", "instant", "time"})  # the same few times stand all over one report
_REMEMBERED = 4096  # times

NAMES: dict[str, Any] = {
    "is_plain_id": re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch,
    "LONGEST": LONGEST,
    "Number": Number,
    "URNS": ("urn:uuid:", "urn:oid:"),
    "is_uuid_urn": re.compile("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch,
}


def expression(kind: Primitive, value: str, test: str) -> str:
    """Python that is true of a certainly valid ``kind`` in the variable ``value``; ``test`` names its precise test."""
    precise = f"{test}({value})"
    if kind.name in _TIMES:
        return f"{value}.__class__ is str and {precise}"
    first = _EXPRESSIONS.get(kind.name)
    return f"{first.format(x=value)} or {precise}" if first else precise


def precise_test(kind: Primitive) -> Callable[[Any], bool]:
    """True of exactly the valid values of ``kind``."""
    broken = kind.broken
    if kind.name in _TIMES:
        return lru_cache(_REMEMBERED)(lambda value: broken(value) is None)
    return lambda value: broken(value) is None
