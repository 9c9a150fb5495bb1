"""What a paper says again of the person and the stay: XML1 is the one that is placed, the others are held against it.

A paper with another name, number, sex or birth date is another person's: nothing tells which of the two is wrong, so
the record waits for a person. Anything else that differs is a warning.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told

SAME = "says again what XML1 says"
OTHER = "differs from XML1, which is placed"
MISSING = "XML1, which is placed, does not have it"

# A paper's name of a field → XML1's, where they differ.
_OTHER_NAMES = {"MA_YTE": "MA_BN"}


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _day(text: str) -> str:
    return text[:8]


def _list(text: str) -> str:
    return ";".join(sorted(filter(None, (part.strip() for part in text.split(";")))))


# The fields that say whose the paper is, and what of them is compared.
_PERSON: dict[str, Callable[[str], str]] = {
    "HO_TEN": _words,
    "NGAY_SINH": _day,
    "GIOI_TINH": str,
    "SO_CCCD": _words,
    "MA_BN": _words,
    "MA_YTE": _words,
    "MA_THE_BHYT": _list,
}


def hold_against_summary(told: Told, row: TableRow, names: Iterable[str]) -> None:
    """List each of the fields, said of one person or stay, and say where it differs from XML1."""
    for name in names:
        text, known = row.text(name), told.episode.summary.text(_OTHER_NAMES.get(name, name))
        if not text:
            continue
        compared = _PERSON.get(name)
        same = compared(text) == compared(known) if compared else _stay(text) == _stay(known)
        if not same and known and compared:
            told.ledger.hold("conflict", "bhyt-other-person", row.path(name))
        elif not same:
            told.ledger.remark("warning", "conflict", "bhyt-differs-from-summary", row.path(name))
        for found in row.repetitions(name):
            told.ledger.leave(found.path, SAME if same else OTHER if known else MISSING)


def same_person(told: Told, row: TableRow, number: str, name: str, born: str) -> bool:
    """True when the row's person is XML1's patient: by the number where both have one, else by name and birth day."""
    known, said = told.episode.summary, row.text(number)
    if said and known.text("SO_CCCD"):
        return said == known.text("SO_CCCD")
    same_name = bool(row.text(name)) and _words(row.text(name)) == _words(known.text("HO_TEN"))
    return same_name and bool(row.text(born)) and _day(row.text(born)) == _day(known.text("NGAY_SINH"))


def _stay(text: str) -> str:
    """A time to the day, where one is written with its minutes and the other without; else the words."""
    return text[:8] if text.isascii() and text.isdigit() and len(text) in (8, 12) else _words(text)


def hold_other_facility(told: Told, row: TableRow) -> None:
    """MA_CSKCB inside a table is the facility whose payload it is; another's code holds."""
    for found in row.repetitions("MA_CSKCB"):
        if found.value == told.episode.code:
            told.ledger.leave(found.path, SAME)
        else:
            told.ledger.hold("conflict", "bhyt-row-of-another-facility", found.path)
            told.ledger.leave(found.path, "names another facility than the payload does")
