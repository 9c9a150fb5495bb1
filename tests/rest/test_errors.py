"""Every error of every door is an OperationOutcome, in the reader's language, and gives nothing away."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.rest.records import CITIZEN, observation, patient
from tests.rest.world import FHIR, HOME, World, rule


def test_what_does_not_exist_is_said_in_one_form(door: World) -> None:
    for path, method, status, expected in (
        ("/", "GET", 404, "http-not-found"),
        ("/fhir", "GET", 404, "http-not-found"),
        ("/fhir/../etc/passwd", "GET", 404, "http-not-found"),
        ("/exchanges", "GET", 404, "http-not-found"),
        ("/fhir/metadata", "DELETE", 405, "http-method-not-allowed"),
        ("/oauth/token", "GET", 405, "http-method-not-allowed"),
        (f"/facilities/{HOME}/payloads", "GET", 405, "http-method-not-allowed"),
    ):
        answer = door.http.open(path, method=method)
        assert (answer.status_code, rule(answer)) == (status, expected), path


def test_no_door_with_data_opens_without_a_token(door: World) -> None:
    for path, method in (
        ("/fhir/Patient", "GET"),
        ("/fhir/Patient/p1", "GET"),
        ("/fhir/Patient/p1", "HEAD"),
        ("/fhir/Patient/p1/_history", "GET"),
        ("/fhir/Patient/p1/_history/1", "GET"),
        ("/fhir/Patient/_search", "POST"),
        ("/fhir/Patient/$validate", "POST"),
        ("/fhir/$process-message", "POST"),
        (f"/facilities/{HOME}/payloads", "POST"),
        ("/exchanges/x", "GET"),
        ("/exchanges/x/evidence", "GET"),
        ("/exchanges/x/$redeliver", "POST"),
        ("/fhir/ConceptMap", "GET"),
        ("/fhir/ConceptMap/_search", "POST"),
        ("/fhir/ConceptMap/x", "GET"),
        ("/fhir/ConceptMap/$translate", "GET"),
        ("/fhir/ConceptMap/$translate", "POST"),
        ("/fhir/ConceptMap/x/$translate", "POST"),
        ("/fhir/Observation/$prior-results", "GET"),
        ("/fhir/Observation/$prior-results", "POST"),
        ("/fhir/ImagingStudy/$prior-studies", "GET"),
        ("/fhir/ImagingStudy/$prior-studies", "POST"),
        ("/fhir/Observation/$reuse-accepted", "POST"),
        ("/fhir/ImagingStudy/$reuse-accepted", "POST"),
        ("/fhir/Communication/x/$acknowledge", "POST"),
        ("/fhir/OperationDefinition/x", "GET"),
        ("/cds-services/reuse-order-sign", "POST"),
        ("/cds-services/reuse-order-sign/feedback", "POST"),
    ):
        answer = door.http.open(path, method=method)
        assert answer.status_code == 401, path
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="fhir"'


def test_that_list_names_every_route_there_is(door: World) -> None:
    """A new door must be put into one of the two lists: those that need a token, and these."""
    open_doors = {
        "/health/live", "/health/ready", "/metrics", "/fhir/metadata", "/oauth/token",
        "/fhir/.well-known/smart-configuration", "/.well-known/jwks.json", "/cds-services",
    }  # fmt: skip
    rest = {found.rule for found in door.app.url_map.iter_rules()} - open_doors
    assert {found for found in rest if not found.startswith("/console")} == {
        "/fhir/<resource_type>", "/fhir/<resource_type>/<logical_id>", "/fhir/<resource_type>/<logical_id>/_history",
        "/fhir/<resource_type>/<logical_id>/_history/<vid>", "/fhir/<resource_type>/_search",
        "/fhir/<resource_type>/$validate", "/fhir/$process-message", "/facilities/<code>/payloads",
        "/exchanges/<exchange_id>", "/exchanges/<exchange_id>/evidence", "/exchanges/<exchange_id>/$redeliver",
        "/fhir/ConceptMap", "/fhir/ConceptMap/_search", "/fhir/ConceptMap/<logical_id>",
        "/fhir/ConceptMap/$translate", "/fhir/ConceptMap/<logical_id>/$translate",
        "/fhir/Observation/$prior-results", "/fhir/ImagingStudy/$prior-studies",
        "/fhir/Observation/$reuse-accepted", "/fhir/ImagingStudy/$reuse-accepted",
        "/fhir/Communication/<logical_id>/$acknowledge",
        "/fhir/OperationDefinition/<logical_id>",
        "/cds-services/<service_id>", "/cds-services/<service_id>/feedback",
    }  # fmt: skip


def test_the_readers_language_wins(door: World) -> None:
    def text(language: str) -> str:
        answer = door.http.get("/nowhere", headers={"Accept-Language": language} if language else {})
        assert answer.json is not None
        return str(answer.json["issue"][0]["details"]["text"])

    assert text("vi") == text("vi-VN,en;q=0.5") == "không có gì tại địa chỉ này"
    assert text("") == text("fr") == text("en;q=0.9,vi;q=0.1") == "there is nothing at this address"


def test_head_and_options_are_answered_as_http_has_it(door: World) -> None:
    door.keep(patient())
    head = door.http.head("/fhir/Patient/p1", headers=door.bearer())
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", 'W/"1"')
    options = door.http.options("/fhir/Patient/p1")
    assert options.status_code == 200
    assert set(options.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_answers_are_neither_cached_nor_framed_nor_sniffed(door: World) -> None:
    for path in ("/fhir/metadata", "/nowhere"):
        headers = door.http.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Strict-Transport-Security"]


def test_what_nobody_foresaw_is_a_500_that_tells_nothing(door: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bearer = door.bearer()

    def broken() -> None:
        raise RuntimeError(f"cannot read {CITIZEN}")

    monkeypatch.setattr(door.parts.store, "read", broken)
    with capture_logs() as logs:
        answer = door.http.get("/fhir/Patient/p1", headers=bearer)
    assert (answer.status_code, rule(answer)) == (500, "http-unexpected")
    assert answer.headers["X-Request-Id"] in answer.text
    assert CITIZEN not in answer.text
    assert logs[0]["event"] == "unexpected"
    assert logs[0]["error"] == "RuntimeError"
    assert logs[0]["at"][-1].startswith("tests.rest.test_errors:")
    assert CITIZEN not in json.dumps(logs)


def test_the_log_knows_route_status_and_client_and_no_value(door: World) -> None:
    door.keep(patient(), observation())
    bearer = door.bearer()
    with capture_logs() as logs:
        door.http.get(f"/fhir/Patient?identifier={CITIZEN}", headers=bearer)
        door.http.get(f"/fhir/Patient/{CITIZEN}", headers=bearer)
        door.http.get(f"/nowhere/{CITIZEN}?x={CITIZEN}", headers=bearer)
        door.http.get(f"/fhir/Patient?{CITIZEN}={CITIZEN}", headers=bearer)
        door.http.post("/fhir/Patient/_search", data={"identifier": CITIZEN}, headers=bearer)
        door.http.post("/fhir/Patient/$validate", json={"resourceType": "Patient", "x": CITIZEN}, headers=bearer)
    assert [(line["route"], line["status"]) for line in logs][:3] == [
        ("/fhir/<resource_type>", 200),
        ("/fhir/<resource_type>/<logical_id>", 404),
        ("unknown", 404),
    ]
    assert logs[0]["client"] == "home"
    assert CITIZEN not in json.dumps(logs)
    assert bearer["Authorization"].removeprefix("Bearer ") not in json.dumps(logs)


# ---- $validate ------------------------------------------------------------------------


def test_validate_says_what_is_wrong_and_keeps_nothing(door: World) -> None:
    bearer = door.bearer() | FHIR
    good = door.http.post("/fhir/Patient/$validate", data=b'{"resourceType":"Patient"}', headers=bearer)
    assert (good.status_code, rule(good)) == (200, "all-ok")
    wrong = b'{"resourceType":"Patient","gender":"m"}'
    wrapped = b'{"resourceType":"Parameters","parameter":[{"name":"resource","resource":' + wrong + b"}]}"
    for body in (wrong, wrapped):
        answer = door.http.post("/fhir/Patient/$validate", data=body, headers=bearer)
        assert answer.status_code == 200
        assert answer.json is not None
        assert answer.json["issue"][0]["severity"] == "error"
        assert answer.json["issue"][0]["expression"] == ["Patient.gender"]
    other = door.http.post("/fhir/Observation/$validate", data=b'{"resourceType":"Patient"}', headers=bearer)
    assert (other.status_code, rule(other)) == (200, "validate-other-type")
    assert door.http.post("/fhir/Nothing/$validate", data=b"{}", headers=bearer).status_code == 404


LABORATORY = "https://lienthong.example/fhir/StructureDefinition/laboratory-result"


def test_validate_holds_to_the_profiles_that_are_asked_for(door: World) -> None:
    bearer = door.bearer() | FHIR
    plain = b'{"resourceType":"Observation","status":"final","code":{"text":"a"}}'
    named = b'{"name":"profile","valueUri":"' + LABORATORY.encode() + b'"}'
    body = b'{"resourceType":"Parameters","parameter":[' + named + b',{"name":"resource","resource":' + plain + b"}]}"
    assert rule(door.http.post("/fhir/Observation/$validate", data=plain, headers=bearer)) == "all-ok"
    for path, content in ((f"?profile={LABORATORY}", plain), ("", body), (f"?profile={LABORATORY}", body)):
        answer = door.http.post(f"/fhir/Observation/$validate{path}", data=content, headers=bearer)
        assert answer.status_code == 200
        assert answer.json is not None
        said = [issue["details"]["coding"][0]["code"] for issue in answer.json["issue"]]
        assert said.count("r4-profile-required") == 2  # category and subject, each said once
    base = "?profile=http://hl7.org/fhir/StructureDefinition/Observation"
    assert rule(door.http.post(f"/fhir/Observation/$validate{base}", data=plain, headers=bearer)) == "all-ok"


def test_a_profile_that_is_not_known_cannot_be_judged_and_the_request_is_refused(door: World) -> None:
    """https://hl7.org/fhir/R4/resource-operation-validate.html: it SHALL return an error."""
    answer = door.http.post(
        "/fhir/Patient/$validate?profile=http://a.example/p", data=b'{"resourceType":"Patient"}',
        headers=door.bearer() | FHIR,
    )  # fmt: skip
    assert (answer.status_code, rule(answer)) == (400, "validate-profile-unknown")
    other = door.http.post("/fhir/Patient/$validate?profil=x", data=b"{}", headers=door.bearer() | FHIR)
    assert (other.status_code, rule(other)) == (400, "http-parameter-unknown")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b"null", b'{"a":1,"a":1}', b'{"a":NaN}', b'{"a":1e999999999}', b'"\\ud800"', b"\xff{}",
     b'{"a":"\x00"}', b'{"a":' * 5000, b'{"resourceType":"Parameters"}',
     b'{"resourceType":"Parameters","parameter":[7]}',
     b'{"resourceType":"Parameters","parameter":[{"name":"profile","valueUri":"x"}]}',
     b'{"resourceType":"Parameters","parameter":[{"name":"profile","valueUri":7}]}', b'{"resourceType":["x"]}'],
)  # fmt: skip
def test_validate_is_never_beside_itself(door: World, body: bytes) -> None:
    answer = door.http.post("/fhir/Patient/$validate", data=body, headers=door.bearer() | FHIR)
    assert answer.status_code in (200, 400)
    assert rule(answer) not in ("all-ok", "http-unexpected")


