"""OBX and its notes to Observation."""

from __future__ import annotations

from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.documents import embedded, pointer
from adapters.hl7v2.groups import Order, Result
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.observed import DOCUMENTS, Observed, observe
from adapters.hl7v2.orders import UNKNOWN_CODE, Placed
from adapters.hl7v2.performers import place_performers
from adapters.hl7v2.remembered import remembered
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.status import place_status
from gateway.bundle import CANONICAL, deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place
from gateway.mapping.values import simple_range
from gateway.mapping.vocabulary import vocabulary

SUB_ID = "http://hl7.org/fhir/StructureDefinition/observation-v2-subid"
VALUE_ATTACHMENT = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value"
SOURCE_UNIT = f"{CANONICAL}/StructureDefinition/source-unit"  # valueString: the unit of what is no quantity
RESULT_LIFE = f"{CANONICAL}/CodeSystem/result-life"
FINALISE_EARLIER = "finalise-earlier"  # OBX-11 U without a value: the earlier version's value stands, now final
ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def translate_result(
    result: Result, order: Order, placed: Placed, patient: Draft, key: tuple[str, ...], scope: Scope
) -> Draft:
    """One Observation; ``key`` names it within the facility."""
    obx = result.obx
    draft = Draft("Observation", deterministic_id(scope.facility, "Observation", *key))
    draft.put("status", "unknown")
    draft.put("subject", patient.reference)
    if placed.request is not None:
        draft.put("basedOn", [placed.request.reference])
    _category(order, draft, scope)
    _code(obx, draft, scope)
    place(segment_rows("OBX"), obx, {"Observation": draft}, scope, scope.ledger)
    _value(obx, draft, placed.report, scope)
    _range(obx, draft, scope)
    _keep_unit(obx, draft)
    _status(obx, draft, scope)
    _times(obx, order, draft, placed.report, scope)
    _sub_id(obx, draft)
    place_performers(obx, draft, scope)
    _specimen(result, draft, placed)
    for note in result.notes:
        if (made := annotation(note, scope)) is not None:
            draft.add("note", made)
    return draft


def _code(obx: Segment, draft: Draft, scope: Scope) -> None:
    value = obx.first(3)
    made = codeable(value, scope) if value is not None else None
    if made is not None:
        draft.place("code", made)
    else:
        draft.put("code", UNKNOWN_CODE)
        scope.ledger.hold("required", "hl7v2-code-missing", obx.path(3))


def _category(order: Order, draft: Draft, scope: Scope) -> None:
    value = order.obr.first(24) if order.obr is not None else None
    made = _section(value.alone(value.path), scope) if value is not None else None  # it was not taken for this
    if made is not None:
        draft.add("category", made)


@remembered
def _section(value: Value, _scope: Scope) -> Piece | None:
    target = vocabulary("hl7v2-section-category").translate(value.peek())
    return Piece({"coding": [target.as_fhir()]}, {"": value.path}) if target is not None else None


def _value(obx: Segment, draft: Draft, report: Draft | None, scope: Scope) -> None:
    kind_value = obx.first(2)
    kind = kind_value.take() if kind_value is not None else ""
    for value in obx.values(5):
        if value.null:
            scope.ledger.hold("value", "hl7v2-value-erased", value.path)
    values = obx.said(5)
    unit = _unit(obx)
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
        if one.remark:
            scope.ledger.remark("information", "value", one.remark, path)
        if one.hold:
            scope.ledger.hold("value", one.hold, path)
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


def _unit(obx: Segment) -> str:
    """The unit as the sender writes it: its code, else its words."""
    value = obx.first(6)
    if value is None:
        return ""
    return value.peek(1) or value.peek(2) or value.peek(9)


def _keep_unit(obx: Segment, draft: Draft) -> None:
    """Where the unit went; its other words, and the unit of what is no quantity, stand in an extension."""
    value = obx.first(6)
    if value is None:
        return
    kept = _unit(obx)
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
        unit = _unit(obx) if _quantities(draft) else ""
        made = _reference_range(value, scope, unit)
        if made is not None:
            draft.add("referenceRange", made)


@remembered
def _reference_range(value: Value, scope: Scope, unit: str) -> Piece | None:
    text = value.whole().strip()
    interval = simple_range(text, unit, decimal_comma=scope.profile.decimal_comma)
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


def _times(obx: Segment, order: Order, draft: Draft, report: Draft | None, scope: Scope) -> None:
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
    elif report is not None:
        for name in ("effectiveDateTime", "effectivePeriod"):
            _copy(report, draft, name)
    if report is not None:
        _copy(report, draft, "issued")


def _copy(report: Draft, draft: Draft, name: str) -> None:
    """An element of the report that holds for the result too, with its lineage."""
    value = report.resource.get(name)
    if isinstance(value, str):
        draft.put(name, value, report.lineage.get(name, ""))
    elif value is not None:
        draft.resource[name] = dict(value)
        for path, source in report.lineage.items():
            if path.startswith(f"{name}."):
                draft.lineage[path] = source


def _sub_id(obx: Segment, draft: Draft) -> None:
    value = obx.first(4)
    if value is not None:
        inner = {"url": "original-sub-identifier", "valueString": value.whole().strip()}
        extension = {"url": SUB_ID, "extension": [inner]}
        draft.add("extension", Piece(extension, {"extension[0].valueString": value.path}))


def _specimen(result: Result, draft: Draft, placed: Placed) -> None:
    if result.specimen is not None and result.specimen < len(placed.specimens):
        draft.put("specimen", placed.specimens[result.specimen].reference)
    elif len(placed.specimens) == 1:
        draft.put("specimen", placed.specimens[0].reference)
