"""The datatypes of the mapping rows: a written value to a FHIR value, or CannotPlace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapters.bhyt.code_lists import edition
from adapters.bhyt.code_systems import (
    ICD9,
    ICD10,
    coding,
    drug_coding,
    extension,
    icd10,
    local,
    national,
    service_coding,
    supply_coding,
)
from adapters.bhyt.episode import Episode, traced
from adapters.bhyt.list_words import listed_words, worded
from adapters.bhyt.sections import component, line, note, paper_parts, section
from gateway.bundle import BHXH, BHYT, MA_CSKCB, mrn_system
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.naming import is_card, linking_number, person_number_system
from gateway.mapping.placing import Field
from gateway.mapping.rows import Row
from gateway.mapping.values import SOURCE_TEXT
from gateway.mapping.values import quantity as read_quantity
from gateway.mapping.vocabulary import vocabulary

_BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"

Convert = Callable[[Field, Episode], Piece]

# Extensions the rows may name as "extension NAME": the code list, or the kind of value.
_CODED = {
    "ethnic-group": "ma-dantoc",
    "occupation": "ma-nghe-nghiep",
    "province-code": "matinh",
    "district-code": "mahuyen",
    "commune-code": "maxa",
    "treatment-result": "ket-qua-dtri",
    "living-area": "ma-khuvuc",
    "arrival-category": "ma-doituong-kcb",
    "processing-method": "ma-pp-chebien",
    "department": "ma-khoa",
    "recurrent-wound": "vet-thuong-tp",
    "anaesthesia": "pp-vo-cam",
    "reused": "tai-su-dung",
}
_TEXTS = ("treatment-method", "encounter-note", "admission-reason")
_TIMES = ("treatment-ordered", "follow-up", "copayment-exempt-from", "five-years-insured", "result-time", "carried-out")

# Code lists the rows may name as "coding LIST" or "concept LIST".
_LISTS = (
    *("ma-khoa", "ma-loai-kcb", "ma-doituong-kcb", "ma-lydo-vvien", "ma-ly-do-vnt", "ma-tai-nan", "ma-loai-rv"),
    *("ma-benh-yhct", "ma-nhom", "vi-tri-th-dvkt", "duong-dung", "phac-do-arv", "phacdo-dtri-lao"),
)


def converter(row: Row) -> Convert:
    """What a row's datatype does; KeyError when no row of this adapter may name it."""
    if row.datatype == "code":
        return _code(row.vocabulary)
    return _TABLE[row.datatype]


def _text(found: Field, _episode: Episode) -> Piece:
    return Piece.of(found.value, found.path)


def _code(name: str) -> Convert:
    """The target of a vocabulary; the code as it is where the row names none."""

    def read(found: Field, _episode: Episode) -> Piece:
        target = vocabulary(name).translate(found.value)
        if target is None:
            raise CannotPlace("code-unmapped", code="code-invalid", vocabulary=name)
        return Piece.of(target.code, found.path)

    return read if name else _text


def _date(found: Field, episode: Episode) -> Piece:
    return Piece.of(episode.time(found.value).date, found.path)


def _date_time(found: Field, episode: Episode) -> Piece:
    time = episode.time(found.value)
    return Piece.of(time.text, traced(time, found.path))


def _identifier(system: str, found: Field) -> Piece:
    return Piece({"system": system, "value": found.value}, {"value": found.path})


def _person_number(found: Field, episode: Episode) -> Piece:
    if system := person_number_system(found.value):
        return Piece({"system": system, "value": found.value}, {"system": found.path, "value": found.path})
    # An account code or a foreign passport: kept, but no number another facility could know the person by.
    return _identifier(local(episode.facility, "so-cccd"), found)


def _icd10(found: Field, _episode: Episode) -> Piece:
    concept = icd10_concept(found.value)
    return Piece(concept, dict.fromkeys(icd10_leaves(concept), found.path))


def icd10_concept(value: str) -> dict[str, Any]:
    """An ICD-10 code as a CodeableConcept; what the sender wrote stands beside a code that got its point."""
    made = coding(ICD10, icd10(value))
    if made["code"] != value:
        made["extension"] = [{"url": SOURCE_TEXT, "valueString": value}]
    return {"coding": [made]}


def icd10_leaves(concept: dict[str, Any]) -> list[str]:
    """Where in the concept the source's text stands: the code, and beside one that got its point what was written."""
    return ["coding[0].code", *(["coding[0].extension[0].valueString"] if "extension" in concept["coding"][0] else [])]


def _performed_service(found: Field, episode: Episode) -> Piece:
    return Piece(service_coding(episode.facility, found.value), {"system": found.path, "code": found.path})


def _used_in_service(found: Field, episode: Episode) -> Piece:
    made = {"url": extension("used-in-service"), "valueCoding": service_coding(episode.facility, found.value)}
    return Piece(made, {"valueCoding": found.path})


def _drug(found: Field, episode: Episode) -> Piece:
    return Piece(drug_coding(episode.facility, found.value), {"system": found.path, "code": found.path})


def _drug_source(found: Field, _episode: Episode) -> Piece:
    made = {"url": extension("drug-source"), "valueIdentifier": {"system": MA_CSKCB, "value": found.value}}
    return Piece(made, {"valueIdentifier.value": found.path})


def _nationality(found: Field, _episode: Episode) -> Piece:
    inner = {"url": "code", "valueCodeableConcept": {"coding": [coding(national("ma-quoctich"), found.value)]}}
    url = "http://hl7.org/fhir/StructureDefinition/patient-nationality"
    return Piece({"url": url, "extension": [inner]}, {"extension[0].valueCodeableConcept.coding[0].code": found.path})


