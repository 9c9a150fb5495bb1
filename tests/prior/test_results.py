"""$prior-results over HTTP: the verdict, its reasons in both languages, the result and the proof."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from gateway.jsontext import dumps, loads
from gateway.r4 import check_json
from gateway.store import Connection, exchanges, tables
from gateway.store.packing import packed
from tests.prior.laboratory import CITIZEN, CITIZEN_ID, HBA1C, told
from tests.rest.records import observation
from tests.rest.world import BASE, FHIR, HOME, NOW, OTHER, World, rule

CODE = f"http://loinc.org|{HBA1C}"
DOOR = "/fhir/Observation/$prior-results"


def get(world: World, client: str = "home", **asked: Any) -> TestResponse:
    given = {"patient": CITIZEN_ID, "code": CODE, "setting": "outpatient", "unit": "%"} | asked
    query = {name: value for name, value in given.items() if value is not None}
    return world.http.get(DOOR, query_string=query, headers=world.bearer(client))


def post(world: World, *parameters: dict[str, Any]) -> TestResponse:
    body = dumps({"resourceType": "Parameters", "parameter": list(parameters)})
    return world.http.post(DOOR, data=body, headers=FHIR | world.bearer())


def verdicts(answer: TestResponse) -> list[dict[str, list[Any]]]:
    """Each verdict's parts by name; the answer must be valid FHIR."""
    assert answer.status_code == 200, answer.text
    assert check_json(answer.data) == []
    listed = loads(answer.data)["parameter"]
    return [parts(one) for one in listed if one["name"] == "verdict"]


def parts(one: dict[str, Any]) -> dict[str, list[Any]]:
    made: dict[str, list[Any]] = {}
    for part in one["part"]:
        value = next(value for name, value in part.items() if name != "name")
        made.setdefault(part["name"], []).append(parts(part) if "part" in part else value)
    return made


def verdict(world: World, **asked: Any) -> dict[str, list[Any]]:
    (one,) = verdicts(get(world, **asked))
    return one


def codes(one: dict[str, list[Any]]) -> set[str]:
    return {reason["code"][0] for reason in one["reason"]}


def test_a_fresh_signed_result_of_another_facility_may_be_reused_and_comes_with_its_proof(world: World) -> None:
    told(world, "1", days_ago=40, value="6.40")
    exchange = told(world, "2", facility=OTHER, days_ago=3)
    one = verdict(world)
    assert one["decision"] == ["reuse"], one["reason"]
    (result,) = one["result"]
    assert result["valueQuantity"]["value"].token == "6.10"
    (proof,) = one["proof"]
    assert proof["signature"] == ["valid"]
    assert proof["signer"][0]["value"] == OTHER
    assert proof["evidence"] == [f"{BASE}/exchanges/{exchange}/evidence"]
    assert one["rule"][0]["source"] == ["a source, page 1"]
    assert one["rule"][0]["approved"] == [False]
    assert all(reason["en"] != reason["vi"] for reason in one["reason"])
    assert one["counted"] == [2]
    points = [(each["facility"][0]["identifier"]["value"], each["value"][0]["quantity"][0]["value"].token)
              for each in one["series"]]  # fmt: skip
    assert points == [(HOME, "6.40"), (OTHER, "6.10")]
    evidence = world.get(f"/exchanges/{exchange}/evidence", "other")
    assert evidence.status_code == 200


def test_the_record_that_a_person_has_elsewhere_is_asked_by_any_of_their_patients(world: World) -> None:
    told(world, "1", days_ago=3)
    told(world, "2", facility=OTHER, days_ago=30)
    entries = loads(world.get(f"/fhir/Patient?identifier={CITIZEN_ID}").data)["entry"]
    names = [entry["resource"]["id"] for entry in entries]
    assert len(names) == 2
    results = [verdict(world, patient=name)["result"][0]["id"] for name in (*names, f"Patient/{names[0]}")]
    assert len(set(results)) == 1


def test_nothing_known_and_too_old_are_a_repeat(world: World) -> None:
    assert verdict(world)["decision"] == ["repeat"]
    told(world, days_ago=61)
    one = verdict(world)
    assert (one["decision"], "result" in one) == (["repeat"], True)


def test_what_a_revoked_key_signed_is_never_reused_from_the_moment_of_the_revocation(world: World) -> None:
    told(world, days_ago=3)
    assert verdict(world)["decision"] == ["reuse"]
    key = world.parts.keyring.active_key(HOME)
    assert key is not None
    world.parts.keyring.revoke(key.kid, "lost", actor="test")
    one = verdict(world)
    assert one["decision"] == ["repeat"]
    assert one["proof"][0]["signature"] == ["invalid"]


