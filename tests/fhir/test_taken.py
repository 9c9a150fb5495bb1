"""What a facility's FHIR system sends is taken like any other payload: signed, kept, found, of one person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.fhir import FhirAdapter
from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import Payload
from gateway.bundle import Resource, urn
from gateway.errors import Forbidden
from gateway.intake import Intake, Taken
from gateway.jsontext import dumps
from gateway.judgement import Judge
from tests.fhir.building import CCCD, SAMPLES, bundle, observation, patient
from tests.intake.world import HOSPITAL, LAB, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.opened(f"sqlite:///{tmp_path / 'x.sqlite3'}", tmp_path)


def take(world: World, sent: Resource | bytes, facility: str = LAB) -> Taken:
    judge = Judge([FhirAdapter(), Hl7v2Adapter()], world.settings.public_url, world.keyring.secret)
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    intake = Intake(world.store, judge, world.settings, world.now, world.keyring)
    return intake.take(facility, Payload(data), actor="test")


def test_every_sample_is_signed_and_kept_and_the_same_again_changes_nothing(world: World) -> None:
    for file in sorted(SAMPLES.glob("*.json")):
        taken = take(world, file.read_bytes())
        assert [one["status"] for one in taken.exchanges] == ["kept"], file.name
        assert take(world, file.read_bytes()).repeated
    assert {one["subject"]["reference"] for one in world.all_of("Observation")} <= {
        f"Patient/{one['id']}" for one in world.all_of("Patient")
    }


def test_a_patient_is_the_same_person_by_whatever_name_a_guide_gives_the_number(world: World) -> None:
    number = "079185012345"
    take(world, bundle(patient(identifier=[{"system": CCCD, "value": number}])))
    alias = {"system": "https://basespecs.vn/NamingSystem/NationalID", "value": number}
    take(world, bundle(patient("p7", identifier=[alias])), HOSPITAL)
    assert len({row["person"] for row in world.rows_about("Patient")}) == 1
    assert len(world.rows_about("Patient")) == 2


def test_a_later_word_of_a_result_is_its_next_version_also_when_it_comes_first(world: World) -> None:
    for status, hour in (("final", "10"), ("preliminary", "09")):
        sent = bundle(patient(), observation(status=status), timestamp=f"2026-11-20T{hour}:00:00+07:00")
        take(world, sent)
    (found,) = world.all_of("Observation")
    assert found["status"] == "final"
    assert len(world.versions("Observation", found["id"])) == 2


def test_what_is_held_waits_unsigned(world: World) -> None:
    nobodys = {key: item for key, item in observation().items() if key != "subject"}
    (line,) = take(world, bundle(patient(), nobodys)).exchanges
    assert line["status"] == "held"
    assert not world.exchange(line["id"])["signed"]
    assert world.all_of("Observation") == []


def test_a_message_of_another_facility_is_refused(world: World) -> None:
    header = {
        "resourceType": "MessageHeader", "id": "h", "eventCoding": {"system": "urn:x", "code": "kq"},
        "source": {"endpoint": "https://his.example"},
        "sender": {"identifier": {"system": "http://fhir.hl7.org.vn/core/sid/ma-cskcb", "value": HOSPITAL}},
    }  # fmt: skip
    sent = bundle(header, patient(), kind="message")
    with pytest.raises(Forbidden):
        take(world, sent)
    assert [one["status"] for one in take(world, sent, HOSPITAL).exchanges] == ["kept"]


def test_a_signed_message_of_the_gateway_brings_its_resources_and_not_its_signature(world: World) -> None:
    (line,) = take(world, (SAMPLES / "laboratory-transaction.json").read_bytes()).exchanges
    message = world.exchange(line["id"])["bundle"]
    message["entry"][0]["resource"]["sender"]["identifier"]["value"] = HOSPITAL
    (again,) = take(world, dumps(message), HOSPITAL).exchanges
    brought = world.exchange(again["id"])["bundle"]
    kinds = [entry["resource"]["resourceType"] for entry in brought["entry"]]
    assert kinds[1:-2] == [entry["resource"]["resourceType"] for entry in message["entry"][1:-1]]
    assert {entry["fullUrl"] for entry in brought["entry"]} >= {
        one["reference"] for entry in brought["entry"][1:-1] for one in entry["resource"].get("result", ())
    }
    assert urn(brought["entry"][1]["resource"]["id"]) == brought["entry"][1]["fullUrl"]
