"""Results that came signed from another gateway: believed as long as its trust file, and only as far."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.bundle import Resource
from gateway.trust.trustfile import Revocation
from tests.prior.lists import ELSEWHERE as LABORATORY
from tests.prior.test_results import get, verdicts
from tests.rest.world import BASE, FHIR, NOW, World
from tests.sender import Sender, a_sender, result_id

PATIENT = "http://fhir.hl7.org.vn/core/sid/cccd|001090000001"
GLUCOSE = "http://loinc.org|2345-7"


@pytest.fixture
def sender(world: World) -> Sender:
    """Believed here, and as good a laboratory as those of this gateway."""
    made = a_sender(LABORATORY)
    world.parts.keyring.import_trust("province", made.trust(), actor="test")
    return made


def received(world: World, sender: Sender) -> None:
    """One glucose of five hours ago."""

    def sampled(made: list[Resource]) -> None:
        made[1]["effectiveDateTime"] = (NOW - timedelta(hours=5)).isoformat()
        made[1]["valueQuantity"] |= {"system": "http://unitsofmeasure.org", "code": "mmol/L"}
        made[1]["referenceRange"] = [{"text": "3.9-6.4"}]

    message = sender.sent(change=sampled)
    answer = world.http.post("/fhir/$process-message", data=message, headers=FHIR | world.bearer())
    assert answer.status_code == 200, answer.text


def verdict(world: World) -> dict[str, list[Any]]:
    (one,) = verdicts(get(world, patient=PATIENT, code=GLUCOSE, unit="mmol/L"))
    return one


def signature(world: World) -> str:
    return str(verdict(world)["proof"][0]["signature"][0])


def test_a_received_result_is_judged_by_its_senders_signature_and_its_evidence_is_at_hand(
    world: World, sender: Sender
) -> None:
    received(world, sender)
    one = verdict(world)
    assert one["result"][0]["id"] == result_id(LABORATORY)
    (proof,) = one["proof"]
    assert proof["signature"] == ["valid"]
    assert (proof["signer"][0]["value"], proof["key"][0]) == (LABORATORY, sender.key.kid)
    evidence = world.get(proof["evidence"][0].removeprefix(BASE))
    assert evidence.status_code == 200


def test_a_newer_trust_file_with_a_revocation_counts_from_its_import_on(world: World, sender: Sender) -> None:
    received(world, sender)
    assert signature(world) == "valid"
    revoked = replace(sender.trust(), revocations=(Revocation(sender.key.kid, NOW),))
    world.parts.keyring.import_trust("province", revoked, actor="test")
    assert signature(world) == "invalid"
    assert verdict(world)["decision"] == ["repeat"]


def test_a_key_whose_time_has_run_out_proves_nothing_more(world: World, sender: Sender) -> None:
    received(world, sender)
    world.clock.forward(days=365 * 30)
    one = verdict(world)
    assert one["proof"][0]["signature"] == ["unverifiable"]
    assert one["decision"] != ["reuse"]