@pytest.mark.parametrize("digest_too", [False, True])
def test_a_stored_bundle_that_is_no_longer_what_was_signed_is_found_out(world: World, digest_too: bool) -> None:
    exchange = told(world, days_ago=3)
    with world.parts.store.read() as connection:
        found = exchanges.get(connection, exchange)
    assert found is not None
    changed = found.bundle.replace(b"6.10", b"5.10")
    assert changed != found.bundle
    values: dict[str, Any] = {"bundle": packed(changed)}
    values |= {"bundle_sha256": hashlib.sha256(changed).digest()} if digest_too else {}
    change(world, update(tables.exchange).where(tables.exchange.c.id == exchange).values(**values))
    one = verdict(world)
    assert one["decision"] == ["repeat"]
    assert one["proof"][0]["signature"] == ["invalid"]


def test_a_served_copy_that_says_otherwise_than_its_signed_bundle_is_no_proof(world: World) -> None:
    told(world, days_ago=3)
    with world.parts.store.read() as connection:
        bodies = connection.execute(select(tables.resource_version.c.rid, tables.resource_version.c.body)).all()
    for rid, body in bodies:
        changed = bytes(body).replace(b"6.10", b"5.10")
        one = tables.resource_version.c.rid == rid
        change(world, update(tables.resource_version).where(one).values(body=changed))
    found = verdict(world)
    assert found["decision"] == ["clinician-decides"]
    assert found["proof"][0]["signature"] == ["unverifiable"]


def test_a_specimen_whose_time_is_not_the_signed_one_is_no_proof(world: World) -> None:
    told(world, days_ago=3)
    with world.parts.store.read() as connection:
        bodies = connection.execute(select(tables.resource_version.c.rid, tables.resource_version.c.body)).all()
    (found,) = [(rid, bytes(body)) for rid, body in bodies if b'"collectedDateTime":"2026-11-19' in bytes(body)]
    later = found[1].replace(b'"collectedDateTime":"2026-11-19', b'"collectedDateTime":"2026-11-18')
    change(world, update(tables.resource_version).where(tables.resource_version.c.rid == found[0]).values(body=later))
    one = verdict(world)
    assert one["decision"] == ["clinician-decides"]
    assert one["proof"][0]["signature"] == ["unverifiable"]


def change(world: World, statement: Any) -> None:
    """What nobody may: behind the gateway's back."""

    def work(connection: Connection) -> None:
        connection.execute(statement)

    world.parts.store.write(work)


def test_of_a_corrected_result_only_the_correction_is_shown_and_that_it_is_one_is_said(world: World) -> None:
    told(world, days_ago=3)
    told(world, days_ago=3, status="C", value="7.30", sent=NOW)
    one = verdict(world)
    assert one["result"][0]["valueQuantity"]["value"].token == "7.30"
    assert "reuse-status-corrected" in codes(one)
    assert b"6.10" not in get(world).data


def test_a_withdrawn_result_is_not_reused(world: World) -> None:
    told(world, days_ago=3)
    told(world, days_ago=3, status="W", order_status="C", sent=NOW)
    assert verdict(world)["decision"] == ["repeat"]


@pytest.mark.parametrize("doubt", [{"taken": "", "specimen": False}, {"note": "Mẫu tán huyết"}, {"status": "P"}])
def test_a_result_without_a_time_with_a_note_or_not_final_is_for_the_clinician(
    world: World, doubt: dict[str, Any]
) -> None:
    told(world, days_ago=3, **doubt)
    assert verdict(world)["decision"] == ["clinician-decides"]


def test_two_who_bear_one_number_leave_it_to_the_clinician(world: World) -> None:
    told(world, "1", days_ago=3)
    told(world, "2", facility=OTHER, days_ago=2, name="TRẦN^THỊ C")
    assert verdict(world)["decision"] == ["clinician-decides"]


def test_a_condition_that_the_rule_calls_unsafe_asks_for_a_new_test(world: World) -> None:
    told(world, days_ago=3)
    assert verdict(world, condition="transfusion")["decision"] == ["repeat"]


def test_what_is_kept_apart_is_neither_shown_nor_counted(world: World) -> None:
    told(world, days_ago=30)
    (entry,) = loads(world.get(f"/fhir/Patient?identifier={CITIZEN_ID}").data)["entry"]
    newer = observation("apart", subject=f"Patient/{entry['resource']['id']}", effectiveDateTime="2026-11-21")
    world.keep(newer, sensitive=True)
    one = verdict(world)
    assert one["counted"] == [1]
    assert b"Observation/apart" not in get(world).data


