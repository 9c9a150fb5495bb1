r"""The character set of a message: its form, MSH-18 (HL7 table 0211) or the facility's setting, to text.

UTF-16 shows in the bytes of "MSH". Else the facility's setting stands where there is one: many systems say nothing
in MSH-18, or "8859/1", and write TCVN3 or VNI. Only where MSH-18 names Unicode and the bytes are UTF-8 is it
believed before the setting. Without a setting MSH-18 is, and a message that says nothing is read as UTF-8.
What a character set cannot decode is refused: a guess would turn names and units into other names and units.
Sets switched within a message (ISO 2022, ``\C2842\``) are refused too.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gateway.errors import PayloadError
from gateway.mapping.charsets import decode

# HL7 table 0211, and the names senders write beside it. Others are refused, never guessed.
_NAMES = {
    "": "utf-8",
    "ASCII": "ascii",
    "ISO IR6": "ascii",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    "ISO-8859-1": "iso-8859-1",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "WINDOWS-1252": "windows-1252",
    "CP1252": "windows-1252",
    "WINDOWS-1258": "windows-1258",
    "CP1258": "windows-1258",
    "TCVN3": "tcvn3",
    "TCVN": "tcvn3",
    "ABC": "tcvn3",
    "VNI": "vni",
    "VNI-WINDOWS": "vni",
    "VISCII": "viscii",
}
_UTF16 = frozenset({"UNICODE UTF-16", "UTF-16", "UTF16", "UTF-16LE", "UTF-16BE"})
_LINE_END = re.compile(rb"[\r\n]")
_BREAK = re.compile(rb"\r\n|\r|\n")


def utf16_form(data: bytes) -> str:
    """utf-16le or utf-16be when a segment or a byte order mark begins so, whatever MSH-18 says; else ""."""
    even, odd = data[0:6:2], data[1:6:2]
    if data[:2] == b"\xff\xfe" or (odd == b"\x00\x00\x00" and even.isalpha()):
        return "utf-16le"
    if data[:2] == b"\xfe\xff" or (even == b"\x00\x00\x00" and odd.isalpha()):
        return "utf-16be"
    return ""


def declared(header: bytes) -> str:
    """MSH-18's first repetition, the default set, as written; "" when empty. ``header``: the MSH segment's bytes."""
    separator = header[3:4]
    fields = header.split(separator) if separator else []
    repetition = header[5:6]
    written = fields[17] if len(fields) > 17 else b""  # MSH-1 is the separator itself
    return re.split(re.escape(repetition) or b"~", written)[0].decode("latin-1").strip()


def read_text(data: bytes, setting: str = "") -> tuple[str, str]:
    """A message's text in NFC and the set it was read in; ``setting`` is the facility's, "" for none.

    PayloadError when the set is unknown, the bytes are not in it, or sets are switched within the message.
    """
    if form := utf16_form(data):
        return _decoded(data, form), form
    if (at := data.find(b"\x00")) >= 0:
        raise PayloadError("hl7v2-nul", _line(data, at))
    if (at := data.find(b"\x1b")) >= 0:
        raise PayloadError("hl7v2-charset-switched", _line(data, at))
    said = declared(_LINE_END.split(data, maxsplit=1)[0]).upper()
    named = _NAMES.get(said)
    if setting and not (said and named == "utf-8" and _is_utf8(data)):
        named = setting
    elif said in _UTF16:  # it says so, and its form is not: what else it is nobody knows
        raise PayloadError("hl7v2-charset-undecodable", "MSH-18", charset="utf-16")
    if named is None:
        raise PayloadError("hl7v2-charset-unknown", "MSH-18")
    return _decoded(data, named), named


def refuse_switches(text: str, mark: str) -> None:
    r"""PayloadError where ``\Cxxyy\`` or ``\Mxxyyzz\`` switch the set (HL7 v2 section 2.7.3)."""
    if mark and (f"{mark}C" in text or f"{mark}M" in text) and (found := _switch(mark).search(text)):
        line = len(re.findall(r"\r\n|\r|\n", text[: found.start()])) + 1
        raise PayloadError("hl7v2-charset-switched", f"line {line}")


@lru_cache(maxsize=64)
def _switch(mark: str) -> re.Pattern[str]:
    quoted = re.escape(mark)
    return re.compile(f"{quoted}(?:C[0-9A-Fa-f]{{4}}|M[0-9A-Fa-f]{{4}}(?:[0-9A-Fa-f]{{2}})?){quoted}")


def _decoded(data: bytes, charset: str) -> str:
    try:
        return decode(data, charset)
    except UnicodeDecodeError as broken:
        raise PayloadError("hl7v2-charset-undecodable", _line(data, broken.start), charset=charset) from None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _line(data: bytes, at: int) -> str:
    if utf16_form(data):  # CR is two bytes there, one of them 0
        return f"line {data[:at].count(13) + 1}"
    return f"line {len(_BREAK.findall(data[:at])) + 1}"
