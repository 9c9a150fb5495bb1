"""A payload's bytes to its messages: MLLP marks, batches (FHS BHS BTS FTS), one message or many.

Each message is a contiguous run of the payload, from its MSH to the mark that ends its last segment.
"""

from __future__ import annotations

import re

from gateway.errors import PayloadError

_LINE = re.compile(rb"([^\r\n\x0b\x1c]+)[\r\n]*")  # VT and FS are MLLP's marks around a message
_BOM = b"\xef\xbb\xbf"
_STARTS = (b"MSH", b"FHS", b"BHS")
_WRAPPERS = (b"FHS", b"BHS", b"BTS", b"FTS")


def looks_like_hl7(data: bytes) -> bool:
    """True when the first line starts like a message or a batch."""
    head = data[:512].removeprefix(_BOM).lstrip(b"\x0b\x1c\r\n\t ")
    return head[:3] in _STARTS and not head[3:4].isalnum() and head[3:4] not in (b"", b" ")


def messages(data: bytes) -> list[bytes]:
    """The messages of a payload. PayloadError for text outside any message, or a batch with some missing."""
    start = len(_BOM) if data.startswith(_BOM) else 0
    runs: list[tuple[int, int]] = []
    inside = False
    in_batch = 0
    for number, line in enumerate(_LINE.finditer(data, start), 1):
        text = line.group(1)
        name = text[:3]
        if name == b"MSH":
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
    return [data[begin:end] for begin, end in runs]


def _check_count(trailer: bytes, found: int) -> None:
    """BTS-1 counts the batch's messages; a different number means that some were lost on the way."""
    fields = trailer.split(trailer[3:4]) if len(trailer) > 3 else []
    if len(fields) > 1 and fields[1].strip().isdigit() and int(fields[1]) != found:
        raise PayloadError("hl7v2-batch-incomplete", "BTS-1")
