"""The character set of a message: MSH-18 (HL7 table 0211) to text.

A message without MSH-18 is read as UTF-8. What a character set cannot decode is refused:
a guess would turn names and units into other names and units.
"""

from __future__ import annotations

import re
import unicodedata

from gateway.errors import PayloadError

# HL7 table 0211, and the names senders write beside it. Others are refused, never guessed.
_CODECS = {
    "": "utf-8",
    "ASCII": "ascii",
    "8859/1": "iso8859-1",
    "8859/2": "iso8859-2",
    "8859/15": "iso8859-15",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "ISO-8859-1": "iso8859-1",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
    "WINDOWS-1258": "cp1258",
    "CP1258": "cp1258",
}


def declared(header: bytes) -> str:
    """MSH-18's first repetition, as written; "" when empty. ``header`` is the MSH segment's bytes."""
    separator = header[3:4]
    fields = header.split(separator) if separator else []
    repetition = header[5:6]
    written = fields[17] if len(fields) > 17 else b""  # MSH-1 is the separator itself
    return re.split(re.escape(repetition) or b"~", written)[0].decode("latin-1").strip()


def decode(data: bytes, name: str) -> str:
    """The message's text in NFC. PayloadError when the set is unknown or the bytes are not in it."""
    codec = _CODECS.get(name.upper())
    if codec is None:
        raise PayloadError("hl7v2-charset-unknown", "MSH-18")
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as broken:
        line = len(re.findall(rb"\r\n|\r|\n", data[: broken.start])) + 1
        raise PayloadError("hl7v2-charset-undecodable", f"line {line}", charset=codec) from None
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
