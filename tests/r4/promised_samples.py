"""Resources that keep what the gateway promises where no adapter makes them yet, for the tests to break."""

from __future__ import annotations

from typing import Any

from gateway.bundle import MA_CSKCB

_PATIENT = {"reference": "Patient/p1", "type": "Patient"}
_SENDER = {"type": "Organization", "identifier": {"system": MA_CSKCB, "value": "01999"}}


def imaging_study() -> dict[str, Any]:
    return {
        "resourceType": "ImagingStudy",
        "identifier": [{"system": "urn:dicom:uid", "value": "urn:oid:1.2.840.113619.2.1"}],
        "status": "available",
        "modality": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"}],
        "subject": _PATIENT,
        "started": "2026-11-22T08:00:00+07:00",
        "series": [
            {
                "uid": "1.2.840.113619.2.1.1",
                "modality": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"},
            }
        ],
    }


def referral() -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "identifier": [{"system": "urn:vn:cskcb:01999:giay-chuyen-tuyen", "value": "12/2026"}],
        "status": "active",
        "intent": "order",
        "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}],
        "subject": _PATIENT,
        "authoredOn": "2026-11-22T10:00:00+07:00",
        "requester": _SENDER,
        "performer": [{"type": "Organization", "identifier": {"system": MA_CSKCB, "value": "79001"}}],
        "reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "J18.9"}]}],
    }


def appointment() -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "identifier": [{"system": "urn:vn:cskcb:01999:giay-hen", "value": "7/2026"}],
        "status": "proposed",
        "requestedPeriod": [{"start": "2026-12-01", "end": "2026-12-01"}],
        "participant": [
            {"actor": _PATIENT, "status": "needs-action"},
            {"actor": {"type": "Location", "display": "Khoa Khám bệnh"}, "status": "accepted"},
        ],
    }
