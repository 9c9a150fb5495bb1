"""Observation with what stands around it → PriorResult. Pure; what a source did not say is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.bundle import CANONICAL, MA_CSKCB, Resource
from gateway.jsontext import Number, dumps
from gateway.reuse.concepts import codes_of, notes_of, words_of
from gateway.reuse.result import Identity, PriorResult, Quantity, ReferenceRange, SignatureWord
from gateway.reuse.taken import effective_of, instant_of, interval_as, taken_of

UCUM = "http://unitsofmeasure.org"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_SOURCE_UNIT = f"{CANONICAL}/StructureDefinition/source-unit"
_LONGER_VALUE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value"
_PLAIN = ("valueString", "valueDateTime", "valueTime")
_WITHDRAWN = frozenset({"entered-in-error", "cancelled"})
_UNFIT = frozenset({"unavailable", "unsatisfactory", "entered-in-error"})  # Specimen.status
# What is said of the patient. What it refers to is left out: the signed copy names it otherwise than the served one,
# and a copy that names its encounter besides corrects nothing.
_SAID = (
    "status", "code", "effectiveDateTime", "effectiveInstant", "effectivePeriod", "effectiveTiming", "dataAbsentReason",
    "interpretation", "note", "method", "bodySite", "referenceRange", "component",
    "started", "modality", "procedureCode", "description", "numberOfInstances", "series",
    "conclusion", "conclusionCode", "presentedForm",
    "type", "collection", "receivedTime", "condition",
)  # fmt: skip
_READING = (f"{CANONICAL}/CodeSystem/reading", "status-inferred")  # gateway.mapping.mapped.parts, adapters.bhyt
_RELEASED = frozenset({"final", "amended", "corrected", "available"})


@dataclass(frozen=True, slots=True)
class Beside:
    """What the gateway knows beside a resource. ``facility``: who signed for it. ``names``: of facilities, by code."""

    version: int
    identity: Identity
    signature: SignatureWord
    facility: str
    exchange: str
    facility_name: str = ""
    amended: bool = False


def prior_result(
    observation: Resource,
    beside: Beside,
    *,
    specimen: Resource | None = None,
    performers: Sequence[Resource] = (),
    reports: Sequence[Resource] = (),
) -> PriorResult:
    """``specimen`` and ``performers`` are what the Observation refers to, as far as it is here; ``reports`` list it."""
    code = observation.get("code", {})
    facility, name = laboratory(performers, beside)
    value = observation.get("valueCodeableConcept")
    taken = taken_of(observation, specimen)
    return PriorResult(
        reference=f"Observation/{observation['id']}",
        version=beside.version,
        codes=codes_of(code),
        name=words_of(code),
        status=observation.get("status", ""),
        identity=beside.identity,
        signature=beside.signature,
        facility=facility,
        facility_name=name,
        taken=taken,
        effective=effective_of(observation) if taken is not None and taken.meaning == "sampling" else None,
        issued=instant_of(observation.get("issued")),
        quantity=_value(observation),
        texts=_texts(observation),
        value_codes=codes_of(value),
        absent=_absent(observation),
        ranges=tuple(_range(one) for one in observation.get("referenceRange", ())),
        interpretation=frozenset(
            code for system, code in codes_of(*observation.get("interpretation", ())) if system == INTERPRETATION
        ),
        specimen=codes_of(specimen.get("type")) if specimen else frozenset(),
        specimen_text=words_of(specimen.get("type"))
        if specimen
        else observation.get("specimen", {}).get("display", ""),
        method=_method(observation),
        amended=beside.amended,
        status_inferred=inferred(observation),
        notes=(
            *notes_of(observation),
            *_of_another(observation),
            *(text for one in reports for text in report_words(one)),
        ),
        specimen_remarks=_remarks(specimen),
        report=f"DiagnosticReport/{reports[0]['id']}" if reports else "",
        exchange=beside.exchange,
    )


def prior_report(report: Resource, beside: Beside, *, performers: Sequence[Resource] = ()) -> PriorResult:
    """A report of an examination whose images nobody told of: all there is of it are its words."""
    facility, name = laboratory(performers, beside)
    when = next((report[one] for one in ("effectiveDateTime", "effectivePeriod") if one in report), None)
    return PriorResult(
        reference=f"DiagnosticReport/{report['id']}",
        version=beside.version,
        codes=codes_of(report.get("code")),
        name=words_of(report.get("code")),
        status=report.get("status", ""),
        identity=beside.identity,
        signature=beside.signature,
        facility=facility,
        facility_name=name,
        taken=interval_as(when, "performance"),
        issued=instant_of(report.get("issued")),
        texts=tuple(text for text in (report.get("conclusion", ""),) if text.strip()),
        amended=beside.amended,
        status_inferred=inferred(report),
        notes=notes_of(report),
        report=f"DiagnosticReport/{report['id']}",
        exchange=beside.exchange,
    )


def inferred(resource: Resource) -> bool:
    """Its status is the gateway's reading of a source that has none."""
    return _READING in codes_of(*resource.get("meta", {}).get("tag", ()))


def corrected(current: Resource, former: Sequence[Resource]) -> bool:
    """A version that had been released said something else of the patient than the current one."""
    now = said(current)
    return any(one.get("status") in _RELEASED and said(one) != now for one in former)


