"""The course of one test over all facilities, oldest first: each value as its source wrote it, and as it compares.

Nothing is converted silently: a converted value stands beside the source's and names its row. What cannot be compared
with the unit asked for stays in the series, marked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.reuse.conversions import converted, converted_range, row_between
from gateway.reuse.result import PriorResult, Quantity, ReferenceRange
from gateway.reuse.rules import Conversion
from gateway.reuse.standing import newness


@dataclass(frozen=True, slots=True)
class Shown:
    """A value with its ranges, in one unit. ``converted_by``: the source of the row, "" for the source's own words."""

    value: Quantity
    ranges: tuple[ReferenceRange, ...]
    converted_by: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One result of a series. ``shown``: as its source wrote it, then converted; empty where it is no number.

    ``comparable``: it has a value in the unit of the series, by measurement or by a row.
    """

    prior: PriorResult
    shown: tuple[Shown, ...]
    comparable: bool


def shown_both_ways(prior: PriorResult, unit: str, rows: tuple[Conversion, ...]) -> tuple[Shown, ...]:
    """The result's own words first; then, where a row leads to ``unit``, the value in it."""
    if prior.quantity is None:
        return ()
    own = Shown(prior.quantity, prior.ranges)
    value = converted(prior.quantity, unit, rows)
    row = row_between(prior.quantity.unit, unit, rows)
    if value is None or row is None:
        return (own,)
    ranges = tuple(one for each in prior.ranges if (one := converted_range(each, unit, rows)) is not None)
    return own, Shown(value, ranges, row.source)


def series(priors: Iterable[PriorResult], unit: str, rows: tuple[Conversion, ...]) -> tuple[Point, ...]:
    """``priors``: those that stand, in any order. ``unit``: the requester's, else that of the newest value."""
    told = sorted(priors, key=newness)
    unit = unit or next((one.quantity.unit for one in reversed(told) if one.quantity and one.quantity.unit), "")
    return tuple(_point(one, unit, rows) for one in told)


def _point(prior: PriorResult, unit: str, rows: tuple[Conversion, ...]) -> Point:
    shown = shown_both_ways(prior, unit, rows)
    return Point(prior, shown, bool(unit) and any(one.value.unit == unit for one in shown))
