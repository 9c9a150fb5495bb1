"""Who takes part in an order or its report, by a ROL or PRT behind their segments: the role decides where it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.converters import PERFORMER_FUNCTION
from adapters.hl7v2.participation import Participation
from adapters.hl7v2.practitioner_roles import NOT_HERE, role_references
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.told import Told
from gateway.bundle import Resource, urn
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace

_FUNCTIONS = "http://terminology.hl7.org/CodeSystem/v2-0443"
_PERFORMING = ("AI", "ARI", "MDIR", "PO", "POMD", "RO", "TN", "TR")  # HL7's map has ARI, TN and TR
_REQUESTS = ("ServiceRequest", "MedicationRequest")


def of_order(one: Participation, anchor: Segment, told: Told, drafts: Sequence[Draft]) -> list[Draft]:
    """The requester (OP), who took the specimen (SC), who made or read the report, who gave the vaccine (AP)."""
    labels = {anchor.label, *_belonging(anchor, told)}
    about = [draft for draft in drafts if not labels.isdisjoint(labels_of(draft))]
    placed, add = _place_of(one.code(), about, drafts)
    if not placed:
        one.leave(NOT_HERE)
        return []
    for who in role_references(one, placed, told):
        for draft in placed:
            add(draft, who, one, told)
    return []


_Add = Callable[[Draft, Piece, Participation, Told], None]


def _place_of(code: str, about: Sequence[Draft], drafts: Sequence[Draft]) -> tuple[list[Draft], _Add]:
    """On which resources a role behind an order goes, and how; none for a role without a place."""

    def of(*types: str) -> list[Draft]:
        return [draft for draft in about if draft.type in types]

    if code in ("OP", "AP") and of("Immunization"):
        return of("Immunization"), _add_vaccinator
    if code == "OP":
        return of(*_REQUESTS), _add_requester
    if code == "SC":
        return _specimens(about, drafts), _add_collector
    if code in ("PRI", "PI"):
        return of("DiagnosticReport"), _add_interpreter
    return of("DiagnosticReport") if code in _PERFORMING else [], _add_performer


def _specimens(about: Sequence[Draft], drafts: Sequence[Draft]) -> list[Draft]:
    orders = [draft for draft in about if draft.type in ("DiagnosticReport", "ServiceRequest")]
    named = {one.get("reference") for draft in orders for one in draft.get("specimen") or ()}
    return [draft for draft in drafts if draft.type == "Specimen" and (draft in about or urn(draft.id) in named)]


def _add_requester(draft: Draft, who: Piece, one: Participation, told: Told) -> None:
    """ORC-12 or OBR-16 may name the same person: then more is said of the requester; another one is listed."""
    known = draft.get("requester.reference")
    role = told.scope.directory.drafts[who.value["reference"].removeprefix("urn:uuid:")]
    if known is None or _same_person(known, role, told):
        draft.place("requester", who)
    else:
        taken = CannotPlace("element-taken", code="duplicate", element=f"{draft.type}.requester")
        told.scope.ledger.refuse_field(one.path("person"), taken)


def _same_person(known: str, role: Draft, told: Told) -> bool:
    """By their first numbers."""
    entries = told.scope.directory.drafts
    found = (entries.get(str(one).removeprefix("urn:uuid:")) for one in (known, role.get("practitioner.reference")))
    numbers = [draft.get("identifier[0].value") if draft is not None else None for draft in found]
    return numbers[0] is not None and numbers[0] == numbers[1]


def _add_collector(draft: Draft, who: Piece, one: Participation, told: Told) -> None:
    if draft.get("collection.collector") in (None, who.value):
        draft.place("collection.collector", who)
    else:
        taken = CannotPlace("element-taken", code="duplicate", element="Specimen.collection.collector")
        told.scope.ledger.refuse_field(one.path("person"), taken)


def _add_interpreter(draft: Draft, who: Piece, _one: Participation, _told: Told) -> None:
    draft.add("resultsInterpreter", who)


def _add_performer(draft: Draft, who: Piece, one: Participation, _told: Told) -> None:
    """HL7's map has the performer alone; as what, its extension says."""
    function: Resource = {"url": PERFORMER_FUNCTION}
    made = Piece({"extension": [function], **who.value}, {"reference": who.sources[""]})
    role = one.role()
    if role is not None:
        function["valueCodeableConcept"] = role.value
        sources = {f"extension[0].valueCodeableConcept.{path}": source for path, source in role.sources.items()}
        made = Piece(made.value, {**made.sources, **sources})
    draft.add("performer", made if role is not None else who)


def _add_vaccinator(draft: Draft, who: Piece, one: Participation, _told: Told) -> None:
    """HL7's map: the function is the role's code of table 0443."""
    function = {"coding": [{"system": _FUNCTIONS, "code": one.code()}]}
    made = Composite()
    made.put_piece("function", Piece(function, {"coding[0].code": one.path("role")}))
    made.put_piece("actor", who)
    draft.add("performer", made.piece())


def _belonging(anchor: Segment, told: Told) -> list[str]:
    """The labels of the segments that resources of the anchor's orders are made of."""
    found: list[Segment | None] = []
    for order in told.groups.orders:
        around = (order.orc, *order.timings, *order.routes, *order.images, *order.parts)
        if any(segment is anchor for segment in around):
            found += [order.obr, order.rxo]
    for vaccination in told.groups.vaccinations:
        if anchor in (vaccination.orc, vaccination.route):
            found.append(vaccination.rxa)
    return [segment.label for segment in found if segment is not None]


def labels_of(draft: Draft) -> set[str]:
    """The segments a resource was made of."""
    return {source.partition("-")[0] for source in draft.lineage.values()}
