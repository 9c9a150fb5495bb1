"""Small Bundles to change, and what the adapter makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.fhir import FhirAdapter
from gateway.adapter import DefaultProfile, Payload, Translation, split, translate
from gateway.bundle import Resource
from gateway.errors import SenderError

SAMPLES = Path(__file__).parents[2] / "adapters" / "fhir" / "samples"
FACILITY = DefaultProfile("79001")
CCCD = "http://fhir.hl7.org.vn/core/sid/cccd"
SERVER = "https://his.example/fhir/"


def patient(number: str = "p1", **more: Any) -> Resource:
    return {"resourceType": "Patient", "id": number, "name": [{"text": "TRẦN THỊ MẪU"}], **more}


def observation(number: str = "o1", subject: str = "Patient/p1", **more: Any) -> Resource:
    return {
        "resourceType": "Observation",
        "id": number,
        "status": "final",
        "code": {"text": "Hemoglobin"},
        "subject": {"reference": subject},
        "valueQuantity": {"value": 131, "unit": "g/L"},
        **more,
    }


def bundle(*resources: Resource, kind: str = "collection", base: str = SERVER, **more: Any) -> Resource:
    """Entries with RESTful fullUrls, as a server's own."""
    entries = [{"fullUrl": f"{base}{one['resourceType']}/{one.get('id')}", "resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries, **more}


def transaction(*entries: tuple[Resource, dict[str, str]]) -> Resource:
    frames = [
        {"fullUrl": f"{SERVER}{one['resourceType']}/{one['id']}", "resource": one, "request": request}
        for one, request in entries
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": frames}


def put(one: Resource, **more: str) -> tuple[Resource, dict[str, str]]:
    return one, {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}", **more}


def translations(
    sent: Resource | bytes, content_type: str = "", profile: DefaultProfile = FACILITY
) -> list[Translation]:
    data = sent if isinstance(sent, bytes) else json.dumps(sent, ensure_ascii=False).encode()
    adapter = FhirAdapter()
    return [translate(adapter, record, profile) for record in split(adapter, Payload(data, content_type))]


def translated(sent: Resource | bytes, content_type: str = "", profile: DefaultProfile = FACILITY) -> Translation:
    (made,) = translations(sent, content_type, profile)
    return made


def one(made: Translation, kind: str) -> Resource:
    """The only resource of its type."""
    (found,) = [dict(resource) for resource in made.resources if resource["resourceType"] == kind]
    return found


def rules(made: Translation) -> list[str]:
    return [issue.rule for issue in made.issues]


def refusal(sent: Resource | bytes, content_type: str = "") -> SenderError:
    with pytest.raises(SenderError) as refused:
        translations(sent, content_type)
    return refused.value


def refused_by(sent: Resource | bytes, content_type: str = "") -> list[str]:
    return [issue.rule for issue in refusal(sent, content_type).issues]
