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


def ucum(text: str) -> str | None:
    """The UCUM code of a unit as written, or None when the table has no row for it."""
    return unit_table().get(text.strip().replace("μ", "µ"))  # Greek mu and the micro sign are one letter to a typist


def quantity_unit(text: str) -> dict[str, str]:
    """The unit part of a Quantity: the sender's text, and the UCUM code where the table knows it."""
    plain = text.strip()
    if not plain:
        return {}
    code = ucum(plain)
    return {"unit": plain} if code is None else {"unit": plain, "system": UCUM, "code": code}
