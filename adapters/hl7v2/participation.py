"""ROL and PRT read alike: who takes part, as what, from when to when, where and on whose behalf.

The two segments say the same in other fields. A field is converted only where what is made of it has a place,
so that the rest is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes import places
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.contacts import address, contact_point
from adapters.hl7v2.datatypes.identifiers import entity_number, practitioner_licence
from adapters.hl7v2.datatypes.moments import date_time, reversed_period
from adapters.hl7v2.datatypes.parties import organization, practitioner, reference
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.vocabulary import vocabulary

PREFERRED = "http://hl7.org/fhir/StructureDefinition/iso21090-preferred"
_FIELDS = {
    "ROL": {
        "number": 1,
        "action": 2,
        "role": 3,
        "person": 4,
        "begin": 5,
        "end": 6,
        "reason": 8,
        "specialty": 9,
        "unit": 10,
        "address": 11,
        "telecom": 12,
        "location": 13,
        "organization": 14,
    },
    "PRT": {
        "number": 1,
        "action": 2,
        "reason": 3,
        "role": 4,
        "person": 5,
        "specialty": 6,
        "unit": 7,
        "organization": 8,
        "location": 9,
        "device": 10,
        "begin": 11,
        "end": 12,
        "address": 14,
        "telecom": 15,
        "preferred": 23,
        "licence": 24,
    },
}
_TABLES = ("", "HL70443", "HL70912")  # of roles; a code without a table is taken for one of theirs where it is one
_KIN = ("HL70063", "HL70131")  # relationship, contact role
_LASTING = ("AD", "A", "CO", "LI", "S", "U", "UC", "UP", "X")  # HL7 tables 0206 and 0287
_ENDING = ("D", "DE", "UN")
_OF_HOUSE = ("B", "BI", "L")  # XAD.7: whose address it is (HL7's map ROL[Patient-GeneralPractitioner])
_OF_PLACE = ("M", "O", "S", "SH", "TM")
# HL7 table 0185 → the element of a ContactPoint that says so, and what it says
_WAYS = {
    "B": ("system", "pager"),
    "C": ("use", "mobile"),
    "E": ("system", "email"),
    "F": ("system", "fax"),
    "H": ("use", "home"),
    "O": ("use", "work"),
}


class Participation:
    """One ROL or PRT."""

    def __init__(self, segment: Segment, scope: Scope) -> None:
        self.segment = segment
        self._scope = scope
        self._fields = _FIELDS[segment.name]

    def said(self, name: str) -> tuple[Value, ...]:
        """The repetitions of the field of that name; () where the segment has none."""
        return self.segment.said(self._fields[name]) if name in self._fields else ()

    def path(self, name: str) -> str:
        return self.segment.path(self._fields[name])

    def code(self) -> str:
        """The role's code where its table is HL7's of roles, or none is said; "" else."""
        for value in self.said("role"):
            return value.peek() if value.peek(3) in _TABLES else ""
        return ""

    def is_of_kin(self) -> bool:
        """True for a role among relatives: of HL7 table 0063 or 0131, or a relationship without a table."""
        for value in self.said("role"):
            known = vocabulary("hl7v2-relationship").translate(value.peek())
            return value.peek(3) in _KIN or (not value.peek(3) and known is not None)
        return False

    @cached_property
    def ended(self) -> bool:
        """True where the sender takes the participation back. A code of no table is held: nobody knows whether."""
        for value in self.said("action"):
            if value.peek() not in (*_LASTING, *_ENDING):
                self._scope.ledger.hold("code-invalid", "hl7v2-action-unknown", value.path)
                return False
            for component in (2, 3):
                value.take(component)
            return value.take() in _ENDING
        return False

    def identifiers(self) -> Iterator[Piece]:
        """The instance's number, and PRT-24's."""
        scope = self._scope
        for value in self.said("number"):
            if (made := attempt(lambda value, scope: entity_number(value, scope, "role"), value, scope)) is not None:
                yield made
        yield from self._all("licence", practitioner_licence)

    def role(self, table: str = "") -> Piece | None:
        """``table``: a vocabulary the code is translated by, where it has it; else it is as sent."""
        for value in self.said("role")[:1]:
            listed = table and value.peek(3) in (*_TABLES, *_KIN)
            known = table if listed and vocabulary(table).translate(value.peek()) is not None else ""
            return attempt(lambda value, scope, known=known: codeable(value, scope, known), value, self._scope)
        return None

    def concepts(self, name: str) -> list[Piece]:
        return list(self._all(name, codeable))

    def period(self) -> Piece | None:
        """An end before its beginning is listed."""
        made = Composite()
        for name in ("begin", "end"):
            for value in self.said(name)[:1]:
                moment = attempt(date_time, value, self._scope)
                if moment is not None and reversed_period({**made.value, name: moment.value} if made.value else {}):
                    self._scope.ledger.refuse_field(value.path, CannotPlace("hl7v2-period-reversed"))
                elif moment is not None:
                    made.put_piece("start" if name == "begin" else "end", moment)
        return made.piece()

    def telecoms(self) -> list[Piece]:
        """The preferred one of PRT-23 says so, where it can be told which that is."""
        made = list(self._all("telecom", contact_point))
        for value in self.said("preferred"):
            element, said = _WAYS.get(value.peek(), ("", ""))
            at = next((at for at, one in enumerate(made) if element and one.value.get(element) == said), None)
            if at is not None:
                value.take()
                one = made[at]
                extension = [{"url": PREFERRED, "valueBoolean": True}]
                made[at] = Piece(
                    {"extension": extension, **one.value},
                    {"extension[0].valueBoolean": value.path, **one.sources},
                )
        return made

    def addresses(self, whose: str) -> list[Piece]:
        """Those of the ``person``, the ``organization`` or the ``location``, each once: by its type (XAD.7), where the
        segment names that; else the person's, the place's or the organisation's, the first it names."""
        values = [value for value in self.said("address") if self._whose(value) == whose]
        made = (attempt(address, value, self._scope) for value in values)
        return [one for one in made if one is not None]

    def _whose(self, value: Value) -> str:
        kind = value.peek(7)
        if kind in _OF_HOUSE and self.said("organization"):
            return "organization"
        if kind in _OF_PLACE and (self.said("location") or self.said("person")):
            return "location"
        return next((name for name in ("person", "location", "organization") if self.said(name)), "location")

    def practitioner(self, value: Value, telecoms: Sequence[Piece] = ()) -> Piece | None:
        """A reference to the person of a repetition, with the person's addresses."""

        def convert(value: Value, scope: Scope) -> Piece:
            if not any(value.peek(component) for component in (1, 2, 3, 4)):
                raise CannotPlace("hl7v2-unnamed")  # before an address of nobody is taken
            return reference(practitioner(value, scope, self.addresses("person"), telecoms), value.path)

        return attempt(convert, value, self._scope)

    def organization(self, telecoms: Sequence[Piece] = ()) -> Piece | None:
        """A reference to the organisation, with its type and addresses; a second one is listed."""
        found: Piece | None = None
        for value in self.said("organization"):
            if found is not None:
                taken = CannotPlace("element-taken", code="duplicate", element="PractitionerRole.organization")
                self._scope.ledger.refuse_field(value.path, taken)
                continue
            if not any(value.peek(component) for component in (1, 3, 10)):
                self._scope.ledger.refuse_field(value.path, CannotPlace("hl7v2-unnamed"))
                continue
            more = Composite()
            pieces = (
                *(("type", one) for one in self.concepts("unit")),
                *(("telecom", one) for one in telecoms),
                *(("address", one) for one in self.addresses("organization")),
            )
            for name, piece in pieces:
                more.add_piece(name, piece)
            found = self._reference(partial(organization, more=more.piece()), value)
        return found

    def locations(self) -> list[Piece]:
        """References to where it happens: PL, with the place's address; an address alone is a place too."""
        made = list(self._all("location", places.place_reference))
        addresses = self.addresses("location")
        if addresses and made:
            where = self._scope.directory.drafts[made[0].value["reference"].removeprefix("urn:uuid:")]
            if where.get("address") in (None, addresses[0].value):
                where.place("address", addresses.pop(0))
        for one in addresses:
            whole = Composite()
            whole.put_piece("address", one)
            piece = whole.piece()
            if piece is not None:
                made.append(Piece.of(self._scope.directory.enter("Location", piece).reference, self.path("address")))
        return made

    def _reference(self, enter: Callable[[Value, Scope], Draft], value: Value) -> Piece | None:
        return attempt(lambda value, scope: reference(enter(value, scope), value.path), value, self._scope)

    def _all(self, name: str, convert: Callable[[Value, Scope], Piece | None]) -> Iterator[Piece]:
        for value in self.said(name):
            made = attempt(convert, value, self._scope)
            if made is not None:
                yield made
