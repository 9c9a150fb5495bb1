"""CDS: the services for a hospital's own software, as far as they can be asked of without being registered.

https://cds-hooks.hl7.org/2.0/
"""

from __future__ import annotations

import uuid
from typing import Any

from gateway.conformance import expecting
from gateway.conformance.client import Answer
from gateway.conformance.target import Target
from gateway.conformance.verdict import Findings, fault, skip
from gateway.jsontext import dumps

_NEEDED = ("id", "hook", "description")
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


def its_services_are_listed(target: Target) -> Findings:
    answer = _listed(target)
    if answer.status == 404:
        yield skip("conformance-not-claimed", what="cds-services")
        return
    yield from expecting.status(answer, 200)
    services = _services(answer)
    if not services:
        yield fault("conformance-element-missing", element="services", request=expecting.request(answer))
    for one in services:
        for name in _NEEDED:
            if not isinstance(one.get(name), str) or not one[name]:
                yield fault("conformance-element-missing", element=name, request=expecting.request(answer))


def a_call_without_its_token_is_refused(target: Target) -> Findings:
    services = _services(_listed(target))
    if not services:
        yield skip("conformance-not-claimed", what="cds-services")
    for one in services:
        yield from expecting.status(_called(target, str(one.get("id")), str(one.get("hook"))), 401, 403)


def an_unknown_service_is_refused(target: Target) -> Findings:
    if not _services(_listed(target)):
        yield skip("conformance-not-claimed", what="cds-services")
        return
    yield from expecting.status(_called(target, "no-such-service", "patient-view"), 404, 401)


def _listed(target: Target) -> Answer:
    return target.once(f"{target.root}/cds-services", bare=True)


def _services(answer: Answer) -> list[dict[str, Any]]:
    said = answer.json.get("services") if isinstance(answer.json, dict) else None
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []


def _called(target: Target, service: str, hook: str) -> Answer:
    """A call as a client makes it, but for who it is."""
    context = {"userId": "Practitioner/1", "patientId": "no-such-patient"}
    body = {"hook": hook, "hookInstance": str(uuid.uuid4()), "context": context}
    return target.client.ask("POST", f"{target.root}/cds-services/{service}", _JSON, dumps(body))
