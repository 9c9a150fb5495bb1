"""The formats of R4's primitive types. https://hl7.org/fhir/R4/datatypes.html#primitive

:func:`broken_format` answers with the rule a JSON value breaks, or None. Patterns come from the
definitions; what a pattern cannot say (the calendar, ranges, base64) is here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from gateway.jsontext import Number
from gateway.r4.narrative import broken_narrative

LONGEST = 1024 * 1024  # characters of a string
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SPACE = re.compile(r"\s")
_WHITE = b" \t\n\r\f\v"
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+")
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
# Zone +14:00 is the largest the pattern allows; year 0000 the pattern refuses.

Format = Callable[[Any], str | None]


def broken_format(name: str, pattern: re.Pattern[str] | None) -> Format:
    """The test of the primitive type ``name``, whose definition gives ``pattern``."""
    if name in _OWN:
        return _OWN[name]
    if pattern is None:
        raise ValueError(f"the definitions give {name} no pattern")
    if name in ("date", "dateTime", "instant"):
        return lambda value: _text(value) or _matches(pattern, value, f"r4-{name.lower()}") or _calendar(value)
    return lambda value: _text(value) or _matches(pattern, value, f"r4-{name.lower()}")


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return "r4-json-string"
    if not value:
        return "r4-empty-string"
    if len(value) > LONGEST:
        return "r4-string-long"
    return "r4-string-control" if _CONTROL.search(value) else None


def _matches(pattern: re.Pattern[str], value: str, rule: str) -> str | None:
    return None if pattern.fullmatch(value) else rule


@lru_cache(maxsize=4096)
def _calendar(value: str) -> str | None:
    day = _DAY.match(value)
    if day:
        try:
            date(int(day[1]), int(day[2]), int(day[3]))
        except ValueError:
            return "r4-calendar"
    return None


def _string(value: Any) -> str | None:
    broken = _text(value)
    return broken or (None if value.strip() else "r4-string-blank")


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else "r4-json-boolean"


def _decimal(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return "r4-json-number"
    if isinstance(value, float):
        return "r4-float"
    if isinstance(value, Number | int):
        return None
    return None if _JSON_NUMBER.fullmatch(str(value)) else "r4-json-number"


def _whole(least: int, rule: str) -> Format:
    def broken(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return "r4-float" if isinstance(value, float) else "r4-json-integer"
        return None if least <= value < 2**31 else rule

    return broken


def _uri(value: Any) -> str | None:
    broken = _text(value)
    if broken:
        return broken
    if _SPACE.search(value):
        return "r4-uri"
    if value.startswith("urn:uuid:") and not _UUID.fullmatch(value.lower()):
        return "r4-uri-uuid"
    if value.startswith("urn:oid:") and not _OID.fullmatch(value):
        return "r4-uri-oid"
    return None


def _base64(value: Any) -> str | None:
    if not isinstance(value, str):
        return "r4-json-string"
    if not value:
        return "r4-empty-string"
    try:
        base64.b64decode(value.encode("ascii").translate(None, _WHITE), validate=True)
    except (binascii.Error, ValueError):
        return "r4-base64"
    return None


def _xhtml(value: Any) -> str | None:
    if not isinstance(value, str):
        return "r4-json-string"
    return broken_narrative(value) if value else "r4-empty-string"


_OWN: dict[str, Format] = {
    "boolean": _boolean,
    "decimal": _decimal,
    "integer": _whole(-(2**31), "r4-integer"),
    "positiveInt": _whole(1, "r4-positiveint"),
    "unsignedInt": _whole(0, "r4-unsignedint"),
    "string": _string,
    "markdown": _string,
    "uri": _uri,
    "url": _uri,
    "canonical": _uri,
    "base64Binary": _base64,
    "xhtml": _xhtml,
}
