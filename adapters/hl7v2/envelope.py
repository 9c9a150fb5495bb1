"""A payload's bytes to its messages: MLLP marks, batches (FHS BHS BTS FTS), one message or many.

Each message is a contiguous run of the payload, from its MSH to the mark that ends its last segment.
Names, marks and line ends are ASCII in every set a message may be in; in UTF-16 they are looked for by units.
"""

from __future__ import annotations

import re

from adapters.hl7v2.charset import utf16_form
from gateway.errors import PayloadError

_LINE = re.compile(rb"([^\r\n\x0b\x1c]+)[\r\n]*")  # VT and FS are MLLP's marks around a message
_BOM = b"\xef\xbb\xbf"
_STARTS = (b"MSH", b"FHS", b"BHS")
_WRAPPERS = (b"FHS", b"BHS", b"BTS", b"FTS")


def looks_like_hl7(data: bytes) -> bool:
    """True when the first line starts like a message or a batch."""
    head, _, _ = _narrow(data[:512])
    head = head.removeprefix(_BOM).lstrip(b"\x0b\x1c\r\n\t ")
    return head[:3] in _STARTS and not head[3:4].isalnum() and head[3:4] not in (b"", b" ")


def messages(data: bytes) -> list[bytes]:
    """The messages of a payload. PayloadError for text outside any message, or a batch with some missing."""
    narrow, begin, width = _narrow(data)
    return [data[begin + width * first : begin + width * last] for first, last in _runs(narrow)]


def _narrow(data: bytes) -> tuple[bytes, int, int]:
    """A byte a character of which marks can be told, where the first stands in ``data``, and how wide each is.

    MLLP's marks are single bytes around UTF-16, too.
    """
    begin = 1 if data[:1] == b"\x0b" else 0
    form = utf16_form(data[begin : begin + 6].lstrip(b"\r\n"))
    if not form:
        return data, 0, 1
    body = data[begin:]
    if begin:
        body = body.removesuffix(b"\r").removesuffix(b"\x1c")
    low, high = (body[0::2], body[1::2]) if form == "utf-16le" else (body[1::2], body[0::2])
    marks = {(0xFE, 0xFF): 0x0B}  # a byte order mark stands between messages, as MLLP's mark does
    narrow = bytes(marks.get(pair, 0x3F) if pair[0] else pair[1] for pair in zip(high, low, strict=False))
    half = b"?" * (len(body) % 2)  # half a character at the end belongs to its message, which is refused for it
    return narrow + half, begin, 2


def _begins_a_cut_one(data: bytes, line: re.Match[bytes]) -> bool:
    """True for ``M`` or ``MS`` at the very end: a message of its own, which is refused, not the one before it.

    Behind a bare LF, where segments end in CR, it is text.
    """
    at_end = line.end() == len(data) and line[0] in (b"M", b"MS")
    return at_end and (data[line.start() - 1 : line.start()] == b"\r" or b"\r" not in data.replace(b"\r\n", b"\n"))


def _runs(data: bytes) -> list[tuple[int, int]]:
    start = len(_BOM) if data.startswith(_BOM) else 0
    runs: list[tuple[int, int]] = []
    inside = False
    in_batch = 0
    for number, line in enumerate(_LINE.finditer(data, start), 1):
        text = line.group(1)
        name = text[:3]
        if name == b"MSH" or (inside and _begins_a_cut_one(data, line)):
            runs.append((line.start(), line.end()))
            inside = True
            in_batch += 1
        elif name in _WRAPPERS and text[3:4] in (b"", text[3:4]) and not text[3:4].isalnum():
            inside = False
            if name == b"BHS":
                in_batch = 0
            elif name == b"BTS":
                _check_count(text, in_batch)
        elif inside:
            runs[-1] = (runs[-1][0], line.end())
        elif text.strip():
            raise PayloadError("hl7v2-outside-message", f"line {number}")
    if not runs:
        raise PayloadError("hl7v2-no-message")
    return runs


def _check_count(trailer: bytes, found: int) -> None:
    """BTS-1 counts the batch's messages; a different number means that some were lost on the way."""
    fields = trailer.split(trailer[3:4]) if len(trailer) > 3 else []
    if len(fields) > 1 and fields[1].strip().isdigit() and int(fields[1]) != found:
        raise PayloadError("hl7v2-batch-incomplete", "BTS-1")
