"""$process-message between two gateways, each with its own database and keys, and what the second then shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from gateway.adapter import MappingText
from gateway.jsontext import loads
from gateway.r4 import check_json
from gateway.store import mapping_files
from gateway.trust import evidence, trustfile
from tests.blueprint import ROOT
from tests.rest.world import FHIR, HOME, NOW, OTHER, World, opened, rule

SAMPLE = (ROOT / "adapters" / "hl7v2" / "samples" / "lab-hematology.hl7").read_bytes()


@pytest.fixture
def sender(empty_tables: Path, tmp_path: Path) -> Iterator[World]:
    (tmp_path / "sender").mkdir()
    file = tmp_path / "sender" / "gateway.sqlite3"
    file.write_bytes(empty_tables.read_bytes())
    made = opened(f"sqlite:///{file}", tmp_path / "sender", {"home": HOME})
    made.sign_here()
    yield made
    made.parts.close()


@pytest.fixture
def receiver(tables_url: str, tmp_path: Path, sender: World) -> Iterator[World]:
    """Believes the sender's keys; the sender's gateway is its client ``peer``."""
    made = opened(tables_url, tmp_path / "receiver", {"doctor": OTHER, "peer": OTHER}, base_url="https://two.example")
    made.sign_here()
    trust = trustfile.read(sender.parts.keyring.public_trust().as_json())
    made.parts.keyring.import_trust("laboratory", trust, actor="test")
    yield made
    made.parts.close()


def signed_by(sender: World) -> bytes:
    """The signed message of the sample, its bytes as the sender keeps them."""
    answer = sender.post(SAMPLE)
    assert answer.json is not None
    shown: bytes = sender.get(f"/exchanges/{answer.json['exchanges'][0]['id']}").data
    return shown[shown.index(b'"bundle":') + 9 : shown.index(b',"deliveries":')]


def send(receiver: World, message: bytes) -> TestResponse:
    return receiver.http.post("/fhir/$process-message", data=message, headers=receiver.bearer("peer") | FHIR)


def code(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.text
    assert check_json(answer.data) == []
    return str(loads(answer.data)["entry"][0]["resource"]["response"]["code"])


def test_what_went_out_from_here_is_not_received_here(world: World) -> None:
    world.sign_here()
    message = signed_by(world)
    answer = world.http.post("/fhir/$process-message", data=message, headers=world.bearer() | FHIR)
    assert code(answer) == "fatal-error"
    outcomes = [one["resource"] for one in loads(answer.data)["entry"] if one["resource"].get("issue")]
    assert [one["issue"][0]["details"]["coding"][0]["code"] for one in outcomes] == ["message-of-ours"]


def test_a_believed_message_is_kept_and_its_receipt_proves_it(sender: World, receiver: World) -> None:
    message = signed_by(sender)
    answer = send(receiver, message)
    assert code(answer) == "ok"
    response = loads(answer.data)["entry"][0]["resource"]["response"]
    assert response["identifier"] == loads(message)["entry"][0]["resource"]["id"]
    assert evidence.verify_file(answer.data, receiver.parts.keyring.public_trust(), NOW).verdict == "valid"
    found = receiver.get("/fhir/Observation?code=http://loinc.org|6690-2", "doctor")
    assert loads(found.data)["total"] == 1
    assert b'"value":7.20,' in found.data


def test_the_same_message_again_gets_the_first_receipt_again(sender: World, receiver: World) -> None:
    message = signed_by(sender)
    first = send(receiver, message)
    receiver.clock.forward(minutes=5)
    assert send(receiver, message).data == first.data
    assert loads(receiver.get("/fhir/DiagnosticReport", "doctor").data)["total"] == 1


def test_a_message_changed_on_the_way_gets_a_no_and_leaves_nothing(sender: World, receiver: World) -> None:
    changed = signed_by(sender).replace(b'"value":7.20,', b'"value":7.2,')
    assert code(send(receiver, changed)) == "fatal-error"
    assert loads(receiver.get("/fhir/Observation", "doctor").data)["total"] == 0


def test_whoever_may_read_a_received_result_may_show_its_evidence(sender: World, receiver: World) -> None:
    send(receiver, signed_by(sender))
    result = loads(receiver.get("/fhir/Observation?_count=1", "doctor").data)["entry"][0]["resource"]
    exchange = result["meta"]["source"].removeprefix("urn:uuid:")
    file = receiver.get(f"/exchanges/{exchange}/evidence", "doctor")
    assert evidence.verify_file(file.data, sender.parts.keyring.public_trust(), NOW).verdict == "valid"
    assert receiver.audit_lines()[-1].detail == {"exchange": exchange}
    receiver.register("unfounded", OTHER, basis="")
    for path in (f"/exchanges/{exchange}", f"/exchanges/{exchange}/evidence"):
        answer = receiver.get(path, "unfounded")
        assert (answer.status_code, rule(answer)) == (404, "exchange-unknown")
    again = receiver.http.post(f"/exchanges/{exchange}/$redeliver", headers=receiver.bearer("doctor"))
    assert (again.status_code, rule(again)) == (404, "exchange-unknown")  # what was received is never passed on


def test_an_exchange_names_the_mapping_file_that_made_it_here_and_where_it_was_received(
    sender: World, receiver: World
) -> None:
    table = ROOT / "adapters" / "tabular" / "samples" / "xn-huyen.csv"
    file = MappingText.read(table.with_suffix(".toml").read_bytes())
    sender.parts.store.write(
        lambda connection: mapping_files.register(connection, HOME, file, by="test", reason="", now=NOW)
    )
    answer = sender.post(table.read_bytes(), **{"Content-Type": "text/csv"})
    assert answer.json is not None
    mapping = {"name": "xn-huyen", "version": "1", "sha256": file.sha256}
    shown = [sender.get(f"/exchanges/{one['id']}").data for one in answer.json["exchanges"]]
    assert [loads(one)["mapping"] for one in shown] == [mapping, mapping]
    message = shown[0][shown[0].index(b'"bundle":') + 9 : shown[0].index(b',"deliveries":')]
    assert code(send(receiver, message)) == "ok"
    result = loads(receiver.get("/fhir/Observation?_count=1", "doctor").data)["entry"][0]["resource"]
    received = receiver.get(f"/exchanges/{result['meta']['source'].removeprefix('urn:uuid:')}", "doctor")
    assert loads(received.data)["mapping"] == mapping


def test_an_exchange_made_without_a_mapping_file_names_none(sender: World) -> None:
    answer = sender.post(SAMPLE)
    assert answer.json is not None
    shown = sender.get(f"/exchanges/{answer.json['exchanges'][0]['id']}").json
    assert shown is not None
    assert "mapping" not in shown
