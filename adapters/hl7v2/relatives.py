"""NK1 to RelatedPerson and Patient.contact: who is close to the patient, and whom to call.

Both are made of each NK1, as HL7's message maps allow; of an employer, an agency or an insurer only
the contact (their condition for ADT_A01), unless more is said than a contact has room for. The person
to contact (NK1-30) is somebody else than the next of kin, so neither name nor telephone are mixed:
a contact of the organisation of NK1-13, else a RelatedPerson and a contact of their own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.contacts import address, contact_point
from adapters.hl7v2.datatypes.identifiers import benefit_number
from adapters.hl7v2.datatypes.moments import mend_period
from adapters.hl7v2.datatypes.names import human_name
from adapters.hl7v2.datatypes.parties import organization, reference
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.told import Told
from gateway.bundle import Resource, deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place

_NO_PERSON = ("EMR", "E", "F", "I", "S")  # HL7's condition: employer, federal agency, insurance, state agency
_REACHED = ("name", "telecom", "address", "organization")  # constraint pat-1: a contact says one of them
_SHARED = ("relationship", "telecom", "gender", "_gender", "period")  # as in a RelatedPerson
_ONCE = ("name", "address")  # a list there, one in a contact


def translate_relatives(told: Told) -> list[Draft]:
    """The RelatedPersons; contacts are put on the Patient."""
    drafts: list[Draft] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for nk1 in told.groups.relatives:
        person = Draft("RelatedPerson", "")
        place(segment_rows("NK1"), nk1, {"RelatedPerson": person}, told.scope, told.scope.ledger)
        mend_period(person, "period", told.scope.ledger)
        third = _contact_person(nk1, told)
        house = _organization(nk1, third, told)
        reached = _add_contact(person, house, told.patient)
        if len(person.resource) > 2 and not (reached and nk1.text(3) in _NO_PERSON and _fits_contact(person)):
            drafts.append(_finished(person, _counted(_key(nk1, person), seen), told))
        if third is not None and (house is None or third.number is not None):
            stranger = third.related_person()
            _add_contact(stranger, None, told.patient)
            key = ("contact", nk1.text(3), str(stranger.get("name[0].text") or ""))
            drafts.append(_finished(stranger, _counted(key, seen), told))
    return drafts


def _counted(key: tuple[str, ...], seen: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    seen[key] += 1
    return (*key, str(seen[key]))


def _key(nk1: Segment, person: Draft) -> tuple[str, ...]:
    """The relative's number, else name, else relationship."""
    for number in person.get("identifier") or ():
        return ("number", str(number["system"]), str(number["value"]))
    name = str(person.get("name[0].text") or "")
    return ("name", name) if name else ("relationship", nk1.text(3))


def _finished(person: Draft, key: tuple[str, ...], told: Told) -> Draft:
    person.resource["id"] = deterministic_id(told.scope.facility, "RelatedPerson", *told.number, *key)
    person.put("patient", told.patient.reference)
    return person


def _fits_contact(person: Draft) -> bool:
    """True when a contact says all that is known of the person."""
    known = set(person.resource) - {"resourceType", "id"}
    return known <= {*_SHARED, *_ONCE} and all(person.count(name) <= 1 for name in _ONCE)


def _add_contact(person: Draft, house: Piece | None, patient: Draft) -> bool:
    """Put the person's contact on the Patient; False where it could not be reached (constraint pat-1)."""
    value: Resource = {name: person.resource[name] for name in _SHARED if name in person.resource}
    value |= {name: person.resource[name][0] for name in _ONCE if name in person.resource}
    if house is not None:
        value["organization"] = house.value
    if not any(name in value for name in _REACHED):
        return False
    at = patient.add("contact", value)
    for path, source in person.lineage.items():
        element = path.partition(".")[0].partition("[")[0]
        if element in _ONCE and not path.startswith(f"{element}[0]"):
            continue
        if element in value:
            patient.lineage[f"{at}.{path.replace('[0]', '', 1) if element in _ONCE else path}"] = source
    if house is not None:
        house.trace(f"{at}.organization", patient.lineage)
    return True


def _organization(nk1: Segment, third: _Contact | None, told: Told) -> Piece | None:
    """NK1-13, entered in the directory with the person to contact; a contact has one organisation in R4."""
    house: Piece | None = None
    for value in nk1.said(13):
        try:
            if house is not None:
                raise CannotPlace("element-taken", code="duplicate", element="Patient.contact.organization")
            draft = organization(value, told.scope, contact=third.piece() if third is not None else None)
            house = reference(draft, value.path)
        except CannotPlace as why:
            told.scope.ledger.refuse_field(value.path, why)
    return house


@dataclass(slots=True)
class _Contact:
    """The person to contact: NK1-30 to -32, -37 and -41."""

    name: Piece | None
    telecoms: list[Piece]
    address: Piece | None
    number: Piece | None

    def piece(self) -> Piece | None:
        """Organization.contact."""
        made = Composite()
        made.put_piece("name", self.name)
        for telecom in self.telecoms:
            made.add_piece("telecom", telecom)
        made.put_piece("address", self.address)
        return made.piece()

    def related_person(self) -> Draft:
        draft = Draft("RelatedPerson", "")
        for element, pieces in (
            ("name", [self.name]),
            ("telecom", self.telecoms),
            ("address", [self.address]),
            ("identifier", [self.number]),
        ):
            for piece in pieces:
                if piece is not None:
                    draft.add(element, piece)
        return draft


def _contact_person(nk1: Segment, told: Told) -> _Contact | None:
    scope = told.scope
    found = {
        number: next((attempt(convert, value, scope) for value in nk1.said(number)[:1]), None)
        for number, convert in ((30, human_name), (32, address), (37, benefit_number))
    }
    telecoms = [attempt(_at_work, value, scope) for number in (31, 41) for value in nk1.said(number)]
    made = _Contact(found[30], [one for one in telecoms if one is not None], found[32], found[37])
    return made if made.telecoms or any(found.values()) else None


def _at_work(value: Value, scope: Scope) -> Piece | None:
    return contact_point(value, scope, "work")
