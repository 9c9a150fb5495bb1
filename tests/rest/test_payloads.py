"""POST /facilities/{code}/payloads, the exchange it makes, its evidence, and delivering it again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.adapter import Payload
from gateway.facility import Recipient
from gateway.jsontext import loads
from gateway.store import Connection, deliveries, exchanges, facilities
from gateway.trust import evidence
from tests.blueprint import ROOT
from tests.rest.world import BASE, FHIR, HOME, NOW, OTHER, World, opened, rule

SAMPLE = (ROOT / "adapters" / "hl7v2" / "samples" / "lab-hematology.hl7").read_bytes()
UNUSUAL = SAMPLE.replace(b"||7.20|G/L|", b"||1,234|G/L|")  # a value that only a person can read


@pytest.fixture
def house(world: World) -> World:
    world.sign_here()
    return world


@pytest.fixture
def small(empty_tables: Path, tmp_path: Path) -> Iterator[World]:
    """A gateway that takes little at a time."""
    (tmp_path / "gateway.sqlite3").write_bytes(empty_tables.read_bytes())
    made = opened(f"sqlite:///{tmp_path / 'gateway.sqlite3'}", tmp_path, max_payload_bytes=20_000)
    made.sign_here()
    yield made
    made.parts.close()


def exchange_of(answer: Any) -> str:
    assert answer.status_code in (200, 201, 202), answer.text
    return str(answer.json["exchanges"][0]["id"])


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("AllergyIntolerance?clinical-status=active", 2),
        ("AllergyIntolerance?verification-status=entered-in-error", 1),
        ("AllergyIntolerance?code=AMX&category=medication", 1),
        ("RelatedPerson?relationship=FTH", 1),
        ("CareTeam?subject.identifier=urn:vn:cskcb:79001:mrn|BN000912", 1),
        ("Condition?code=J18.9", 1),
    ],
)
def test_what_a_message_says_of_a_patient_besides_results_is_found(house: World, question: str, found: int) -> None:
    background = (ROOT / "adapters" / "hl7v2" / "samples" / "patient-background.hl7").read_bytes()
    assert house.post(background).status_code == 201
    number = "urn:vn:cskcb:79001:mrn|BN000912"
    answer = house.get(f"/fhir/{question}&patient.identifier={number}")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["total"] == found


def test_a_payload_becomes_an_exchange_that_can_be_looked_at(house: World) -> None:
    answer = house.post(SAMPLE)
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["payload_sha256"] == Payload(SAMPLE).sha256
    made = exchange_of(answer)
    assert answer.headers["Location"] == f"{BASE}/exchanges/{made}"
    shown = house.get(f"/exchanges/{made}")
    whole = loads(shown.data)
    assert {name: whole[name] for name in ("id", "facility", "status", "payload_sha256", "deliveries")} == {
        "id": made, "facility": HOME, "status": "kept", "payload_sha256": Payload(SAMPLE).sha256, "deliveries": [],
    }  # fmt: skip
    assert whole["outcome"]["resourceType"] == "OperationOutcome"
    assert whole["bundle"]["type"] == "message"
    assert b'"value":7.20,' in shown.data


def test_the_same_payload_again_changes_nothing(house: World) -> None:
    first, again = house.post(SAMPLE), house.post(SAMPLE)
    assert again.status_code == 200
    assert exchange_of(again) == exchange_of(first)
    assert again.headers["Location"] == first.headers["Location"]


def test_what_a_person_must_look_at_is_accepted_and_held(house: World) -> None:
    answer = house.post(UNUSUAL)
    assert answer.status_code == 202
    assert answer.json is not None
    assert answer.json["exchanges"][0]["status"] == "held"
    shown = loads(house.get(f"/exchanges/{exchange_of(answer)}").data)
    assert shown["status"] == "held"
    assert shown["bundle"]["type"] == "collection"
    evidence_of_nothing = house.get(f"/exchanges/{exchange_of(answer)}/evidence")
    assert (evidence_of_nothing.status_code, rule(evidence_of_nothing)) == (404, "exchange-unsigned")
    assert loads(house.get("/fhir/Observation").data)["total"] == 0


def test_evidence_convinces_a_stranger_and_a_changed_digit_does_not(house: World) -> None:
    made = exchange_of(house.post(SAMPLE))
    file = house.get(f"/exchanges/{made}/evidence")
    assert file.status_code == 200
    assert file.content_type.startswith("application/json")
    trust = house.parts.keyring.public_trust()
    assert evidence.verify_file(file.data, trust, NOW).verdict == "valid"
    assert (evidence.read(file.data).payload or b"").rstrip(b"\r") == SAMPLE.rstrip(b"\r")
    tampered = file.data.replace(b'"value":7.20,', b'"value":7.2,')
    assert tampered != file.data
    assert evidence.verify_file(tampered, trust, NOW).verdict == "invalid"
    assert [line.action for line in house.audit_lines()][-1] == "evidence-read"


def test_another_facility_with_a_legal_basis_may_prove_what_was_signed_and_sees_no_more_than_that(house: World) -> None:
    made = exchange_of(house.post(SAMPLE))
    file = house.get(f"/exchanges/{made}/evidence", "other")
    trust = house.parts.keyring.public_trust()
    assert evidence.verify_file(file.data, trust, NOW).verdict == "valid"
    assert evidence.read(file.data).payload is None
    line = house.audit_lines()[-1]
    assert (line.actor, line.action, line.detail) == ("other", "evidence-read", {"exchange": made})
    house.register("unfounded", OTHER, basis="")
    unsigned = exchange_of(house.post(UNUSUAL))
    for exchange, client in ((made, "unfounded"), (unsigned, "other")):
        answer = house.get(f"/exchanges/{exchange}/evidence", client)
        assert (answer.status_code, rule(answer)) == (404, "exchange-unknown")


def test_a_facilitys_exchange_is_not_there_for_another(house: World) -> None:
    made = exchange_of(house.post(SAMPLE))
    bearer = house.bearer("other")
    for path, method in (("", "GET"), ("/$redeliver", "POST")):
        answer = house.http.open(f"/exchanges/{made}{path}", method=method, headers=bearer)
        assert (answer.status_code, rule(answer)) == (404, "exchange-unknown")
    for nowhere in ("x", "0" * 36, "%00", "..%2F..%2Fetc", "*"):
        assert house.http.get(f"/exchanges/{nowhere}", headers=bearer).status_code == 404


def test_a_client_sends_for_its_own_facility_only(house: World) -> None:
    answer = house.post(SAMPLE, "other")
    assert (answer.status_code, rule(answer)) == (403, "access-other-facility")
    unknown = house.post(SAMPLE, code="99999")
    assert (unknown.status_code, rule(unknown)) == (403, "access-other-facility")
    another = house.post(SAMPLE, "other", OTHER)  # its own address, but the message names the other facility
    assert (another.status_code, rule(another)) == (403, "record-of-another-facility")
    with house.parts.store.read() as connection:
        assert exchanges.list_lines(connection) == []


def test_sending_and_looking_need_their_scopes(house: World) -> None:
    made = exchange_of(house.post(SAMPLE))
    sent = house.http.post(
        f"/facilities/{HOME}/payloads", data=SAMPLE, headers=house.bearer(scope="system/*.rs system/Bundle.r")
    )
    assert (sent.status_code, rule(sent)) == (403, "access-scope-missing")
    looked = house.get(f"/exchanges/{made}", scope="system/Bundle.c")
    assert (looked.status_code, rule(looked)) == (403, "access-scope-missing")
    assert house.get(f"/exchanges/{made}", scope="system/Bundle.r").status_code == 200


def test_an_adapter_may_be_named(house: World) -> None:
    answer = house.post(SAMPLE, **{"X-Adapter": "nonesuch"})
    assert (answer.status_code, rule(answer)) == (422, "adapter-unknown")
    assert house.post(SAMPLE, **{"X-Adapter": "hl7v2"}).status_code == 201


BROKEN = {
    "empty": b"",
    "blank": b" \r\n",
    "nul": b"\x00" * 10,
    "half a segment": b"MSH|^~\\&|LIS|79001",
    "cut off": SAMPLE[:60],
    "no message": b"%PDF-1.7",
    "deep JSON": b"[" * 100_000,
    "deep XML": b"<a>" * 100_000,
    "billion laughs": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
    "not UTF-8": SAMPLE.replace("NGUYỄN".encode(), b"\xff\xfe\xfa"),
}


def test_a_broken_payload_is_refused_with_an_outcome_and_leaves_nothing(house: World) -> None:
    for name, payload in BROKEN.items():
        answer = house.post(payload)
        assert 400 <= answer.status_code < 500, name
        assert rule(answer), name
    with house.parts.store.read() as connection:
        assert exchanges.list_lines(connection) == []


def test_a_long_payload_is_refused_before_it_is_read(small: World) -> None:
    class Unread:
        def read(self, *_: int) -> bytes:
            raise AssertionError("nobody reads this")

        def readline(self, *_: int) -> bytes:
            raise AssertionError("nobody reads this")

    answer = small.http.post(
        f"/facilities/{HOME}/payloads",
        headers=small.bearer(),
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": str(100 * 2**20)},
    )
    assert (answer.status_code, rule(answer)) == (413, "http-body-too-large")


def test_a_payload_without_an_end_is_cut_off_at_the_limit(small: World) -> None:
    class Endless:
        given = 0

        def read(self, size: int = -1) -> bytes:
            size = 65_536 if size < 0 else min(size, 65_536)
            self.given += size
            return b"x" * size

    endless = Endless()
    answer = small.http.post(
        f"/facilities/{HOME}/payloads",
        headers=small.bearer(),
        environ_overrides={
            "wsgi.input": endless,
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
            "CONTENT_LENGTH": "",
        },
    )
    assert (answer.status_code, rule(answer)) == (413, "http-body-too-large")
    assert endless.given <= 2 * 65_536


def test_a_payload_of_just_the_limit_is_taken_and_one_byte_more_is_not(small: World) -> None:
    for chunked in ({}, {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}):
        for size, expected in ((20_000, 422), (20_001, 413)):  # no adapter knows these bytes
            answer = small.http.post(
                f"/facilities/{HOME}/payloads", data=b"x" * size, headers=small.bearer(), environ_overrides=chunked
            )
            assert answer.status_code == expected


def test_a_body_shorter_than_it_says_is_refused(small: World) -> None:
    length = {"CONTENT_LENGTH": str(len(SAMPLE) + 10)}
    for terminated in ({}, {"wsgi.input_terminated": True}):  # as gunicorn has it
        answer = small.http.post(
            f"/facilities/{HOME}/payloads", data=SAMPLE, headers=small.bearer(), environ_overrides=length | terminated
        )
        assert (answer.status_code, rule(answer)) == (400, "http-body-cut-off")
    with small.parts.store.read() as connection:
        assert exchanges.list_lines(connection) == []


def test_a_compressed_payload_is_refused(small: World) -> None:
    answer = small.post(b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    assert (answer.status_code, rule(answer)) == (415, "http-media-type")


# ---- delivering again ----------------------------------------------------------------


def deliver_once(house: World, exchange_id: str) -> None:
    """As routing does, then as the worker does when it is told no for good."""
    recipient = Recipient("north", "https://north.example/fhir", {"bindings": []})

    def work(connection: Connection) -> None:
        rid = exchanges.rid_of(connection, exchange_id)
        assert rid is not None
        facilities.add_recipient(connection, recipient, NOW)
        deliveries.enqueue(
            connection, rid, "north", basis="treatment", reason="named", now=NOW, deadline=NOW + timedelta(hours=1)
        )

    house.parts.store.write(work)


def test_an_exchange_is_delivered_again_to_whom_it_went(house: World) -> None:
    made = exchange_of(house.post(SAMPLE))
    deliver_once(house, made)
    answer = house.http.post(f"/exchanges/{made}/$redeliver", headers=house.bearer())
    assert answer.status_code == 202
    waiting = {"recipient": "north", "status": "ready", "attempts": 0, "receipt": None}
    assert loads(answer.data) == {"id": made, "deliveries": [waiting, waiting]}
    named = house.http.post(f"/exchanges/{made}/$redeliver", json={"recipient": "north"}, headers=house.bearer())
    assert len(loads(named.data)["deliveries"]) == 3
    never = house.http.post(f"/exchanges/{made}/$redeliver", json={"recipient": "south"}, headers=house.bearer())
    assert (never.status_code, rule(never)) == (404, "recipient-never-had-it")
    odd_ones: list[Any] = [[], {"to": "north"}, {"recipient": 1}]
    for odd in odd_ones:
        refused = house.http.post(f"/exchanges/{made}/$redeliver", json=odd, headers=house.bearer())
        assert (refused.status_code, rule(refused)) == (400, "redeliver-form")


def test_delivering_again_is_writing(house: World) -> None:
    made = exchange_of(house.post(SAMPLE))
    answer = house.http.post(f"/exchanges/{made}/$redeliver", headers=house.bearer(scope="system/Bundle.r"))
    assert (answer.status_code, rule(answer)) == (403, "access-scope-missing")


# ---- what the law keeps apart ---------------------------------------------------------


def test_a_sensitive_exchange_is_told_of_and_not_shown(house: World) -> None:
    revealing = SAMPLE.replace(b"58410-2^CBC panel^LN", b"75622-1^HIV 1 and 2 tests^LN")
    answer = house.post(revealing)
    assert answer.json is not None
    with house.parts.store.read() as connection:
        lines = exchanges.list_lines(connection)
    apart = [line.id for line in lines if line.sensitive]
    assert apart, answer.text
    for made in apart:
        shown = loads(house.get(f"/exchanges/{made}").data)
        assert shown["bundle"] is None
        refused = house.get(f"/exchanges/{made}/evidence")
        assert (refused.status_code, rule(refused)) == (403, "exchange-sensitive")
    for made in (line.id for line in lines if not line.sensitive):
        file = house.get(f"/exchanges/{made}/evidence")
        assert evidence.read(file.data).payload is None  # the record's bytes would show the other part
        assert b"HIV" not in file.data


# ---- $process-message -----------------------------------------------------------------


def test_what_is_no_signed_message_gets_no_receipt(house: World) -> None:
    bearer = house.bearer("other")
    for body in (b"", b"{", b"[]", b"{}", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":"\\u0000"}', b"[" * 5000, b"\xff"):
        answer = house.http.post("/fhir/$process-message", data=body, headers=bearer | FHIR)
        assert answer.status_code == 400, body
        assert rule(answer)
    form = house.http.post("/fhir/$process-message", data=b"{}", headers=bearer | {"Content-Type": "text/plain"})
    assert (form.status_code, rule(form)) == (415, "http-media-type")
    scope = house.http.post("/fhir/$process-message", data=b"{}", headers=house.bearer(scope="system/*.rs") | FHIR)
    assert (scope.status_code, rule(scope)) == (403, "access-scope-missing")


@pytest.mark.parametrize(
    "question",
    [
        "Appointment?date=2026-12-01&status=booked",
        "Appointment?identifier=urn:vn:cskcb:79001:filler-appointment|LH0021",
        "Appointment?service-type=SABUNG&actor.identifier=urn:vn:cskcb:79001:mrn|BN000512",
    ],
)
def test_an_appointment_is_found_by_its_patient_and_its_day(house: World, question: str) -> None:
    booked = (ROOT / "adapters" / "hl7v2" / "samples" / "appointment-booked.hl7").read_bytes()
    assert house.post(booked).status_code == 201
    number = "urn:vn:cskcb:79001:mrn|BN000512"
    answer = house.get(f"/fhir/{question}&patient.identifier={number}")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["total"] == 1


def test_what_the_national_file_says_was_ordered_done_and_used_is_found_and_a_stay_told_late_stays_ended(
    house: World,
) -> None:
    for name in ("surgical-stay", "check-in"):
        file = ROOT / "adapters" / "bhyt" / "samples" / f"{name}.xml"
        data = file.read_bytes().replace(b"01999", HOME.encode())
        assert house.post(data, **{"Content-Type": "application/xml"}).status_code == 201
    number = f"urn:vn:cskcb:{HOME}:mrn|BN004242"
    for question, found in {
        "Encounter?status=finished": 1,
        "SupplyDelivery?status=completed": 1,
        "DeviceRequest?intent=order": 1,
        "Procedure?code=47.01": 1,
        "MedicationRequest?authoredon=2026-11-10": 2,
        "Observation?code=8867-4": 2,
    }.items():
        answer = house.get(f"/fhir/{question}&patient.identifier={number}")
        assert answer.status_code == 200
        assert answer.json is not None
        assert (question, answer.json["total"]) == (question, found)