def said(result: Resource) -> bytes:
    """What an Observation, Specimen, ImagingStudy or report says of the patient; the same words, the same bytes."""
    told = {name: result[name] for name in sorted(result) if name in _SAID or name.startswith("value")}
    return dumps(_without_references(told))


def _without_references(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_references(part) for name, part in value.items() if name != "reference"}
    return [_without_references(one) for one in value] if isinstance(value, list) else value


def laboratory(performers: Sequence[Resource], beside: Beside) -> tuple[str, str]:
    """(code, name) of who did it: the one facility the performers name, else who signed; "" where they name several."""
    named = {
        (one["value"], organization.get("name", ""))
        for organization in performers
        for one in organization.get("identifier", ())
        if one.get("system") == MA_CSKCB and one.get("value")
    }
    codes = {code for code, _ in named}
    if not codes or codes == {beside.facility}:
        return beside.facility, beside.facility_name or next((name for _, name in sorted(named)), "")
    if len(codes) > 1:
        return "", ""
    return min(named)


def report_words(report: Resource) -> list[str]:
    """What a report says beside its results, which must not pass silently into reuse."""
    status = report.get("status", "")
    told = [*notes_of(report), report.get("conclusion", "")]
    return [text for text in told if text.strip()] + ([f"DiagnosticReport: {status}"] if status in _WITHDRAWN else [])


def quantity_of(value: Any) -> Quantity | None:
    """A Quantity with the digits it was written with; None for one without a number."""
    number = value.get("value") if isinstance(value, dict) else None
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        return None
    return Quantity(
        number if isinstance(number, Decimal) else Decimal(number),
        number.token if isinstance(number, Number) else str(number),
        comparator=value.get("comparator", ""),
        unit=value.get("code", "") if value.get("system") == UCUM else "",
        unit_text=value.get("unit", "") or (value.get("code", "") if value.get("system") != UCUM else ""),
    )


def _value(observation: Resource) -> Quantity | None:
    if "valueQuantity" in observation:
        return quantity_of(observation["valueQuantity"])
    if "valueInteger" in observation:
        return quantity_of({"value": observation["valueInteger"], "unit": _source_unit(observation)})
    return None


def _texts(observation: Resource) -> tuple[str, ...]:
    """A value that is no number, in words; a panel's components one by one."""
    found = [observation[name] for name in _PLAIN if name in observation]
    if "valueCodeableConcept" in observation:
        found.append(words_of(observation["valueCodeableConcept"]))
    if "valueBoolean" in observation:
        found.append("true" if observation["valueBoolean"] else "false")
    found += [
        _several(observation[name]) for name in ("valueRange", "valueRatio", "valuePeriod") if name in observation
    ]
    for one in observation.get("extension", ()):
        if one.get("url") == _LONGER_VALUE:
            found += [value for name, value in one.items() if name != "url" and isinstance(value, str)]
    for one in observation.get("component", ()):
        said = _value(one)
        words = [_written(said)] if said else list(_texts(one)) or [words_of(one.get("dataAbsentReason"))]
        found.append(f"{words_of(one.get('code'))}: {'; '.join(words)}")
    return tuple(text for text in found if text.strip())


def _several(value: dict[str, Any]) -> str:
    """Range, Ratio or Period: ``low - high``, ``1 : 80``."""
    first, second, between = next(
        (
            one
            for one in (("low", "high", " - "), ("numerator", "denominator", " : "))
            if one[0] in value or one[1] in value
        ),
        ("start", "end", " - "),
    )
    sides = (value.get(first), value.get(second))
    return between.join(side if isinstance(side, str) else _written(quantity_of(side)) for side in sides)


def _written(value: Quantity | None) -> str:
    return "" if value is None else " ".join(f"{value.comparator}{value.text} {value.unit_text or value.unit}".split())


def _absent(observation: Resource) -> str:
    codes = sorted(code for _, code in codes_of(observation.get("dataAbsentReason")))
    return codes[0] if codes else words_of(observation.get("dataAbsentReason"))


def _range(one: dict[str, Any]) -> ReferenceRange:
    return ReferenceRange(quantity_of(one.get("low")), quantity_of(one.get("high")), one.get("text", ""))


def _of_another(observation: Resource) -> list[str]:
    """R4's ``focus``: it is told of the patient and is about a fetus, a donor, an implant. Read as a remark on it."""
    return [one.get("display", "").strip() or "Observation.focus" for one in observation.get("focus", ())]


def _method(observation: Resource) -> str:
    method = observation.get("method", {})
    return str(next((one["code"] for one in method.get("coding", ()) if "code" in one), method.get("text", "")))


def _remarks(specimen: Resource | None) -> tuple[str, ...]:
    """Specimen.note, its condition (haemolysed, clotted, …) and a status that is none of a good sample's."""
    if specimen is None:
        return ()
    condition = [words_of(one) for one in specimen.get("condition", ())]
    status = specimen.get("status", "")
    return tuple(text for text in (*notes_of(specimen), *condition, status if status in _UNFIT else "") if text)


def _source_unit(observation: Resource) -> str:
    units = (one.get("valueString", "") for one in observation.get("extension", ()) if one.get("url") == _SOURCE_UNIT)
    return next(units, "")
