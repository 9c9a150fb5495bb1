"""JSON whose numbers keep the digits they were written with.

A laboratory's ``5.10`` says how precisely it measured, so a number is never a float here:
a token with a fraction or an exponent is a :class:`Number`, which remembers its text, and
an integer an ``int``. What R4 and RFC 8785 cannot carry is refused when read: duplicate
keys (RFC 8259 section 4), NaN and Infinity, NUL, lone surrogates, a depth over MAX_DEPTH.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NoReturn

import msgspec

from gateway.errors import PayloadError

MAX_DEPTH = 100  # levels of { and [; a FHIR message of ours needs under 15
_TOKEN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")  # RFC 8259 section 6
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUL = re.compile("\x00")
_MAX_DIGITS = 4000  # below Python's own limit for turning digits into an integer


class Number(Decimal):
    """A decimal that remembers its token: equal as a Decimal, written as it was read."""

    token: str

    def __new__(cls, token: str) -> Number:
        """``token`` must be a JSON number (RFC 8259 section 6); ValueError otherwise."""
        if not _TOKEN.match(token):
            raise ValueError("not a JSON number")
        made = super().__new__(cls, token)
        made.token = token
        return made

    def __reduce__(self) -> tuple[type[Number], tuple[str]]:
        return (Number, (self.token,))

    def __deepcopy__(self, memo: object) -> Number:
        return self

    def __repr__(self) -> str:
        return f"Number({self.token!r})"


def _integer(digits: str) -> int | Number:
    if digits == "-0":
        return Number(digits)
    if len(digits) - (digits[0] == "-") > _MAX_DIGITS:
        raise PayloadError("json-number-too-long")
    return int(digits)


def _number(token: str) -> Number:
    if len(token) > _MAX_DIGITS:
        raise PayloadError("json-number-too-long")
    try:
        return Number(token)
    except InvalidOperation:  # an exponent of twenty digits
        raise PayloadError("json-number-too-long") from None


def _constant(_name: str) -> NoReturn:
    raise PayloadError("json-not-a-number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise PayloadError("json-duplicate-key")
    return made


_decoder = json.JSONDecoder(
    parse_float=_number, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_object
)


def _too_deep(text: str) -> bool:
    """Depth counted before parsing, so that a hostile text costs one pass and no stack."""
    depth = 0
    for found in _BRACKET.finditer(text):
        mark = found[1]
        if mark == "{" or mark == "[":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif mark:
            depth -= 1
    return False


# All up to the next bracket outside of a string. A string that never ends goes to the end of the text: looked for
# again from each quote in it, it would cost a square.
_BRACKET = re.compile(r'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"?)*+([{}\[\]]?)', re.DOTALL)


def loads(data: bytes | str) -> Any:
    """JSON text to values. PayloadError (400 structure) says which rule broke, never the text."""
    found = _as_we_write(data)
    return _as_anybody_writes(data) if found is _OTHERWISE else found


_OTHERWISE = object()
_ENDLESS = b"9" * (_MAX_DIGITS + 1)  # an integer msgspec reads, and the careful reader refuses
_DIGITS_ALIKE = bytes.maketrans(b"012345678", b"999999999")
_DEEP = b"\n" + b" " * MAX_DEPTH  # indented by one a level, a text has a line like this, or is less deep


@lru_cache(maxsize=8192)  # a laboratory's values and limits come again and again, and none can be changed
def _short_number(token: str) -> Number:
    return _number(token)


_compact = msgspec.json.Decoder(float_hook=lambda token: (_short_number if len(token) < 16 else _number)(token))


def loads_stored(data: bytes) -> Any:
    """The values of bytes that :func:`dumps` wrote and the store kept, without looking whether anybody else did.

    For reading many at once; what is sent on or signed is read by :func:`loads`.
    """
    return _compact.decode(data)


def _as_we_write(data: bytes | str) -> Any:
    """The values of a text that :func:`dumps` would write byte for byte, six times as fast; else _OTHERWISE.

    What the quick reader does not see (a key twice, -0, a lone surrogate) does not come out of
    ``dumps`` as it went in, so equal bytes are the proof that nothing was lost.
    """
    try:
        text = data.encode() if isinstance(data, str) else data
        value = _compact.decode(text)
        if dumps(value) != text or b"\\u0000" in text or _ENDLESS in text.translate(_DIGITS_ALIKE):
            return _OTHERWISE
        return _OTHERWISE if _DEEP in msgspec.json.format(text, indent=1) else value
    except (PayloadError, ValueError, RecursionError):  # DecodeError and Unicode…Error are ValueErrors
        return _OTHERWISE


def _as_anybody_writes(data: bytes | str) -> Any:
    if isinstance(data, bytes):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise PayloadError("json-not-utf8") from None
    else:
        text = data
    if not text.strip():
        raise PayloadError("json-empty")
    if "\x00" in text:
        raise PayloadError("json-nul")
    if _too_deep(text):
        raise PayloadError("json-too-deep", limit=MAX_DEPTH)
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as broken:
        raise PayloadError("json-malformed", line=broken.lineno, column=broken.colno) from None
    except RecursionError:  # a guard behind the guard: other nestings of the caller's stack
        raise PayloadError("json-too-deep", limit=MAX_DEPTH) from None
    if (isinstance(data, str) or "\\ud" in text or "\\uD" in text) and _holds(value, _SURROGATE):
        raise PayloadError("json-lone-surrogate")
    if "\\u0000" in text and _holds(value, _NUL):
        raise PayloadError("json-nul")
    return value


def _holds(value: Any, characters: re.Pattern[str]) -> bool:
    """True when a string anywhere in ``value``, keys included, has one of ``characters``."""
    if isinstance(value, str):
        return bool(characters.search(value))
    if isinstance(value, dict):
        return any(_holds(key, characters) or _holds(item, characters) for key, item in value.items())
    if isinstance(value, list):
        return any(_holds(item, characters) for item in value)
    return False


_FIRST_KEY = re.compile(rb'\s*\{\s*"((?:[^"\\]|\\.){0,200})"')
_keys = msgspec.json.Decoder(dict[str, msgspec.Raw])


def outermost_keys(data: bytes) -> frozenset[str]:
    """The keys of the JSON object that ``data`` is, or that its first line is (JSON Lines); of a broken one the first.

    Nothing is refused, and no value is read: it says which format a payload may be, not whether it is sound.
    """
    for text in (data, data.lstrip().partition(b"\n")[0]):
        try:
            return frozenset(_keys.decode(text))
        except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
            continue
    found = _FIRST_KEY.match(data)
    return frozenset({found[1].decode("utf-8", "replace")}) if found else frozenset()


def json_lines(data: bytes) -> list[tuple[int, bytes]]:
    """The numbered lines of JSON Lines, an object each; none where ``data`` is one JSON text. Lines are not judged."""
    lines = [(number, line) for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]
    if len(lines) < 2 or not all(line.lstrip()[:1] == b"{" and line.rstrip()[-1:] == b"}" for _, line in lines):
        return []
    return lines


def _raw(value: Any) -> msgspec.Raw:
    if isinstance(value, Number):
        return msgspec.Raw(value.token.encode("ascii"))
    raise TypeError(f"{type(value).__name__} has no JSON form")


_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_raw)


def dumps(value: Any) -> bytes:
    """Values to compact UTF-8 JSON, keys in the order they stand, numbers as they were written."""
    return _encoder.encode(value)
