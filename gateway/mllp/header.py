"""The MSH of a block as bytes: whom to answer, and how. It is read here apart from any adapter, because a message
that nobody can translate is answered too.

HL7 v2.5.1 section 2.15.9. Nothing is decoded: what is echoed is echoed as it came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BOM = b"\xef\xbb\xbf"
_USUAL = b"^~\\&"
_MARKS = re.compile(rb"[\x0b\x1c]")  # VT and FS: MLLP's own
_LONGEST = 8192  # bytes of an MSH: an answer repeats much of it


@dataclass(frozen=True, slots=True)
class Header:
    """``separator`` is MSH-1; ``fields[n]`` is MSH-n (0 and 1 stand empty)."""

    separator: bytes = b"|"
    fields: tuple[bytes, ...] = (b"", b"", _USUAL)

    def field(self, number: int) -> bytes:
        return self.fields[number] if number < len(self.fields) else b""

    def first(self, number: int, component: int = 1) -> str:
        """A component of the field's first repetition, as ASCII; other bytes show as their escapes."""
        once = self.field(number).split(self.mark(1))[0] if self.mark(1) else self.field(number)
        parts = once.split(self.mark(0))
        return parts[component - 1].decode("ascii", "backslashreplace").strip() if component <= len(parts) else ""

    def mark(self, place: int) -> bytes:
        """Of MSH-2: 0 component, 1 repetition, 2 escape, 3 subcomponent. The usual one where it is not declared."""
        declared = self.field(2)
        return declared[place : place + 1] or _USUAL[place : place + 1]

    @property
    def control_id(self) -> bytes:
        """MSH-10, which MSA-2 repeats."""
        return self.field(10)

    @property
    def version(self) -> tuple[int, ...]:
        """MSH-12 as numbers: (2, 5, 1). () when it is not a version."""
        written = self.first(12)
        return tuple(map(int, written.split("."))) if re.fullmatch(r"\d{1,3}(\.\d{1,3}){0,3}", written) else ()

    @property
    def kind(self) -> str:
        """MSH-9.1: ORU, ADT, ACK…"""
        return self.first(9).upper()

    @property
    def utf8(self) -> bool:
        """True when MSH-18 declares UTF-8; an answer to any other message is ASCII, which every set contains."""
        return self.first(18).upper() in ("UNICODE UTF-8", "UTF-8", "UTF8")


def read_header(block: bytes, *, whole: bool = True) -> Header | None:
    """The MSH that the block begins with; None when it begins with something else, or the MSH does not end.

    ``whole``: the block has ended, so its only line may go without an end of its own.
    """
    line, *rest = re.split(rb"[\r\n]", block[:_LONGEST].removeprefix(_BOM).lstrip(b"\r\n"), maxsplit=1)
    separator = line[3:4]
    if not rest and not (whole and len(block) < _LONGEST):
        return None  # a part of MSH-10 would name another message
    if _MARKS.search(line):
        return None  # repeated in an answer they would end it early
    if line[:3] != b"MSH" or not separator or separator.isalnum() or not 0x20 < separator[0] < 0x7F:
        return None
    return Header(separator, (b"", b"", *line[4:].split(separator)))


def message_count(block: bytes, header: Header) -> int:
    """How many messages stand in the block that begins with this header."""
    return len(re.findall(rb"(?:\A|[\r\n])(?:%s)?MSH%s" % (_BOM, re.escape(header.separator)), block))
