"""receive → translate → check → sign → keep → route, on both databases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import AdapterConflict, Forbidden, NotFound, PayloadError
from gateway.facility import Facility
from gateway.r4 import check
from gateway.trust.verify import verify
from tests.bhyt.building import payload as national_xml
from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import HOSPITAL, LAB, World

SAMPLES = Path(__file__).parents[2] / "adapters"
LAB_SAMPLE = (SAMPLES / "hl7v2" / "samples" / "lab-hematology.hl7").read_bytes()
HOSPITAL_SAMPLE = (SAMPLES / "bhyt" / "samples" / "provincial-hospital.xml").read_bytes()
COMMA = (SAMPLES / "bhyt" / "samples" / "decimal-comma.xml").read_bytes()


def simple(**changed: str) -> bytes:
    return message(header(), patient(), order(), result(**changed))


@pytest.mark.parametrize(("sample", "code"), [(LAB_SAMPLE, LAB), (HOSPITAL_SAMPLE, HOSPITAL)])
def test_a_payload_becomes_a_signed_exchange_that_verifies_and_is_valid_r4(
    world: World, sample: bytes, code: str
) -> None:
    (line,) = world.take(sample, code).exchanges
    made = world.exchange(line["id"])
    assert made["status"] == "kept"
    judged = verify(made["bundle"], trust=world.keyring.public_trust(), now=world.now(), payload=sample)
    assert judged.verdict == "valid"
    assert judged.word(9) == "pass"
    assert [issue.rule for issue in check(made["bundle"]) if issue.refuses] == []


def test_the_same_payload_again_changes_nothing_and_gives_the_same_answer(world: World) -> None:
    first = world.take(LAB_SAMPLE)
    before = world.audit()
    again = world.take(LAB_SAMPLE)
    assert (first.status, again.status) == (201, 200)
    assert [one["id"] for one in again.exchanges] == [one["id"] for one in first.exchanges]
    assert world.audit() == before


def test_an_unknown_facility_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.take(LAB_SAMPLE, "99999")


def test_a_record_that_names_another_facility_is_forbidden_and_nothing_is_kept(world: World) -> None:
    with pytest.raises(Forbidden):
        world.take(LAB_SAMPLE, HOSPITAL)
    assert world.all_of("Observation") == []
    assert world.audit()[-1] == "payload-refused"


def test_an_alias_is_its_facilitys_own_name(world: World) -> None:
    world.change(Facility(LAB, "Lab", aliases=("LIS-01",)))
    assert world.take(message(header(f4="LIS-01"), patient(), order(), result())).status == 201
    with pytest.raises(Forbidden):
        world.take(message(header(f4="LIS-02"), patient(), order(), result()))


def test_what_no_adapter_claims_is_refused_naming_who_was_asked(world: World) -> None:
    with pytest.raises(AdapterConflict, match="bhyt, hl7v2"):
        world.take(b"temperature;37\n")


def test_a_broken_payload_leaves_an_audit_line_and_nothing_else(world: World) -> None:
    with pytest.raises(PayloadError):
        world.take(b"MSH|^~")
    assert world.audit()[-1] == "payload-refused"


def test_an_adapter_the_facility_may_not_use_is_not_asked(world: World) -> None:
    world.change(Facility(LAB, "Lab", adapters=("bhyt",)))
    with pytest.raises(AdapterConflict):
        world.take(LAB_SAMPLE)


def test_a_record_without_a_patient_is_refused(world: World) -> None:
    with pytest.raises(PayloadError):
        world.take(message(header(), order(), result()))


def test_each_record_stands_or_falls_alone(world: World) -> None:
    good = message(header(f10="1"), patient(), order(), result())
    bad = message(header(f10="2"), order(), result())
    held = message(header(f10="3"), patient(f3="BN3"), order(f2="P3", f3="F3"), result(f11="Q"))
    taken = world.take(good + bad + held)
    assert [(one["record"], one["status"]) for one in taken.exchanges] == [(1, "kept"), (2, "refused"), (3, "held")]
    assert taken.status == 202


def test_a_comma_holds_where_the_facility_does_not_write_commas_and_is_a_number_where_it_does(world: World) -> None:
    (line,) = world.take(COMMA, HOSPITAL).exchanges
    assert world.exchange(line["id"])["status"] == "held"
    assert world.all_of("Observation") == []
    world.change(Facility(HOSPITAL, "Hospital", decimal_comma=True))
    (again,) = world.take(COMMA + b"\n", HOSPITAL).exchanges
    assert world.exchange(again["id"])["status"] == "kept"


def test_a_released_exchange_is_signed_kept_and_routed(world: World) -> None:
    world.recipient()
    world.subscribe()
    (line,) = world.take(COMMA, HOSPITAL).exchanges
    assert world.exchange(line["id"])["deliveries"] == []
    world.intake.release(line["id"], "confirmed by telephone", actor="dr")
    made = world.exchange(line["id"])
    assert (made["status"], made["signed"], made["why"]) == ("kept", True, "confirmed by telephone")
    assert verify(made["bundle"], trust=world.keyring.public_trust(), now=world.now()).verdict == "valid"
    assert [name for name, _, _ in made["deliveries"]] == ["city"]
    assert world.all_of("Observation") != []


def test_a_refused_exchange_goes_nowhere_and_cannot_be_released_later(world: World) -> None:
    (line,) = world.take(COMMA, HOSPITAL).exchanges
    world.intake.refuse(line["id"], "wrong patient", actor="dr")
    assert world.exchange(line["id"])["status"] == "refused"
    with pytest.raises(Exception, match="not held"):
        world.intake.release(line["id"], "changed my mind", actor="dr")
    assert world.all_of("Observation") == []


def test_an_order_number_of_another_patient_is_held(world: World) -> None:
    world.take(simple())
    (line,) = world.take(message(header(f10="2"), patient(f3="BN2^^^79001^MR"), order(), result())).exchanges
    assert line["status"] == "held"
    assert "order-number-reused" in world.exchange(line["id"])["rules"]


def test_an_order_number_with_another_collection_date_is_held(world: World) -> None:
    world.take(simple())
    (line,) = world.take(message(header(f10="2"), patient(), order(f7="20261117080000"), result())).exchanges
    assert line["status"] == "held"


def test_a_person_may_release_what_an_order_number_held(world: World) -> None:
    world.take(simple())
    (line,) = world.take(message(header(f10="2"), patient(f3="BN2^^^79001^MR"), order(), result())).exchanges
    world.intake.release(line["id"], "the laboratory numbers anew each year", actor="dr")
    assert len(world.all_of("Patient")) == 2


def test_a_key_that_is_revoked_no_longer_signs(world: World) -> None:
    (key,) = [one for one in world.keyring.own_keys() if one.facility == LAB]
    world.keyring.revoke(key.kid, "stolen", actor="test")
    with pytest.raises(Exception, match="key"):
        world.take(LAB_SAMPLE)
    assert world.all_of("Observation") == []


def test_every_payload_leaves_an_audit_line_without_values(world: World) -> None:
    world.take(LAB_SAMPLE)
    assert world.audit()[-1] == "payload-taken"


def test_the_facilitys_own_offset_is_used(world: World) -> None:
    world.change(replace(Facility(LAB, "Lab"), utc_offset="+08:00"))
    world.take(message(header(), patient(), order(f22="20261115100000"), result(f14="20261115083000")))
    (made,) = world.all_of("Observation")
    assert made["effectiveDateTime"] == "2026-11-15T08:30:00+08:00"


def test_what_a_payload_names_as_receiver_gets_it_only_on_a_legal_basis(world: World) -> None:
    world.recipient("named", facility="01998", basis="referral")
    world.recipient("unnamed", facility="01997")
    (line,) = world.take(national_xml(), HOSPITAL).exchanges
    assert world.exchange(line["id"])["deliveries"] == [("named", "named", "referral")]


def test_a_record_for_training_is_held_and_not_found(world: World) -> None:
    (line,) = world.take(message(header(f11="T"), patient(), order(), result())).exchanges
    made = world.exchange(line["id"])
    assert (made["status"], "record-for-training" in made["rules"]) == ("held", True)
    assert world.all_of("Observation") == []


def test_a_test_gateway_takes_records_for_training(world: World) -> None:
    world.change(Facility(LAB, "Lab", training=True))
    (line,) = world.take(message(header(f11="T"), patient(), order(), result())).exchanges
    assert world.exchange(line["id"])["status"] == "kept"
