"""OBX and its notes to Observation."""

from __future__ import annotations

from adapters.hl7v2.alike import look
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.documents import embedded, pointer
from adapters.hl7v2.groups import Result
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.observed import DOCUMENTS, Observed, observe, tell, unit_of
from adapters.hl7v2.orders import unknown_code
from adapters.hl7v2.patterns import Examination, Surroundings
from adapters.hl7v2.performers import place_performers
from adapters.hl7v2.remembered import remembered
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.status import place_status
from adapters.hl7v2.sub_ids import place_sub_id
from adapters.hl7v2.surroundings import EFFECTIVE
from gateway.bundle import CANONICAL
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place
from gateway.mapping.values import simple_range

VALUE_ATTACHMENT = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value"
SOURCE_UNIT = f"{CANONICAL}/StructureDefinition/source-unit"  # valueString: the unit of what is no quantity
RESULT_LIFE = f"{CANONICAL}/CodeSystem/result-life"
FINALISE_EARLIER = "finalise-earlier"  # OBX-11 U without a value: the earlier version's value stands, now final
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
    _value(obx, draft, report, scope)
    _range(obx, draft, scope)
    _keep_unit(obx, draft)
    _status(obx, draft, scope)
    _times(obx, draft, around, scope)
    place_sub_id(obx, draft)
    place_performers(obx, draft, scope)
    around.put(draft, "specimen")
    return draft


def _code(obx: Segment, draft: Draft, scope: Scope) -> None:
    value = obx.first(3)
    made = codeable(value, scope) if value is not None else None
    if made is not None:
        draft.place("code", made)
    else:
        draft.put("code", unknown_code())
        scope.ledger.hold("required", "hl7v2-code-missing", obx.path(3))


def _value(obx: Segment, draft: Draft, report: Draft | None, scope: Scope) -> None:
    kind_value = obx.first(2)
    kind = kind_value.take() if kind_value is not None else ""
    for value in obx.values(5):
        if value.null:
            scope.ledger.hold("value", "hl7v2-value-erased", value.path)
    values = obx.said(5)
    unit = unit_of(obx)
    for value in values:
        if value.cut:
            scope.ledger.hold("value", "hl7v2-value-truncated", value.path)
    try:
        if kind in DOCUMENTS:
            _documents(kind, values, obx, draft, report)
        elif values:
            _place_values(observe(kind, values, unit, scope), values, draft, scope)
    except CannotPlace as why:
        why.clinical = True
        scope.ledger.refuse_field(values[0].path, why)


def _place_values(observed: list[Observed], values: tuple[Value, ...], draft: Draft, scope: Scope) -> None:
    """One value is the Observation's; several are components of the same code, since value[x] is 0..1."""
    for position, one in enumerate(observed):
        path = values[position].path
        tell(one, path, scope.ledger)
        if len(observed) == 1:
            draft.place(f"value{one.element}", one.piece)
        else:
            at = draft.add("component", {"code": draft.get("code")})
            draft.place(f"{at}.value{one.element}", one.piece)


def _documents(kind: str, values: tuple[Value, ...], obx: Segment, draft: Draft, report: Draft | None) -> None:
    title = draft.get("code.coding[0].display") or draft.get("code.text") or ""
    for value in values:
        made = embedded(value, title) if kind == "ED" else pointer(value, title)
        if report is not None:
            report.add("presentedForm", made)
        else:
            sources = {f"valueAttachment.{inner}": source for inner, source in made.sources.items()}
            draft.add("extension", Piece({"url": VALUE_ATTACHMENT, "valueAttachment": made.value}, sources))


def _keep_unit(obx: Segment, draft: Draft) -> None:
    """Where the unit went; its other words, and the unit of what is no quantity, stand in an extension."""
    value = obx.first(6)
    if value is None:
        return
    kept = unit_of(obx)
    used = False
    for path, element in _quantities(draft):
        if element.get("unit") == kept:
            used = True
            for name in ("unit", "system", "code"):
                if name in element:
                    draft.lineage[f"{path}.{name}"] = value.path
    for component in (1, 2, 9):
        text = value.take(component)
        if text and not (used and text == kept):
            extension = {"url": SOURCE_UNIT, "valueString": text}
            source = value.path if value.components == 1 else value.at(component)
            draft.add("extension", Piece(extension, {"valueString": source}))
    if value.peek(3) and used:
        value.take(3)


def _quantities(draft: Draft) -> list[tuple[str, dict[str, object]]]:
    """Every Quantity of the value and of its range, with its path."""
    found: list[tuple[str, dict[str, object]]] = []
    components = enumerate(draft.resource.get("component", ()))
    for at, holder in [("", draft.resource), *((f"component[{index}].", one) for index, one in components)]:
        if "valueQuantity" in holder:
            found.append((f"{at}valueQuantity", holder["valueQuantity"]))
        elif "valueRange" in holder:
            found += ((f"{at}valueRange.{end}", holder["valueRange"][end]) for end in ("low", "high"))
    for index, one in enumerate(draft.resource.get("referenceRange", ())):
        found += ((f"referenceRange[{index}].{end}", one[end]) for end in ("low", "high") if end in one)
    return found


def _range(obx: Segment, draft: Draft, scope: Scope) -> None:
    """The text always; low and high only where the text is two plain numbers (a bound is no Range)."""
    for value in obx.said(7):
        unit = unit_of(obx) if _quantities(draft) else ""
        made = _reference_range(value, scope, unit)
        if made is not None:
            draft.add("referenceRange", made)


@remembered
def _reference_range(value: Value, scope: Scope, unit: str) -> Piece | None:
    text = value.whole().strip()
    interval = simple_range(text, unit, decimal_comma=scope.profile.decimal_comma, units=scope.profile.units)
    return Piece({**(interval or {}), "text": text}, {"": value.path})


def _status(obx: Segment, draft: Draft, scope: Scope) -> None:
    value = obx.first(11)
    if value is None:
        scope.ledger.hold("required", "hl7v2-status-unknown", obx.path(11))
        return
    if not place_status(draft, value, "hl7v2-observation-status", scope):
        scope.ledger.hold("code-invalid", "hl7v2-status-unknown", value.path)
        return
    has_value = any(name.startswith("value") for name in draft.resource) or draft.count("component")
    if value.peek() == "U" and not has_value:
        tag = {"system": RESULT_LIFE, "code": FINALISE_EARLIER}
        draft.add("meta.tag", Piece(tag, {"code": value.path}))
    reason = obx.first(32)
    if has_value:
        return
    if reason is not None:
        made = codeable(reason, scope)
        if made is not None:
            draft.place("dataAbsentReason", made)
    elif value.peek() == "N":
        coding = {"system": ABSENT_REASON, "code": "not-asked"}
        draft.place("dataAbsentReason", Piece({"coding": [coding]}, {"coding[0].code": value.path}))


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
