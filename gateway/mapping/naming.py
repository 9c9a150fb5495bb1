"""Identifier systems: one fixed URI for each number on the exchange, other guides' as aliases.

A number is national only when it is well-formed: CCCD 12 digits, BHXH 10 digits, a BHYT
card 15 characters (two letters, a benefit digit, two province digits, the BHXH number).
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache

from gateway.bundle import BHXH, BHYT, CCCD
from gateway.mapping import mapping_file

_CCCD = re.compile(r"[0-9]{12}\Z")
_CMND = re.compile(r"[0-9]{9}\Z")
_PASSPORT = re.compile(r"[A-Z][0-9]{7}\Z")
_BHXH = re.compile(r"[0-9]{10}\Z")
_CARD = re.compile(r"[A-Z]{2}[0-9]{13}\Z")
_CHILD_CARD = re.compile(r"TE1[0-9]{12}\Z")  # a temporary child card's last ten digits are no BHXH number

CMND = "http://fhir.hl7.org.vn/core/sid/cmnd"
PASSPORT = "http://fhir.hl7.org.vn/core/sid/passport"


@lru_cache(maxsize=1)
def _aliases() -> dict[str, str]:
    table = tomllib.loads(mapping_file("naming-systems.toml").read_text(encoding="utf-8"))
    return {alias: fixed for fixed, aliases in table["alias"].items() for alias in aliases}


def fixed_system(system: str) -> str:
    """The exchange's own URI for an identifier system another guide names; itself when it is no alias."""
    return _aliases().get(system, system)


def person_number_system(text: str) -> str:
    """What SO_CCCD holds, told by its pattern: CCCD, CMND or passport system; "" when none fits."""
    plain = text.strip()
    for pattern, system in ((_CCCD, CCCD), (_CMND, CMND), (_PASSPORT, PASSPORT)):
        if pattern.match(plain):
            return system
    return ""


def is_card(text: str) -> bool:
    """True for what has a card's form: two letters and thirteen digits."""
    return bool(_CARD.match(text))


def bhxh_of_card(card: str) -> str:
    """The insurance number in a card's last ten digits; "" for a temporary child card or no card."""
    plain = card.strip().upper()
    return plain[5:] if _CARD.match(plain) and not _CHILD_CARD.match(plain) else ""


def linking_number(system: str, value: str) -> tuple[str, str] | None:
    """The (system, value) that links a person across facilities, or None: MA_BN and child cards never do."""
    fixed, plain = fixed_system(system), value.strip()
    if fixed == CCCD and _CCCD.match(plain):
        return CCCD, plain
    if fixed == BHXH and _BHXH.match(plain):
        return BHXH, plain
    if fixed == BHYT and (number := bhxh_of_card(plain)):
        return BHXH, number
    return None