# ---- whatever arrives -----------------------------------------------------------------

_pieces = st.sampled_from(
    ["fhir", "Patient", "Observation", "_history", "_search", "$validate", "$process-message", "metadata",
     "ConceptMap", "$translate", "exchanges",
     "evidence", "facilities", HOME, "payloads", "..", "", "%2e%2e", "%00", "%FF", "1", "p1", "health", "oauth",
     "token", ".well-known", "*"]
) | st.text(max_size=8)  # fmt: skip
_names = st.sampled_from(
    ["_id", "patient", "patient.identifier", "code", "date", "_sort", "_count", "_include", "_lastUpdated", "_cursor",
     "_format", "identifier:not", "subject:Patient", "status:missing", "_total", "_summary"]
) | st.text(max_size=6)  # fmt: skip
_values = st.text(max_size=12) | st.sampled_from(
    ["ge2026", "eq2026-13-45", "|", "a|b|c", ",", "\\", "\\,", "-date,_id", "0", "99999999999", "Observation:subject",
     "json", "Patient/p1", "urn:uuid:x", "true", "ap9999-12-31T23:59:60Z", "lt0001-01-01"]
)  # fmt: skip


@pytest.mark.parametrize("path", ["/fhir/Observation", "/fhir/Patient/1", "/fhir/metadata", "/exchanges/x", "/nowhere"])
@pytest.mark.parametrize("query", ["\x80", "a=\x80", "\x80=1"])
def test_a_query_with_bytes_that_no_url_has_is_refused_at_every_door(door: World, path: str, query: str) -> None:
    answer = door.http.open(path, headers=door.bearer(), environ_overrides={"QUERY_STRING": query})
    assert (answer.status_code, rule(answer)) == (400, "http-query-not-utf8")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "PUT"]),
    pieces=st.lists(_pieces, max_size=5),
    query=st.lists(st.tuples(_names, _values), max_size=4),
    raw=st.binary(max_size=20),
    body=st.binary(max_size=60),
    kind=st.sampled_from(["", "application/fhir+json", "application/x-www-form-urlencoded", "text/plain", "é"]),
)
def test_no_request_whatever_makes_it_stumble(
    door: World, method: str, pieces: list[str], query: list[tuple[str, str]], raw: bytes, body: bytes, kind: str
) -> None:
    bearer = door.app.extensions.setdefault("bearer of this test", {}) or door.bearer()
    door.app.extensions["bearer of this test"] = bearer
    environ = {
        "PATH_INFO": ("/" + "/".join(pieces)).encode("utf-8", "surrogatepass").decode("latin-1"),
        "QUERY_STRING": "&".join(f"{name}={value}" for name, value in query)
        .encode("utf-8", "replace")
        .decode("latin-1")
        + raw.decode("latin-1"),
    }
    answer = door.http.open(
        "/", method=method, data=body, headers=bearer | {"Content-Type": kind}, environ_overrides=environ
    )
    assert answer.status_code < 500, (answer.status_code, answer.text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["Patient", "Observation"]), query=st.lists(st.tuples(_names, _values), max_size=3))
def test_no_search_whatever_makes_it_stumble(door: World, kind: str, query: list[tuple[str, str]]) -> None:
    bearer = door.app.extensions.setdefault("bearer of this test", {}) or door.bearer()
    door.app.extensions["bearer of this test"] = bearer
    form = [(name.encode("utf-8", "replace"), value.encode("utf-8", "replace")) for name, value in query]
    by_get = door.http.get(f"/fhir/{kind}", query_string=form, headers=bearer)
    assert by_get.status_code in (200, 400)
