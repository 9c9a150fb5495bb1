"""read, vread and history: what is stored comes back digit by digit, to whom it may."""

from __future__ import annotations

import pytest

from gateway.errors import StoreUnavailable
from gateway.jsontext import loads
from gateway.r4 import check_json
from tests.rest.records import observation, patient
from tests.rest.world import FHIR, NOW, OTHER, World, rule


def test_a_resource_is_read_with_its_version_and_every_digit(world: World) -> None:
    world.keep(patient(), observation(value="5.10"))
    answer = world.get("/fhir/Observation/o1")
    assert answer.status_code == 200
    assert answer.content_type == "application/fhir+json; charset=utf-8"
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Last-Modified"] == "Sun, 22 Nov 2026 03:04:05 GMT"
    assert b'"value":5.10,' in answer.data
    assert loads(answer.data)["meta"].items() >= {"versionId": "1", "lastUpdated": "2026-11-22T03:04:05.000Z"}.items()
    assert check_json(answer.data) == []


def test_what_another_facility_brought_is_read_on_a_legal_basis(world: World) -> None:
    world.keep(patient(), observation())
    assert world.get("/fhir/Observation/o1", "other").status_code == 200
    world.register("unfounded", OTHER, basis="")
    for path in ("/fhir/Observation/o1", "/fhir/Observation/o1/_history", "/fhir/Observation/o1/_history/1"):
        answer = world.get(path, "unfounded")
        assert (answer.status_code, rule(answer)) == (403, "access-without-basis")


def test_a_client_that_has_the_version_is_not_sent_it_again(world: World) -> None:
    world.keep(patient())
    for known in ('W/"1"', '"1"', 'W/"9", W/"1"'):
        answer = world.get("/fhir/Patient/p1", **{"If-None-Match": known})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", 'W/"1"')
    assert world.get("/fhir/Patient/p1", **{"If-None-Match": 'W/"2"'}).status_code == 200


def test_every_version_stays_readable(world: World) -> None:
    world.keep(patient(), observation(value="5.1"))
    world.keep(observation(value="5.10"), later=60)
    world.keep(observation(value="5.0"), later=-60)  # an older result that arrives late
    assert b'"value":5.10,' in world.get("/fhir/Observation/o1").data
    assert b'"value":5.1,' in world.get("/fhir/Observation/o1/_history/1").data
    assert world.get("/fhir/Observation/o1/_history/3").headers["ETag"] == 'W/"3"'
    answer = world.get("/fhir/Observation/o1/_history")
    bundle = loads(answer.data)
    assert (bundle["type"], bundle["total"]) == ("history", 3)
    assert [entry["response"]["etag"] for entry in bundle["entry"]] == ['W/"2"', 'W/"1"', 'W/"3"']
    assert [entry["request"]["method"] for entry in bundle["entry"]] == ["PUT", "POST", "PUT"]
    assert b'"value":5.10,' in answer.data
    assert check_json(answer.data) == []


NOWHERE = (
    "Patient/nobody", "Patient/nobody/_history", "Patient/p1/_history/2", "Patient/p1/_history/0",
    "Patient/p1/_history/01", "Patient/p1/_history/x", "Patient/p1/_history/99999999999999999999",
    "Patient/p1%00", "Patient/%F0%28", "Patient/" + "x" * 65, "Patient/p%201",
    "Nothing/p1", "patient/p1", "Bundle/p1", "Nothing", "Nothing/p1/_history",
)  # fmt: skip


def test_what_is_not_there_is_not_found(world: World) -> None:
    world.keep(patient())
    bearer = world.bearer()
    for path in NOWHERE:
        answer = world.http.get(f"/fhir/{path}", headers=bearer)
        assert answer.status_code == 404, path
        assert rule(answer) in {"resource-unknown", "resource-type-unknown", "http-not-found"}


def test_what_is_sensitive_is_not_found_by_any_door(world: World) -> None:
    world.keep(patient(), observation("open"))
    world.keep(observation("secret"), sensitive=True)
    for path in ("Observation/secret", "Observation/secret/_history", "Observation/secret/_history/1"):
        assert world.get(f"/fhir/{path}").status_code == 404
    bundle = loads(world.get("/fhir/Observation?patient=p1").data)
    assert [entry["resource"]["id"] for entry in bundle["entry"]] == ["open"]
    assert bundle["total"] == 1


def test_a_read_is_audited_before_it_is_answered(world: World) -> None:
    world.keep(patient(), observation())
    world.get("/fhir/Observation/o1")
    world.get("/fhir/Observation/o1/_history/1")
    world.get("/fhir/Observation/o1/_history")
    lines = [line for line in world.audit_lines() if line.action != "token-issued"]
    assert {(line.actor, line.basis, line.recorded) for line in lines} == {("home", "treatment", NOW)}
    assert [(line.action, line.detail) for line in lines] == [
        ("read", {"type": "Observation", "id": "o1", "vid": 1}),
        ("vread", {"type": "Observation", "id": "o1", "vid": 1}),
        ("history", {"type": "Observation", "id": "o1", "versions": 1}),
    ]


def test_without_its_audit_line_no_answer_leaves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.keep(patient())
    bearer = world.bearer()

    def full(work: object, *, soon: bool = False) -> None:
        raise StoreUnavailable("store-disk-full")

    monkeypatch.setattr(world.parts.store, "write", full)
    for path in ("Patient/p1", "Patient/p1/_history", "Patient/p1/_history/1", "Patient"):
        answer = world.http.get(f"/fhir/{path}", headers=bearer)
        assert (answer.status_code, rule(answer)) == (503, "store-disk-full")
        assert b"p1" not in answer.data


def test_only_json_is_served_and_another_form_is_refused_by_name(door: World) -> None:
    door.keep(patient())
    for accepted in ("application/fhir+json", "application/json;q=0.5", "*/*", "text/html, */*;q=0.1"):
        assert door.get("/fhir/Patient/p1", Accept=accepted).status_code == 200
    for other in ("application/fhir+xml", "text/html", "application/fhir+json;q=0"):
        answer = door.get("/fhir/Patient/p1", Accept=other)
        assert (answer.status_code, rule(answer)) == (406, "http-not-acceptable")
    assert door.get("/fhir/Patient/p1?_format=json", Accept="text/html").status_code == 200
    answer = door.get("/fhir/Patient/p1?_format=xml")
    assert (answer.status_code, rule(answer)) == (400, "search-value-unsupported")


def test_a_parameter_that_is_not_built_is_refused_not_ignored(door: World) -> None:
    door.keep(patient())
    for path in ("Patient/p1?_summary=true", "Patient/p1/_history?_since=2026", "Patient/p1/_history/1?x="):
        answer = door.get(f"/fhir/{path}")
        assert (answer.status_code, rule(answer)) == (400, "http-parameter-unknown")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_nothing_is_written_through_these_doors(door: World, method: str) -> None:
    answer = door.http.open("/fhir/Patient/p1", method=method, json={}, headers=door.bearer() | FHIR)
    assert (answer.status_code, rule(answer)) == (405, "http-method-not-allowed")
    assert "GET" in answer.headers["Allow"]
