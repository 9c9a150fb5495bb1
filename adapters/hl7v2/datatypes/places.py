"""PL, DLD: places to Locations, one for each level said, the inner part of the outer.

HL7's map leaves the order of the levels open (floor and building name each other); here a place stands
as it does in the house: bed, room, point of care, floor, building, site. A room's number is one only in its point of
care, a bed's only in its room: the identifier's system says in which.
"""

from __future__ import annotations

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.codes import component_coding
from adapters.hl7v2.datatypes.identifiers import pair_number, universal_uri
from adapters.hl7v2.remembered import remembered
from adapters.hl7v2.scope import FACILITY_CODE, Scope
from adapters.hl7v2.segments import Value
from gateway.bundle import MA_CSKCB
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.vocabulary import vocabulary

PHYSICAL = "http://terminology.hl7.org/CodeSystem/location-physical-type"
_KINDS = {
    "si": "Site",
    "bu": "Building",
    "lvl": "Level",
    "wa": "Ward",
    "ro": "Room",
    "bd": "Bed",
}
# level → (component of PL, physical type, the components its number is one in), the outer first
_LEVELS: dict[str, tuple[int, str, tuple[int, ...]]] = {
    "site": (4, "si", ()),
    "building": (7, "bu", ()),
    "floor": (8, "lvl", (7,)),
    "ward": (1, "", ()),
    "room": (2, "ro", (1, 7, 8)),
    "bed": (3, "bd", (1, 2, 7, 8)),
}


def place(value: Value, scope: Scope, bed_status: Piece | None = None) -> Draft | None:
    """PL as Locations; the innermost, None where no place is said. ``bed_status``: a Coding, of the innermost."""
    said = [level for level, (component, _, _) in _LEVELS.items() if value.peek(component)]
    inner: Draft | None = None
    for level in said or ["described"]:
        made = _level(value, scope, level, "innermost" if level == (said or [level])[-1] else "")
        if made is None:
            return inner
        if inner is not None:
            made = Piece({**made.value, "partOf": inner.reference}, made.sources)
        if bed_status is not None and level in ("room", "bed") and level == said[-1]:
            of_bed = {f"operationalStatus.{inside}": source for inside, source in bed_status.sources.items()}
            made = Piece({**made.value, "operationalStatus": bed_status.value}, {**made.sources, **of_bed})
        inner = scope.directory.enter("Location", made)
    return inner


def place_reference(value: Value, scope: Scope, bed_status: Piece | None = None) -> Piece | None:
    """A reference to the innermost Location of a PL, with the place as a reader says it."""
    said = [text for component in (1, 2, 3, 7, 8, 9) if (text := value.peek(component))]
    draft = place(value, scope, bed_status)
    if draft is None:
        return None
    reference = {**draft.reference, "display": " / ".join(said)} if said else draft.reference
    return Piece(reference, dict.fromkeys(reference, value.path))


@remembered
def _level(value: Value, scope: Scope, level: str, innermost: str) -> Piece | None:
    """One Location of a PL; ``innermost`` has the description and the comprehensive number."""
    made = Composite()
    component, kind, within = _LEVELS.get(level, (0, "", ()))
    if component:
        path = value.path if value.components == 1 else value.at(component)
        universal = universal_uri(value, component)
        identifier = Composite()
        identifier.put("system", _system(value, scope, level, within))
        identifier.put("value", value.take(component), path)
        if authority := value.take(11):
            identifier.put_piece("assigner", Piece({"display": authority}, {"display": value.at(11)}))
        made.add_piece("identifier", identifier.piece())
        if universal:
            of_all = {"system": "urn:ietf:rfc:3986", "value": universal}
            made.add_piece("identifier", Piece(of_all, {"value": value.at(component, 2)}))
        made.put("name", value.peek(component), path)
    if innermost:
        if value.peek(10):
            made.add_piece("identifier", pair_number(value, scope, "location", 10))
        made.put("description" if component else "name", value.take_all(9), value.at(9))
    if level == "ward":
        kind = _ward(made, value)
    if not made.value:
        return None
    made.put("mode", "instance")
    if kind:
        made.put("physicalType", {"coding": [{"system": PHYSICAL, "code": kind, "display": _KINDS[kind]}]})
    return made.piece()


def _ward(made: Composite, value: Value) -> str:
    """A point of care is a ward where PL.6 says so (N, nursing unit) or a bed stands in it; else nobody says."""
    if (target := vocabulary("hl7v2-person-location-type").translate(value.peek(6))) is not None:
        value.take(6)
        made.add("type", {"coding": [target.as_fhir()]}, value.at(6))
    return "wa" if value.peek(6) == "N" or value.peek(3) else ""


def _system(value: Value, scope: Scope, level: str, within: tuple[int, ...]) -> str:
    """Where a place's number is one: ``urn:vn:cskcb:79001:bed:K01:P05``; of another site ``…:site:BV2:bed:K01:P05``."""
    site = value.peek(4)
    if level == "site":
        return MA_CSKCB if FACILITY_CODE.match(site) else scope.system("site")
    outer = [value.peek(component) for component in within]
    if outer and outer[0]:  # a point of care is one in the whole site, wherever its building stands
        outer = [text for component, text in zip(within, outer, strict=True) if component < 7 or level == "floor"]
    while outer and not outer[-1]:
        outer.pop()
    at = ("site", site) if site and site not in scope.names else ()
    return scope.system(*at, level, *outer)


def discharged_to(value: Value, scope: Scope) -> Piece | None:
    """DLD as a reference to a Location of that type."""
    said = value.peek(1, 2) or value.peek(1, 1)
    made = Composite()
    made.add_piece("type", component_coding(value, scope))
    made.put("name", said, value.path)
    piece = made.piece()
    if piece is None:
        return None
    reference = {**scope.directory.enter("Location", piece).reference, "display": said}
    return Piece(reference, dict.fromkeys(reference, value.path))
