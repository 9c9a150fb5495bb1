"""Vietnamese syllables by their spelling: onset, rhyme, tone. Words of other languages are none, nearly always.

The rules are those of school grammars (Đoàn Thiện Thuật, Ngữ âm tiếng Việt): which rhymes there are, which
onset is written before which vowel, where the tone stands, and that c, ch, p, t end only sharp and heavy tones.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ONSETS = (
    *("b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph"),
    *("qu", "r", "s", "t", "th", "tr", "v", "x", ""),
)
_SPELT = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu "
    "i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu "
    "o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc "
    "oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
    "u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt "
    "uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu "
    "y yêm yên yêng yêt yêu ăk"  # Đắk Lắk
)
_RHYMES = frozenset(_SPELT.split())
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_EITHER = ("oa", "oe", "uy")  # hoà or hòa: both are taught


def is_syllable(word: str, *, tone_anywhere: bool = False) -> bool:
    """True for one syllable in NFC, in letters of any size; ``tone_anywhere``: the tone may stand on any vowel."""
    word = word.lower()
    return any(word.startswith(onset) and _fits(onset, word[len(onset) :], tone_anywhere) for onset in _ONSETS)


def _fits(onset: str, rhyme: str, tone_anywhere: bool) -> bool:
    if onset == "qu":
        return bool(rhyme) and (rhyme in _toned(tone_anywhere) or "u" + rhyme in _toned(tone_anywhere))
    plain = _toned(tone_anywhere).get(rhyme)
    if plain is None:
        return False
    if onset == "gi":
        return plain[0] not in "iy"
    front = plain[0] in "eêiy"
    if onset in ("k", "gh", "ngh"):
        return front
    if onset in ("c", "ng"):
        return not front
    if onset == "g":
        return not front or plain in ("i", "in", "iêng")  # gì, gìn, giếng
    return plain[0] != "y" or (plain == "y" and onset in ("h", "l", "m", "s", "t", "v")) or not onset


def is_syllable_with_gaps(word: str) -> bool:
    """True when letters in place of its question marks make it a syllable: ``Nguy?n``, ``??ng`` (đồng)."""
    word = word.lower()
    onsets = (*_ONSETS, "?")  # đ
    return any(word.startswith(onset) and word[len(onset) :] in _with_gaps() for onset in onsets)


@lru_cache(maxsize=1)
def _with_gaps() -> frozenset[str]:
    """Rhymes of which the letters outside ASCII, or outside Latin-1, became question marks."""
    made = set()
    for rhyme in _toned(False):
        for last in ("\x7f", "\xff"):
            if (lost := "".join("?" if letter > last else letter for letter in rhyme)) != rhyme:
                made.add(lost)
    return frozenset(made)


@lru_cache(maxsize=2)
def _toned(tone_anywhere: bool) -> dict[str, str]:
    """Each rhyme with each tone, as written, to the rhyme without."""
    made: dict[str, str] = {}
    for rhyme in _RHYMES:
        vowels = [place for place, letter in enumerate(rhyme) if letter in "aăâeêioôơuưy"]
        places = vowels if tone_anywhere else _tone_places(rhyme, vowels)
        stopped = rhyme.endswith(("c", "ch", "k", "p", "t"))
        for tone in _TONES:
            if stopped and tone not in ("\u0301", "\u0323"):
                continue
            for place in places:
                letter = unicodedata.normalize("NFC", rhyme[place] + tone)
                made[rhyme[:place] + letter + rhyme[place + 1 :]] = rhyme
    return made


def _tone_places(rhyme: str, vowels: list[int]) -> list[int]:
    """Where the tone stands: on the last vowel with a sign of its own, else by the number of vowels and the end."""
    marked = [place for place in vowels if rhyme[place] in "ăâêôơư"]
    if marked:
        return marked[-1:] if rhyme != "ưa" else vowels[:1]
    if rhyme in _EITHER:
        return vowels
    if len(vowels) == 1 or (len(vowels) == 2 and vowels[-1] == len(rhyme) - 1):
        return vowels[:1]
    return vowels[1:2]
