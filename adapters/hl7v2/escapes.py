r"""Escape sequences inside a field (HL7 v2 section 2.7): ``\F\`` and its like to the characters they mean.

Formatting that has a plain form is decoded (``\.br\`` is a line break); highlighting
(``\H\``, ``\N\``) has none and is dropped; anything unknown stays as it came.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.mapping.charsets import decode

if TYPE_CHECKING:
    from adapters.hl7v2.delimiters import Delimiters

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+\Z")
_SPACES = re.compile(r"\.(sp|sk)\s*\+?([0-9]{1,2})?\Z")
_FORMAT = {".br": "\n", ".ce": "\n", ".sp": "\n", ".fi": "", ".nf": "", "H": "", "N": ""}


def unescape(text: str, delimiters: Delimiters) -> str:
    """The text a field's characters mean."""
    mark = delimiters.escape
    if not mark or mark not in text:
        return text
    parts = text.split(mark)  # one pass: a field of a million escapes costs a million steps
    made = [parts[0]]
    place = 1
    while place < len(parts):
        code = parts[place]
        meaning = _meaning(code, delimiters) if place + 1 < len(parts) else None
        if meaning is None:  # unknown, or a lone mark: kept as is, read on behind the mark
            made += (mark, code)
            place += 1
        else:
            made += (meaning, parts[place + 1])
            place += 2
    return "".join(made)


def escape(text: str, delimiters: Delimiters) -> str:
    """The text written so that :func:`unescape` gives it back."""
    mark = delimiters.escape
    table = {character: f"{mark}{code}{mark}" for code, character in delimiters.named.items()}
    table |= {"\r": f"{mark}X0D{mark}", "\n": f"{mark}.br{mark}"}
    return "".join(table.get(character, character) for character in text)


def _meaning(code: str, delimiters: Delimiters) -> str | None:
    if code in delimiters.named:
        return delimiters.named[code]
    if code in _FORMAT:
        return _FORMAT[code]
    if matched := _SPACES.match(code):
        return ("\n" if matched[1] == "sp" else " ") * int(matched[2] or 1)
    if code[:1] == "X" and _HEX.match(code[1:]):
        return _characters(bytes.fromhex(code[1:]), delimiters.charset)
    return None


def _characters(data: bytes, charset: str) -> str | None:
    """Hexadecimal data as text; None for what is no text in the message's set, and for control characters.

    In UTF-16 they are bytes of UTF-8: a carriage return is ``\\X0D\\`` there too.
    """
    try:
        text = decode(data, "utf-8" if charset.startswith("utf-16") else charset)
    except UnicodeDecodeError:
        return None
    if any(ord(character) < 32 and character not in "\t\r\n" for character in text):
        return None
    return text
