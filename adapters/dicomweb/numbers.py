"""Identifiers: the patient's, the study's, the accession's, each in a system that says whose number it is."""

from __future__ import annotations

from typing import Any

from adapters.dicomweb.dataset import Value, inner, inner_text, uid
from adapters.dicomweb.telling import Telling
from gateway.bundle import BHXH, BHYT, CCCD
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.naming import is_card, linking_number, person_number_system

TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
UIDS = "urn:dicom:uid"
# What an issuer may be called where it declares a national number.
_NATIONAL = {
    **dict.fromkeys(("CCCD", "CMND", "CAN_CUOC", "SO_CCCD", "NI", "NNVNM"), CCCD),
    **dict.fromkeys(("BHXH", "MA_BHXH"), BHXH),
    **dict.fromkeys(("BHYT", "THE_BHYT", "MA_THE_BHYT", "HC"), BHYT),
}


def number(kind: str, found: Value, telling: Telling) -> Piece:
    """A number of the facility's own ``kind``."""
    system = telling.system("id", "other") if kind == "other" else telling.system(kind)
    return Piece({"system": system, "value": found.value}, {"value": found.path})


def patient_number(found: Value, telling: Telling) -> Piece:
    """PatientID with its issuer."""
    patient = telling.study.patient
    qualifiers = patient.repetitions("IssuerOfPatientIDQualifiersSequence")
    issuer = patient.text("IssuerOfPatientID")
    telling.ledger.use(
        *(one.path for one in patient.repetitions("IssuerOfPatientID")), *(one.path for one in qualifiers)
    )
    system = _national(issuer, found, telling) or telling.issued_system(issuer, "mrn")
    if qualifiers and (designated := telling.designated_system(qualifiers[0], "mrn")) != telling.system("mrn"):
        system = designated
    return Piece({"system": system, "value": found.value}, {"value": found.path})


def other_number(item: Value, telling: Telling) -> Piece | None:
    """An item of OtherPatientIDsSequence."""
    numbers = inner(item, "PatientID")
    if not numbers:
        raise CannotPlace("dicom-number-missing")
    issuer = inner_text(item, "IssuerOfPatientID")
    system = _national(issuer, numbers[0], telling) or telling.issued_system(issuer or "other", "mrn")
    if qualifiers := inner(item, "IssuerOfPatientIDQualifiersSequence"):
        system = telling.designated_system(qualifiers[0], "mrn")
    return Piece({"system": system, "value": numbers[0].value}, {"value": numbers[0].path})


def _national(issuer: str, found: Value, telling: Telling) -> str:
    """The system of a national number that its issuer declares and its form bears out; "" for any other."""
    declared = _NATIONAL.get(issuer.upper())
    if declared is None:
        return ""
    if declared == CCCD:
        system = person_number_system(found.value)
    elif declared == BHXH:
        system = BHXH if linking_number(BHXH, found.value) else ""
    else:
        system = BHYT if is_card(found.value) else ""
    if not system:
        telling.ledger.remark("warning", "value", "dicom-number-malformed", found.path, issuer=issuer.upper())
        return telling.system("id", issuer.lower())
    return system


def study_uid(found: Value, _telling: Telling) -> Piece:
    """https://hl7.org/fhir/R4/imagingstudy.html#notes"""
    return Piece(uid_identifier(uid(found.value)), {"value": found.path})


def uid_identifier(text: str) -> dict[str, str]:
    return {"system": UIDS, "value": f"urn:oid:{text}"}


def accession_identifier(found: Value, issuers: tuple[Value, ...], telling: Telling) -> dict[str, Any]:
    """As the order has it, and the report (adapters.hl7v2): type ACSN, in the facility's own system or its issuer's."""
    system = telling.designated_system(issuers[0], "accession") if issuers else telling.system("accession")
    kind = {"coding": [{"system": TYPES, "code": "ACSN", "display": "Accession ID"}]}
    return {"type": kind, "system": system, "value": found.value}


def accession(found: Value, telling: Telling) -> Piece:
    issuers = tuple(telling.study.node.repetitions("IssuerOfAccessionNumberSequence"))
    telling.ledger.use(*(one.path for one in issuers))
    return Piece(accession_identifier(found, issuers, telling), {"value": found.path})


def admission(found: Value, telling: Telling) -> Piece:
    """The visit, by its number as HL7 v2 tells it (PV1-19)."""
    issuers = telling.study.node.repetitions("IssuerOfAdmissionIDSequence")
    telling.ledger.use(*(one.path for one in issuers))
    system = telling.designated_system(issuers[0], "visit") if issuers else telling.system("visit")
    made = {"type": "Encounter", "identifier": {"system": system, "value": found.value}}
    return Piece(made, {"identifier.value": found.path})
