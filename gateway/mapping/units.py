"""Units: only a row of the unit table makes a unit UCUM, never that it parses.

``G/L``, ``T/L`` and ``K/uL`` parse as gauss, tesla and kelvin and mean 10*9/L, 10*12/L and
10*3/uL. The sender's text is always kept as Quantity.unit.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache

from gateway.mapping import mapping_file

UCUM = "http://unitsofmeasure.org"


@lru_cache(maxsize=1)
def unit_table() -> dict[str, str]:
    """What senders write → UCUM code; exact, case and all."""
    table = tomllib.loads(mapping_file("units.toml").read_text(encoding="utf-8"))
    return {text: code for code, texts in table["unit"].items() for text in texts}


@lru_cache(maxsize=4096)
def _own(units: frozenset[tuple[str, str]]) -> dict[str, str]:
    return {plain_unit(text): code for text, code in units}


def plain_unit(text: str) -> str:
    """Greek mu and the micro sign are one letter to a typist; blanks around a unit say nothing."""
    return text.strip().replace("μ", "µ")


NONE: frozenset[tuple[str, str]] = frozenset()


def ucum(text: str, own: frozenset[tuple[str, str]] = NONE) -> str | None:
    """The UCUM code of a unit as written, or None when neither ``own`` nor the table has a row for it.

    ``own``: the sender's own (text, UCUM code), before the table's.
    """
    plain = plain_unit(text)
    return (_own(own).get(plain) if own else None) or unit_table().get(plain)


def quantity_unit(text: str, own: frozenset[tuple[str, str]] = NONE) -> dict[str, str]:
    """The unit part of a Quantity: the sender's text, and the UCUM code where it is known."""
    plain = text.strip()
    if not plain:
        return {}
    code = ucum(plain, own)
    return {"unit": plain} if code is None else {"unit": plain, "system": UCUM, "code": code}


def quotient(text: str, own: frozenset[tuple[str, str]] = NONE) -> tuple[dict[str, str], dict[str, str]]:
    """The unit parts of a Ratio whose unit is one over another: 30/1 in mg/g is 30 mg in 1 g.

    Two empty ones where the unit is no such quotient in UCUM: on both parts it would cancel out, on one be a guess.
    """
    parts = (ucum(text, own) or "").split("/")
    if len(parts) != 2 or not all(parts):
        return {}, {}
    above, below = ({"unit": code, "system": UCUM, "code": code} for code in parts)
    return above, below
