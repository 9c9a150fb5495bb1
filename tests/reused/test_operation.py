"""$reuse-accepted: the same for software without CDS Hooks; and whose order and result it is."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.jsontext import dumps, loads
from tests.cds.his import His
from tests.prior.laboratory import CITIZEN_ID, HBA1C, told
from tests.prior.test_panels import GLUCOSE
from tests.rest.world import FHIR, HOME, rule
from tests.reused.doctor import corrected, found, raised, recorded

ORDER = {"system": "https://his.example/orders", "value": "CD-1"}


def result(his: His) -> str:
    told(his.world, facility="01001", days_ago=3)
    (one,) = found(his, f"Observation?code=http://loinc.org|{HBA1C}")
    return f"Observation/{one['id']}/_history/{one['meta']['versionId']}"


def accepted(his: His, client: str = "home", **changes: Any) -> TestResponse:
    given: dict[str, Any] = {
        "patient": {"valueString": CITIZEN_ID},
        "code": {"valueCoding": {"system": "http://loinc.org", "code": HBA1C}},
        "setting": {"valueCode": "outpatient"},
        "request": {"valueIdentifier": ORDER},
    } | changes
    body = {"resourceType": "Parameters", "parameter": [{"name": name} | one for name, one in given.items() if one]}
    sent = FHIR | his.world.bearer(client)
    return his.world.http.post("/fhir/Observation/$reuse-accepted", data=dumps(body), headers=sent)


def reference(to: str) -> dict[str, Any]:
    return {"valueReference": {"reference": to}}


def test_it_is_answered_with_the_provenance_and_again_with_the_same(his: His) -> None:
    shown = result(his)
    his.world.clock.forward(minutes=10)
    doctor = {"valueIdentifier": {"system": "urn:x", "value": "bs-1"}}
    first = accepted(his, result=reference(shown), practitioner=doctor, date={"valueInstant": "2026-11-22T03:10:00Z"})
    assert first.status_code == 201, first.text
    made = loads(first.data)
    assert made["entity"][0]["what"]["reference"] == shown
    assert made["occurredDateTime"] == "2026-11-22T03:10:00Z"
    assert first.headers["Location"].endswith(f"/fhir/Provenance/{made['id']}")
    again = accepted(his, result=reference(shown))
    assert (again.status_code, loads(again.data)) == (200, made)
    (one,) = recorded(his)
    assert (one.facility, one.order, one.practitioner) == (HOME, (ORDER["system"], ORDER["value"]), "bs-1")


def test_it_is_of_the_facility_that_asks_and_of_no_other(his: His) -> None:
    shown = result(his)
    foreign = {"valueIdentifier": {"system": "urn:vn:cskcb:01001:order", "value": "theirs"}}
    answer = accepted(his, result=reference(shown), request=foreign)
    assert (answer.status_code, rule(answer)) == (403, "reuse-order-of-another")
    assert recorded(his) == []


def test_an_order_that_is_kept_here_is_its_facilitys_and_of_the_same_patient(his: His) -> None:
    shown = result(his)
    told(his.world, "9", facility=HOME, days_ago=30, cccd="001090000077", mrn="BN9", name="LÊ^THỊ D")
    mine: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    for one in found(his, "ServiceRequest"):
        kept = mine if str(one["identifier"]).count(f":{HOME}:") else theirs
        kept[one["id"]] = one
    (own,), (other,) = mine, theirs
    refused = accepted(his, result=reference(shown), request=reference(f"ServiceRequest/{other}"))
    assert (refused.status_code, rule(refused)) == (403, "reuse-order-of-another")
    refused = accepted(his, result=reference(shown), request=reference(f"ServiceRequest/{own}"))
    assert (refused.status_code, rule(refused)) == (403, "reuse-order-of-another-patient")
    refused = accepted(his, result=reference(shown), request=reference("ServiceRequest/nobody"))
    assert (refused.status_code, rule(refused)) == (404, "resource-unknown")
    assert recorded(his) == []


def test_a_version_that_no_longer_stands_is_refused_and_alerts_nobody_since_the_caller_hears_it(his: His) -> None:
    shown = result(his)
    corrected(his)
    answer = accepted(his, result=reference(shown))
    assert (answer.status_code, rule(answer)) == (409, "reuse-another-version")
    assert (recorded(his), raised(his)) == ([], [])


def test_a_verdict_that_leaves_it_to_the_clinician_is_no_reuse(his: His) -> None:
    shown = result(his)
    answer = accepted(his, result=reference(shown), condition={"valueCode": "transfusion"})
    assert (answer.status_code, rule(answer)) == (409, "reuse-not-any-more")
    assert recorded(his) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"result": None}, "reuse-result-form"),
        ({"result": reference("Observation/1")}, "reuse-result-form"),
        ({"result": reference("ImagingStudy/1/_history/1")}, "reuse-result-form"),
        ({"result": reference("Observation/1/_history/x")}, "reuse-result-form"),
        ({"result": {"valueString": "Observation/1/_history/1"}}, "reuse-result-form"),
        ({"request": None}, "reuse-order-unnamed"),
        ({"request": {"valueIdentifier": {"value": "1"}}}, "reuse-order-unnamed"),
        ({"request": reference("Patient/1")}, "reuse-order-unnamed"),
        ({"practitioner": {"valueIdentifier": {}}}, "reuse-practitioner-form"),
        ({"practitioner": {"valueString": "x"}}, "reuse-practitioner-form"),
        ({"date": {"valueInstant": "yesterday"}}, "reuse-date-form"),
        ({"date": {"valueInstant": "0001-01-01T00:00:00+14:00"}}, "reuse-date-form"),
        ({"code": None}, "prior-what"),
        ({"patient": None}, "prior-patient"),
        ({"mood": {"valueString": "x"}}, "prior-parameter-unknown"),
        ({"order": {"part": [{"name": "code", "valueCode": "urn:x|1"}]}}, "reuse-one-order"),
    ],
    ids=str,
)
def test_what_is_not_understood_is_refused_by_name(his: His, changes: dict[str, Any], why: str) -> None:
    good = {"result": reference("Observation/1/_history/1")}
    answer = accepted(his, **(good | changes))
    assert (answer.status_code, rule(answer)) == (400, why)
    assert recorded(his) == []


def test_a_result_that_is_not_there_is_refused(his: His) -> None:
    answer = accepted(his, result=reference("Observation/none/_history/1"))
    assert answer.status_code == 409
    assert recorded(his) == []


def test_a_panels_code_with_one_result_is_told_to_be_accepted_test_by_test(his: His) -> None:
    told(his.world, "1", facility="01001", days_ago=0.5)
    told(his.world, "2", facility="01001", days_ago=0.5, **GLUCOSE)
    (one,) = found(his, f"Observation?code=http://loinc.org|{HBA1C}")
    shown = f"Observation/{one['id']}/_history/{one['meta']['versionId']}"
    whole = {"valueCoding": {"system": "http://loinc.org", "code": "55399-0"}}
    answer = accepted(his, result=reference(shown), code=whole)
    assert (answer.status_code, rule(answer)) == (409, "reuse-panel-in-parts")
    assert recorded(his) == []
    assert accepted(his, result=reference(shown)).status_code == 201


def test_a_client_that_may_not_write_learns_nothing_of_which_orders_are_kept(his: His) -> None:
    shown = result(his)
    (order,) = found(his, "ServiceRequest")
    his.world.register("reader", HOME, scopes=("system/*.rs",))
    for name in (order["id"], "nobody"):
        refused = accepted(his, "reader", result=reference(shown), request=reference(f"ServiceRequest/{name}"))
        assert (refused.status_code, rule(refused)) == (403, "access-scope-missing"), refused.text
