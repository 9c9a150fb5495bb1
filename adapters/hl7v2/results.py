"""OBX and its notes to Observation."""

from __future__ import annotations

from adapters.hl7v2.absent import unknown_code
from adapters.hl7v2.alike import look
from adapters.hl7v2.contradictions import tell_contradictions
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.groups import Result
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.patterns import Examination, Surroundings
from adapters.hl7v2.performers import place_performers
from adapters.hl7v2.report_sections import place_suffix
from adapters.hl7v2.result_units import keep_unit, place_range
from adapters.hl7v2.result_value import VALUE_ATTACHMENT, place_value
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.specimen_links import place_specimens
from adapters.hl7v2.status import place_status
from adapters.hl7v2.sub_ids import place_sub_id
from adapters.hl7v2.surroundings import EFFECTIVE
from gateway.bundle import CANONICAL
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place

RESULT_LIFE = f"{CANONICAL}/CodeSystem/result-life"
FINALISE_EARLIER = "finalise-earlier"  # OBX-11 U without a value: the earlier version's value stands, now final
ALTERNATE_CODES = "http://hl7.org/fhir/StructureDefinition/alternate-codes"
ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def translate_result(
    result: Result, examined: Examination, around: Surroundings, report: Draft | None, identifier: str, scope: Scope
) -> Draft:
    """One Observation: by the pattern of results alike where one is known, else in full."""
    sight = look(result.obx, examined, around, identifier, scope)
    draft = sight.recalled(scope.ledger) if sight is not None else None
    if draft is None:
        before = scope.ledger.counts
        draft = _in_full(result.obx, around, report, identifier, scope)
        if sight is not None:
            sight.learn(draft, before, scope.ledger.counts)
    tell_contradictions(result.obx, draft, scope)
    for note in result.notes:
        if (made := annotation(note, scope)) is not None:
            draft.add("note", made)
    return draft


def _in_full(obx: Segment, around: Surroundings, report: Draft | None, identifier: str, scope: Scope) -> Draft:
    draft = Draft("Observation", identifier)
    draft.put("status", "unknown")
    around.put(draft, "subject", "basedOn", "category")
    _code(obx, draft, scope)
    place(segment_rows("OBX"), obx, {"Observation": draft}, scope, scope.ledger)
    place_value(obx, draft, report, scope)
    place_range(obx, draft, scope)
    keep_unit(obx, draft, scope)
    _status(obx, draft, scope)
    _times(obx, draft, around, scope)
    place_sub_id(obx, draft)
    place_performers(obx, draft, scope)
    around.put(draft, "specimen")
    place_specimens(obx, draft, scope)
    return draft


def _code(obx: Segment, draft: Draft, scope: Scope) -> None:
    value = obx.first(3)
    made = codeable(value, scope) if value is not None else None
    if made is not None:
        draft.place("code", made)
        place_suffix(obx, draft)
    else:
        draft.put("code", unknown_code())
        scope.ledger.hold("required", "hl7v2-code-missing", obx.path(3))


def _status(obx: Segment, draft: Draft, scope: Scope) -> None:
    value = obx.first(11)
    if value is None:
        scope.ledger.hold("required", "hl7v2-status-unknown", obx.path(11))
        return
    if not place_status(draft, value, "hl7v2-observation-status", scope):
        scope.ledger.hold("code-invalid", "hl7v2-status-unknown", value.path)
        return
    if value.peek() == "U" and not obx.said(5):
        tag = {"system": RESULT_LIFE, "code": FINALISE_EARLIER}
        draft.add("meta.tag", Piece(tag, {"code": value.path}))
    if value.peek() == "X":  # cancelled says it all; HL7's map keeps the code beside it
        concept = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0085", "code": value.peek()}]}
        extension = {"url": ALTERNATE_CODES, "valueCodeableConcept": concept}
        draft.add("_status.extension", Piece(extension, {"valueCodeableConcept.coding[0].code": value.path}))
    if not _has_value(draft):
        _absent(obx, value, draft, scope)


def _has_value(draft: Draft) -> bool:
    """True with a value[x], components, or a document as its value."""
    if any(name.startswith("value") for name in draft.resource) or draft.count("component"):
        return True
    return any(one["url"] == VALUE_ATTACHMENT for one in draft.resource.get("extension", ()))


def _absent(obx: Segment, status: Value, draft: Draft, scope: Scope) -> None:
    """Why there is no value: OBX-32, else a status that says so."""
    reason = obx.first(32)
    if reason is not None:
        made = codeable(reason, scope)
        if made is not None:
            draft.place("dataAbsentReason", made)
    elif status.peek() == "N":
        coding = {"system": ABSENT_REASON, "code": "not-asked"}
        draft.place("dataAbsentReason", Piece({"coding": [coding]}, {"coding[0].code": status.path}))


def _times(obx: Segment, draft: Draft, around: Surroundings, scope: Scope) -> None:
    """OBX-14, else the report's own time, which holds for all its results (HL7 v2 section 7.4.2.14)."""
    value = obx.first(14)
    if value is not None:
        try:
            made = date_time(value, scope)
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
        else:
            if made is not None:
                draft.place("effectiveDateTime", made)
    else:
        around.put(draft, *EFFECTIVE)
    around.put(draft, "issued")
