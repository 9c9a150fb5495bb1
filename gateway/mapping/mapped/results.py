"""Value, unit and reference range of a result, which only mean something together.

A row gives each its field by its datatype: ``value``, ``unit``, ``range`` (``3,5 - 5,1 mmol/L``, whole), ``low`` and
``high`` (its ends, apart). What stands behind the number in the same field (``5,2 mmol/L``, ``24 h``, ``5.6 H``) is

- a unit where the table of units, or a decision of the facility's, has a row for it. Letters that are also flags
  (``3.1 L``: litres, or low) are one only by such a decision, by the unit's own field, or where the mapping file says
  that units stand in values; then any other word is one too, without a code, but no text with a flag, a range or a
  second number in it;
- a flag where the mapping file names the vocabulary of those that stand in values;
- else nobody's to say: the text stays, and a person looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from gateway.bundle import CANONICAL
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.units import plain_unit, ucum
from gateway.mapping.values import Measured, measured, quantity, simple_range
from gateway.mapping.vocabulary import vocabulary

SOURCE_UNIT = f"{CANONICAL}/StructureDefinition/source-unit"  # valueString: the unit of a value that is no quantity
DATATYPES = frozenset({"value", "unit", "range", "low", "high"})
_UNIT_PARTS = frozenset({"unit", "system", "code"})

# One of another unit beside it, as in a blood pressure, is no unit.
_FRACTION = re.compile(r"/\s*[0-9]")
# What stands in no unit: a comparison, a list, a number with blanks before it that is no power of ten (``/24 h``).
_NO_UNIT = re.compile(r"[;:<>=≤≥±]|(?<![/*^])[\s(\[][-+]?(?!10\s*[*^])[0-9]")
_BETWEEN, _BESIDE_SLASH = re.compile(r"[\s()\[\]]+"), re.compile(r"\s*/\s*(?:[0-9]+\s+)?")
_POWER_BEHIND = re.compile(r"([<>=≤≥]*\s*[-+]?[0-9][0-9.,]*)\s+(10.+)\Z")
_BEHIND = re.compile(r"([<>=≤≥]*\s*[-+]?[0-9][0-9.,]*)\s*([^\s0-9.,:<>=≤≥+-].*)\Z")
_RANGE_BEHIND = re.compile(
    r"([\[(]?\s*)([0-9][0-9.,]*\s*[-–—~]\s*[0-9][0-9.,]*)(\s*[\])]?)\s*([^\s0-9.,:<>=≤≥+-][^;:]*)?\Z"
)

Units = frozenset[tuple[str, str]]


class Inside(NamedTuple):
    """What a mapping file says of its values: that ``units`` stand in them, and which texts in them are ``flags``."""

    units: bool = False
    flags: frozenset[str] = frozenset()


NOTHING_INSIDE = Inside()
UNKNOWN_BEHIND = "value-and-more"


@dataclass(frozen=True, slots=True)
class Said:
    """What a value's text means. ``leaves``: (path, whether the unit said it). ``unit_placed``: the unit beside it
    stands in it, or there is none. ``rule``: why a person must look, "" when all is clear. ``flag``: stands in it."""

    element: str
    value: Any
    leaves: tuple[tuple[str, bool], ...]
    unit_placed: bool
    rule: str
    flag: str = ""


@lru_cache(maxsize=65536)
def read_value(text: str, unit: str, decimal_comma: bool, units: Units, said_inside: Inside = NOTHING_INSIDE) -> Said:
    """What the text means with the unit beside it. Values are shared: never changed by who places one."""
    number, behind = _split(text, units)
    flag = ""
    if not behind:
        meant, inside = measured(text, unit, decimal_comma=decimal_comma, units=units), False
    else:
        own, flag, rule = _behind(behind, unit, units, said_inside)
        inside = bool(own)
        meant = measured(number, own or unit, decimal_comma=decimal_comma, units=units)
        if rule or meant.element != "Quantity":
            meant, inside, flag = Measured("String", text, rule or meant.rule or UNKNOWN_BEHIND), False, ""
    element = f"value{meant.element}"
    leaves = tuple(
        (path, path.rpartition(".")[2] in _UNIT_PARTS and not inside) for path in _leaves(meant.value, element)
    )
    unit_placed = not unit or meant.element in ("Quantity", "Range")
    return Said(element, meant.value, leaves, unit_placed, meant.rule, flag)


def _split(text: str, units: Units) -> tuple[str, str]:
    """A number, and what stands behind it; two empty ones where the text is none of that form."""
    if (power := _POWER_BEHIND.match(text)) and ucum(power[2], units):
        return power[1].strip(), power[2].strip()
    split = _BEHIND.match(text)
    if split is None or _FRACTION.match(split[2]):
        return "", ""
    return split[1].strip(), split[2].strip()


def _behind(text: str, unit: str, units: Units, said_inside: Inside) -> tuple[str, str, str]:
    """(unit, flag, rule) of what stands behind a number, ``unit`` beside it; a rule where nobody can say."""
    known = ucum(text, units)
    plain = text.strip("()[] ")
    flag = text if text in said_inside.flags else plain if plain in said_inside.flags else ""
    if known and not (flag and unit and plain_unit(unit) != plain_unit(text)):
        if unit and plain_unit(unit) != plain_unit(text):
            return "", "", "unit-said-twice"
        sure = unit or said_inside.units or plain_unit(text) in {plain_unit(each) for each, _ in units}
        maybe = flag or (not sure and vocabulary("table-flag").translate(text))
        return ("", "", "unit-or-flag") if maybe else (text, "", "")
    if flag:
        return "", flag, ""
    for one in sorted(said_inside.flags):  # 5.6 mmol/L H
        for written in (one, f"({one})", f"[{one}]"):
            rest = text.removesuffix(written)
            if rest != text and (rest.endswith(" ") or not written[0].isalnum()) and ucum(rest, units):
                return _unless_twice(rest.strip(), unit, one)
    if said_inside.units and _may_be_a_unit(text, said_inside.flags):
        return _unless_twice(text, unit)
    return "", "", UNKNOWN_BEHIND


def _may_be_a_unit(text: str, flags: frozenset[str]) -> bool:
    """Not where a flag, a range or a second number stands in it: they would be lost in a unit nobody reads."""
    if _NO_UNIT.search(text) or not any(one.isalpha() or one in "%‰°" for one in text):
        return False
    known = flags.union(vocabulary("table-flag").codes)
    pieces = _BETWEEN.split(_BESIDE_SLASH.sub("/", text))
    if any(one in known or one.rstrip("*↑↓") != one for one in pieces):
        return False
    return not any(" " in one and one in text for one in known)  # Bình thường


def _unless_twice(own: str, beside: str, flag: str = "") -> tuple[str, str, str]:
    return (own, flag, "") if plain_unit(beside) in ("", plain_unit(own)) else ("", "", "unit-said-twice")


def _leaves(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, (dict, list)):
                yield from _leaves(part, f"{path}.{name}")
            else:
                yield f"{path}.{name}"
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
