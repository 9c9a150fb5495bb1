"""MDM: documents, each a DocumentReference with its content.

T02 (original), T04 (status), T06 (addendum), T08 (edit) and T10 (replacement) bring the content. T01, T03, T05, T07 and
T09 say the same without it: their content is marked as unknown, and that never stands in the place of one that
came before (gateway.revision). T11 takes a document back: it is entered in error, and keeps its content.

A document is known by TXA-12, so T03, T04, T07 and T08 are new versions of the same resource. An addendum or
replacement is a document of its own, which names the other by number; the other stays as it was.
"""

from __future__ import annotations

from collections import Counter

from adapters.hl7v2.absent import absent
from adapters.hl7v2.datatypes.codes import code_as_sent, codeable
from adapters.hl7v2.datatypes.identifiers import entity_number
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.datatypes.parties import practitioner, reference
from adapters.hl7v2.document_changes import translate_changes
from adapters.hl7v2.document_content import content_of
from adapters.hl7v2.documents import content_type
from adapters.hl7v2.families.orders import translate_orders
from adapters.hl7v2.findings import translate_findings
from adapters.hl7v2.groups import Document
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place
from gateway.mapping.vocabulary import vocabulary

ALTERNATE = "http://hl7.org/fhir/StructureDefinition/alternate-codes"
_AVAILABILITY = "http://terminology.hl7.org/CodeSystem/v2-0273"
_TABLE = frozenset({"CA", "OB", "UN"})
_WITH_CONTENT = frozenset({"T02", "T04", "T06", "T08", "T10"})
_TAKEN_BACK = "T11"
# What a document is to its parent (TXA-13), by the event; HL7's map has no row.
_RELATIONS = {
    **dict.fromkeys(("T05", "T06"), "appends"),
    **dict.fromkeys(("T07", "T08", "T09", "T10"), "replaces"),
}


def translate_documents(told: Told) -> list[Draft]:
    """Every TXA with what hangs on it. PayloadError without any: it is required, so the message was cut off."""
    if not told.groups.documents:
        raise PayloadError("hl7v2-no-document", "TXA")
    drafts = translate_orders(told) if told.groups.orders else []
    requests = [draft for draft in drafts if draft.type == "ServiceRequest"]
    seen: Counter[tuple[str, ...]] = Counter()
    for document in told.groups.documents:
        drafts += _translate(document, requests, told, seen)
    return drafts


def _translate(document: Document, requests: list[Draft], told: Told, seen: Counter[tuple[str, ...]]) -> list[Draft]:
    txa, scope = document.txa, told.scope
    key = _key(txa, scope)
    seen[key] += 1
    key = (*told.number, *key, str(seen[key]))
    draft = Draft("DocumentReference", deterministic_id(scope.facility, "DocumentReference", *key))
    _status(txa, draft, told)
    draft.put("subject", told.patient.reference)
    place(segment_rows("TXA"), txa, {"DocumentReference": draft}, scope, scope.ledger)
    _completion(txa, draft, scope)
    _authenticator(txa, draft, scope)
    _parent(txa, draft, told)
    _words(txa, draft)
    _confidentiality(txa, draft, scope)
    content = content_of(document, scope)
    for attachment in content.attachments:
        _attach(draft, attachment)
    _empty(txa, draft, told)
    _content_type(txa, draft, scope)
    _date(txa, draft, scope)
    _context(txa, draft, requests, told)
    return [draft, *translate_changes(txa, draft, told), *translate_findings(told, content.others, ("document", *key))]


def _key(txa: Segment, scope: Scope) -> tuple[str, ...]:
    """The document's number and who assigned it; without one its file, else what and when it was: held."""
    value = txa.first(12)
    if value is not None and value.peek():
        return ("number", value.peek(), value.peek(3))
    scope.ledger.hold("required", "hl7v2-document-without-number", txa.path(12))
    if txa.text(16):
        return ("file", txa.text(16))
    return ("said", txa.text(2), txa.text(4), txa.text(6))


def _coded(txa: Segment, number: int) -> Value | None:
    """A field that is one code, where it says one."""
    value = txa.first(number)
    return value if value is not None and value.peek() else None


def _status(txa: Segment, draft: Draft, told: Told) -> None:
    """TXA-19; current where it is silent (HL7's row). T11 takes the document back, whatever TXA-19 says."""
    value = _coded(txa, 19)
    if told.event == _TAKEN_BACK:
        draft.put("status", "entered-in-error", "MSH-9.2")
    elif value is None:
        draft.put("status", "current")
    elif (target := vocabulary("hl7v2-document-availability").translate(value.peek())) is not None:
        draft.put("status", target.code, value.path)
    if value is None or value.peek() == "AV":
        if value is not None:
            value.take()
        return
    sent: Piece | None
    if value.peek() in _TABLE:
        coding = {"system": _AVAILABILITY, "code": value.take()}
        sent = Piece({"coding": [coding]}, {"coding[0].code": value.path})
    else:
        told.scope.ledger.hold("code-invalid", "hl7v2-status-unknown", value.path)
        sent = codeable(value, told.scope)
    if sent is None:
        return
    extension = {"url": ALTERNATE, "valueCodeableConcept": sent.value}
    sources = {f"extension[0].valueCodeableConcept.{at}": source for at, source in sent.sources.items()}
    draft.place("_status", Piece({"extension": [extension]}, sources))


