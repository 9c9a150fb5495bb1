"""Where the parts of a JSON text that has been read as sound stand in its bytes, which a signature needs."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_BETWEEN = re.compile(rb"[\s,]*")
_KEY = re.compile(rb'[\s,]*"(?:[^"\\]|\\.)*"\s*:\s*')


class Span(NamedTuple):
    """Bytes from ``start`` to before ``end``; ``start`` is the value's first one."""

    start: int
    end: int


def elements(data: bytes, of: Span) -> list[Span]:
    """Those of a list; an object that stands where a list should is its only element; none of anything else."""
    opening = data[of.start : of.start + 1]
    if opening != b"[":
        return [of] if opening == b"{" else []
    found, at = [], of.start + 1
    for part in _ELEMENTS.decode(memoryview(data)[of.start : of.end]):
        at = _after(_BETWEEN, data, at)
        found.append(Span(at, at + len(bytes(part))))
        at = found[-1].end
    return found


def member(data: bytes, of: Span, key: str) -> Span | None:
    """The value of an object's key; None where there is none."""
    if data[of.start : of.start + 1] != b"{":
        return None
    at = of.start + 1
    for name, part in _MEMBERS.decode(memoryview(data)[of.start : of.end]).items():
        at = _after(_KEY, data, at)
        end = at + len(bytes(part))
        if name == key:
            return Span(at, end)
        at = end
    return None


def value(data: bytes, start: int = 0) -> Span:
    """Of a text that is one value, without the blanks around it."""
    return Span(_after(_BETWEEN, data, start), len(data.rstrip()))


def _after(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else at
