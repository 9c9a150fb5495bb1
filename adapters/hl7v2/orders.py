"""An order's segments to its ServiceRequest, DiagnosticReport and Specimens (SPM, or OBR-15)."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.hl7v2.absent import unknown_code
from adapters.hl7v2.datatypes.moments import mend_period
from adapters.hl7v2.groups import Order, Sample
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.service_request import finish_request, place_numbers
from adapters.hl7v2.status import place_status
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import place

REPORT_NOTE = "http://hl7.org/fhir/StructureDefinition/note"
# OBR fields that describe a specimen; one of them alone makes a Specimen where SPM is missing.
_COLLECTED = "collection.collected"
_SPECIMEN_FIELDS = (9, 10, 14, 15, 39)


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


def translate_order(
    order: Order, patient: Draft, base: tuple[str, ...], request: Draft | None, scope: Scope, *, reported: bool = True
) -> Placed:
    """An order's drafts: ``request``, its report where results are ``reported``, its specimens.

    ``base``: patient, order and specimen number, panel code and occurrence.
    Results alone, and earlier ones told with an order, have no request.
    """
    placed = Placed(request, None, _specimens(order, patient, base, scope), base)
    if reported and order.obr is not None:
        placed.report = Draft("DiagnosticReport", deterministic_id(scope.facility, "DiagnosticReport", *base))
        placed.report.put("subject", patient.reference)
        if request is not None:
            placed.report.put("basedOn", [request.reference])
    _place_rows(order, placed, scope)
    place_numbers(order, [draft for draft in (request, placed.report) if draft is not None], scope)
    if request is not None:
        finish_request(order, request, scope)
    if placed.report is not None and order.obr is not None:
        _finish_report(order, order.obr, placed.report, placed.specimens, scope)
    for specimen in placed.specimens:
        mend_period(specimen, "collection.collectedPeriod", scope.ledger)
    return placed


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
