"""ORC and OBR to ServiceRequest and DiagnosticReport, SPM (or OBR-15) to Specimen."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.hl7v2.datatypes.identifiers import entity_number
from adapters.hl7v2.datatypes.moments import mend_period
from adapters.hl7v2.groups import Order, Sample
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.requester import place_requester
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.status import place_status
from gateway.bundle import Resource, deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import place
from gateway.mapping.vocabulary import vocabulary

REPORT_NOTE = "http://hl7.org/fhir/StructureDefinition/note"
BUSINESS_EVENT = "http://hl7.org/fhir/StructureDefinition/businessEvent"
# OBR fields that describe a specimen; one of them alone makes a Specimen where SPM is missing.
_COLLECTED = "collection.collected"
_SPECIMEN_FIELDS = (9, 10, 14, 15, 39)


def unknown_code() -> Resource:
    """A required code that nobody sent."""
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]}


@dataclass(slots=True)
class Placed:
    """An order as drafts. ``key`` is what the ids of its results begin with."""

    request: Draft | None  # none where the message has results without an order
    report: Draft | None
    specimens: list[Draft] = field(default_factory=list)
    key: tuple[str, ...] = ()

    @property
    def drafts(self) -> list[Draft]:
        return [*(draft for draft in (self.request, self.report) if draft is not None), *self.specimens]


def order_number(order: Order) -> str:
    """Filler's number, else the placer's: what a laboratory calls the order."""
    for number in (3, 2):
        for segment in (order.obr, order.orc):
            value = segment.first(number) if segment is not None else None
            if value is not None and value.peek():
                return value.peek()
    return ""


def service_code(segment: Segment | None, number: int) -> str:
    """What identifies an OBR-4 or OBX-3: its first code, else its words."""
    value = segment.first(number) if segment is not None else None
    if value is None:
        return ""
    return next((text for component in (1, 4, 2, 5, 9) if (text := value.peek(component))), "")


def sample_number(order: Order) -> str:
    """The first specimen's number; "" when none is told."""
    for sample in order.samples:
        for number, component in ((2, 2), (2, 1), (30, 1)):
            value = sample.spm.first(number)
            if value is not None and value.peek(component):
                return value.peek(component)
    return ""


def translate_order(order: Order, patient: Draft, base: tuple[str, ...], scope: Scope) -> Placed:
    """An order's drafts. ``base``: patient, order and specimen number, panel code and occurrence."""
    placed = Placed(_request(order, patient, base, scope), None, _specimens(order, patient, base, scope), base)
    if order.obr is not None and placed.request is not None:
        placed.report = Draft("DiagnosticReport", deterministic_id(scope.facility, "DiagnosticReport", *base))
        placed.report.put("subject", patient.reference)
        placed.report.put("basedOn", [placed.request.reference])
    _place_rows(order, placed, scope)
    _place_numbers(order, placed, scope)
    if placed.request is not None:
        _finish_request(order, placed.request, scope)
    if placed.report is not None and order.obr is not None:
        _finish_report(order, order.obr, placed.report, placed.specimens, scope)
    for specimen in placed.specimens:
        mend_period(specimen, "collection.collectedPeriod", scope.ledger)
    return placed


def _request(order: Order, patient: Draft, base: tuple[str, ...], scope: Scope) -> Draft | None:
    """The ServiceRequest an ORC or OBR speaks of; results alone have none."""
    if order.orc is None and order.obr is None:
        return None
    request = Draft("ServiceRequest", deterministic_id(scope.facility, "ServiceRequest", *base))
    request.put("subject", patient.reference)
    request.put("status", "unknown")
    request.put("intent", "order")
    return request


def _finish_request(order: Order, request: Draft, scope: Scope) -> None:
    _place_request_status(order, request, scope)
    place_requester(order, request, scope)
    if order.reasons:
        request.put("reasonReference", [condition.reference for condition in order.reasons])
    for note in order.order_notes:
        if (made := annotation(note, scope)) is not None:
            request.add("note", made)


