"""JSON in one form, so that two texts of the same value have the same bytes.

:func:`canonical` is RFC 8785: keys by UTF-16 code units (section 3.2.3), strings by ECMAScript's
escapes (3.2.2.2), numbers as ECMAScript writes the double they name (3.2.2.3), so 1.50 and 1.5
become alike. :func:`lexical` is the same text with every number as it was written: what a
laboratory's trailing zero says is in it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

import msgspec

from gateway.errors import NotConformant
from gateway.jsontext import MAX_DEPTH, Number

_TOKEN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# RFC 7493 section 2.2: beyond, an integer may share its double with others. RFC 8785 section 3.2.2.3
# writes one of those with its own digits; only that one is taken, so what is written reads back.
_SAFE = 2**53 - 1


def both(value: Any) -> tuple[bytes, bytes]:
    """(:func:`canonical`, :func:`lexical`) of a value, looked over once."""
    if _usual(value):
        return _encoded(_canonical_encoder, value), _encoded(_lexical_encoder, value)
    return _written(value, _as_double), _written(value, _as_token)


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of a JSON value, UTF-8.

    NotConformant (422) for what it cannot carry: a number no double names (``1E400``, an
    integer such as 2**53 + 1 that no double has, ``1E-400`` which would become 0), a lone surrogate, a value that
    is not JSON.
    """
    return _encoded(_canonical_encoder, value) if _usual(value) else _written(value, _as_double)


def lexical(value: Any) -> bytes:
    """The same text with every number token as it stands; a float, which has none, is refused."""
    return _encoded(_lexical_encoder, value) if _usual(value) else _written(value, _as_token)


# ---- the quick way, for values as jsontext.loads gives them ----------------------------


def _usual(value: Any) -> bool:
    """True for what msgspec writes by the same rules: Numbers and small integers, ASCII keys, no great depth.

    Keys of ASCII alone sort alike by code point and by UTF-16 unit; a float or a Decimal
    without a token msgspec would write in its own way.
    """
    keys: set[Any] = set()
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        following: list[Any] = []
        for one in level:
            kind = type(one)
            if kind is dict:
                keys.update(one)
                following += one.values()
            elif kind is list:
                following += one
            elif kind is int:
                if not -_SAFE <= one <= _SAFE:
                    return False
            elif kind not in _USUAL:
                return False
        if not following:
            return all(type(key) is str and key.isascii() for key in keys)
        level = following
    return False


_USUAL = frozenset({str, Number, bool, type(None)})


def _canonical_number(value: Any) -> msgspec.Raw:
    return _canonical_token(value.token)


@lru_cache(maxsize=8192)  # a laboratory's values and limits come again and again
def _canonical_token(token: str) -> msgspec.Raw:
    return msgspec.Raw(_as_double(Number(token)).encode("ascii"))


def _number_as_written(value: Any) -> msgspec.Raw:
    return msgspec.Raw(value.token.encode("ascii"))


_canonical_encoder = msgspec.json.Encoder(enc_hook=_canonical_number, order="sorted")
_lexical_encoder = msgspec.json.Encoder(enc_hook=_number_as_written, order="sorted")


def _encoded(encoder: msgspec.json.Encoder, value: Any) -> bytes:
    try:
        return encoder.encode(value)
    except UnicodeEncodeError:
        raise NotConformant("canonical-surrogate") from None


# ---- the whole of it --------------------------------------------------------------------


def _written(value: Any, number: Callable[[Any], str]) -> bytes:
    parts: list[str] = []
    _write(value, parts.append, number, 0)
    try:
        return "".join(parts).encode("utf-8")
    except UnicodeEncodeError:
        raise NotConformant("canonical-surrogate") from None


def _write(value: Any, add: Callable[[str], None], number: Callable[[Any], str], depth: int) -> None:
    if isinstance(value, str):
        add(encode_basestring(value))
    elif isinstance(value, dict):
        _write_object(value, add, number, depth + 1)
    elif isinstance(value, list | tuple):
        _write_array(value, add, number, depth + 1)
    elif value is None:
        add("null")
    elif isinstance(value, bool):
        add("true" if value else "false")
    else:
        add(number(value))


def _write_object(value: dict[Any, Any], add: Callable[[str], None], number: Callable[[Any], str], depth: int) -> None:
    _refuse_depth(depth)
    mark = "{"
    for key in _sorted(value):
        add(f"{mark}{encode_basestring(key)}:")
        _write(value[key], add, number, depth)
        mark = ","
    add("}" if value else "{}")


def _write_array(
    value: list[Any] | tuple[Any, ...], add: Callable[[str], None], number: Callable[[Any], str], depth: int
) -> None:
    _refuse_depth(depth)
    mark = "["
    for item in value:
        add(mark)
        _write(item, add, number, depth)
        mark = ","
    add("]" if value else "[]")


def _refuse_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotConformant("canonical-too-deep", limit=MAX_DEPTH)


def _sorted(value: dict[Any, Any]) -> list[str]:
    if not all(isinstance(key, str) for key in value):
        raise NotConformant("canonical-kind")
    if all(key.isascii() for key in value):
        return sorted(value)
    return sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))


def _as_token(value: Any) -> str:
    if isinstance(value, Number):
        return value.token
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, Decimal):
        raise NotConformant("canonical-number" if isinstance(value, float) else "canonical-kind")
    if not _TOKEN.fullmatch(str(value)):
        raise NotConformant("canonical-number")
    return str(value)


def _as_double(value: Any) -> str:
    if isinstance(value, int):
        if abs(value) > _SAFE and (abs(value) >= 10**21 or _ecmascript(float(value)) != str(value)):
            raise NotConformant("canonical-number")
        return str(value)
    if not isinstance(value, float | Decimal):
        raise NotConformant("canonical-kind")
    double = float(value)
    if not math.isfinite(double) or (double == 0 and value != 0):
        raise NotConformant("canonical-number")
    return _ecmascript(double)


def _ecmascript(double: float) -> str:
    """ECMA-262 Number::toString, radix 10, on Python's shortest digits, which are the same digits."""
    if double == 0:
        return "0"  # -0 too
    written = Decimal(repr(double))
    text = "".join(map(str, written.as_tuple().digits)).rstrip("0")
    point = written.adjusted() + 1  # digits before the decimal point
    minus = "-" if double < 0 else ""
    if len(text) <= point <= 21:
        return f"{minus}{text}{'0' * (point - len(text))}"
    if 0 < point <= 21:
        return f"{minus}{text[:point]}.{text[point:]}"
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    fraction = f".{text[1:]}" if len(text) > 1 else ""
    return f"{minus}{text[0]}{fraction}e{point - 1:+d}"
