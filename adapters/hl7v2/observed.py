"""OBX-5 to value[x], by the type OBX-2 names.

HL7's map is honoured but for its rows on SN, which contradict each other (a comparator
beside a ratio is put on the numerator, which turns ">1:128" into "more than 1, to 128");
here a form FHIR cannot carry stays text. A comparator is never moved, dropped or turned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.moments import clock, date_time, period
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.text_lines import field_path, text_of
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.units import quotient
from gateway.mapping.values import measured, quantity, simple_range

_TEN = re.compile(r"[x×*.]?\s*10\Z", re.IGNORECASE)
_POWER = re.compile(r"-?[0-9]{1,2}(?:[^0-9].*)?\Z")
_BOUND = re.compile(r"(?:<=|>=|<|>)\Z")


@dataclass(slots=True)
class Observed:
    """``element``: the suffix of value[x]; ``hold``: the rule by which a person must look, "" for none."""

    element: str
    piece: Piece
    remark: str = ""
    hold: str = ""


def unit_of(obx: Segment) -> str:
    """The unit as the sender writes it: its code, else its words; ``10^9/L`` whole, though its mark is a delimiter."""
    value = obx.first(6)
    if value is None:
        return ""
    if is_power(value):
        return f"{value.peek(1)}^{value.peek(2)}"
    return value.peek(1) or value.peek(2) or value.peek(9)


def is_power(value: Value) -> bool:
    """True where a unit's first two components are ten and its power: no unit is called 10, and none 9/L."""
    return bool(_TEN.match(value.peek(1)) and _POWER.match(value.peek(2)))


def tell(observed: Observed, path: str, ledger: Ledger) -> None:
    """What there is to say of a value."""
    if observed.remark:
        ledger.remark("information", "value", observed.remark, path)
    if observed.hold:
        ledger.hold("value", observed.hold, path)


def observe(kind: str, values: Sequence[Value], unit: str, scope: Scope) -> list[Observed]:
    """The values of an OBX-5. Repetitions of TX and FT are lines of one text; of anything else, values of their own."""
    if kind in ("TX", "FT"):
        return [_lines(values)]
    if kind == "ST" and not unit:
        return [_text(value, unit, scope) for value in values]
    return [_one(kind, value, unit, scope) for value in values]


def _one(kind: str, value: Value, unit: str, scope: Scope) -> Observed:
    reader = _READERS.get(kind)
    if reader is None:
        return Observed("String", _words(value), hold="hl7v2-result-type-unknown")
    return reader(value, unit, scope)


def _lines(values: Sequence[Value]) -> Observed:
    return Observed("String", Piece.of(text_of(values), field_path(values)))


def _words(value: Value) -> Piece:
    return Piece.of(value.whole(), value.path)


def _number(value: Value, unit: str, scope: Scope) -> Observed:
    """NM: a number; a bound is kept as a bound, words as words."""
    text = value.whole()
    comma = scope.profile.decimal_comma
    made = quantity(text, unit, decimal_comma=comma, units=scope.profile.units)
    if made is not None:
        return Observed(
            "Quantity", Piece.of(made, value.path), "hl7v2-value-with-comparator" if "comparator" in made else ""
        )
    rule = measured(text, unit or "1", decimal_comma=comma).rule
    return Observed("String", Piece.of(text, value.path), "" if rule else "hl7v2-value-not-numeric", rule)


def _string(value: Value, unit: str, scope: Scope) -> Observed:
    """ST with a unit: what its text means."""
    made = measured(value.whole(), unit, decimal_comma=scope.profile.decimal_comma, units=scope.profile.units)
    return Observed(made.element, Piece.of(made.value, value.path), hold=made.rule)