def test_several_tests_are_asked_in_one_body_each_with_details_of_its_own(world: World) -> None:
    told(world, "1", days_ago=3)
    told(world, "2", days_ago=0.1, code="GLU", loinc="2345-7", name_of_test="Glucose", value="5.6", unit="mmol/L")
    coding = {"system": "http://loinc.org", "code": HBA1C}
    hba1c = {"name": "order", "part": [
        {"name": "code", "valueCodeableConcept": {"coding": [coding]}}, {"name": "unit", "valueString": "%"},
        {"name": "reference", "valueReference": {"reference": "ServiceRequest/draft-1"}},
    ]}  # fmt: skip
    glucose = {"name": "order", "part": [
        {"name": "code", "valueCoding": coding | {"code": "2345-7"}}, {"name": "unit", "valueString": "mmol/L"},
    ]}  # fmt: skip
    patient = {"name": "patient", "valueIdentifier": {"system": CITIZEN_ID.partition("|")[0], "value": CITIZEN}}
    answer = post(world, patient, {"name": "setting", "valueCode": "outpatient"}, hba1c, glucose)
    first, second = verdicts(answer)
    assert first["order"] == [{"reference": "ServiceRequest/draft-1"}]
    assert (first["decision"], second["decision"]) == (["reuse"], ["reuse"])
    assert second["result"][0]["valueQuantity"]["value"].token == "5.6"


def test_the_audit_line_is_there_before_the_answer_and_names_what_was_told_and_not_what_was_asked(world: World) -> None:
    told(world, days_ago=3)
    result = verdict(world)["result"][0]["id"]
    line = world.audit_lines()[-1]
    assert (line.actor, line.action, line.basis) == ("home", "prior-results", "treatment")
    assert line.detail["results"] == [f"Observation/{result}"]
    assert line.detail["verdicts"] == {"reuse": 1}
    assert len(line.detail["about"]) == 1
    assert CITIZEN not in str(line.detail)
    assert HBA1C not in str(line.detail)


def test_who_may_not_search_results_is_told_nothing(world: World) -> None:
    told(world, days_ago=3)
    query = {"patient": CITIZEN_ID, "code": CODE}
    assert world.http.get(DOOR, query_string=query).status_code == 401
    narrow = world.bearer(scope="system/Bundle.r")
    assert world.http.get(DOOR, query_string=query, headers=narrow).status_code == 403
    world.register("nameless", HOME, basis="")
    answer = world.http.get(DOOR, query_string=query, headers=world.bearer("nameless"))
    assert rule(answer) == "access-without-basis"


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"patient": None}, "prior-patient"),
        ({"patient": "|1"}, "search-value-malformed"),
        ({"patient": "nobody"}, "resource-unknown"),
        ({"code": None, "unit": None}, "prior-what"),
        ({"code": "4548-4"}, "prior-code-without-system"),
        ({"code": "http://loinc.org|"}, "search-value-malformed"),
        ({"code": [CODE, f"{CODE}9"]}, "prior-details-of-several"),
        ({"setting": "somewhere"}, "prior-setting-unknown"),
        ({"priority": "now"}, "prior-priority-unknown"),
        ({"condition": "active_bleeding"}, "prior-condition-unknown"),
        ({"colour": "red"}, "prior-parameter-unknown"),
        ({"modality": "CT"}, "prior-parameter-unknown"),
        ({"unit": ["%", "mmol/mol"]}, "search-parameter-repeated"),
        ({"code": [f"http://loinc.org|{number}" for number in range(101)], "unit": None}, "prior-too-many"),
        ({"code": [f"http://loinc.org|{number}" for number in range(1000)], "unit": None}, "http-query-too-long"),
        ({"code": ",".join(f"http://loinc.org|{number}" for number in range(51))}, "prior-too-many"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(asking: World, asked: dict[str, Any], wanted: str) -> None:
    answer = get(asking, **asked)
    assert rule(answer) == wanted
    assert answer.status_code == {"resource-unknown": 404, "http-query-too-long": 414}.get(wanted, 400)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ([], "prior-form"),
        ({"resourceType": "Parameters"}, "prior-form"),
        ({"resourceType": "Parameters", "parameter": [{}]}, "prior-form"),
        ({"resourceType": "Parameters", "parameter": [{"name": "patient"}]}, "prior-form"),
        ({"resourceType": "Parameters", "parameter": [{"name": "order", "part": []}]}, "prior-patient"),
        ({"resourceType": "Parameters", "parameter": [{"name": "patient", "valueReference": 7}]},
         "search-value-malformed"),
        ({"resourceType": "Parameters", "parameter": [{"name": "patient", "valueString": "p1"},
          {"name": "code", "valueCodeableConcept": {"coding": "x"}}]}, "prior-form"),
        ({"resourceType": "Parameters", "parameter": [{"name": "patient", "valueString": "p1"},
          {"name": "code", "valueCoding": {"system": 1, "code": []}}]}, "search-value-malformed"),
        ({"resourceType": "Parameters", "parameter": [{"name": "patient", "valueString": "p1"},
          {"name": "order", "part": [{"name": "unit", "valueString": "%"}]}]}, "prior-what"),
        ({"resourceType": "Parameters", "parameter": [{"name": "order", "part": [{"name": "order", "part": []}]}]},
         "prior-parameter-unknown"),
    ],
)  # fmt: skip
def test_a_body_that_is_not_understood_is_refused(asking: World, body: Any, wanted: str) -> None:
    answer = asking.http.post(DOOR, data=dumps(body), headers=FHIR | asking.bearer())
    assert (answer.status_code, rule(answer)) == (400, wanted)