def _completion(txa: Segment, draft: Draft, scope: Scope) -> None:
    value = _coded(txa, 17)
    if value is None:
        return
    target = vocabulary("hl7v2-document-completion").translate(value.peek())
    if target is None:
        scope.ledger.hold("code-invalid", "hl7v2-status-unknown", value.path)
        return
    sent = code_as_sent(value, scope, "hl7v2-document-completion")
    value.take()
    draft.put("docStatus", target.code, value.path)
    if sent is not None:
        draft.place("_docStatus", sent)


def _authenticator(txa: Segment, draft: Draft, scope: Scope) -> None:
    """Who authenticated it (TXA-22), else who is to (TXA-10, HL7's row); another one beside is listed."""
    for value in (*txa.said(22), *txa.said(10)):
        try:
            made = reference(practitioner(value, scope), value.path)
            if draft.get("authenticator") not in (None, made.value):
                raise CannotPlace("element-taken", code="duplicate", element="DocumentReference.authenticator")
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
        else:
            if draft.get("authenticator") is None:
                draft.place("authenticator", made)


def _named(kind: str, number: Piece) -> Piece:
    """A reference by number to what another message brings, or brought."""
    sources = {f"identifier.{at}": source for at, source in number.sources.items()}
    return Piece({"type": kind, "identifier": number.value}, sources)


def _parent(txa: Segment, draft: Draft, told: Told) -> None:
    value = txa.first(13)
    number = entity_number(value, told.scope, "document") if value is not None else None
    if number is None:
        return
    if number.value["value"] == draft.get("masterIdentifier.value"):
        return  # the document is no part of itself: some senders repeat TXA-12 here
    target = _named("DocumentReference", number)
    relation = _RELATIONS.get(told.event)
    if relation is None:
        draft.add("context.related", target)
    else:
        sources = {f"target.{at}": source for at, source in target.sources.items()} | {"code": "MSH-9.2"}
        draft.add("relatesTo", Piece({"code": relation, "target": target.value}, sources))


def _words(txa: Segment, draft: Draft) -> None:
    lines = [value.whole().strip() for value in txa.said(25)]
    if any(lines):
        draft.put("description", "\n".join(lines), txa.path(25))


def _confidentiality(txa: Segment, draft: Draft, scope: Scope) -> None:
    value = _coded(txa, 18)
    if value is None:
        return
    target = vocabulary("hl7v2-document-confidentiality").translate(value.peek())
    if target is not None:
        draft.add("securityLabel", Piece({"coding": [target.as_fhir()]}, {"coding[0].code": value.path}))
    else:  # the sender's own word is a label too; nothing of it is guessed
        scope.ledger.remark(
            "information", "code-invalid", "code-unmapped", value.path, vocabulary="hl7v2-document-confidentiality"
        )
        draft.add("securityLabel", Piece({"text": value.peek()}, {"text": value.path}))
    value.take()


def _attach(draft: Draft, attachment: Piece) -> None:
    sources = {f"attachment.{at}": source for at, source in attachment.sources.items()}
    draft.add("content", Piece({"attachment": attachment.value}, sources))


def _empty(txa: Segment, draft: Draft, told: Told) -> None:
    """R4 asks for content: where none came, the attachment says so. Content that was announced is missed: held."""
    if draft.count("content"):
        return
    if told.event in _WITH_CONTENT:
        told.scope.ledger.hold("required", "hl7v2-document-missing", txa.label)
    draft.put("content", [{"attachment": absent("unknown")}])


def _content_type(txa: Segment, draft: Draft, scope: Scope) -> None:
    """TXA-3 says of a content what it does not say itself; a media type or a name of one, no group of types."""
    value = txa.first(3)
    made = content_type(value) if value is not None else None
    if value is None or made is None:
        return
    if draft.count("content") == 1 and draft.get("content[0].attachment.contentType") is None:
        draft.put("content[0].attachment.contentType", made, value.path)
        value.take()
    else:
        scope.ledger.leave(value.path, "the content says its own type, or is several parts")


def _date(txa: Segment, draft: Draft, scope: Scope) -> None:
    """A date with a time is when the reference was made; without one R4's instant has no room, but creation has."""
    value = txa.first(6)
    if value is None:
        return
    try:
        made = date_time(value, scope)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        return
    if made is None:
        return
    if "T" in made.value:
        draft.place("date", made)
    elif draft.get("content[0].attachment.creation") is None:
        draft.place("content[0].attachment.creation", made)
    else:
        scope.ledger.leave(value.path, "a date without a time is no instant, and the content says its own creation")


def _context(txa: Segment, draft: Draft, requests: list[Draft], told: Told) -> None:
    if told.visit is not None:
        draft.put("context.encounter", [told.visit.reference])
    elif told.visits:
        told.scope.ledger.hold("structure", "hl7v2-visit-unclear", txa.label)
    for request in requests:
        draft.add("context.related", request.reference)
    known = {one["value"] for request in requests for one in request.get("identifier") or ()}
    for number, kind in ((14, "placer"), (15, "filler")):
        for value in txa.said(number):
            _order(value, kind, known, draft, told.scope)


def _order(value: Value, kind: str, known: set[str], draft: Draft, scope: Scope) -> None:
    """An order by its number; one that the message itself brings is referred to already."""
    made = entity_number(value, scope, kind)
    if made is not None and made.value["value"] not in known:
        draft.add("context.related", _named("ServiceRequest", made))
