"""MSH to the message's own header: which program and house sent it where, about which event, in what language.

HL7 map MSH[MessageHeader]. The exchange's first entry is the gateway's MessageHeader, which signs; the sender's is told
in the Provenance of the message, contained in what the record was made of (docs/decisions/0015).
"""

from __future__ import annotations

import re
from typing import Any

from adapters.hl7v2.absent import absent
from adapters.hl7v2.datatypes.identifiers import uri_of
from adapters.hl7v2.datatypes.parties import organization, sender
from adapters.hl7v2.scope import FACILITY_CODE, Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment, Value
from gateway.bundle import CANONICAL, MA_CSKCB
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\Z")
_SOURCE_TEXT = f"{CANONICAL}/StructureDefinition/source-text"
_URI = "urn:ietf:rfc:3986"


def sent_header(header: Segment, scope: Scope) -> Draft:
    """The header as the sender wrote it; its id is one inside the resource that contains it."""
    draft = Draft("MessageHeader", "header")
    place(segment_rows("MSH"), header, {"MessageHeader": draft}, scope, scope.ledger)
    _source(header, draft)
    _destinations(header, draft, scope)
    _country(header, scope)
    return draft


def _source(header: Segment, draft: Draft) -> None:
    """The endpoint is MSH-24, else MSH-3's universal ID, which beside a MSH-24 is words on the program."""
    program, address = header.first(3), header.first(24)
    _endpoint(draft, "source", address or program, of_address=address is not None)
    if program is not None and program.peek(2) and (2, 1) not in program.taken:
        draft.put("source.software", program.take(2), program.at(2))


def _destinations(header: Segment, draft: Draft, scope: Scope) -> None:
    """One for the program and the house named first, one for each further house."""
    program, address, houses = header.first(5), header.first(25), header.said(6)
    house = header.first(23)
    if not (program or address or houses or house):
        return
    if program is not None:
        _program(program, draft, scope)
    _endpoint(draft, "destination[0]", address or program, of_address=address is not None)
    if house is not None:
        try:
            draft.put("destination[0].receiver", organization(house, scope).reference, house.path)
        except CannotPlace as why:
            scope.ledger.refuse_field(house.path, why)
        return
    for position, one in enumerate(houses):
        if position:
            draft.put(f"destination[{position}]", {"_endpoint": absent()})
        _receiver(one, draft, f"destination[{position}].receiver", scope)


def _program(program: Value, draft: Draft, scope: Scope) -> None:
    """A program is known by its name at the sender, else by its universal ID."""
    if name := program.take():
        at = program.path if program.components == 1 else program.at(1)
        draft.put("destination[0].name", name, at)
        number: dict[str, Any] = {"system": scope.system("application"), "value": name}
    elif uri := _uri(program):
        at, number = program.at(2), {"system": _URI, "value": uri}
    else:
        return
    draft.put("destination[0].target", {"type": "Device", "identifier": number})
    draft.lineage["destination[0].target.identifier.value"] = at


def _receiver(house: Value, draft: Draft, path: str, scope: Scope) -> None:
    """By its number alone: what the receiver is, its own records say."""
    if name := house.take():
        system = MA_CSKCB if FACILITY_CODE.match(name) else scope.system("organization")
        at = house.path if house.components == 1 else house.at(1)
        number = {"system": system, "value": name}
    elif uri := _uri(house):
        at, number = house.at(2), {"system": _URI, "value": uri}
        house.take(2)
        house.take(3)
    else:
        return
    draft.put(path, {"type": "Organization", "identifier": number})
    draft.lineage[f"{path}.identifier.value"] = at


def _endpoint(draft: Draft, path: str, said: Value | None, *, of_address: bool) -> None:
    """An HD's universal ID, or an address that is a URI by itself. R4 requires an endpoint: where there is none it says
    that it is unknown, and an address in other words stands beside that."""
    uri, component = "", 2
    if said is not None:
        uri = _uri(said)
        if not uri and of_address:
            uri, component = uri_of(said.peek(), ""), 1
    if said is not None and uri:
        at = said.path if said.components == 1 else said.at(component)
        said.take(component)
        said.take(3)
        draft.put(f"{path}.endpoint", uri, at)
        return
    draft.put(f"{path}._endpoint", absent())
    if said is not None and of_address:
        words = {"url": _SOURCE_TEXT, "valueString": said.whole().strip()}
        draft.put(f"{path}._endpoint.extension[1]", words)
        draft.lineage[f"{path}._endpoint.extension[1].valueString"] = said.path


def _uri(value: Value) -> str:
    """An HD's universal ID as a URI. HL7's map has ``urn:dns:`` and ``urn:uri:``, which nobody registered."""
    text, kind = value.peek(2), value.peek(3).upper()
    if kind == "DNS" and _HOST.match(text):
        return f"dns:{text}"  # https://www.rfc-editor.org/rfc/rfc4501
    return uri_of(text, kind)


def _country(header: Segment, scope: Scope) -> None:
    """MSH-17, the country a message is from, is that of the house that sent it."""
    country, house = header.first(17), header.first(4)
    if country is None or house is None or not country.peek():
        return
    try:
        draft = sender(house, scope)
    except CannotPlace:
        return  # told where the patient's organization is made
    draft.put("address", [{"country": country.take()}])
    draft.lineage["address[0].country"] = country.path
