"""A case as a person tells it in JSON: one order, where it is made, and earlier results; to see how it is judged.

{"order": {"codes": ["http://loinc.org|4548-4"], "unit": "%"},
 "context": {"now": "2026-11-23T09:00:00+07:00", "age": "45 years", "setting": "outpatient", "level": 3},
 "results": [{"taken": "2026-11-13T09:00:00+07:00", "value": "6.5", "unit": "%", "range": ["4.0", "6.0"], "level": 3}]}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, validate

from gateway.errors import PayloadError
from gateway.reuse.forms import AgeField, CodeField
from gateway.reuse.order import Context, OrderedTest, Priority
from gateway.reuse.precedence import SETTINGS, VIET_NAM
from gateway.reuse.result import (
    Identity,
    LaboratoryLevel,
    PriorResult,
    Quantity,
    ReferenceRange,
    SignatureWord,
    Taken,
)
from gateway.reuse.rules import Age, RuleSet
from gateway.tomltext import faults, written

_SOURCE = "told"  # the facility of a result that names none
_number = validate.Regexp(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?\Z", error="A number in quotes is expected")
_level = validate.Range(min=1, max=5)


class _Order(Schema):
    codes = fields.List(CodeField(), required=True, validate=validate.Length(min=1))
    specimen = fields.List(CodeField(), load_default=list)
    method = fields.String(load_default="")
    unit = fields.String(load_default="")
    priority = fields.String(load_default="", validate=validate.OneOf(get_args(Priority)))


class _Context(Schema):
    now = fields.AwareDateTime(required=True, default_timezone=VIET_NAM)
    age = AgeField()
    setting = fields.String(load_default="", validate=validate.OneOf(["", *SETTINGS]))
    conditions = fields.List(fields.String(), load_default=list)
    facility = fields.String(load_default="")
    province = fields.String(load_default="")
    specialty = fields.String(load_default="")
    level = fields.Integer(validate=_level)


class _Result(Schema):
    codes = fields.List(CodeField())  # without any: the order's
    taken = fields.AwareDateTime(default_timezone=VIET_NAM)
    meaning = fields.String(load_default="sampling", validate=validate.OneOf(["sampling", "performance", "unstated"]))
    status = fields.String(load_default="final")
    identity = fields.String(load_default="certain", validate=validate.OneOf(get_args(Identity)))
    signature = fields.String(load_default="valid", validate=validate.OneOf(get_args(SignatureWord)))
    facility = fields.String(load_default=_SOURCE)
    level = fields.Integer(validate=_level)
    value = fields.String(validate=_number)
    comparator = fields.String(load_default="", validate=validate.OneOf(["", "<", "<=", ">", ">="]))
    unit = fields.String(load_default="")
    range = fields.Tuple((fields.String(validate=_number), fields.String(validate=_number)))
    texts = fields.List(fields.String(), load_default=list)
    interpretation = fields.List(fields.String(), load_default=list)
    specimen = fields.List(CodeField(), load_default=list)
    method = fields.String(load_default="")
    notes = fields.List(fields.String(), load_default=list)


class _Case(Schema):
    order = fields.Nested(_Order, required=True)
    context = fields.Nested(_Context, required=True)
    results = fields.List(fields.Nested(_Result), load_default=list)


@dataclass(frozen=True, slots=True)
class Case:
    """What the judge is asked. The quality levels that the case tells stand in the context's rules."""

    order: OrderedTest
    context: Context
    results: tuple[PriorResult, ...]


def case(told: Mapping[str, Any], rules: RuleSet) -> Case:
    """PayloadError ``reuse-case`` where it is written otherwise."""
    try:
        loaded = _Case().load(told)
    except ValidationError as wrong:
        found: dict[str | int, Any] = wrong.normalized_messages()  # type: ignore[no-untyped-call]  # left untyped there
        said = "; ".join(f"{written(where)}: {fault}" for where, fault in faults(found))
        raise PayloadError("reuse-case", error=said) from None
    order = OrderedTest(**_frozen(loaded["order"], "codes", "specimen"))
    now = loaded["context"]["now"]
    since = now.astimezone(VIET_NAM).date() - timedelta(days=365)
    levels = {one["facility"]: _told_level(one["level"], since) for one in loaded["results"] if "level" in one}
    known = replace(rules, laboratories={**rules.laboratories, **levels})
    results = tuple(_result(one, order, at) for at, one in enumerate(loaded["results"], 1))
    return Case(order, _context(loaded["context"], known, since), results)


def born(age: Age, today: date) -> tuple[date, date]:
    """The birth dates that an age leaves open."""
    return replace(age, number=age.number + 1).before(today) + timedelta(days=1), age.before(today)


def _context(told: Mapping[str, Any], rules: RuleSet, since: date) -> Context:
    rest = {name: told[name] for name in ("now", "setting", "facility", "province", "specialty")}
    return Context(
        rules=rules,
        born=born(told["age"], told["now"].astimezone(VIET_NAM).date()) if "age" in told else None,
        conditions=frozenset(told["conditions"]),
        level=_told_level(told["level"], since) if "level" in told else LaboratoryLevel(),
        **rest,
    )


def _told_level(level: int, since: date) -> LaboratoryLevel:
    return LaboratoryLevel(level, assessed=since, source=_SOURCE)


def _result(told: Mapping[str, Any], order: OrderedTest, number: int) -> PriorResult:
    moment: datetime | None = told.get("taken")
    low, high = told.get("range", ("", ""))
    ranges = (ReferenceRange(_quantity(low, told["unit"]), _quantity(high, told["unit"])),) if low else ()
    return PriorResult(
        f"Observation/{number}", 1, frozenset(told["codes"]) if "codes" in told else order.codes, "",
        told["status"], told["identity"], told["signature"], told["facility"],
        taken=Taken(moment, moment, told["meaning"]) if moment else None,
        quantity=_quantity(told["value"], told["unit"], told["comparator"]) if "value" in told else None,
        texts=tuple(told["texts"]), ranges=ranges, interpretation=frozenset(told["interpretation"]),
        specimen=frozenset(told["specimen"]), method=told["method"], notes=tuple(told["notes"]),
    )  # fmt: skip


def _quantity(text: str, unit: str, comparator: str = "") -> Quantity:
    return Quantity(Decimal(text), text, comparator, unit, unit)


def _frozen(told: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: frozenset(value) if name in names else value for name, value in told.items()}
