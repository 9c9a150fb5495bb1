"""A signed message from elsewhere is kept once, and its sender gets one signed receipt for it, always the same."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from gateway.bundle import Resource, deterministic_id, urn
from gateway.facility import Recipient, Subscription
from gateway.jsontext import Number, loads
from gateway.store import Connection, facilities
from gateway.store import resources as stored
from gateway.trust import trustfile
from gateway.trust.form import jws_of
from gateway.trust.verify import verify
from tests.inbound.world import World, code, rules
from tests.sender import NOW, Sender, a_sender, patient_id, result_id

HOUR = timedelta(hours=1)


def value(resource: object) -> str:
    """The measured value with the digits it has."""
    assert isinstance(resource, dict)
    found = resource["valueQuantity"]["value"]
    return found.token if isinstance(found, Number) else str(found)


def test_a_valid_message_is_kept_and_its_receipt_verifies(world: World, lab: Sender) -> None:
    sent = lab.sent()
    told = world.inbound.accept(sent, actor="province")
    found = verify(told, trust=world.keyring.public_trust(), now=world.clock(), expect_receipt_for=jws_of(loads(sent)))
    assert found.valid, found.issues
    receipt = loads(told)
    assert code(receipt) == "ok"
    response = receipt["entry"][0]["resource"]["response"]
    assert response["identifier"] == loads(sent)["entry"][0]["resource"]["id"]
    assert world.current("Patient", patient_id()) is not None
    assert value(world.current()) == "5.10"
    assert world.audit()[-1] == "message-received"


def test_a_receipt_is_for_one_signature_and_no_other(world: World, lab: Sender) -> None:
    first, second = lab.sent("1"), lab.sent("2", "6.20", issued=NOW + HOUR)
    told = world.inbound.accept(first, actor="province")
    world.inbound.accept(second, actor="province")
    found = verify(
        told, trust=world.keyring.public_trust(), now=world.clock(), expect_receipt_for=jws_of(loads(second))
    )
    assert found.verdict == "invalid"


def test_the_same_message_again_gets_the_same_bytes_and_changes_nothing(world: World, lab: Sender) -> None:
    sent = lab.sent()
    first = world.inbound.accept(sent, actor="province")
    before = world.content()
    world.clock.forward(days=40)
    assert world.inbound.accept(sent, actor="province") == first
    assert world.content() == before


def test_the_same_message_written_otherwise_is_still_the_same(world: World, lab: Sender) -> None:
    sent = lab.sent()
    first = world.inbound.accept(sent, actor="province")
    indented = (
        json.dumps(json.loads(sent), indent=2, ensure_ascii=True)
        .replace("5.1\n", "5.10\n")
        .replace('"value": 5.1,', '"value": 5.10,')
    )
    assert "5.10" in indented
    assert world.inbound.accept(indented.encode(), actor="province") == first


def test_the_first_receipt_is_given_again_though_the_senders_key_was_revoked_since(world: World, lab: Sender) -> None:
    sent = lab.sent()
    first = world.inbound.accept(sent, actor="province")
    trust = lab.trust()
    revoked = trust.as_json() | {"revocations": [{"kid": lab.key.kid, "at": "2026-11-22T03:05:00Z", "reason": "lost"}]}
    world.believe(trustfile.read(revoked))
    world.clock.forward(hours=1)
    assert world.inbound.accept(sent, actor="province") == first


def test_another_message_with_the_same_id_is_refused_and_changes_nothing(world: World, lab: Sender) -> None:
    world.accept(lab.sent("1", "5.10"))
    assert world.refused(lab.sent("1", "9.90")) == ["message-id-reused"]
    assert value(world.current()) == "5.10"


def test_two_facilities_may_use_the_same_message_id(world: World, lab: Sender) -> None:
    other = a_sender("01001")
    world.believe(other.trust(), "other")
    message_id = lab.message()["entry"][0]["resource"]["id"]
    world.accept(lab.sent())
    assert message_id != other.message()["entry"][0]["resource"]["id"]
    assert code(world.accept(other.sent())) == "ok"


def test_the_same_message_by_two_connections_at_once_is_kept_once(world: World, lab: Sender) -> None:
    sent = lab.sent()
    told = at_once(world, [sent] * 4)
    assert len(set(told)) == 1
    assert code(loads(told[0])) == "ok"
    assert len(world.versions()) == 1
    assert world.audit().count("message-received") == 1


def test_two_messages_with_one_id_at_once_do_not_both_get_ok(world: World, lab: Sender) -> None:
    sent = [lab.sent("1", "5.10"), lab.sent("1", "9.90")]
    told = at_once(world, sent)
    for message, receipt in zip(sent, told, strict=True):
        found = verify(
            receipt, trust=world.keyring.public_trust(), now=world.clock(), expect_receipt_for=jws_of(loads(message))
        )
        assert found.valid, found.issues
    assert sorted(code(loads(one)) for one in told) == ["fatal-error", "ok"]
    assert len(world.versions()) == 1


def at_once(world: World, messages: list[bytes]) -> list[bytes]:
    together = Barrier(len(messages))

    def accept(message: bytes) -> bytes:
        together.wait(20)
        return world.inbound.accept(message, actor="province")

    with ThreadPoolExecutor(len(messages)) as pool:
        return list(pool.map(accept, messages))


# ---- corrections ----------------------------------------------------------------------


def test_a_correction_becomes_the_current_version_and_the_earlier_one_stays(world: World, lab: Sender) -> None:
    world.accept(lab.sent("1", "5.10"))
    world.accept(lab.sent("2", "6.20", issued=NOW + HOUR))
    assert value(world.current()) == "6.20"
    assert [value(one) for one in world.versions()] == ["6.20", "5.10"]


def test_an_older_one_that_arrives_late_is_kept_and_is_not_current(world: World, lab: Sender) -> None:
    world.accept(lab.sent("2", "6.20", issued=NOW + HOUR))
    world.accept(lab.sent("1", "5.10"))
    assert value(world.current()) == "6.20"
    assert [value(one) for one in world.versions()] == ["6.20", "5.10"]


@pytest.mark.parametrize("order", ["123", "132", "213", "231", "312", "321"])
def test_in_whatever_order_three_versions_arrive_the_last_word_is_current(
    receiver: World, lab: Sender, order: str
) -> None:
    for number in order:
        sent = lab.sent(number, f"{number}.10", issued=NOW + int(number) * HOUR)
        assert code(receiver.accept(sent)) == "ok"
    assert value(receiver.current()) == "3.10"
    assert [value(one) for one in receiver.versions()] == ["3.10", "2.10", "1.10"]


def test_a_withdrawal_stays_listed_as_entered_in_error(world: World, lab: Sender) -> None:
    def withdraw(made: list[dict[str, object]]) -> None:
        made[1]["status"] = "entered-in-error"

    world.accept(lab.sent("1", "5.10"))
    world.accept(lab.sent("2", "5.10", issued=NOW + HOUR, change=withdraw))
    current = world.current()
    assert current is not None
    assert current["status"] == "entered-in-error"


# ---- another facility's resources -----------------------------------------------------


@pytest.mark.parametrize("taken", [0, 1], ids=["its patient", "its result"])
def test_a_facility_cannot_rewrite_what_another_one_said(world: World, lab: Sender, taken: int) -> None:
    other = a_sender("01001")
    world.believe(other.trust(), "other")
    world.accept(lab.sent())

    def take_over(made: list[dict[str, object]]) -> None:
        if taken == 0:
            made[0]["id"] = patient_id()
            made[1]["subject"] = {"reference": f"urn:uuid:{patient_id()}"}
        else:
            made[1]["id"] = result_id()

    told = world.refused(other.sent("9", "1.00", issued=NOW + HOUR, change=take_over))
    assert told == ["resource-of-another-facility"]
    assert value(world.current()) == "5.10"


def test_what_was_received_is_not_forwarded(world: World, lab: Sender) -> None:
    def subscribe(connection: Connection) -> None:
        facilities.add_recipient(connection, Recipient("third", "https://third.example", {}), NOW)
        facilities.add_subscription(connection, Subscription("1", "third", "law"), NOW)

    world.store.write(subscribe)
    world.accept(lab.sent())
    assert world.content()["delivery"] == 0


def test_rules_are_read_from_a_receipt() -> None:
    assert rules({"entry": [{"resource": {"resourceType": "MessageHeader"}}]}) == []


def test_what_reveals_by_the_receivers_own_list_is_kept_and_not_served(world: World, lab: Sender) -> None:
    def an_hiv_order(resources: list[Resource]) -> None:
        patient, observation = resources
        order: Resource = {
            "resourceType": "ServiceRequest",
            "id": deterministic_id("79001", "ServiceRequest", "1"),
            "status": "completed",
            "intent": "order",
            "code": {"text": "HIV Ag/Ab"},
            "subject": {"reference": urn(patient["id"])},
        }
        observation["basedOn"] = [{"reference": urn(order["id"])}]
        resources.append(order)

    assert code(loads(world.inbound.accept(lab.sent(change=an_hiv_order), actor="province"))) == "ok"
    with world.store.read() as connection:
        assert stored.current(connection, "Patient", patient_id()) is not None
        assert stored.current(connection, "Observation", result_id()) is None
        assert stored.current(connection, "Observation", result_id(), sensitive=True) is not None
