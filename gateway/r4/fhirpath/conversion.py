"""Functions from one kind of value to another. http://hl7.org/fhirpath/2018Sep/#conversion

What does not convert gives nothing; ``convertsToX()`` asks whether it would.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gateway.r4.fhirpath.expression import one
from gateway.r4.fhirpath.families import Table, of_item, test
from gateway.r4.fhirpath.nodes import Collection, Node, content
from gateway.r4.fhirpath.values import CALENDAR_WORDS, Quantity, Temporal, as_quantity, is_number

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,28}(?:\.[0-9]{1,28})?\Z")
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?\Z")
_TIME_TEXT = r"[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_TIME = re.compile(rf"{_TIME_TEXT}\Z")
_DATETIME = re.compile(
    rf"[0-9]{{4}}(?:-[0-9]{{2}}(?:-[0-9]{{2}}(?:T(?:{_TIME_TEXT}(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?)?)?)?\Z"
)
_QUANTITY = re.compile(r"([+-]?[0-9]{1,28}(?:\.[0-9]{1,28})?)\s*(?:'([^']+)'|([A-Za-z]+))?\Z")
_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})
_FURTHEST = 40  # digits before or after the point of a decimal written out


def _boolean(item: Any) -> bool | None:
    value = content(item)
    if isinstance(value, str):
        return True if value.lower() in _TRUE else False if value.lower() in _FALSE else None
    if isinstance(value, bool):
        return value
    return bool(value) if is_number(value) and value in (0, 1) else None


def _integer(item: Any) -> int | None:
    value = content(item)
    if isinstance(value, bool | int):
        return int(value)
    return int(value) if isinstance(value, str) and _INTEGER.match(value) else None


def _decimal(item: Any) -> int | Decimal | None:
    value = content(item)
    if isinstance(value, bool):
        return int(value)
    if is_number(value):
        found: int | Decimal = value
        return found
    return Decimal(value) if isinstance(value, str) and _DECIMAL.match(value) else None


def _text(item: Any) -> str | None:
    value = content(item)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Quantity):
        number = _number_text(value.value)
        return None if number is None else f"{number} '{value.unit}'"
    if isinstance(item, Node) and isinstance(value, dict) and "Quantity" in item.type.ancestors:
        quantity = as_quantity(value)
        return _text(quantity) if quantity is not None else None
    return _number_text(value) if is_number(value) else None


def _number_text(value: int | Decimal) -> str | None:
    """Its digits without an exponent."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**_FURTHEST else None
    return f"{value:f}" if -_FURTHEST < value.adjusted() < _FURTHEST and len(value.as_tuple().digits) < 80 else None


def _temporal(kind: str, form: re.Pattern[str]) -> Callable[[Any], Temporal | None]:
    def convert(item: Any) -> Temporal | None:
        value = content(item)
        if not isinstance(value, str):
            return None
        text = value[:10] if kind == "date" and _DATETIME.match(value) else value
        return Temporal(text, kind) if form.match(text) else None

    return convert


def _quantity(item: Any) -> Quantity | None:
    value = content(item)
    if isinstance(value, bool):
        return Quantity(int(value))
    if is_number(value):
        return Quantity(value)
    match = _QUANTITY.match(value) if isinstance(value, str) else None
    if match is None:
        return as_quantity(value)
    if match[3] and match[3] not in CALENDAR_WORDS:
        return None
    return Quantity(Decimal(match[1]), match[2] or (CALENDAR_WORDS[match[3]] if match[3] else "1"))


def _converts(convert: Callable[[Any], Any]) -> Callable[[Collection], bool | None]:
    return lambda items: convert(one(items)) is not None if items else None


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "Boolean": _boolean,
    "Integer": _integer,
    "Decimal": _decimal,
    "String": _text,
    "Date": _temporal("date", _DATE),
    "DateTime": _temporal("dateTime", _DATETIME),
    "Time": _temporal("time", _TIME),
    "Quantity": _quantity,
}
CONVERSION: Table = {
    **{f"to{name}": of_item(convert) for name, convert in _CONVERSIONS.items()},
    **{f"convertsTo{name}": test(_converts(convert)) for name, convert in _CONVERSIONS.items()},
}
