"""The forms of codes that no list holds: languages, media types, SNOMED CT and LOINC identifiers."""

from __future__ import annotations

import re

_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE = re.compile(rf"{_NAME}/{_NAME}(?: ?;.*)?")  # parameters are not read: some senders leave out quotes
# https://hl7.org/fhir/R4/http.html#mime-type: what may stand for the whole where a server says what it understands
_SHORT_MEDIA_TYPES = frozenset({"xml", "json", "ttl"})
_LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"  # language, extended
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"  # script, region
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"  # variants
    r"(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*"  # extensions
    r"(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+|i-[a-z]{3,8}|en-gb-oed|sgn-(?:be-fr|be-nl|ch-de)",
    re.IGNORECASE | re.ASCII,
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")
_SCTID = re.compile(r"[1-9][0-9]{2,14}(?:[01][0-2])[0-9]", re.ASCII)
_EXPRESSION = frozenset(":+=|{}() ")  # of SNOMED CT's compositional grammar
_LOINC = re.compile(r"[0-9]{1,7}-[0-9]", re.ASCII)
_LOINC_PART = re.compile(r"L[A-Z][0-9]{1,9}-[0-9]|MTHU[0-9]{6}", re.ASCII)  # parts, answers, lists, groups
_MULTIPLIED = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_TURNED = "1576283094"


def is_media_type(text: str) -> bool:
    """https://www.rfc-editor.org/rfc/rfc6838#section-4.2, then parameters."""
    return _MEDIA_TYPE.fullmatch(text) is not None or text in _SHORT_MEDIA_TYPES


def is_language(text: str) -> bool:
    """Well-formed by https://www.rfc-editor.org/rfc/rfc5646#section-2.1; whether it is registered is not asked."""
    return _LANGUAGE.fullmatch(text) is not None


def is_uri(text: str) -> bool:
    """An absolute one: https://www.rfc-editor.org/rfc/rfc3986#section-4.3"""
    return _URI.fullmatch(text) is not None


def is_sctid(text: str) -> bool:
    """May be a SNOMED CT identifier (its check digit is right) or an expression, which is not read.

    https://confluence.ihtsdotools.org/display/DOCRELFMT/6+SNOMED+CT+Identifiers
    """
    if text[:1].strip() and not _EXPRESSION.isdisjoint(text):
        return True
    return _SCTID.fullmatch(text) is not None and _verhoeff_holds(text)


def _verhoeff_holds(digits: str) -> bool:
    check = 0
    for position, digit in enumerate(reversed(digits)):
        turned = int(digit)
        for _ in range(position % 8):
            turned = int(_TURNED[turned])
        check = int(_MULTIPLIED[check][turned])
    return check == 0


def is_loinc(text: str) -> bool:
    """May be a LOINC identifier: its check digit (mod 10) is right; of parts and answers the form alone is asked.

    https://loinc.org/get-started/loinc-term-basics/
    """
    if _LOINC_PART.fullmatch(text):
        return True
    if not _LOINC.fullmatch(text):
        return False
    doubled = [
        int(digit) * (2 if position % 2 else 1) for position, digit in enumerate(reversed(text.replace("-", "")))
    ]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0
