"""The datatypes of the mapping rows: an attribute's value to a FHIR value, or CannotPlace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from adapters.dicomweb import codes, numbers
from adapters.dicomweb.dataset import Value, uid
from adapters.dicomweb.moments import age, day
from adapters.dicomweb.names import human_name, spoken
from adapters.dicomweb.telling import Telling
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.rows import Row
from gateway.mapping.vocabulary import vocabulary

Convert = Callable[[Value, Telling], Piece | None]

_MOTHERS_NAME = "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName"
_LARGEST = 2_147_483_647  # https://hl7.org/fhir/R4/datatypes.html#unsignedInt


def converter(row: Row) -> Convert:
    """What a row's datatype does; KeyError when no row of this adapter may name it."""
    kind, _, detail = row.datatype.partition(":")
    if row.vocabulary:
        return _TABLED[kind](row.vocabulary)
    if kind in _DETAILED:
        return partial(_DETAILED[kind], detail)
    return _TABLE[kind]


def _text(found: Value, _telling: Telling) -> Piece:
    return Piece.of(found.value, found.path)


def _uid(found: Value, _telling: Telling) -> Piece:
    return Piece.of(uid(found.value), found.path)


def _date(found: Value, _telling: Telling) -> Piece:
    return Piece.of(day(found.value), found.path)


def _count(found: Value, _telling: Telling) -> Piece:
    number = int(found.value)
    if not 0 <= number <= _LARGEST:
        raise CannotPlace("dicom-count-impossible")
    return Piece.of(number, found.path)


def _name(found: Value, _telling: Telling) -> Piece:
    return Piece(*human_name(found))


def _birth_name(found: Value, _telling: Telling) -> Piece:
    return Piece(*human_name(found, "old"))


def _mothers_name(found: Value, _telling: Telling) -> Piece:
    return Piece({"url": _MOTHERS_NAME, "valueString": spoken(found)}, {"valueString": found.path})


def _address(found: Value, _telling: Telling) -> Piece:
    return Piece({"text": found.value}, {"text": found.path})


def _telephone(found: Value, _telling: Telling) -> Piece:
    return Piece({"system": "phone", "value": found.value}, {"value": found.path})


def _note(unit: str, found: Value, _telling: Telling) -> Piece:
    """What R4's study has no element for, named, so that a reader knows what is said."""
    text = spoken(found) if found.group else f"{found.value} {unit}" if unit else found.value
    return Piece({"text": f"{found.known.label}: {text}"}, {"text": found.path})


def _age(found: Value, _telling: Telling) -> Piece:
    return Piece({"text": f"{found.known.label}: {age(found)}"}, {"text": found.path})


def _coded_note(name: str) -> Convert:
    def read(found: Value, _telling: Telling) -> Piece:
        target = vocabulary(name).translate(found.value)
        if target is None:
            raise CannotPlace("code-unmapped", code="code-invalid", vocabulary=name)
        return Piece({"text": f"{found.known.label}: {target.display}"}, {"text": found.path})

    return read


def _code(name: str) -> Convert:
    def read(found: Value, _telling: Telling) -> Piece:
        target = vocabulary(name).translate(found.value)
        if target is None:
            raise CannotPlace("code-unmapped", code="code-invalid", vocabulary=name)
        return Piece.of(target.code, found.path)

    return read


_TABLE: dict[str, Convert] = {
    "text": _text,
    "uid": _uid,
    "date": _date,
    "count": _count,
    "name": _name,
    "birth-name": _birth_name,
    "mothers-name": _mothers_name,
    "address": _address,
    "telephone": _telephone,
    "age": _age,
    "patient-number": numbers.patient_number,
    "other-number": numbers.other_number,
    "study-uid": numbers.study_uid,
    "accession": numbers.accession,
    "admission": numbers.admission,
    "codes": codes.concept,
    "coding": codes.coding,
    "words": codes.words,
    "modality": codes.modality,
    "sop-class": codes.sop_class,
}
_DETAILED: dict[str, Callable[[str, Value, Telling], Piece | None]] = {
    "number": numbers.number,
    "note": _note,
}
_TABLED: dict[str, Callable[[str], Convert]] = {
    "code": _code,
    "code-note": _coded_note,
    "laterality": codes.of_table,
    "body-part": lambda name: codes.of_table(name, codes.BODY_PARTS),
}
