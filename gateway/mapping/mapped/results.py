"""Value, unit and reference range of a result, which only mean something together.

A row gives each its field by its datatype: ``value``, ``unit``, ``range`` (``3,5 - 5,1 mmol/L``, whole), ``low`` and
``high`` (its ends, apart). A unit may stand behind the number in one field (``5,2 mmol/L``): it is one only if the
table of units, or a decision of the facility's, has a row for it. Letters that are also flags (``3.1 L``: litres, or
low) are one only where the unit's own field says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gateway.bundle import CANONICAL
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.units import plain_unit, ucum
from gateway.mapping.values import Measured, measured, quantity, simple_range
from gateway.mapping.vocabulary import vocabulary

SOURCE_UNIT = f"{CANONICAL}/StructureDefinition/source-unit"  # valueString: the unit of a value that is no quantity
DATATYPES = frozenset({"value", "unit", "range", "low", "high"})
_UNIT_PARTS = frozenset({"unit", "system", "code"})

_BEHIND = re.compile(r"([<>=≤≥]*\s*[-+]?[0-9][0-9.,]*)\s*([^\s0-9.,:<>=≤≥+-].*)\Z")
_RANGE_BEHIND = re.compile(
    r"([\[(]?\s*)([0-9][0-9.,]*\s*[-–—~]\s*[0-9][0-9.,]*)(\s*[\])]?)\s*([^\s0-9.,:<>=≤≥+-][^;:]*)?\Z"
)

Units = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Said:
    """What a value's text means. ``leaves``: (path, whether the unit said it). ``unit_placed``: the unit beside it
    stands in it, or there is none. ``rule``: why a person must look, "" when all is clear."""

    element: str
    value: Any
    leaves: tuple[tuple[str, bool], ...]
    unit_placed: bool
    rule: str


@lru_cache(maxsize=65536)
def read_value(text: str, unit: str, decimal_comma: bool, units: Units) -> Said:
    """What the text means with the unit beside it. Values are shared: never changed by who places one."""
    meant, inside = _meaning(text, unit, decimal_comma, units)
    element = f"value{meant.element}"
    leaves = tuple(
        (path, path.rpartition(".")[2] in _UNIT_PARTS and not inside) for path in _leaves(meant.value, element)
    )
    return Said(element, meant.value, leaves, not unit or meant.element in ("Quantity", "Range"), meant.rule)


def _meaning(text: str, unit: str, decimal_comma: bool, units: Units) -> tuple[Measured, bool]:
    """(what it means, whether the unit stands in the text itself)."""
    if (split := _BEHIND.match(text)) and (behind := split[2].strip()) and ucum(behind, units):
        if unit and plain_unit(unit) != plain_unit(behind):
            return Measured("String", text, "unit-said-twice"), True
        if not unit and vocabulary("table-flag").translate(behind):
            return Measured("String", text, "unit-or-flag"), True
        made = measured(split[1].strip(), behind, decimal_comma=decimal_comma, units=units)
        if made.element == "Quantity":
            return made, True
    return measured(text, unit, decimal_comma=decimal_comma, units=units), False


def _leaves(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _leaves({name: part[name] for name in part if name != "url"}, f"{path}[{index}]")
    else:
        yield path


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
