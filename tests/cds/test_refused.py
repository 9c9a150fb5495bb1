"""Hooks that cannot be answered: a clear OperationOutcome with the path, never a 500 and never a guess."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.jsontext import dumps
from tests.cds.his import ENCOUNTER, PATIENT, SELECT, SIGN, VIEW, His, hook, request
from tests.rest.world import rule

BUNDLE = {"resourceType": "Bundle", "type": "collection"}


def said(his: His, body: Any, service: str = SIGN) -> tuple[int, str, str]:
    answer = his.post(service, body)
    found = rule(answer)
    issue = answer.json["issue"][0]  # type: ignore[index]  # it is JSON
    return answer.status_code, found, issue.get("expression", [""])[0]


@pytest.mark.parametrize(
    ("body", "why", "path"),
    [
        ([], "cds-form", "$"),
        (hook("order-select"), "cds-hook", "hook"),
        (hook(hook="medication-prescribe"), "cds-hook", "hook"),
        (hook(hookInstance="7"), "cds-hook-instance", "hookInstance"),
        (hook(context=None), "cds-context", "context"),
        (hook(context=[]), "cds-context", "context"),
        (hook(context={"userId": None}), "cds-context", "context.userId"),
        (hook(context={"patientId": None}), "cds-context", "context.patientId"),
        (hook(context={"patientId": 7}), "cds-context", "context.patientId"),
        (hook(context={"patientId": "Patient/bn-1"}), "cds-context", "context.patientId"),
        (hook(context={"draftOrders": None}), "cds-context", "context.draftOrders"),
        (hook(context={"draftOrders": [request()]}), "cds-context", "context.draftOrders"),
        (hook(context={"draftOrders": BUNDLE | {"entry": {}}}), "cds-context", "context.draftOrders.entry"),
        (
            hook(context={"draftOrders": BUNDLE | {"entry": [{}]}}),
            "cds-context",
            "context.draftOrders.entry[0].resource",
        ),
        (
            hook("order-sign", request(), request(subject={"reference": "Patient/bn-2"})),
            "cds-other-patient",
            "context.draftOrders.entry[1].resource.subject",
        ),
        (
            hook("order-sign", request() | {"code": {"concept": {"text": "R5"}}}),
            "cds-not-r4",
            "context.draftOrders.entry[0].resource.code",
        ),
        (
            hook("order-sign", request(subject={"identifier": {"system": "urn:mrn", "value": "BN2"}})),
            "cds-not-r4",
            "context.draftOrders.entry[0].resource.subject",
        ),
        (
            hook("order-sign", request(status=["draft"])),
            "cds-not-r4",
            "context.draftOrders.entry[0].resource.status",
        ),
        (
            hook("order-sign", request(occurrencePeriod={"start": ["2026"]})),
            "cds-not-r4",
            "context.draftOrders.entry[0].resource.occurrencePeriod",
        ),
        (hook("order-sign", request(priority="now")), "cds-not-r4", "context.draftOrders.entry[0].resource.priority"),
        (
            hook("order-sign", request(orderDetail={"text": "x"})),
            "cds-not-r4",
            "context.draftOrders.entry[0].resource.orderDetail",
        ),
        (
            hook("order-sign", request(specimen={"reference": "#s"})),
            "cds-not-r4",
            "context.draftOrders.entry[0].resource.specimen",
        ),
        (hook(prefetch=[]), "cds-form", "prefetch"),
        (hook(prefetch={"patient": []}), "cds-prefetch", "prefetch.patient"),
        (hook(prefetch={"patient": ENCOUNTER}), "cds-prefetch", "prefetch.patient"),
        (hook(prefetch={"patient": PATIENT | {"id": "bn-2"}}), "cds-other-patient", "prefetch.patient.id"),
        (hook(prefetch={"patient": PATIENT | {"identifier": {}}}), "cds-not-r4", "prefetch.patient.identifier"),
        (hook(prefetch={"patient": PATIENT | {"birthDate": 1990}}), "cds-not-r4", "prefetch.patient.birthDate"),
        (hook(prefetch={"encounter": PATIENT}), "cds-prefetch", "prefetch.encounter"),
        (hook(prefetch={"encounter": ENCOUNTER | {"id": "x"}}), "cds-other-encounter", "prefetch.encounter.id"),
        (
            hook(prefetch={"encounter": ENCOUNTER | {"subject": {"reference": "Patient/x"}}}),
            "cds-other-patient",
            "prefetch.encounter.subject",
        ),
        (
            hook(prefetch={"encounter": ENCOUNTER | {"class": [{"coding": [ENCOUNTER["class"]]}]}}),  # R5
            "cds-not-r4",
            "prefetch.encounter.class",
        ),
        (
            hook(extension={"vn.lienthong.reuse": {"setting": "hospital"}}),
            "cds-setting",
            "extension.vn.lienthong.reuse.setting",
        ),
        (
            hook(extension={"vn.lienthong.reuse": {"conditions": ["unheard-of"]}}),
            "cds-condition",
            "extension.vn.lienthong.reuse.conditions",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_of_the_specifications_shape_is_refused_by_its_path(
    asking: His, body: Any, why: str, path: str
) -> None:
    assert said(asking, body) == (400, why, path)


def test_a_thousand_draft_orders_are_refused_and_a_hundred_answered(asking: His) -> None:
    many = [request(f"draft-{number}") for number in range(1000)]
    assert said(asking, hook("order-sign", *many))[:2] == (400, "cds-too-many-orders")
    assert asking.cards(SIGN, hook("order-sign", *many[:100])) == []
    chosen = hook("order-select", *many)
    chosen["context"]["selections"] = ["ServiceRequest/draft-1"]
    assert asking.cards(SELECT, chosen) == []


def test_choosing_without_saying_what_is_refused(asking: His) -> None:
    body = hook("order-select", context={"selections": None})
    assert said(asking, body, SELECT) == (400, "cds-context", "context.selections")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"hook":1,"hook":2}', b"[" * 5000])
def test_what_is_no_json_is_refused(asking: His, body: bytes) -> None:
    assert asking.post(SIGN, body).status_code == 400


def test_an_unknown_service_and_another_media_type_are_refused(asking: His) -> None:
    assert rule(asking.post("reuse-unheard-of", hook())) == "cds-service-unknown"
    assert asking.post(SIGN, hook(), **{"Content-Type": "text/plain"}).status_code == 415
    assert asking.world.http.get(f"/cds-services/{SIGN}").status_code == 405


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_PLACES = [
    ("hook",), ("hookInstance",), ("context",), ("prefetch",), ("extension",), ("fhirServer",),
    ("extension", "vn.lienthong.reuse"), ("context", "userId"), ("context", "patientId"), ("context", "encounterId"),
    ("context", "draftOrders"), ("context", "draftOrders", "entry"), ("context", "draftOrders", "entry", 0),
    ("context", "draftOrders", "entry", 0, "resource"),
    *(("context", "draftOrders", "entry", 0, "resource", name) for name in ("id", "code", "subject", "bodySite")),
    *(("context", "draftOrders", "entry", 0, "resource", name) for name in ("status", "doNotPerform")),
    *(("context", "draftOrders", "entry", 0, "resource", f"occurrence{name}") for name in ("DateTime", "Period")),
    ("context", "draftOrders", "entry", 0, "resource", "code", "coding"),
    ("context", "draftOrders", "entry", 0, "resource", "code", "text"),
    *(("prefetch", "patient", name) for name in ("id", "identifier", "name", "gender", "birthDate")),
    ("prefetch", "patient", "identifier", 0), ("prefetch", "patient", "name", 0, "given"),
    *(("prefetch", "encounter", name) for name in ("id", "class", "subject")),
]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(_PLACES), value=_JSON)
def test_whatever_stands_anywhere_is_answered_or_refused(asking: His, place: tuple[Any, ...], value: Any) -> None:
    body = hook(extension={"vn.lienthong.reuse": {}})
    body["prefetch"]["patient"] = PATIENT | {"identifier": [*PATIENT["identifier"]], "name": [{"text": "x"}]}
    body["prefetch"]["encounter"] = dict(ENCOUNTER)
    at: Any = body
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    assert asking.post(SIGN, dumps(body)).status_code in (200, 400, 412)


def test_opening_a_record_needs_no_orders(asking: His) -> None:
    assert asking.cards(VIEW, hook("patient-view")) == []
