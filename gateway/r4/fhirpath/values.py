"""Values that an expression makes itself: dates and times, and quantities. Texts and numbers are Python's own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# https://hl7.org/fhirpath/2018Sep/#datetime-arithmetic: the words, and the UCUM code of each
CALENDAR = {
    "year": "a",
    "month": "mo",
    "week": "wk",
    "day": "d",
    "hour": "h",
    "minute": "min",
    "second": "s",
    "millisecond": "ms",
}
CALENDAR_WORDS = CALENDAR | {f"{word}s": code for word, code in CALENDAR.items()}
# What one unit is in the other: units of time of fixed length, and a year in months.
_IN_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "min": Decimal(60), "h": Decimal(3600)}
_IN_SECONDS |= {"d": Decimal(86400), "wk": Decimal(604800)}
_IN_MONTHS = {"mo": Decimal(1), "a": Decimal(12)}
UCUM = "http://unitsofmeasure.org"


class Temporal(str):
    """A date, dateTime or time of an expression (``@2026-01``): its text, and which of them it is."""

    __slots__ = ("kind",)

    def __new__(cls, text: str, kind: str) -> Temporal:
        made = super().__new__(cls, text)
        made.kind = kind
        return made

    kind: str  # date, dateTime, time


@dataclass(frozen=True, slots=True)
class Quantity:
    """``4 'mg'``; a calendar word is kept as its UCUM code, no unit as ``1``."""

    value: int | Decimal
    unit: str = "1"


def as_quantity(value: Any) -> Quantity | None:
    """FHIR's Quantity as that of expressions, by its code when that is UCUM's.

    https://hl7.org/fhir/R4/fhirpath.html#quantity. None when it has no number, or is only a bound (``<``).
    """
    if isinstance(value, Quantity):
        return value
    if not isinstance(value, dict) or not is_number(value.get("value")) or value.get("comparator") is not None:
        return None
    system, code, unit = value.get("system"), value.get("code"), value.get("unit")
    if isinstance(code, str):
        return Quantity(value["value"], code if system == UCUM else f"{code}|{system}")
    return Quantity(value["value"], f"{unit}|" if isinstance(unit, str) else "1")


def in_one_unit(a: Quantity, b: Quantity) -> tuple[int | Decimal, int | Decimal] | None:
    """Both numbers in the same unit; None when one is not known to convert to the other."""
    if a.unit == b.unit:
        return a.value, b.value
    for table in (_IN_SECONDS, _IN_MONTHS):
        if a.unit in table and b.unit in table:
            return a.value * table[a.unit], b.value * table[b.unit]
    return None


def is_number(value: Any) -> bool:
    """True for an integer or a decimal; a boolean is none, though Python holds that it is."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def magnitude(value: int | Decimal) -> int | Decimal:
    """The number without its sign."""
    return -value if value < 0 else value