def _place_rows(order: Order, placed: Placed, scope: Scope) -> None:
    drafts = {draft.type: draft for draft in (placed.request, placed.report) if draft is not None}
    if len(placed.specimens) == 1:  # with several, OBR does not say which of them it means
        drafts["Specimen"] = placed.specimens[0]
    if order.orc is not None:
        place(segment_rows("ORC"), order.orc, drafts, scope, scope.ledger)
    if order.obr is not None:
        rows = segment_rows("OBR")
        specimen = drafts.get("Specimen")
        if specimen is not None and _collected(specimen):  # SPM-17 says it better than OBR-7 and OBR-8
            rows = tuple(one for one in rows if not (one.draft == "Specimen" and one.row.path.startswith(_COLLECTED)))
        place(rows, order.obr, drafts, scope, scope.ledger)


def _collected(specimen: Draft) -> bool:
    return any(f"{_COLLECTED}{form}" in path for path in specimen.lineage for form in ("DateTime", "Period"))


def _specimens(order: Order, patient: Draft, base: tuple[str, ...], scope: Scope) -> list[Draft]:
    made = []
    for position, sample in enumerate(order.samples, 1):
        made.append(_specimen(sample, patient, (*base, str(position)), scope))
    if not made and order.obr is not None and any(order.obr.said(number) for number in _SPECIMEN_FIELDS):
        draft = Draft("Specimen", deterministic_id(scope.facility, "Specimen", *base, "1"))
        draft.put("subject", patient.reference)
        made.append(draft)
    return made


def _specimen(sample: Sample, patient: Draft, key: tuple[str, ...], scope: Scope) -> Draft:
    draft = Draft("Specimen", deterministic_id(scope.facility, "Specimen", *key))
    draft.put("subject", patient.reference)
    place(segment_rows("SPM"), sample.spm, {"Specimen": draft}, scope, scope.ledger)
    for note in sample.notes:
        if (made := annotation(note, scope)) is not None:
            draft.add("note", made)
    return draft


def _place_numbers(order: Order, placed: Placed, scope: Scope) -> None:
    """Placer and filler numbers, once each though ORC and OBR both carry them, on request and report."""
    for number, kind in ((2, "placer"), (3, "filler")):
        pieces: dict[str, Piece] = {}
        for segment in (order.obr, order.orc):
            for value in segment.said(number) if segment is not None else ():
                made = entity_number(value, scope, kind)
                if made is not None:
                    pieces.setdefault(str(made.value), made)
        for made in pieces.values():
            for draft in (placed.request, placed.report):
                if draft is not None:
                    draft.add("identifier", Piece(dict(made.value), made.sources))


def _place_request_status(order: Order, request: Draft, scope: Scope) -> None:
    """ORC-5, else ORC-1 where it says one; a result alone does not say how its order stands."""
    if order.obr is not None and (value := order.obr.first(11)) is not None and value.peek() == "G":
        value.take()
        request.put("intent", "reflex-order", value.path)
    if order.orc is None:
        return
    status = order.orc.first(5)
    if status is not None:
        place_status(request, status, "hl7v2-order-status", scope)
    control = order.orc.first(1)
    if control is not None:
        target = vocabulary("hl7v2-order-control").translate(control.peek())
        if target is not None and status is None:
            request.put("status", target.code, control.path)
        event = {
            "url": BUSINESS_EVENT,
            "valueCodeableConcept": {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0119", "code": control.take()}]
            },
        }
        request.add("extension", Piece(event, {"valueCodeableConcept.coding[0].code": control.path}))


def _finish_report(order: Order, obr: Segment, report: Draft, specimens: list[Draft], scope: Scope) -> None:
    if report.get("code") is None:
        report.put("code", unknown_code())
        scope.ledger.remark("warning", "required", "hl7v2-code-missing", obr.path(4))
    status = obr.first(25)
    report.put("status", "unknown")
    if status is None:
        scope.ledger.remark("warning", "required", "hl7v2-report-status-missing", obr.path(25))
    elif not place_status(report, status, "hl7v2-report-status", scope):
        scope.ledger.hold("code-invalid", "hl7v2-status-unknown", status.path)
    mend_period(report, "effectivePeriod", scope.ledger)
    for specimen in specimens:
        report.add("specimen", specimen.reference)
    for note in order.notes:
        made = annotation(note, scope)
        if made is not None:
            sources = {f"valueAnnotation.{inner}": source for inner, source in made.sources.items()}
            report.add("extension", Piece({"url": REPORT_NOTE, "valueAnnotation": made.value}, sources))