def _coding(system: str) -> Convert:
    return lambda found, _: Piece(coding(system, found.value), {"code": found.path})


def _concept(system: str) -> Convert:
    return lambda found, _: Piece({"coding": [coding(system, found.value)]}, {"coding[0].code": found.path})


def _coded_extension(name: str, listed: str) -> Convert:
    def read(found: Field, episode: Episode) -> Piece:
        code = coding(national(listed), found.value)
        if version := edition(listed, episode.day):
            code["version"] = version
        return Piece({"url": extension(name), "valueCoding": code}, {"valueCoding.code": found.path})

    return read


def _text_extension(name: str) -> Convert:
    return lambda found, _: Piece({"url": extension(name), "valueString": found.value}, {"valueString": found.path})


def _time_extension(name: str) -> Convert:
    def read(found: Field, episode: Episode) -> Piece:
        time = episode.time(found.value)
        return Piece({"url": extension(name), "valueDateTime": time.text}, {"valueDateTime": traced(time, found.path)})

    return read


def _quantity(found: Field, episode: Episode) -> Piece:
    """An amount: the decisions write it with a point and three decimals (``20.000``), whatever a laboratory writes."""
    made = read_quantity(found.value, "", decimal_comma=False)
    if made is None and episode.profile.decimal_comma:
        made = read_quantity(found.value, "", decimal_comma=True)
    if made is None:
        raise CannotPlace("bhyt-amount-unclear")
    return Piece(made, {"value": found.path})


def _facility_extension(name: str) -> Convert:
    return lambda found, _: Piece(
        {"url": extension(name), "valueIdentifier": {"system": MA_CSKCB, "value": found.value}},
        {"valueIdentifier.value": found.path},
    )


def _worded(name: str) -> Convert:
    return lambda found, _: Piece(worded(name, found.value), {"coding[0].code": found.path})


def _part(make: Callable[[str, Field, Episode], Piece], name: str) -> Convert:
    return lambda found, episode: make(name, found, episode)


def card_number(found: Field, episode: Episode) -> Piece:
    """An insurance card, a temporary child card included; what has no card's form is the facility's own number."""
    return _identifier(BHYT if is_card(found.value) else local(episode.facility, "the-tam"), found)


def insurance_number(found: Field, episode: Episode) -> Piece:
    """A number of ten digits is the person's of social insurance; anything else the facility's own."""
    known = linking_number(BHXH, found.value)
    return _identifier(BHXH if known else local(episode.facility, "ma-bhxh"), found)


def _birth_place(found: Field, _episode: Episode) -> Piece:
    return Piece({"url": _BIRTH_PLACE, "valueAddress": {"text": found.value}}, {"valueAddress.text": found.path})


def _own_number(name: str) -> Convert:
    return lambda found, episode: _identifier(local(episode.facility, name), found)


# Numbers of the facility's own papers and books, which the rows may name as "own-number NAME".
_OWN_NUMBERS = (
    *("giay-chuyen-tuyen", "so-hoso-chuyen-tuyen", "so-chuyen-tuyen", "giay-hen-kham-lai"),
    *("so-luu-tru", "giay-chung-sinh", "so-seri", "so-ct", "so-kcb", "so-bien-ban"),
)


# Every datatype the mapping files of this adapter use, "code" aside.
_TABLE: dict[str, Convert] = {
    "text": _text,
    "date": _date,
    "dateTime": _date_time,
    "icd10": _icd10,
    "mrn": lambda found, episode: _identifier(mrn_system(episode.facility), found),
    "person-number": _person_number,
    "facility": lambda found, _: _identifier(MA_CSKCB, found),
    "record-number": lambda found, episode: _identifier(local(episode.facility, "ma-hsba"), found),
    "episode-number": lambda found, episode: _identifier(local(episode.facility, "ma-lk"), found),
    "service": _performed_service,
    "drug": _drug,
    "registration-number": lambda found, _: _identifier(national("so-dang-ky"), found),
    "supply": lambda found, episode: Piece(supply_coding(episode.facility, found.value), {"code": found.path}),
    "supply-model": lambda found, episode: Piece(
        coding(local(episode.facility, "ma-hieu-sp"), found.value), {"code": found.path}
    ),
    "icd9": lambda found, _: Piece(coding(ICD9, found.value), {"code": found.path}),
    "extension used-in-service": _used_in_service,
    "extension drug-source": _drug_source,
    "nationality": _nationality,
    "quantity": _quantity,
    **{f"coding {name}": _coding(national(name)) for name in _LISTS},
    **{f"concept {name}": _concept(national(name)) for name in _LISTS},
    **{f"extension {name}": _coded_extension(name, listed) for name, listed in _CODED.items()},
    **{f"extension {name}": _text_extension(name) for name in _TEXTS},
    **{f"extension {name}": _time_extension(name) for name in _TIMES},
    "card": card_number,
    "bhxh": insurance_number,
    "birth-place": _birth_place,
    "concept-text": lambda found, _: Piece({"text": found.value}, {"text": found.path}),
    "extension referred-from": _facility_extension("referred-from"),
    **{f"own-number {name}": _own_number(name) for name in _OWN_NUMBERS},
    **{f"worded {name}": _worded(name) for name in listed_words()},
    **{f"section {name}": _part(section, name) for name in paper_parts()},
    **{f"component {name}": _part(component, name) for name in paper_parts()},
    **{f"note {name}": _part(note, name) for name in paper_parts()},
    **{f"line {name}": _part(line, name) for name in paper_parts()},
}
