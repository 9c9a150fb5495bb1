"""What the gateway answers decides what is moved: its own word about the payload, and nothing else."""

from __future__ import annotations

import json

import pytest

from gateway.collect.collector import Fate
from gateway.collect.door import Payload
from gateway.errors import GatewayError, RecipientUnreachable
from tests.collect.site import Site


def outcome(rule: str) -> bytes:
    issue = {"severity": "error", "code": "invalid", "details": {"coding": [{"code": rule}]}}
    return json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode()


def sent(site: Site, status: int, body: bytes) -> Fate:
    site.script.append((status, body))
    return site.door().post(Payload(b"payload", "text/plain")).fate


@pytest.mark.parametrize("status", [400, 403, 409, 413, 415, 422])
def test_the_gateways_word_about_the_payload_refuses_it(site: Site, status: int) -> None:
    assert sent(site, status, outcome("hl7v2-no-msh")) is Fate.REFUSED


def test_a_fault_at_one_payload_leaves_it(site: Site) -> None:
    assert sent(site, 500, outcome("http-unexpected")) is Fate.LEFT


def test_a_payload_too_large_for_what_stands_before_the_gateway_is_refused(site: Site) -> None:
    assert sent(site, 413, b"<html>413</html>") is Fate.REFUSED


@pytest.mark.parametrize(
    ("status", "body", "rule"),
    [
        (503, outcome("store-disk-full"), "recipient-busy"),
        (500, b"<html>", "recipient-busy"),
        (502, b"", "recipient-busy"),
        (429, b"", "recipient-busy"),
        (408, b"", "recipient-busy"),
        (400, b"<html>", "collect-not-let-in"),
        (404, outcome("facility-unknown"), "collect-not-let-in"),
        (403, outcome("access-scope-missing"), "collect-not-let-in"),
        (400, outcome("http-body-cut-off"), "collect-not-let-in"),
        (302, b"", "recipient-nonsense"),
        (200, b"{}", "collect-answer-another"),
        (201, b"<html>", "collect-answer-another"),
        (201, b'{"payload_sha256": "0", "exchanges": []}', "collect-answer-another"),
    ],
)
def test_anything_else_is_no_answer_about_the_payload(site: Site, status: int, body: bytes, rule: str) -> None:
    with pytest.raises(GatewayError) as raised:
        sent(site, status, body)
    assert raised.value.issues[0].rule == rule


def test_a_token_the_gateway_no_longer_knows_is_renewed_once(site: Site) -> None:
    door = site.door()
    content = site.payload()
    site.script.append((401, outcome("token-unknown")))
    assert door.post(Payload(content, "x-application/hl7-v2+er7")).fate is Fate.TAKEN
    site.script.extend([(401, b""), (401, b"")])
    with pytest.raises(RecipientUnreachable, match="believe"):
        door.post(Payload(content, "x-application/hl7-v2+er7"))


def test_nobody_listening_and_a_client_nobody_knows_are_no_answer(site: Site) -> None:
    with pytest.raises(GatewayError) as raised:
        site.door(client_id="another").post(Payload(b"x", "text/plain"))
    assert raised.value.issues[0].rule == "recipient-believes-us-not"
    gone = site.door()
    gone._url = "http://127.0.0.1:9"
    with pytest.raises(RecipientUnreachable, match="reached"):
        gone.post(Payload(b"x", "text/plain"))


def test_a_held_record_is_taken_and_not_complete(site: Site) -> None:
    held = {"id": "1", "status": "held", "record": 1, "outcome": json.loads(outcome("field-held"))}
    payload = Payload(b"payload", "text/plain")
    site.script.append((202, json.dumps({"payload_sha256": payload.sha256, "exchanges": [held]}).encode()))
    answer = site.door().post(payload)
    assert (answer.fate, answer.complete, answer.exchanges, answer.rules) == (Fate.TAKEN, False, ["1"], ["field-held"])
