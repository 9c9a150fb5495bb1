"""What somebody typed or scanned to find a patient: a citizen id, an insurance number, or a card's QR text.

The QR of a citizen's card is ``id|old id|name|DDMMYYYY|sex|address|issued``; that of an insurance card is
``card or number|name in hex|DD/MM/YYYY|sex 1 or 2|…|$``. What the card says of its holder is held against the record.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from gateway.bundle import BHXH, BHYT, CCCD
from gateway.errors import PayloadError
from gateway.mapping.naming import bhxh_of_card, is_card
from gateway.person import Traits, fold
from gateway.prior.question import About

LONGEST = 2000  # characters: an insurance card's QR has some 500
_DATE = re.compile(r"([0-9]{2})/?([0-9]{2})/?([0-9]{4})\Z")
_SEX = {"nam": "male", "nu": "female", "1": "male", "2": "female"}

ReadAs = Literal["cccd", "cccd-qr", "bhxh", "bhyt", "bhyt-qr", "chosen"]


@dataclass(frozen=True, slots=True)
class Asked:
    """``abouts``: what to look for, the surest first. ``card``: what the scanned card says of its holder."""

    read_as: ReadAs
    abouts: tuple[About, ...]
    card: Traits = Traits()  # noqa: RUF009  # frozen


def asked(text: str) -> Asked:
    """PayloadError ``console-search-empty`` or ``console-search-form`` where it is none of these."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        raise PayloadError("console-search-empty")
    if len(plain) > LONGEST:
        raise PayloadError("console-search-form")
    if "|" in plain:
        return _scanned([part.strip() for part in plain.split("|")])
    return _number(plain)


def _number(text: str) -> Asked:
    number = re.sub(r"[\s.\-]", "", text).upper()
    if re.fullmatch(r"[0-9]{12}", number):
        return Asked("cccd", (About(CCCD, number),))
    if re.fullmatch(r"[0-9]{10}", number):
        return Asked("bhxh", (About(BHXH, number),))
    if is_card(number):
        return Asked("bhyt", _of_card(number))
    raise PayloadError("console-search-form")


def _of_card(card: str) -> tuple[About, ...]:
    """By the insurance number in it; a child's temporary card has none and stands for itself."""
    number = bhxh_of_card(card)
    return (About(BHXH, number), About(BHYT, card)) if number else (About(BHYT, card),)


def _scanned(parts: list[str]) -> Asked:
    found = _number(parts[0])
    if found.read_as == "cccd" and len(parts) >= 5:  # id, old id, name, birth, sex
        return Asked("cccd-qr", found.abouts, _traits(parts[2], parts[3], parts[4]))
    if found.read_as in ("bhxh", "bhyt") and len(parts) >= 4:  # number, name, birth, sex
        return Asked("bhyt-qr", found.abouts, _traits(_from_hex(parts[1]), parts[2], parts[3]))
    raise PayloadError("console-search-form")


def _traits(name: str, birth: str, sex: str) -> Traits:
    """What cannot be read is not known: a scanner that types by a keyboard may lose letters."""
    day = _DATE.match(birth)
    born = f"{day[3]}-{day[2]}-{day[1]}" if day else birth if re.fullmatch(r"[0-9]{4}", birth) else ""
    return Traits(fold(name), _SEX.get(fold(sex), ""), born)


def _from_hex(text: str) -> str:
    try:
        return bytes.fromhex(text).decode("utf-8")
    except ValueError:
        return ""
