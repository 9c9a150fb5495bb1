"""Text that was read in another character set than it was written in, told from text that is only foreign.

Only what speaks for one wrong reading counts: a word that is none as it stands ("NguyÔn") and is a clean
Vietnamese syllable, or clean UTF-8, when the bytes it came from are read in the set suspected. A foreign name
is neither, and one lucky word ("Lü" would be "Lỹ" in TCVN3) is not enough. Text that says nothing is told too:
letters replaced by U+FFFD or by question marks, control characters of C1.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import pairwise, repeat
from typing import NamedTuple

from gateway.mapping import mapping_file
from gateway.mapping.charsets import decode, encode
from gateway.mapping.ledger import Ledger
from gateway.mapping.syllables import is_syllable, is_syllable_with_gaps

DAMAGED = "damaged"  # what was written is lost; no other reading brings it back

_WORD = re.compile("[A-Za-z\u0080-\U0010ffff]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_GAP = re.compile(r"(?<![\w?])[^\W\d_]+(?:\?{1,2}[^\W\d_]+)+(?![\w?])")
_GAP_BEHIND = re.compile(r"(?<![\w?])[^\W\d_]+\?(?![\w?])")
_LOST = re.compile("[\ufffd\u0080-\u009f]")
_QUOTES = "“”‘’«»…®™©"  # signs that stand behind whole words
_RAISED = "°¹²³º"
_LEGACY = ("tcvn3", "vni", "windows-1258", "viscii")
# What UTF-8 read twice brings: Latin letters, signs of units, quotation marks, tones, Greek, what Vietnamese has.
_PLAUSIBLE = re.compile(
    "[\u0000-\u007f\u00a0-\u00ffĂăĐđĨĩŨũƠơƯư\u0300-\u036f\u0391-\u03c9\u1ea0-\u1ef9\u2010-\u2026\u2030\u2082\u2083\u2191"
    "\u2193\u2264\u2265\u0152\u0153\u20ac\u2122]+\\Z"
)


class Reading(NamedTuple):
    """What a word is in one suspected set.

    ``sure``: its shape is none that any writing has. ``common``: a daily word. ``long``: four letters or more.
    """

    charset: str
    fits: bool
    sure: bool = False
    common: bool = False
    long: bool = False


@lru_cache(maxsize=8192)  # who signed, what is asked, of which sex: most texts come again
def misread(text: str, read_as: str = "utf-8") -> str:
    """The set the text was more likely written in, DAMAGED when it says nothing, "" when nothing speaks against it.

    ``read_as``: the set it was read in (gateway.mapping.charsets), as far as the reader knows.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        words = [word for word in _WORD.findall(text) if not word.isascii()]
        if any(map(_may_be_read_otherwise, words, repeat(read_as))) and (found := _suspected(text, words, read_as)):
            return found
        if _LOST.search(text):
            return DAMAGED
    return DAMAGED if "?" in text and _letters_lost(text) else ""


def may_be_misread(text: str) -> bool:
    """False for the most of all texts, of which ``misread`` could say nothing."""
    return not text.isascii() or "?" in text


def hold_misread(text: str, read_as: str, field: str, ledger: Ledger) -> bool:
    """Hold the exchange for the field when its text is misread or damaged; True when it is."""
    found = misread(text, read_as) if may_be_misread(text) else ""
    if found == DAMAGED:
        ledger.hold("value", "text-damaged", field)
    elif found:
        ledger.hold("value", "text-misread", field, charset=found)
    return bool(found)


def _suspected(text: str, words: list[str], read_as: str) -> str:
    readings = [_readings(word, read_as) for word in words]
    fitting = Counter(one.charset for word in readings for one in word if one.fits)
    against = Counter(one.charset for word in readings for one in word if not one.fits)
    for charset, _ in fitting.most_common():
        found = [one for word in readings for one in word if one.fits and one.charset == charset]
        if charset == "utf-8":
            return charset if not against[charset] else ""
        if _enough(found, against[charset], _WORD.findall(text)):
            return charset
    return ""


