"""Character sets that Vietnamese systems write, bytes to text and back, by one name each.

Python brings the ISO and Windows sets and Unicode. TCVN3 (ABC), VNI and VISCII come from the
tables in mappings/charsets, each with its source beside it. Text is NFC. What is no character of the set is
UnicodeDecodeError, UnicodeEncodeError: nothing is replaced. Time grows with the length.
"""

from __future__ import annotations

import codecs
import re
import tomllib
import unicodedata
from functools import lru_cache

from gateway.mapping import mapping_file

# By the gateway's names: Python's codec, "" for those of the tables.
CHARSETS = {
    "utf-8": "utf-8",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "iso8859-1",
    "windows-1252": "cp1252",
    "windows-1258": "cp1258",
    "tcvn3": "",
    "vni": "",
    "viscii": "",
}

# What a facility's record may name. UTF-16 needs no setting: its form tells.
SETTINGS = tuple(name for name in CHARSETS if not name.startswith("utf-16"))

_TONES = "\u0300\u0301\u0303\u0309\u0323"


def decode(data: bytes, charset: str) -> str:
    """The text in NFC. ``charset``: a name of CHARSETS, or any that Python knows; LookupError for another."""
    if charset == "vni":
        text = _from_vni(data)
    elif charset in ("tcvn3", "viscii"):
        text = codecs.charmap_decode(data, "strict", _table(charset))[0]
    else:
        text = data.decode(CHARSETS.get(charset, charset))
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def encode(text: str, charset: str) -> bytes:
    """The bytes that :func:`decode` reads as the text in NFC; UnicodeEncodeError when the set lacks a character."""
    text = unicodedata.normalize("NFC", text)
    if charset == "vni":
        return _to_vni(text)
    if charset in ("tcvn3", "viscii"):
        return codecs.charmap_encode(text, "strict", codecs.charmap_build(_table(charset)))[0]
    if charset == "windows-1258":  # it has no letter for most of a vowel, its sign and its tone together
        text = "".join(map(_tone_apart, text))
    return text.encode(CHARSETS.get(charset, charset))


@lru_cache(maxsize=4096)
def _tone_apart(character: str) -> str:
    """The character as windows-1258 writes it: as one where it has it, else the tone behind the vowel."""
    try:
        character.encode("cp1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", character)
        tone = next((part for part in parts if part in _TONES), "")
        return unicodedata.normalize("NFC", parts.replace(tone, "")) + tone if tone else character
    return character


@lru_cache(maxsize=4)
def _table(charset: str) -> str:
    """256 characters, U+FFFE where the set has none, as codecs.charmap_decode wants it."""
    read = tomllib.loads(mapping_file("charsets", f"{charset}.toml").read_text("utf-8"))
    table = [chr(number) for number in range(128)] + ["\ufffe"] * 128
    for place, letter in read.get("low", {}).items():
        table[int(place, 16)] = letter
    for place, row in read["rows"].items():
        for offset, cell in enumerate(row.split(" ")):
            table[int(place, 16) + offset] = (
                "\ufffe" if cell == "--" else cell if len(cell) == 1 else chr(int(cell, 16))
            )
    return "".join(table)


@lru_cache(maxsize=1)
def _vni() -> dict[str, str]:
    """One or two bytes, as latin-1 shows them, to the letter they mean."""
    read = tomllib.loads(mapping_file("charsets", "vni.toml").read_text("utf-8"))
    letters: dict[str, str] = {}
    for byte, letter in read["letters"].items():
        letters[byte], letters[byte.lower()] = letter, letter.lower()
    made = dict(letters)
    for byte, (behind, signs) in read["marks"].items():
        added = "".join(chr(int(sign, 16)) for sign in signs.split())
        for letter in (*behind, *behind.lower()):
            composed = unicodedata.normalize("NFC", letters.get(letter, letter) + added)
            for mark in (byte, byte.lower()):  # a mark of the other size is typed by mistake, and means the same
                made[letter + mark] = composed
    return made


_VNI_UNIT = re.compile("[AEOUYaeouyÔÖôö][ØÙÛÕÏÂÀÁÅÃÄÊÈÉÚÜËøùûõïâàáåãäêèéúüë]|[\u0080-\u00ff]")


def _from_vni(data: bytes) -> str:
    known = _vni()

    def meaning(found: re.Match[str]) -> str:
        unit = found[0]
        if letter := known.get(unit):
            return letter
        if "\u0080" <= unit < "\u00c0":
            return data[found.start() : found.end()].decode("cp1252")
        raise UnicodeDecodeError("vni", data, found.start(), found.end(), "no letter of VNI-Windows")

    return _VNI_UNIT.sub(meaning, data.decode("latin-1"))


@lru_cache(maxsize=1)
def _vni_bytes() -> dict[str, str]:
    made: dict[str, str] = {}
    for unit, letter in _vni().items():
        if len(unit) == 1 or unit[0].isupper() == unit[1].isupper():
            made[letter] = unit
    return made


def _to_vni(text: str) -> bytes:
    known = _vni_bytes()
    made = bytearray()
    for position, character in enumerate(text):
        unit = known.get(character)
        byte = unit.encode("latin-1") if unit else character.encode("cp1252" if character > "\x7f" else "ascii")
        if not unit and byte >= b"\xc0":
            raise UnicodeEncodeError("vni", text, position, position + 1, "no letter of VNI-Windows")
        made += byte
    return bytes(made)
