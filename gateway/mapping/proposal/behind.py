"""What stands behind the numbers of a sample's results, in the same cell: flags, units, or what may be either."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.mapping.mapped.results import NOTHING_INSIDE, Inside, Said, read_value
from gateway.mapping.vocabulary import vocabulary

FLAGS = "table-flag"  # the vocabulary that is proposed for [reading] flags_in_values
UNITS = Inside(units=True)
EITHER = "unit-or-flag"


@dataclass(slots=True)
class Behind:
    """How many different values have a flag behind their number, a unit that is not known, what may be either.
    ``commas``: how many have a decimal comma and something behind their number."""

    flags: int = 0
    units: int = 0
    either: int = 0
    commas: int = 0


def behind(values: Iterable[str]) -> Behind:
    """Of the different values of results; those that are read without being told anything count nowhere."""
    flags = Inside(flags=frozenset(vocabulary(FLAGS).codes))
    found = Behind()
    for value in dict.fromkeys(values):
        comma = "," in value
        plain = _read(value, NOTHING_INSIDE, comma)
        flag = bool(plain.rule) and plain.rule != EITHER and bool(_read(value, flags, comma).flag)
        unit = bool(plain.rule) and plain.rule != EITHER and not flag and not _read(value, UNITS, comma).rule
        found.either += plain.rule == EITHER
        found.flags += flag
        found.units += unit
        found.commas += comma and not value[-1].isdigit() and (flag or unit or not plain.rule)
    return found


def _read(value: str, inside: Inside, comma: bool) -> Said:
    """As a mapping file that says so would have it read, without a unit beside it."""
    return read_value(value, "", comma, frozenset(), inside)
