"""The datatypes that rows may name: a written value to a FHIR value, or CannotPlace.

Codes and numbers of the facility's own stand in systems of its own (``urn:vn:cskcb:FACILITY:NAME``), where the
decisions about its vocabulary find them. What belongs to a result's value is in gateway.mapping.mapped.results.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.bundle import BHXH, BHYT, MA_CSKCB, mrn_system
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.mapped.dates import read_date
from gateway.mapping.mapped.file import Words
from gateway.mapping.naming import is_card, linking_number, person_number_system
from gateway.mapping.placing import Convert, Field
from gateway.mapping.rows import Row
from gateway.mapping.times import Time
from gateway.mapping.values import quantity
from gateway.mapping.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Manner:
    """How one facility's fields are read: whose they are, and what its registration and the mapping file say.

    ``read_as``: the character set their bytes were read in. ``exact``: of fields that can be read one way only
    (Fields.exact).
    """

    facility: str
    utc_offset: str
    decimal_comma: bool
    dates: tuple[str, ...]
    units: frozenset[tuple[str, str]]
    read_as: str = "utf-8"

    @property
    def exact(self) -> Manner:
        return replace(self, decimal_comma=False, dates=()) if self.decimal_comma or self.dates else self


Converter = Convert[Field, Manner]

_NAMED = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_URL = re.compile(r"(https?://|urn:)\S+\Z")
_PHONE = re.compile(r"[+0-9][0-9 .()-]{5,}\Z")


def converter(row: Row, words: Mapping[str, Words]) -> Converter:
    """What a row's datatype does. ValueError: no such datatype, or it lacks its parameter or vocabulary."""
    name, _, parameter = row.datatype.partition(" ")
    if row.vocabulary:
        if name not in _CODED:
            raise ValueError(f"{row.datatype} takes no vocabulary")
        return _CODED[name](target_of(row.vocabulary, words))
    if made := _PLAIN.get(row.datatype):
        return made
    if name in _OWN and _NAMED.match(parameter):
        return _OWN[name](parameter)
    if name in _OF_SYSTEM and _URL.match(parameter):
        return _OF_SYSTEM[name](parameter)
    raise ValueError(f"there is no datatype {row.datatype}, or it lacks its name, address or vocabulary")


def local(facility: str, name: str) -> str:
    """The system of a facility's own codes or numbers."""
    return f"urn:vn:cskcb:{facility}:{name}"


def coding(system: str, text: str) -> dict[str, Any]:
    """A Coding; blanks a FHIR code cannot hold are single in ``code`` and as written in ``display``."""
    code = " ".join(text.split())
    return {"system": system, "code": code} if code == text else {"system": system, "code": code, "display": text}


Target = Callable[[str], dict[str, str]]


def target_of(name: str, words: Mapping[str, Words]) -> Target:
    """The Coding a text means, by the file's own words before the gateway's maps; ValueError for no vocabulary."""
    if own := words.get(name):

        def of_words(text: str) -> dict[str, str]:
            if text not in own.codes:
                raise CannotPlace("code-unmapped", code="code-invalid", vocabulary=name)
            return {"system": own.system, "code": own.codes[text]} if own.system else {"code": own.codes[text]}

        return of_words
    try:
        known = vocabulary(name) if _NAMED.match(name) else None
    except FileNotFoundError:
        known = None
    if known is None:
        raise ValueError(f"there is no vocabulary {name}")

    def of_map(text: str) -> dict[str, str]:
        found = known.translate(text)
        if found is None:
            raise CannotPlace("code-unmapped", code="code-invalid", vocabulary=name)
        return found.as_fhir()

    return of_map


def _concept_of(target: Target) -> Converter:
    def read(found: Field, _manner: Manner) -> Piece:
        return Piece.of({"coding": [target(found.value)], "text": found.value}, found.path)

    return read


def _traced(time: Time, path: str) -> str:
    return f"{path} ({time.note})" if time.note else path


def _date(found: Field, manner: Manner) -> Piece:
    return Piece.of(read_date(found.value, manner.dates, manner.utc_offset).date, found.path)


def _date_time(found: Field, manner: Manner) -> Piece:
    time = read_date(found.value, manner.dates, manner.utc_offset)
    if time.lost:
        raise CannotPlace("time-hour-only")
    return Piece.of(time.text, _traced(time, found.path))


def _instant(found: Field, manner: Manner) -> Piece:
    time = read_date(found.value, manner.dates, manner.utc_offset)
    if not time.has_time:
        raise CannotPlace("time-not-an-instant")
    return Piece.of(time.text, _traced(time, found.path))


def _identifier(system: str, found: Field) -> Piece:
    return Piece({"system": system, "value": found.value}, {"value": found.path})


def _person_number(found: Field, manner: Manner) -> Piece:
    return _identifier(person_number_system(found.value) or local(manner.facility, "so-cccd"), found)


def _card(found: Field, manner: Manner) -> Piece:
    return _identifier(BHYT if is_card(found.value) else local(manner.facility, "the-tam"), found)


def _insurance_number(found: Field, manner: Manner) -> Piece:
    known = linking_number(BHXH, found.value)
    return _identifier(BHXH if known else local(manner.facility, "ma-bhxh"), found)


def _phone(found: Field, _manner: Manner) -> Piece:
    if not _PHONE.match(found.value):
        raise CannotPlace("not-a-phone-number")
    return Piece({"system": "phone", "value": found.value}, {"value": found.path})


def _quantity(found: Field, manner: Manner) -> Piece:
    made = quantity(found.value, "", decimal_comma=manner.decimal_comma)
    if made is None:
        raise CannotPlace("value-number-ambiguous")
    return Piece.of(made, found.path)


def _own_coding(name: str) -> Converter:
    return lambda found, manner: Piece(coding(local(manner.facility, name), found.value), {"code": found.path})


def _own_concept(name: str) -> Converter:
    def read(found: Field, manner: Manner) -> Piece:
        made = {"coding": [coding(local(manner.facility, name), found.value)], "text": found.value}
        return Piece(made, {"coding[0].code": found.path, "text": found.path})

    return read


_PLAIN: dict[str, Converter] = {
    "text": lambda found, _: Piece.of(found.value, found.path),
    "concept": lambda found, _: Piece({"text": found.value}, {"text": found.path}),
    "note": lambda found, _: Piece({"text": found.value}, {"text": found.path}),
    "address": lambda found, _: Piece({"text": found.value}, {"text": found.path}),
    "name": lambda found, _: Piece({"text": found.value}, {"text": found.path}),
    "phone": _phone,
    "date": _date,
    "dateTime": _date_time,
    "instant": _instant,
    "quantity": _quantity,
    "mrn": lambda found, manner: _identifier(mrn_system(manner.facility), found),
    "person-number": _person_number,
    "card": _card,
    "bhxh": _insurance_number,
    "facility": lambda found, _: _identifier(MA_CSKCB, found),
}
_OWN: dict[str, Callable[[str], Converter]] = {
    "own-coding": _own_coding,
    "own-concept": _own_concept,
    "own-number": lambda name: lambda found, manner: _identifier(local(manner.facility, name), found),
}
_OF_SYSTEM: dict[str, Callable[[str], Converter]] = {
    "coding": lambda system: lambda found, _: Piece(coding(system, found.value), {"code": found.path}),
    "identifier": lambda system: lambda found, _: _identifier(system, found),
}
_CODED: dict[str, Callable[[Target], Converter]] = {
    "code": lambda target: lambda found, _: Piece.of(target(found.value)["code"], found.path),
    "coding": lambda target: lambda found, _: Piece.of(target(found.value), found.path),
    "concept": _concept_of,
}