def _enough(words: list[Reading], against: int, spoken: list[str]) -> bool:
    """Whether the fitting words prove the set: one word only where its shape does, or daily Vietnamese surrounds it."""
    if against * 2 > len(words):
        return False
    common = sum(one.common for one in words)
    sure = sum(one.sure for one in words)
    if sure > 1 or any(one.sure and (one.common or one.long) for one in words) or (common * 2 > len(words) > 2):
        return True
    if not against and (len(words) > 2 or (len(words) > 1 and common)):
        return True
    return common > 0 and len(spoken) > 1 and all(is_syllable(word) for word in spoken if word.isascii())


@lru_cache(maxsize=16384)
def _may_be_read_otherwise(word: str, read_as: str) -> bool:
    """Whether some suspected set fits the word: of daily Vietnamese, none does."""
    return any(one.fits for one in _readings(word, read_as))


@lru_cache(maxsize=16384)
def _readings(word: str, read_as: str) -> tuple[Reading, ...]:
    """What speaks for and against each suspected set; empty when the word is Vietnamese as it stands."""
    if _stands(word):
        if (
            read_as not in _LEGACY and _as_bytes(word, "windows-1252") is None
        ):  # proper Vietnamese beside it: this text was not misread so
            return (Reading("utf-8", False), *(Reading(charset, False) for charset in _LEGACY))
        return ()
    made = []
    sources = [data for name in _sources(read_as) if (data := _as_bytes(word, name)) is not None]
    if any(_is_utf8(data) for data in sources):
        made.append(Reading("utf-8", True))
    for charset in _LEGACY if word[-1] not in _RAISED else ():  # T¹: a number raised, and no word
        if sources and charset != read_as:
            made.append(_reading(word, sources, charset))
    return tuple(made)


def _stands(word: str) -> bool:
    """True when it is Vietnamese as it stands, or a sign behind such a word; a size that turns within a word is not."""
    bare = word.strip(_QUOTES)
    found = _LETTERS.findall(bare)
    if not found or "".join(found) != bare or _size_turns(bare):
        return False
    return all(is_syllable(one, tone_anywhere=True) for one in found)


def _size_turns(word: str) -> bool:
    """A small letter and then a capital outside ASCII: NguyÔn."""
    return any(one.islower() and two > "\x7f" and two.isupper() for one, two in pairwise(word))


def _sources(read_as: str) -> tuple[str, ...]:
    """What the bytes were read in: known for most sets of single bytes; for Unicode any, before it became that."""
    if read_as.startswith("utf") or read_as in ("windows-1252", "iso-8859-1", "iso8859-1"):
        return ("windows-1252", "windows-1258")
    return (read_as,)


def _as_bytes(word: str, charset: str) -> bytes | None:
    """Back to the bytes. Where windows-1252 has no character, readers keep the byte as a control character of C1."""
    try:
        if charset == "windows-1252":
            return b"".join(one.encode("latin-1") if "\x7f" < one < "\xa0" else one.encode("cp1252") for one in word)
        return encode(word, charset)
    except UnicodeEncodeError:
        return None


def _is_utf8(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return _PLAUSIBLE.match(text) is not None


def _reading(word: str, sources: list[bytes], charset: str) -> Reading:
    for data in sources:
        try:
            meant = decode(data, charset)
        except UnicodeDecodeError:
            continue
        found = _LETTERS.findall(meant)
        if found and "".join(found) == meant and not meant.isascii() and all(map(is_syllable, found)):
            common = meant.lower() in _daily_words()
            inside = word.lstrip("µ").rstrip(_QUOTES + "ª")  # µm, Mª Carmen
            signs = any((one > "\x7f" and not one.isalpha()) or one in "ªºµ" for one in inside)
            sure = signs or _size_turns(word) or (common and len(meant) > 3)
            return Reading(charset, True, sure, common, len(meant) > 3)
    return Reading(charset, False)


@lru_cache(maxsize=1)
def _daily_words() -> frozenset[str]:
    lines = mapping_file("charsets", "common.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _letters_lost(text: str) -> bool:
    """Two words with question marks for letters that Vietnamese fills, or a long one among Vietnamese words only."""
    inside = [word for word in _GAP.findall(text) if is_syllable_with_gaps(word)]
    if not inside:
        return False
    behind = [word for word in _GAP_BEHIND.findall(text) if is_syllable_with_gaps(word)]
    if len(inside) + len(behind) > 1:
        return True
    rest = (word for word in _LETTERS.findall(_GAP.sub(" ", text)) if len(word) > 1)
    return len(inside[0]) > 3 and all(map(is_syllable, rest))
