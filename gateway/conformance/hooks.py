"""Hooks: what a CDS service is asked, made of what the target holds: its patients, and the tests it knows of them.

https://cds-hooks.hl7.org/2.0/#calling-a-cds-service. The visit and the draft orders are the run's own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.conformance.client import Answer
from gateway.conformance.target import Target

_PATIENTS, _ORDERS = 5, 10  # that are asked about, at most
_HOOKS = ("order-sign", "order-select", "patient-view")
_OF_A_PATIENT = ("Observation", "DiagnosticReport")


def service_to_ask(target: Target) -> dict[str, Any]:
    """The service to ask, of order-sign if there is one; {} where none is listed."""
    answer = target.once(f"{target.root}/cds-services", bare=True)
    said = answer.json.get("services") if isinstance(answer.json, dict) else None
    listed = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    return next((one for hook in _HOOKS for one in listed if one.get("hook") == hook), {})


def address(target: Target, one: Mapping[str, Any]) -> str:
    return f"{target.root}/cds-services/{one.get('id')}"


def hooks(target: Target, one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A request body for each patient the target holds who has a number, ordering what was found of them before."""
    asked = 0
    for patient in target.held("Patient"):
        reference = f"Patient/{patient.get('id')}"
        codes = [
            found["code"]
            for name in _OF_A_PATIENT
            for found in target.held(name)
            if isinstance(found.get("subject"), dict)
            and str(found["subject"].get("reference", "")).endswith(reference)
            and isinstance(found.get("code"), dict)
        ]
        if patient.get("identifier") and codes and asked < _PATIENTS:
            asked += 1
            yield hook(str(one.get("hook")), patient, codes[:_ORDERS])


def hook(name: str, patient: Mapping[str, Any], codes: list[Any]) -> dict[str, Any]:
    """A request body: a visit of its own, a draft order of each code."""
    who, visit = str(patient["id"]), f"kt-{uuid.uuid4()}"
    drafts = [
        {"resourceType": "ServiceRequest", "id": f"kt-{number}", "status": "draft", "intent": "order",
         "subject": {"reference": f"Patient/{who}"}, "code": code}
        for number, code in enumerate(codes)
    ]  # fmt: skip
    context: dict[str, Any] = {"userId": "Practitioner/kiem-tra-hop-chuan", "patientId": who, "encounterId": visit}
    if name != "patient-view":
        entries = [{"resource": one} for one in drafts]
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    if name == "order-select":
        context["selections"] = [f"ServiceRequest/{one['id']}" for one in drafts]
    return {"hook": name, "hookInstance": str(uuid.uuid4()), "context": context, "prefetch": {"patient": dict(patient)}}


def stranger(name: str) -> dict[str, Any]:
    """A request body about somebody nobody knows."""
    number = {"system": "urn:vn:lienthong:kiem-tra-hop-chuan", "value": uuid.uuid4().hex}
    patient = {"resourceType": "Patient", "id": "hop-chuan-1", "identifier": [number], "name": [{"text": "Hop Chuan"}]}
    return hook(name, patient, [{"coding": [{"system": "http://loinc.org", "code": "2345-7"}]}])


def cards(answer: Answer) -> list[dict[str, Any]]:
    said = answer.json.get("cards") if answer.status == 200 and isinstance(answer.json, dict) else None
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
