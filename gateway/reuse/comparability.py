"""Whether the value can be read as the requester's own laboratory would have given it: specimen, method, unit, range.

Another quantity is another question (urea and urea nitrogen, HbA1c in NGSP per cent and in IFCC mmol/mol): it is told,
and never stands for the one ordered.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from gateway.reuse.conversions import converted, converted_range, measurable
from gateway.reuse.order import OrderedTest
from gateway.reuse.precedence import Requirement
from gateway.reuse.reasons import reason
from gateway.reuse.result import Code, PriorResult, Quantity, ReferenceRange
from gateway.reuse.rules import Conversion
from gateway.reuse.verdict import Reason

_BARE = "1"  # UCUM's unity


def comparability_reasons(
    prior: PriorResult, order: OrderedTest, asked: Requirement, rows: tuple[Conversion, ...]
) -> Iterator[Reason]:
    """``rows``: the conversions of the order's group."""
    yield from _specimen(prior, order, asked)
    if asked.method_must_match:
        yield _method(prior, order, asked.asked_by.get("method_must_match", ""))
    if not _has_value(prior):
        yield reason("reuse-no-value")
    elif prior.quantity is not None:
        units = asked.group.units if asked.group is not None else frozenset[str]()
        value, ranges, order = (
            _bare(prior.quantity, units),
            _bare_ranges(prior.ranges, units),
            _bare_order(order, units),
        )
        yield from _unit(value, order, rows, units)
        yield from _range(value, ranges, order, rows)


def same_code(one: frozenset[Code], other: frozenset[Code]) -> bool | None:
    """None where they share no code system, and so cannot be told apart."""
    if not one.isdisjoint(other):
        return True
    return None if {system for system, _ in one}.isdisjoint(system for system, _ in other) else False


def same_text(one: str, other: str) -> bool:
    return plain_text(one) == plain_text(other)


def plain_text(text: str) -> str:
    """Without what typing alone makes different: case, blanks, composed or decomposed letters."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _has_value(prior: PriorResult) -> bool:
    if prior.absent:
        return False
    if prior.quantity is not None:
        return measurable(prior.quantity.number)
    return bool(prior.value_codes) or any(text.strip() for text in prior.texts)


def _specimen(prior: PriorResult, order: OrderedTest, asked: Requirement) -> Iterator[Reason]:
    same, must = same_code(prior.specimen, order.specimen), asked.specimen_must_match
    rule = asked.asked_by.get("specimen_must_match", "")
    if same:
        yield reason("reuse-specimen-same", rule)
    elif must:
        yield reason("reuse-specimen-unknown" if same is None else "reuse-specimen-different", rule)
    elif same is False:
        yield reason("reuse-specimen-other")
    elif order.specimen or order.specimen_unread:
        yield reason("reuse-specimen-unknown")


def _method(prior: PriorResult, order: OrderedTest, rule: str) -> Reason:
    if not prior.method.strip() or not order.method.strip():
        return reason("reuse-method-unknown", rule)
    same = same_text(prior.method, order.method)
    return reason("reuse-method-same" if same else "reuse-method-different", rule)


def _bare(value: Quantity, units: frozenset[str]) -> Quantity:
    """Of a test whose value is a bare number: in one unit, however that is written, unless words stand there."""
    if _BARE in units and (value.unit in units or not (value.unit or value.unit_text.strip())):
        return replace(value, unit=_BARE)
    return value


def _bare_ranges(ranges: tuple[ReferenceRange, ...], units: frozenset[str]) -> tuple[ReferenceRange, ...]:
    if _BARE not in units:
        return ranges
    ends = [[end and _bare(end, units) for end in (one.low, one.high)] for one in ranges]
    return tuple(replace(one, low=low, high=high) for one, (low, high) in zip(ranges, ends, strict=True))


def _bare_order(order: OrderedTest, units: frozenset[str]) -> OrderedTest:
    if _BARE not in units:
        return order
    unit = _BARE if order.unit in units else order.unit
    return replace(order, unit=unit, ranges=_bare_ranges(order.ranges, units))


def _unit(value: Quantity, order: OrderedTest, rows: tuple[Conversion, ...], units: frozenset[str]) -> Iterator[Reason]:
    known = units.union(*((row.unit, row.other) for row in rows)) if units else units
    if not value.unit:
        yield reason("reuse-unit-unknown")
    elif known and value.unit not in known:
        yield reason("reuse-unit-not-comparable", unit=value.unit, other=order.unit or ", ".join(sorted(units)))
    elif order.unit and order.unit != value.unit:
        carried = converted(value, order.unit, rows)
        code = "reuse-unit-not-comparable" if carried is None else "reuse-unit-converted"
        yield reason(code, unit=value.unit, other=order.unit)


def _range(
    value: Quantity, ranges: tuple[ReferenceRange, ...], order: OrderedTest, rows: tuple[Conversion, ...]
) -> Iterator[Reason]:
    """Of a measured value; that of a text is in the text."""
    readable = [one for one in ranges if _readable(one, value.unit)]
    if not readable:
        yield reason("reuse-range-missing")
    elif order.ranges and not any(_same_range(one, other, rows) for one in readable for other in order.ranges):
        yield reason("reuse-range-different")


def _readable(one: ReferenceRange, unit: str) -> bool:
    """Said in words, or with an end in the value's own unit."""
    ends = [end for end in (one.low, one.high) if end is not None]
    return bool(one.text.strip()) if not ends else all(end.unit in ("", unit) for end in ends)


def _same_range(one: ReferenceRange, other: ReferenceRange, rows: tuple[Conversion, ...]) -> bool:
    if one.low is None and one.high is None:
        return other.low is None and other.high is None and same_text(one.text, other.text)
    unit = next((end.unit for end in (other.low, other.high) if end is not None), "")
    carried = converted_range(one, unit, rows)
    return carried is not None and _end(carried.low) == _end(other.low) and _end(carried.high) == _end(other.high)


def _end(end: Quantity | None) -> tuple[object, ...]:
    """Of two ends that are the same: NaN is the same as nothing."""
    if end is None:
        return ()
    return (end.number, end.comparator) if end.number.is_finite() else (object(),)
