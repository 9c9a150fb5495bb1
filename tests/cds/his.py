"""His: the software of a hospital that calls CDS Hooks, with its keys, its patient and its draft orders."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.test import TestResponse

from gateway.app import create_app
from gateway.bundle import CCCD
from gateway.jsontext import dumps, loads
from gateway.prior.answering import Priors
from tests.prior.laboratory import CITIZEN, HBA1C
from tests.prior.lists import RULES
from tests.rest.world import BASE, HOME, World, signed

ISS = {"2.0": "https://his.example", "1.0": "https://old-his.example"}
SIGN, SELECT, VIEW = "reuse-order-sign", "reuse-order-select", "reuse-patient-view"
LOINC = "http://loinc.org"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "bn-1",
    "identifier": [{"system": CCCD, "value": CITIZEN}],
    "name": [{"text": "Nguyễn Thị B"}],
    "gender": "female",
    "birthDate": "1990-01-02",
}
ENCOUNTER: dict[str, Any] = {
    "resourceType": "Encounter",
    "id": "lk-1",
    "status": "in-progress",
    "class": {"system": ACT_CODE, "code": "AMB"},
    "subject": {"reference": "Patient/bn-1"},
}


def request(name: str = "draft-1", code: str = HBA1C, **changes: Any) -> dict[str, Any]:
    """A draft ServiceRequest."""
    made = {
        "resourceType": "ServiceRequest",
        "id": name,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/bn-1"},
        "code": {"coding": [{"system": LOINC, "code": code, "display": "HbA1c"}]},
    } | changes
    return {key: value for key, value in made.items() if value is not None}


def hook(name: str = "order-sign", *drafts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A request body; ``context`` and ``prefetch`` among the changes replace single entries."""
    context = {"userId": "Practitioner/bs-1", "patientId": "bn-1", "encounterId": "lk-1"}
    if name != "patient-view":
        entries = [{"resource": one} for one in drafts or (request(),)]
        context |= {"draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": entries}}  # type: ignore[dict-item]  # JSON
    if name == "order-select":
        context |= {"selections": [f"ServiceRequest/{one.get('id')}" for one in drafts or (request(),)]}  # type: ignore[dict-item]  # JSON
    made: dict[str, Any] = {
        "hook": name,
        "hookInstance": str(uuid.uuid4()),
        "fhirServer": "https://his.example/fhir",
        "context": _replaced(context, changes.pop("context", {})),
        "prefetch": _replaced({"patient": PATIENT, "encounter": ENCOUNTER}, changes.pop("prefetch", {})),
    }
    whole: dict[str, Any] = _replaced(made, changes)
    return whole


def _replaced(made: dict[str, Any], changes: Any) -> Any:
    if not isinstance(changes, dict):
        return changes
    return {name: value for name, value in (made | changes).items() if value is not None}


@dataclass
class His:
    world: World

    def claims(self, service: str, version: str = "2.0", **changes: Any) -> dict[str, Any]:
        at = int(self.world.clock().timestamp())
        made = {
            "iss": ISS[version],
            "aud": f"{BASE}/cds-services/{service}",
            "iat": at,
            "exp": at + 240,
            "jti": str(uuid.uuid4()),
        } | changes
        return {name: value for name, value in made.items() if value is not None}

    def jwt(self, service: str, version: str = "2.0", **changes: Any) -> str:
        return signed(self.claims(service, version, **changes), self.world.keys[ISS[version]])

    def post(
        self, service: str, body: Any, version: str = "2.0", jwt: str | None = None, **headers: str
    ) -> TestResponse:
        token = self.jwt(service, version) if jwt is None else jwt
        sent = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"} | headers
        data = body if isinstance(body, bytes) else dumps(body)
        return self.world.http.post(f"/cds-services/{service}", data=data, headers=sent)

    def cards(self, service: str, body: Any, version: str = "2.0", **headers: str) -> list[dict[str, Any]]:
        answer = self.post(service, body, version, **headers)
        assert answer.status_code == 200, answer.text
        found = loads(answer.data)
        assert set(found) == {"cards"}  # never a systemAction
        return list(found["cards"])

    def feedback(self, *told: dict[str, Any], service: str = SIGN, version: str = "2.0") -> TestResponse:
        return self.post(f"{service}/feedback", {"feedback": list(told)}, version)

    def metrics(self) -> str:
        return self.world.http.get("/metrics").text


def his_of(world: World) -> His:
    parts = world.parts
    world.parts = replace(parts, priors=Priors(parts.store, parts.keyring, world.clock, lambda: RULES))
    world.app = create_app(parts.settings, parts=world.parts)
    world.sign_here()
    for version, issuer in ISS.items():
        world.register(issuer, HOME, scopes=(), cds_hooks=version)
    return His(world)
