"""The datatypes of the mapping rows: a written value to a FHIR value, or CannotPlace."""

from __future__ import annotations

from typing import Any

from adapters.bhyt.code_systems import ICD10, coding, extension, icd10, local, national, service_coding
from adapters.bhyt.episode import Episode, traced
from gateway.bundle import MA_CSKCB, mrn_system
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.naming import person_number_system
from gateway.mapping.rows import Converter, Row
from gateway.mapping.values import SOURCE_TEXT
from gateway.mapping.values import quantity as read_quantity
from gateway.mapping.vocabulary import vocabulary

# Extensions the rows may name as "extension NAME": the code list, or the kind of value.
_CODED = {
    "ethnic-group": "ma-dantoc",
    "occupation": "ma-nghe-nghiep",
    "province-code": "matinh",
    "district-code": "mahuyen",
    "commune-code": "maxa",
    "treatment-result": "ket-qua-dtri",
    "living-area": "ma-khuvuc",
}
_TEXTS = ("treatment-method", "encounter-note", "admission-reason")
_TIMES = ("treatment-ordered", "follow-up", "copayment-exempt-from", "five-years-insured", "result-time")

# Code lists the rows may name as "coding LIST" or "concept LIST".
_LISTS = (
    *("ma-khoa", "ma-loai-kcb", "ma-doituong-kcb", "ma-lydo-vvien", "ma-ly-do-vnt", "ma-tai-nan", "ma-loai-rv"),
    *("ma-benh-yhct", "ma-nhom", "vi-tri-th-dvkt"),
)


def converters(episode: Episode) -> dict[str, Converter]:
    """Every datatype the mapping files of this adapter use."""
    made: dict[str, Converter] = {
        "text": lambda value, path, _: Piece.of(value, path),
        "code": _code,
        "date": _dated(episode, whole=False),
        "dateTime": _dated(episode, whole=True),
        "icd10": _icd10,
        "mrn": lambda value, path, _: _identifier(mrn_system(episode.facility), value, path),
        "person-number": _person_number(episode),
        "facility": lambda value, path, _: _identifier(MA_CSKCB, value, path),
        "record-number": lambda value, path, _: _identifier(local(episode.facility, "ma-hsba"), value, path),
        "episode-number": lambda value, path, _: _identifier(local(episode.facility, "ma-lk"), value, path),
        "service": lambda value, path, _: Piece(
            service_coding(episode.facility, value), {"system": path, "code": path}
        ),
        "nationality": _nationality,
        "quantity": _quantity(episode),
    }
    for name in _LISTS:
        made[f"coding {name}"] = _coding(national(name))
        made[f"concept {name}"] = _concept(national(name))
    for name, listed in _CODED.items():
        made[f"extension {name}"] = _coded_extension(name, national(listed))
    for name in _TEXTS:
        made[f"extension {name}"] = _text_extension(name)
    for name in _TIMES:
        made[f"extension {name}"] = _time_extension(episode, name)
    return made


def _code(value: str, path: str, row: Row) -> Piece:
    if not row.vocabulary:
        return Piece.of(value, path)
    target = vocabulary(row.vocabulary).translate(value)
    if target is None:
        raise CannotPlace("code-unmapped", code="code-invalid", vocabulary=row.vocabulary)
    return Piece.of(target.code, path)


def _dated(episode: Episode, *, whole: bool) -> Converter:
    def read(value: str, path: str, _row: Row) -> Piece:
        time = episode.time(value)
        return Piece.of(time.text, traced(time, path)) if whole else Piece.of(time.date, path)

    return read


def _identifier(system: str, value: str, path: str) -> Piece:
    return Piece({"system": system, "value": value}, {"value": path})


def _person_number(episode: Episode) -> Converter:
    def read(value: str, path: str, _row: Row) -> Piece:
        system = person_number_system(value)
        if system:
            return Piece({"system": system, "value": value}, {"system": path, "value": path})
        # An account code or a foreign passport: kept, but no number another facility could know the person by.
        return _identifier(local(episode.facility, "so-cccd"), value, path)

    return read


def _icd10(value: str, path: str, _row: Row) -> Piece:
    return Piece(icd10_concept(value), {"coding[0].code": path})


def icd10_concept(value: str) -> dict[str, Any]:
    """An ICD-10 code as a CodeableConcept; what the sender wrote stands beside a code that got its point."""
    made = coding(ICD10, icd10(value))
    if made["code"] != value:
        made["extension"] = [{"url": SOURCE_TEXT, "valueString": value}]
    return {"coding": [made]}


def _nationality(value: str, path: str, _row: Row) -> Piece:
    inner = {"url": "code", "valueCodeableConcept": {"coding": [coding(national("ma-quoctich"), value)]}}
    url = "http://hl7.org/fhir/StructureDefinition/patient-nationality"
    return Piece({"url": url, "extension": [inner]}, {"extension[0].valueCodeableConcept.coding[0].code": path})


def _coding(system: str) -> Converter:
    return lambda value, path, _: Piece(coding(system, value), {"code": path})


def _concept(system: str) -> Converter:
    return lambda value, path, _: Piece({"coding": [coding(system, value)]}, {"coding[0].code": path})


def _coded_extension(name: str, system: str) -> Converter:
    return lambda value, path, _: Piece(
        {"url": extension(name), "valueCoding": coding(system, value)}, {"valueCoding.code": path}
    )


def _text_extension(name: str) -> Converter:
    return lambda value, path, _: Piece({"url": extension(name), "valueString": value}, {"valueString": path})


def _time_extension(episode: Episode, name: str) -> Converter:
    def read(value: str, path: str, _row: Row) -> Piece:
        time = episode.time(value)
        return Piece({"url": extension(name), "valueDateTime": time.text}, {"valueDateTime": traced(time, path)})

    return read


def _quantity(episode: Episode) -> Converter:
    def read(value: str, path: str, _row: Row) -> Piece:
        made = read_quantity(value, "", decimal_comma=episode.profile.decimal_comma)
        if made is None:
            raise CannotPlace("value-number-ambiguous")
        return Piece(made, {"value": path})

    return read
