"""Answered → a FHIR Parameters: one ``verdict`` a test, with its reasons, its result and the proof. Pure.

https://hl7.org/fhir/R4/parameters.html. A part holds a value, a resource or parts, never two of them (inv-1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from gateway.bundle import MA_CSKCB, Resource
from gateway.jsontext import Number
from gateway.prior.answering import Answered
from gateway.prior.found import Found
from gateway.reuse.reading import UCUM
from gateway.reuse.result import Code, PriorResult, PriorStudy, Quantity, Taken
from gateway.reuse.rules import Rule
from gateway.reuse.series import Point, Shown
from gateway.reuse.verdict import Considered, Reason, ReuseVerdict

Part = dict[str, Any]


def as_parameters(answered: Answered, base: str) -> Resource:
    """``base``: the gateway's own URL, under which the evidence of each exchange is found."""
    spoken = {name for verdict in answered.verdicts for one in verdict.each for name in one.rules}
    rules = {one.id: _parts("rule", _rule(one)) for one in answered.rules.rules if one.id in spoken}
    verdicts = [
        _parts("verdict", _verdict(verdict, count, answered.found, rules, base))
        for verdict, count in zip(answered.verdicts, answered.counted, strict=True)
    ]
    digest = [_part("rules-digest", "String", answered.rules.digest)] if answered.rules.digest else []
    return {
        "resourceType": "Parameters",
        "parameter": [_part("date", "Instant", _instant(answered.at)), *digest, *verdicts],
    }


def _verdict(
    verdict: ReuseVerdict, count: int | None, found: Mapping[str, Found], rules: Mapping[str, Part], base: str
) -> Iterable[Part]:
    yield from _codings("code", verdict.order.codes)
    if verdict.order.reference:
        yield _part("order", "Reference", {"reference": verdict.order.reference})
    yield _part("decision", "Code", verdict.decision)
    yield from (_parts("reason", _reason(one)) for one in verdict.reasons)
    yield from (
        _parts("notice", [_part("en", "String", en), _part("vi", "String", vi)])
        for en, vi in zip(verdict.notices("en"), verdict.notices("vi"), strict=True)
    )
    chosen = found.get(verdict.chosen.reference) if verdict.chosen else None
    if chosen is not None:
        yield {"name": "result", "resource": chosen.served()}
        yield _parts("proof", _proof(chosen, base))
        yield from (_parts("value", _shown(one)) for one in verdict.shown)
    yield from (_parts("considered", _considered(one)) for one in verdict.considered)
    yield from (_parts("member", _verdict(one, None, found, rules, base)) for one in verdict.members)
    if count is not None:
        yield _part("counted", "UnsignedInt", count)
    yield from (_parts("series", _point(one)) for one in verdict.series)
    yield from (rules[name] for name in verdict.rules if name in rules)


def _reason(one: Reason) -> Iterable[Part]:
    yield _part("code", "Code", one.code)
    yield _part("decision", "Code", one.decision)
    yield _part("en", "String", one.text("en"))
    yield _part("vi", "String", one.text("vi"))
    if one.rule:
        yield _part("rule", "String", one.rule)


def _proof(one: Found, base: str) -> Iterable[Part]:
    """Who signed it, with which key, what that comes to now, and where the evidence is."""
    yield _part("signature", "Code", one.prior.signature)
    yield _part("signer", "Identifier", {"system": MA_CSKCB, "value": one.kept.sender})
    if one.kept.kid:
        yield _part("key", "String", one.kept.kid)
        yield _part("evidence", "Url", f"{base}/exchanges/{one.kept.exchange}/evidence")
    yield _part("exchange", "Uri", f"urn:uuid:{one.kept.exchange}")


def _considered(one: Considered) -> Iterable[Part]:
    yield _part("reference", "Reference", {"reference": one.prior.reference})
    yield _part("version", "String", str(one.prior.version))
    yield _part("decision", "Code", one.decision)
    yield from (_part("against", "Code", code) for code in dict.fromkeys(_against(one)))
    yield from _facility(one.prior)
    yield from _taken(one.prior.taken)
    yield _part("signature", "Code", one.prior.signature)
    yield _part("identity", "Code", one.prior.identity)


def _against(one: Considered) -> Iterable[str]:
    """Codes alone: the sentences stand with the verdict, of the result it speaks of."""
    return (each.code for each in one.reasons if each.decision != "reuse")


def _point(one: Point) -> Iterable[Part]:
    yield _part("reference", "Reference", {"reference": one.prior.reference})
    yield from _facility(one.prior)
    yield from _taken(one.prior.taken)
    yield from (_parts("value", _shown(each)) for each in one.shown)
    yield from (_part("text", "String", text) for text in one.prior.texts)
    yield _part("comparable", "Boolean", one.comparable)
    yield _part("signature", "Code", one.prior.signature)


def _shown(one: Shown) -> Iterable[Part]:
    """As the source wrote it; or converted, and then by which row."""
    yield _part("quantity", "Quantity", _quantity(one.value))
    for span in one.ranges:
        sides = {name: _quantity(side) for name, side in (("low", span.low), ("high", span.high)) if side is not None}
        if sides:
            yield _part("range", "Range", {name: _plain(side) for name, side in sides.items()})
        if span.text.strip():
            yield _part("range-text", "String", span.text)
    if one.converted_by:
        yield _part("converted-by", "String", one.converted_by)


def _plain(quantity: dict[str, Any]) -> dict[str, Any]:
    """A SimpleQuantity has no comparator (https://hl7.org/fhir/R4/datatypes.html#SimpleQuantity)."""
    return {name: value for name, value in quantity.items() if name != "comparator"}


def _rule(one: Rule) -> Iterable[Part]:
    yield _part("id", "String", one.id)
    yield _part("list", "String", one.list_name)
    yield _part("layer", "Code", one.layer)
    yield _part("source", "String", one.source)
    yield _part("approved", "Boolean", one.approved)


def _facility(prior: PriorResult | PriorStudy) -> Iterable[Part]:
    if prior.facility:
        named = {"display": prior.facility_name} if prior.facility_name else {}
        yield _part("facility", "Reference", {"identifier": {"system": MA_CSKCB, "value": prior.facility}, **named})


def _taken(taken: Taken | None) -> Iterable[Part]:
    return () if taken is None else _when(taken)


@lru_cache(maxsize=4096)  # results of one order are of one time, and said as looked at and in the course
def _when(taken: Taken) -> tuple[Part, Part]:
    whole = {"start": _instant(taken.earliest), "end": _instant(taken.latest)}
    return _part("taken", "Period", whole), _part("taken-means", "Code", taken.meaning)


def _quantity(value: Quantity) -> dict[str, Any]:
    made: dict[str, Any] = {"value": _number(value.text)}
    if value.comparator:
        made["comparator"] = value.comparator
    if value.unit_text or value.unit:
        made["unit"] = value.unit_text or value.unit
    return made | ({"system": UCUM, "code": value.unit} if value.unit else {})


_number = lru_cache(maxsize=4096)(Number)  # the ends of a range are said of every result


def _codings(name: str, codes: Iterable[Code]) -> Iterable[Part]:
    for system, code in sorted(codes):
        yield _part(name, "Coding", {"system": system, "code": code} if system else {"code": code})


def _instant(when: datetime) -> str:
    """With milliseconds: the end of a second that is left open is its last one."""
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _part(name: str, kind: str, value: Any) -> Part:
    return {"name": name, f"value{kind}": value}


def _parts(name: str, parts: Iterable[Part] | Sequence[Part]) -> Part:
    return {"name": name, "part": list(parts)}
