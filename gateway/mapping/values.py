"""What the text of a result means: a number, a bound, a titre, an interval, or words.

The rules that keep patients safe:

- ``<5`` is a bound, ``1:128`` a ratio, ``2-4`` with a unit an interval, ``++`` words.
- ``7,2`` is 7.2 only where the facility's record says comma; ``1,234`` and ``1.234,5`` could
  be two numbers each, so they stay text and a person looks.
- The digits stay as written; where a JSON number cannot carry them (``0065.88``, ``7,2``,
  ``.5``) the sender's text stands beside the number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from gateway.bundle import CANONICAL
from gateway.jsontext import Number
from gateway.mapping.units import NONE, quantity_unit

SOURCE_TEXT = f"{CANONICAL}/StructureDefinition/source-text"  # valueString: what the sender wrote

_COMPARATORS = {"<": "<", "<=": "<=", "=<": "<=", "≤": "<=", ">": ">", ">=": ">=", "=>": ">=", "≥": ">="}
_NUMBER = r"-?(?:[0-9]+(?:[.,][0-9]*)*|[.,][0-9]+)"  # no plus sign: +3 is a grade, not three
_MEASURE = re.compile(rf"(<=|=<|>=|=>|[<>≤≥])?\s*({_NUMBER})\Z")
_WHOLE = r"(0|[1-9][0-9]*)"  # with leading zeros it would lose digits, and is rather a time than a titre
_RATIO = re.compile(rf"{_WHOLE}\s*:\s*{_WHOLE}\Z")
_RANGE = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*[-–]\s*([0-9]+(?:[.,][0-9]+)?)\Z")
_PADDED = re.compile(r"(?<![0-9.,])0[0-9]")  # 05-10 is rather a date than an interval
_GROUPED = {mark: re.compile(rf"-?[1-9][0-9]{{0,2}}(?:\{mark}[0-9]{{3}})+\Z") for mark in ",."}
_PLAIN = re.compile(r"(-?)([0-9]*)(?:\.([0-9]*))?\Z")

# R4 decimals carry what XML Schema calls at least 18 digits; a laboratory never needs more.
_MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Measured:
    """What a text means: ``element`` is the value[x] suffix, ``value`` its FHIR value.

    ``rule`` names why a person must look (the value then stays text), "" when all is clear.
    """

    element: Literal["Quantity", "Ratio", "Range", "String"]
    value: Any
    rule: str = ""


@lru_cache(maxsize=4096)
def number(text: str, *, decimal_comma: bool) -> Number | None:
    """The number a text writes, digits kept; None when it is not one, or could be two.

    ``1,234`` is twelve hundred or one point two; so is ``1.234`` where commas are decimal.
    """
    plain = text.strip()
    if "," in plain:
        if not decimal_comma or "." in plain or plain.count(",") > 1 or _grouped(plain, ","):
            return None
        plain = plain.replace(",", ".")
    elif decimal_comma and _grouped(plain, "."):
        return None
    matched = _PLAIN.match(plain)
    if matched is None:
        return None
    sign, whole, fraction = matched.groups()
    if not whole and not fraction:
        return None
    if len(whole) + len(fraction or "") > _MAX_DIGITS:
        return None
    token = sign + (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")
    return Number(token)


def _grouped(text: str, mark: str) -> bool:
    """Digits in groups of three after ``mark``, as thousands are written (0,123 is not)."""
    return bool(_GROUPED[mark].match(text))


def quantity(
    text: str, unit: str, *, decimal_comma: bool, units: frozenset[tuple[str, str]] = NONE
) -> dict[str, Any] | None:
    """A Quantity from ``<5``, ``7.2``, ``0065.88``; None when the text is not a number or a bound.

    ``unit`` is the sender's text, kept as it is; it becomes UCUM only by ``units``, its own, and the unit table.
    """
    matched = _MEASURE.match(text.strip())
    if matched is None:
        return None
    sign, digits = matched.groups()
    value = number(digits, decimal_comma=decimal_comma)
    if value is None:
        return None
    made: dict[str, Any] = {}
    if value.token != digits:
        made["extension"] = [{"url": SOURCE_TEXT, "valueString": text.strip()}]
    made["value"] = value
    if sign:
        made["comparator"] = _COMPARATORS[sign]
    return {**made, **quantity_unit(unit, units)}


def measured(text: str, unit: str, *, decimal_comma: bool, units: frozenset[tuple[str, str]] = NONE) -> Measured:
    """What a result's text means, when its sender did not say what type it is."""
    plain = text.strip()
    if not unit.strip() and re.match(r"0[0-9]+\Z", plain):
        return Measured("String", text)  # 007 without a unit is a name, not seven
    made = quantity(plain, unit, decimal_comma=decimal_comma, units=units)
    if made is not None:
        return Measured("Quantity", made)
    if _MEASURE.match(plain) and ("," in plain or _grouped(plain.lstrip("<>=≤≥ "), ".")):
        return Measured("String", text, "value-number-ambiguous")
    if ratio := _RATIO.match(plain):
        one, other = map(Number, ratio.groups())
        return Measured("Ratio", {"numerator": {"value": one}, "denominator": {"value": other}})
    if unit.strip() and not _PADDED.search(plain):
        interval = simple_range(plain, unit, decimal_comma=decimal_comma, units=units)
        if interval is not None:
            return Measured("Range", interval)
    return Measured("String", text)


def simple_range(
    text: str, unit: str, *, decimal_comma: bool, units: frozenset[tuple[str, str]] = NONE
) -> dict[str, Any] | None:
    """``4.0-10.0`` as {low, high}; None for anything else, bounds (``<85``) included.

    A Range is inclusive and has no comparator, so a bound stays in the text that goes with it.
    """
    matched = _RANGE.match(text.strip())
    if matched is None:
        return None
    low, high = (number(part, decimal_comma=decimal_comma) for part in matched.groups())
    if low is None or high is None or low > high:
        return None
    return {"low": {"value": low, **quantity_unit(unit, units)}, "high": {"value": high, **quantity_unit(unit, units)}}
