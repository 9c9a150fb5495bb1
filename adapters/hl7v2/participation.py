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
from adapters.hl7v2.datatypes.contacts import address, contact_point, mark_preferred
from adapters.hl7v2.datatypes.identifiers import entity_number, practitioner_licence
from adapters.hl7v2.datatypes.moments import date_time, reversed_period
from adapters.hl7v2.datatypes.parties import organization, practitioner, reference
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.vocabulary import vocabulary

# What each field says, in order; "-" says nothing that has a place.
_ROL = "number action role person begin end - reason specialty unit address telecom location organization"
_PRT = "number action reason role person specialty unit organization location device begin end - address telecom"
_FIELDS = {
    "ROL": {name: at for at, name in enumerate(_ROL.split(), 1)},
    "PRT": {name: at for at, name in enumerate(_PRT.split(), 1)} | {"preferred": 23, "licence": 24},
}
_TABLES = ("", "HL70443", "HL70912")  # of roles; a code without a table is taken for one of theirs where it is one
_KIN = ("HL70063", "HL70131")  # relationship, contact role
_LASTING = ("AD", "A", "CO", "LI", "S", "U", "UC", "UP", "X")  # HL7 tables 0206 and 0287
_ENDING = ("D", "DE", "UN")
_OF_HOUSE = ("B", "BI", "L")  # XAD.7: whose address it is (HL7's map ROL[Patient-GeneralPractitioner])
_OF_PLACE = ("M", "O", "S", "SH", "TM")


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

    def kin(self) -> str:
        """The role among relatives: of HL7 table 0063 or 0131, or a relationship without a table; "" for any other."""
        for value in self.said("role"):
            known = vocabulary("hl7v2-relationship").translate(value.peek())
            if value.peek(3) in _KIN or (not value.peek(3) and known is not None):
                return value.peek() or value.peek(3)
        return ""

    @cached_property
    def ended(self) -> bool:
        """True where the sender takes the participation back. A code of no table is held, and so are two that say
        both: nobody knows whether."""
        values = self.said("action")
        codes = [value.peek() for value in values]
        if not set(codes) <= {*_LASTING, *_ENDING} or len({code in _ENDING for code in codes}) > 1:
            self._scope.ledger.hold("code-invalid", "hl7v2-action-unknown", values[0].path)
            return False
        for value in values:
            for component in (1, 2, 3):
                value.take(component)
        return bool(codes) and codes[0] in _ENDING

    @property
    def stands(self) -> bool | None:
        """False where it is taken back, True where the sender says that it stands, without an end; None else."""
        if self.ended:
            return False
        return True if self.said("action") and not self.said("end") else None

    @cached_property
    def key(self) -> tuple[str, ...]:
        """What the participation is known by: its number, role and whom it names by their numbers, else names.

        The number alone is not enough: senders count their segments in it. Neither status nor period is part of it,
        so that an end is a new version.
        """
        named = [*map(person_key, self.said("person")), *map(_house_key, self.said("organization"))]
        return (self.segment.raw(1), *(value.peek() for value in self.said("role")[:1]), "~".join(named))

    def names_the_same(self, other: Participation) -> bool:
        """True for one participation told twice; where nobody is named, of the same device and place."""
        if self.said("person") or self.said("organization"):
            return self.key == other.key
        things = [[value.raw for name in ("device", "location") for value in one.said(name)] for one in (self, other)]
        return self.key == other.key and things[0] == things[1]

    def leave(self, reason: str, *, all_of_it: bool = False) -> None:
        """List what was not asked for; ``all_of_it`` where nothing of the segment has a place."""
        for number in self.segment.filled():
            for value in self.segment.values(number):
                if all_of_it or not value.taken:
                    self._scope.ledger.leave(value.path, reason)

    def take_role(self) -> None:
        """The element it goes to says the role itself."""
        for value in self.said("role")[:1]:
            for component in (1, 2, 3):
                value.take(component)

    def identifiers(self) -> Iterator[Piece]:
        """The instance's number, and PRT-24's."""
        scope = self._scope
        for value in self.said("number"):
            if (made := attempt(lambda value, scope: entity_number(value, scope, "role"), value, scope)) is not None:
                yield made
        yield from self._all("licence", practitioner_licence)

    def role(self, table: str = "") -> Piece | None:
        """``table``: a vocabulary the code is translated by, where it has it; else it is as sent."""

        def translated(value: Value, scope: Scope) -> Piece | None:
            listed = table and value.peek(3) in (*_TABLES, *_KIN)
            return codeable(value, scope, table if listed and vocabulary(table).translate(value.peek()) else "")

        for value in self.said("role")[:1]:
            return attempt(translated, value, self._scope)
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
        made = list(self._all("telecom", contact_point))
        for value in self.said("preferred"):
            mark_preferred(value, made)
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


def person_key(value: Value) -> str:
    """XCN: the number and who gave it, else the name."""
    return "^".join(map(value.peek, (1, 9) if value.peek() else (2, 3, 4)))


def _house_key(value: Value) -> str:
    """XON: the number, else the name."""
    return value.peek(10) or value.peek(3) or value.peek()
