"""OBX-5 to the value of an Observation, to its components, or, for a document, to its report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.hl7v2.absent import absent
from adapters.hl7v2.copies import copier
from adapters.hl7v2.documents import begins_pdf, embedded, in_pieces, pointer, without_data
from adapters.hl7v2.observed import DOCUMENTS, Observed, observe, tell, unit_of
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace

VALUE_ATTACHMENT = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value"
_WITHDRAWN = frozenset({"D", "W", "X"})  # HL7 table 0085: deleted, wrong, cannot be obtained
_NUMBERS = frozenset({"NM", "SN", "ST", "NR"})
TEXTS = frozenset({"ST", "TX", "FT"})  # in which some senders write a PDF


def place_value(obx: Segment, draft: Draft, report: Draft | None, scope: Scope) -> None:
    """What cannot be placed is listed and holds the exchange."""
    kind_value = obx.first(2)
    kind = kind_value.take() if kind_value is not None else ""
    for value in obx.values(5):
        if value.null:
            scope.ledger.hold("value", "hl7v2-value-erased", value.path)
    values = obx.said(5)
    unit = unit_of(obx)
    if begins_empty(kind, values):
        scope.ledger.hold("value", "hl7v2-value-begins-empty", values[0].path)
    for value in values:
        if value.cut:
            scope.ledger.hold("value", "hl7v2-value-truncated", value.path)
    try:
        if kind in DOCUMENTS or in_one(kind, values):
            made = _documents(kind, values, draft)
            if withdrawn := obx.text(11) in _WITHDRAWN:
                _list_withdrawn(made, scope)
                if report is not None:
                    _take_back(draft, report)
            _put_documents(made, draft, report, withdrawn=withdrawn)
        elif values:
            _place_values(observe(kind, values, unit, scope), values, draft, scope)
    except CannotPlace as why:
        why.clinical = True
        scope.ledger.refuse_field(values[0].path, why)


def begins_empty(kind: str, values: Sequence[Value]) -> bool:
    """True for ``~5``, which HL7 reads as nothing and then five, and its sender may have meant as "about five"."""
    return kind in _NUMBERS and bool(values) and values[0].path.endswith("]") and not values[0].path.endswith("[1]")


def _place_values(observed: list[Observed], values: tuple[Value, ...], draft: Draft, scope: Scope) -> None:
    """One value is the Observation's; several are components of the same code, since value[x] is 0..1."""
    for position, one in enumerate(observed):
        path = values[position].path
        tell(one, path, scope.ledger)
        if len(observed) == 1:
            draft.place(f"value{one.element}", one.piece)
        else:
            at = draft.add("component", {"code": _code(draft)})
            draft.place(f"{at}.value{one.element}", one.piece)


def _documents(kind: str, values: tuple[Value, ...], draft: Draft) -> list[Piece]:
    title = _title(draft)
    if in_one(kind, values):
        return [in_pieces(values, kind, title)]
    return [embedded(one, title) if kind == "ED" else pointer(one, title) for one in values]


def _title(draft: Draft) -> str:
    return draft.get("code.coding[0].display") or draft.get("code.text") or ""


def in_one(kind: str, values: Sequence[Value]) -> bool:
    """True for a PDF in pieces: the first begins one, the others are said to be the same and begin none."""
    if kind != "ED":
        return kind in TEXTS and bool(values) and begins_pdf(values[0].peek())
    if len(values) < 2:
        return False
    first = [values[0].peek(component) for component in (2, 3, 4)]
    same = all([one.peek(component) for component in (2, 3, 4)] == first for one in values[1:])
    others = any(begins_pdf(one.peek(5)) for one in values[1:])
    return begins_pdf(values[0].peek(5)) and same and not others


def _list_withdrawn(made: Sequence[Piece], scope: Scope) -> None:
    """A document that its sender withdraws goes on to nobody; what it was is still said."""
    for one in made:
        if source := one.sources.get("data"):
            scope.ledger.leave(source, "a document that its sender withdraws; kept with the payload")


def _take_back(draft: Draft, report: Draft) -> None:
    """In place of the document of that title, which an earlier message brought, the report says that there is none."""
    if title := _title(draft):
        report.add("presentedForm", Piece({**absent("error"), "title": title}))


def _put_documents(made: Sequence[Piece], draft: Draft, report: Draft | None, *, withdrawn: bool) -> None:
    """HL7's extension says that a document is the value. Its data stand once: in the report, where there is one."""
    for one in made:
        attachment = one.value
        sources = {f"valueAttachment.{inner}": source for inner, source in one.sources.items()}
        if report is not None and not withdrawn:
            report.add("presentedForm", one)
        if report is not None or withdrawn:
            attachment = without_data(attachment)
            if data := sources.pop("valueAttachment.data", ""):
                sources |= {"valueAttachment.size": data, "valueAttachment.hash": data}
        extension = {"url": VALUE_ATTACHMENT, "valueAttachment": attachment}
        if len(made) == 1:
            draft.add("extension", Piece(extension, sources))
        else:
            inner = {f"extension[0].{path}": source for path, source in sources.items()}
            draft.add("component", Piece({"code": _code(draft), "extension": [extension]}, inner))


def _code(draft: Draft) -> Any:
    """A copy of the result's code: what one element holds is no other's."""
    return copier(draft.get("code"))()
