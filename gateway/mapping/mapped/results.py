"""Value, unit and reference range of a result, which only mean something together.

A row gives each its field by its datatype: ``value``, ``unit``, ``range`` (``3,5 - 5,1 mmol/L``, whole), ``low`` and
``high`` (its ends, apart). A unit may stand behind the number in one field (``5,2 mmol/L``): it is one only if the
table of units, or a decision of the facility's, has a row for it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from gateway.bundle import CANONICAL
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.units import plain_unit, ucum
from gateway.mapping.values import Measured, measured, quantity, simple_range

SOURCE_UNIT = f"{CANONICAL}/StructureDefinition/source-unit"  # valueString: the unit of a value that is no quantity
DATATYPES = frozenset({"value", "unit", "range", "low", "high"})
UNIT_PARTS = frozenset({"unit", "system", "code"})

_BEHIND = re.compile(r"([<>=≤≥]*\s*[-+]?[0-9][0-9.,]*)\s*([^\s0-9.,:<>=≤≥+-].*)\Z")
_RANGE_BEHIND = re.compile(
    r"([\[(]?\s*)([0-9][0-9.,]*\s*[-–—~]\s*[0-9][0-9.,]*)(\s*[\])]?)\s*([^\s0-9.,:<>=≤≥+-][^;:]*)?\Z"
)

Units = frozenset[tuple[str, str]]


@lru_cache(maxsize=16384)
def read_value(text: str, unit: str, decimal_comma: bool, units: Units) -> tuple[Measured, str]:
    """What the text means with the unit beside it, and the unit that stands in the text itself, "" if none.

    Values are shared: whoever places one copies it.
    """
    if (split := _BEHIND.match(text)) and (behind := split[2].strip()) and ucum(behind, units):
        if unit and plain_unit(unit) != plain_unit(behind):
            return Measured("String", text, "unit-said-twice"), behind
        made = measured(split[1].strip(), behind, decimal_comma=decimal_comma, units=units)
        if made.element == "Quantity":
            return made, behind
    return measured(text, unit, decimal_comma=decimal_comma, units=units), ""


@lru_cache(maxsize=16384)
def read_range(text: str, unit: str, decimal_comma: bool, units: Units) -> tuple[dict[str, Any], str]:
    """A referenceRange: the text whole, and its ends where they are two numbers in the result's unit; a rule's name
    for why a person should know that they are not, "" when they are or the text is none of that form."""
    made: dict[str, Any] = {"text": text}
    split = _RANGE_BEHIND.match(text)
    if split is None or bool(split[1].strip()) != bool(split[3].strip()):
        return made, ""
    behind = (split[4] or "").strip()
    if behind and unit and plain_unit(behind) != plain_unit(unit):
        return made, "range-unit-differs"
    plain = re.sub("[—~]", "-", split[2])
    ends = simple_range(plain, unit or behind, decimal_comma=decimal_comma, units=units)
    return (made, "range-unread") if ends is None else ({**ends, **made}, "")


def read_end(text: str, unit: str, decimal_comma: bool, units: Units) -> dict[str, Any]:
    """One end of a range, a number without ``<`` or ``>``; CannotPlace for anything else."""
    made = quantity(text, unit, decimal_comma=decimal_comma, units=units)
    if made is None or "comparator" in made:
        raise CannotPlace("value-number-ambiguous")
    return made
