"""XCN, NDL, XON: people and organisations, entered in the message's directory and referred to."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.codes import system_uri
from adapters.hl7v2.datatypes.identifiers import organization_number, universal_uri
from adapters.hl7v2.datatypes.moments import period
from adapters.hl7v2.datatypes.names import put_parts
from adapters.hl7v2.remembered import remembered
from adapters.hl7v2.scope import FACILITY_CODE, Scope
from adapters.hl7v2.segments import Value
from gateway.bundle import MA_CSKCB
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace

_PHYSICAL = "http://terminology.hl7.org/CodeSystem/location-physical-type"


def practitioner(value: Value, scope: Scope, addresses: Iterable[Piece] = (), telecoms: Iterable[Piece] = ()) -> Draft:
    """XCN as a Practitioner. A staff number is opaque text of the sender, never a key across facilities."""
    made = _person(value, scope)
    if made is not None:
        for name, one in (*(("telecom", one) for one in telecoms), *(("address", one) for one in addresses)):
            whole = Composite()
            whole.value, whole.sources = dict(made.value), dict(made.sources)
            whole.add_piece(name, one)
            made = Piece(whole.value, whole.sources)
    return _enter("Practitioner", made, scope)


@remembered
def _person(value: Value, scope: Scope) -> Piece | None:
    made = Composite()
    if number := value.peek():
        identifier = Composite()
        identifier.put("system", universal_uri(value, 9) or scope.system("staff"))
        identifier.put("value", value.take() and number, value.at(1) if value.components > 1 else value.path)
        if authority := value.take(9):
            identifier.put_piece("assigner", Piece({"display": authority}, {"display": value.at(9)}))
        if kind := value.take(13):
            identifier.put_piece("type", Piece({"text": kind}, {"text": value.at(13)}))
        made.add_piece("identifier", identifier.piece())
    name = Composite()
    put_parts(name, value, (2, 3, 4), suffixes=(5, 21), prefix=6)
    made.add_piece("name", name.piece())
    if degree := value.take(7):
        qualification = {"code": {"text": degree}}
        made.add_piece("qualification", Piece(qualification, {"code.text": value.at(7)}))
    return made.piece()


def interpreter(value: Value, scope: Scope) -> Draft:
    """NDL as a Practitioner, in a PractitionerRole where it says when or where; or an XCN, which many senders write."""
    if not value.peek(1, 2) and value.peek(2) and not value.peek(2).isdigit():
        return practitioner(value, scope)
    made = Composite()
    if number := value.take(1, 1):
        identifier = Composite()
        identifier.put("system", scope.system("staff"))
        identifier.put("value", number, value.at(1))
        made.add_piece("identifier", identifier.piece())
    texts = [text for sub in (2, 3, 4) if (text := value.take(1, sub))]
    if texts:
        name = {"text": " ".join(texts)}
        made.add_piece("name", Piece(name, {"text": value.path}))
    person = _enter("Practitioner", made.piece(), scope)
    role = Composite()
    role.put("practitioner", person.reference, value.path)
    role.put_piece("period", period(value, scope, 2, 3))
    if place := " / ".join(text for component in (4, 5, 6, 7, 10, 11) if (text := value.take(component))):
        role.put("location", [{"display": place}], value.path)
    if set(role.value) == {"practitioner"}:
        return person
    return scope.directory.enter("PractitionerRole", Piece(role.value, role.sources))


def organization(
    value: Value,
    scope: Scope,
    address: Piece | None = None,
    telecom: Piece | None = None,
    *,
    contact: Piece | None = None,
    more: Piece | None = None,
) -> Draft:
    """XON as an Organization, with the address, telecom and contact of fields of their own.

    ``more``: lists of further elements that other fields say of it.
    """
    made = Composite()
    component = 10 if value.peek(10) else 3
    if number := value.take(component):
        made.add_piece("identifier", organization_number(value, scope, number, value.at(component), 6))
        if kind := value.take(7):
            made.value["identifier"][0]["type"] = {"text": kind}
            made.sources["identifier[0].type.text"] = value.at(7)
    made.put("name", value.take(), value.at(1) if value.components > 1 else value.path)
    made.add_piece("telecom", telecom)
    made.add_piece("address", address)
    made.add_piece("contact", contact)
    if more is not None:
        _append(made, more)
    return _enter("Organization", made.piece(), scope)


def _append(made: Composite, more: Piece) -> None:
    for name, items in more.value.items():
        for index, item in enumerate(items):
            start = f"{name}[{index}]"
            inner = {
                path.removeprefix(start).removeprefix("."): source
                for path, source in more.sources.items()
                if path == start or path.startswith(f"{start}.")
            }
            made.add_piece(name, Piece(item, inner))


def producer(value: Value, scope: Scope) -> Draft:
    """OBX-15, a CWE, as the Organization that made the result."""
    return _enter("Organization", _laboratory(value, scope), scope)


@remembered
def _laboratory(value: Value, scope: Scope) -> Piece | None:
    made = Composite()
    if number := value.take():
        made.add_piece("identifier", organization_number(value, scope, number, value.at(1), 3))
    made.put("name", value.take(2), value.at(2))
    return made.piece()


def coded_organization(value: Value, scope: Scope) -> Draft:
    """A CWE as the Organization it names; a text alone is its name, not its number."""
    made = Composite()
    if value.components == 1:
        made.put("name", value.take(), value.path)
    elif number := value.take():
        identifier = Composite()
        name = value.take(3)
        identifier.put("system", system_uri(name, number, scope) if name else scope.system("organization"))
        identifier.put("value", number, value.at(1))
        made.add_piece("identifier", identifier.piece())
    for component in (2, 9):
        if value.peek(component) and "name" not in made.value:
            made.put("name", value.take_all(component), value.at(component))
    return _enter("Organization", made.piece(), scope)


def coded_device(value: Value, scope: Scope) -> Draft:
    """A CWE as the Device it names; a text alone is its name, not its number."""
    made = Composite()
    if value.components > 1 and (number := value.take()):
        identifier = Composite()
        name = value.take(3)
        identifier.put("system", system_uri(name, number, scope) if name else scope.system("device"))
        identifier.put("value", number, value.at(1))
        made.add_piece("identifier", identifier.piece())
    for component in (2, 9, 1):
        if value.peek(component) and (component != 1 or not made.value):
            words = Composite()
            words.put("name", value.take_all(component), value.at(component) if value.components > 1 else value.path)
            words.put("type", "other")
            made.add_piece("deviceName", words.piece())
            break
    if not made.value:
        raise CannotPlace("hl7v2-unnamed")
    return scope.directory.enter("Device", Piece(made.value, made.sources))


def sender(value: Value, scope: Scope) -> Draft:
    """MSH-4, an HD, as the sending Organization."""
    made = Composite()
    name = value.take()
    if FACILITY_CODE.match(scope.facility):
        identifier = Composite()
        identifier.put("system", MA_CSKCB)
        identifier.put("value", scope.facility, value.at(1) if name == scope.facility else "")
        made.add_piece("identifier", identifier.piece())
    made.add_piece("identifier", _universal_number(value))
    if name != scope.facility or "identifier" not in made.value:
        made.put("name", name, value.at(1) if value.components > 1 else value.path)
    return _enter("Organization", made.piece(), scope)


def authority(value: Value, scope: Scope) -> Draft:
    """An HD as the Organization it names: a facility by its code, any other by its name."""
    made = Composite()
    name, at = value.take(), value.at(1) if value.components > 1 else value.path
    if FACILITY_CODE.match(name):
        identifier = Composite()
        identifier.put("system", MA_CSKCB)
        identifier.put("value", name, at)
        made.add_piece("identifier", identifier.piece())
    else:
        made.put("name", name, at)
    made.add_piece("identifier", _universal_number(value))
    return _enter("Organization", made.piece(), scope)


def _universal_number(value: Value) -> Piece | None:
    made = Composite()
    if uri := universal_uri(value, 1) or _universal(value):
        made.put("system", "urn:ietf:rfc:3986")
        made.put("value", uri, value.at(2))
    return made.piece()


def facility_organization(scope: Scope) -> Draft:
    """The facility a message came from, where it does not name itself: by its code, else by its name."""
    made = Composite()
    if FACILITY_CODE.match(scope.facility):
        made.add("identifier", {"system": MA_CSKCB, "value": scope.facility})
    else:
        made.put("name", scope.facility)
    return _enter("Organization", made.piece(), scope)


def facility_location(value: Value, scope: Scope) -> Draft:
    """EVN-7, an HD, as the Location where something happened: a site by its name, and its universal ID."""
    made = Composite()
    uri = _universal(value)
    if uri:
        identifier = Composite()
        identifier.put("system", "urn:ietf:rfc:3986")
        identifier.put("value", uri, value.at(2))
        made.add_piece("identifier", identifier.piece())
    made.put("name", value.take(), value.at(1) if value.components > 1 else value.path)
    if uri:
        made.put("physicalType", {"coding": [{"system": _PHYSICAL, "code": "si", "display": "Site"}]})
    return _enter("Location", made.piece(), scope)


def _universal(value: Value) -> str:
    text, kind = value.peek(2), value.peek(3).upper()
    if kind == "ISO" and text:
        return f"urn:oid:{value.take(2)}" if value.take(3) else ""
    return ""


def _enter(resource_type: str, piece: Piece | None, scope: Scope) -> Draft:
    if piece is None or not ("identifier" in piece.value or "name" in piece.value):
        raise CannotPlace("hl7v2-unnamed")
    return scope.directory.enter(resource_type, piece)


def reference(draft: Draft, path: str) -> Piece:
    """A reference to a directory entry, with the field that made it."""
    return Piece.of(draft.reference, path)