def _structured(value: Value, unit: str, scope: Scope) -> Observed:
    """SN: comparator, number, separator, number."""
    comparator, first, separator, second = (value.peek(component) for component in (1, 2, 3, 4))
    comma = scope.profile.decimal_comma
    marks = not comparator or first[:1].isdigit() or first[:1] in "-.,"  # one mark alone: "=" before "<5" is none
    if first and marks and not separator and not second and (comparator in ("", "=") or _BOUND.match(comparator)):
        bound = comparator if comparator != "=" else ""
        made = quantity(f"{bound}{first}", unit, decimal_comma=comma, units=scope.profile.units)
        if made is not None:
            for component in (1, 2):
                value.take(component)
            sources = {name: value.at(1 if name == "comparator" and comparator else 2) for name in made}
            return Observed("Quantity", Piece(made, sources))
        return _structured_text(value, measured(f"{bound}{first}", unit or "1", decimal_comma=comma).rule)
    if not comparator and first and second and separator in (":", "/"):
        numerator, denominator = (quantity(part, "", decimal_comma=comma) for part in (first, second))
        if numerator is not None and denominator is not None and "comparator" not in {**numerator, **denominator}:
            # 30 to 1 in mg/g is 30 mg in 1 g; a titre of 1:128 with IU/mL beside it is no 1 IU in 128 mL
            above, below = quotient(unit, scope.profile.units) if denominator["value"] == 1 else ({}, {})
            return _between(value, "Ratio", "numerator", numerator | above, "denominator", denominator | below)
    if not comparator and first and second and separator == "-":
        interval = simple_range(f"{first}-{second}", unit, decimal_comma=comma, units=scope.profile.units)
        if interval is not None:
            return _between(value, "Range", "low", interval["low"], "high", interval["high"])
    return _structured_text(value, "")


def _between(value: Value, element: str, first: str, one: object, second: str, other: object) -> Observed:
    for component in (2, 3, 4):
        value.take(component)
    return Observed(element, Piece({first: one, second: other}, {first: value.at(2), second: value.at(4)}))


def _structured_text(value: Value, rule: str) -> Observed:
    text = "".join(value.take_all(component) for component in range(1, value.components + 1))
    return Observed("String", Piece.of(text, value.path), "hl7v2-structured-as-text", rule)


def _coded(value: Value, _unit: str, scope: Scope) -> Observed:
    made = codeable(value, scope)
    if made is None:
        raise CannotPlace("hl7v2-value-malformed", clinical=True)
    return Observed("CodeableConcept", made)


def _moment(value: Value, _unit: str, scope: Scope) -> Observed:
    made = date_time(value, scope)
    if made is None:
        raise CannotPlace("time-impossible", clinical=True)
    return Observed("DateTime", made)


def _clock(value: Value, _unit: str, _scope: Scope) -> Observed:
    made = clock(value)
    if made is None:
        raise CannotPlace("time-impossible", clinical=True)
    return Observed("Time", made)


def _period(value: Value, _unit: str, scope: Scope) -> Observed:
    made = period(value, scope)
    if made is None:
        raise CannotPlace("time-impossible", clinical=True)
    return Observed("Period", made)


def _interval(value: Value, unit: str, scope: Scope) -> Observed:
    """NR: low and high."""
    comma, units = scope.profile.decimal_comma, scope.profile.units
    made = simple_range(f"{value.peek(1)}-{value.peek(2)}", unit, decimal_comma=comma, units=units)
    if made is None:
        return Observed("String", _words(value), "hl7v2-structured-as-text")
    value.take(1)
    value.take(2)
    return Observed("Range", Piece(made, {"low": value.at(1), "high": value.at(2)}))


def _array(value: Value, _unit: str, _scope: Scope) -> Observed:
    """NA: SampledData needs an origin and a period, which NA does not carry."""
    return Observed("String", _words(value), "hl7v2-array-as-text")


def _values_between(value: Value, _unit: str, _scope: Scope) -> Observed:
    """VR: the first and the last of a range of values, as text."""
    first, last = value.take_all(1), value.take_all(2)
    return Observed("String", Piece.of(f"{first}-{last}", value.path))


def _entity(value: Value, _unit: str, _scope: Scope) -> Observed:
    """EI and other identifiers: R4's Observation has no Identifier as its value."""
    return Observed("String", _words(value), "hl7v2-structured-as-text" if value.components > 1 else "")


def _text(value: Value, _unit: str, _scope: Scope) -> Observed:
    return Observed("String", _words(value))


_READERS: dict[str, Callable[[Value, str, Scope], Observed]] = {
    "NM": _number,
    "SN": _structured,
    "ST": _string,
    "TX": _text,
    "FT": _text,
    **dict.fromkeys(("CE", "CWE", "CNE", "CF", "IS", "ID"), _coded),
    **dict.fromkeys(("DT", "TS", "DTM"), _moment),
    "TM": _clock,
    "DR": _period,
    "NR": _interval,
    "NA": _array,
    "VR": _values_between,
    "EI": _entity,
}
DOCUMENTS = frozenset({"ED", "RP"})
