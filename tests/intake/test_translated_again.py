"""Records translated again on command: a new exchange takes the place of the one before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.adapter import Payload
from gateway.bundle import Resource, resources
from gateway.errors import NotFound
from gateway.inbound import Inbound
from gateway.intake import Intake
from gateway.jsontext import loads
from gateway.retranslation import Retranslation
from gateway.store import exchanges
from gateway.store.check import check
from tests.intake.again import carry_out, register, take
from tests.intake.world import LAB, World
from tests.plain_table import mapping, table


def observations(world: World) -> dict[str, tuple[str, str]]:
    """By test: status, and whose it is."""
    return {one["code"]["text"]: (one["status"], one["subject"]["reference"]) for one in world.all_of("Observation")}


def test_the_new_word_is_read_the_old_one_stays_and_both_exchanges_too(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1", "Glucose"))
    before = take(intake, table(1, 2))
    label = register(world, mapping("2", "HbA1c"))
    made = [one.exchange for one in carry_out(again)]
    assert len(set(made) - {"", *before}) == 2
    found = world.all_of("Observation")
    assert [one["code"]["text"] for one in found] == ["HbA1c", "HbA1c"]
    assert [one["code"]["text"] for one in world.versions("Observation", found[0]["id"])] == ["HbA1c", "Glucose"]
    assert next(resources(world.exchange(before[0])["bundle"], "Observation"))["code"]["text"] == "Glucose"
    new = world.exchange(made[0])
    assert (new["status"], new["signed"]) == ("kept", True)
    assert (world.account(made[0])["mapping"], world.account(made[0])["replaces"]) == (label, before[0])
    assert world.audit().count("exchange-translated-again") == 2
    assert [issue for step in check(world.store, whole=True) for issue in step.issues] == []


def test_the_same_payload_again_is_answered_with_what_stands_now_and_carrying_out_again_does_nothing(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1"))
    take(intake, table(1, 2))
    register(world, mapping("2", "HbA1c"))
    made = [one.exchange for one in carry_out(again)]
    repeated = intake.take(LAB, Payload(table(1, 2)), actor="test")
    assert (repeated.status, [line["id"] for line in repeated.exchanges]) == (200, made)
    assert carry_out(again) == []
    register(world, mapping("1"))  # and back
    assert len({one.exchange for one in carry_out(again)} - set(made)) == 2
    assert {one["code"]["text"] for one in world.all_of("Observation")} == {"Glucose"}
    assert [issue for step in check(world.store, whole=True) for issue in step.issues] == []


def test_an_element_that_the_file_no_longer_makes_is_gone_and_does_not_stand_on(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1", unit="mg/dL"))
    take(intake, table(1))
    register(world, mapping("2"))
    carry_out(again)
    (found,) = world.all_of("Observation")
    assert ("valueQuantity" in found, found["valueString"]) == (False, "6.10")


def test_a_result_that_the_file_no_longer_makes_is_entered_in_error_and_its_patient_not_active(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1", "Glucose", prefix="WRONG-", series="a"))
    take(intake, table(1))
    (wrong,) = world.all_of("Patient")
    register(world, mapping("2", "HbA1c", series="b"))
    carry_out(again)
    right = next(one for one in world.all_of("Patient") if one["id"] != wrong["id"])
    assert observations(world) == {
        "Glucose": ("entered-in-error", f"Patient/{wrong['id']}"), "HbA1c": ("final", f"Patient/{right['id']}"),
    }  # fmt: skip
    assert [one.get("active") for one in world.all_of("Patient") if one["id"] == wrong["id"]] == [False]
    assert carry_out(again) == []
    register(world, mapping("1", "Glucose", prefix="WRONG-", series="a"))  # it was right after all
    carry_out(again)
    assert {test: status for test, (status, _) in observations(world).items()} == {
        "Glucose": "final", "HbA1c": "entered-in-error",
    }  # fmt: skip
    assert [one.get("active") for one in world.all_of("Patient") if one["id"] == wrong["id"]] == [None]
    assert carry_out(again) == []


def test_a_patient_that_another_record_still_names_stays_active(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1"))
    take(intake, table(1))
    register(world, mapping("9", name="other", table="other"))
    take(intake, table(1, name="other"))  # the same patient, by another file
    register(world, mapping("2", prefix="NEW-"))
    carry_out(again)
    assert [one.get("active") for one in world.all_of("Patient")] == [None, None]


def test_a_result_taken_back_goes_with_the_patient_it_was_of_whom_another_record_still_names(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1", "Glucose", series="a"))
    take(intake, table(1))
    register(world, mapping("9", name="other", table="other"))
    take(intake, table(1, name="other"))
    register(world, mapping("2", "HbA1c", prefix="NEW-", series="b"))
    (made,) = carry_out(again)
    told = {one["id"]: one for one in resources(world.exchange(made.exchange)["bundle"], "Patient")}
    assert len(told) == 2
    assert [one for one in told.values() if one.get("active") is False] == []
    assert observations(world)["HbA1c"][0] == "final"


def test_a_result_moves_to_the_patient_it_is_of(world: World, intake: Intake, again: Retranslation) -> None:
    register(world, mapping("1", prefix="WRONG-"))
    take(intake, table(1))
    register(world, mapping("2"))
    carry_out(again)
    right = next(one for one in world.all_of("Patient") if one.get("active") is not False)
    assert observations(world) == {"Glucose": ("final", f"Patient/{right['id']}")}
    assert [issue for step in check(world.store, whole=True) for issue in step.issues] == []


def test_a_time_misread_as_later_does_not_keep_the_wrong_word_on_top(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1", "Glucose", issued="2026-11-21T08:00:00+07:00"))
    take(intake, table(1))
    register(world, mapping("2", "HbA1c"))
    carry_out(again)
    (found,) = world.all_of("Observation")
    assert (found["code"]["text"], found["issued"]) == ("HbA1c", "2026-11-20T08:00:00+07:00")


def test_a_later_correction_of_the_hospitals_own_stays_on_top_of_what_is_translated_again(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1"))
    take(intake, table(1))
    later = table(1, value="7.00").replace(b"T08:00", b"T09:00")
    take(intake, later)
    register(world, mapping("2", "HbA1c"))
    assert len(carry_out(again)) == 2
    (found,) = world.all_of("Observation")
    assert (found["code"]["text"], found["valueString"]) == ("HbA1c", "7.00")


def test_whoever_got_the_wrong_word_gets_the_new_one_on_the_same_basis(
    world: World, intake: Intake, again: Retranslation
) -> None:
    world.recipient()
    wanted = world.subscribe()
    register(world, mapping("1"))
    take(intake, table(1))
    world.unsubscribe(wanted)
    register(world, mapping("2", "HbA1c"))
    (made,) = carry_out(again)
    assert world.exchange(made.exchange)["deliveries"] == [("city", "follow-up", "consent 12")]


def test_what_would_be_held_is_left_and_what_was_held_may_take_its_place(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1", held="1"))
    first, second = take(intake, table(1, 2))
    assert world.exchange(first)["status"] == "held"
    register(world, mapping("2", "HbA1c", held="2"))
    mended, left = sorted(carry_out(again), key=lambda one: one.difference.record)
    assert (left.exchange, left.rules, world.exchange(second)["status"]) == ("", ("field-held",), "kept")
    assert world.exchange(mended.exchange)["status"] == "kept"
    assert (world.exchange(first)["status"], world.exchange(first)["why"]) == ("refused", "wrong column")
    assert [one["code"]["text"] for one in world.all_of("Observation")] == ["Glucose", "HbA1c"]


def test_only_what_the_named_file_reads_is_translated_again(world: World, intake: Intake, again: Retranslation) -> None:
    register(world, mapping("1"))
    register(world, mapping("1", name="other", table="other"))
    take(intake, table(1))
    take(intake, table(2, name="other"))
    register(world, mapping("2", "HbA1c", name="other", table="other"))
    assert carry_out(again) == []
    with pytest.raises(NotFound):
        list(again.carry_out(LAB, "nobody's", by="Thu", reason="x", actor="cli"))


def test_what_is_kept_apart_by_one_version_and_not_by_the_other_stands_once(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1", "Anti-HIV"))
    ordinary, sensitive = take(intake, table(1))
    assert world.exchange(sensitive)["sensitive"]
    register(world, mapping("2", "HbA1c"))
    (made,) = carry_out(again)
    repeated = intake.take(LAB, Payload(table(1)), actor="test")
    assert [line["id"] for line in repeated.exchanges] == [made.exchange]
    assert carry_out(again) == []
    register(world, mapping("1", "Anti-HIV"))
    carry_out(again)
    standing = [line["id"] for line in intake.take(LAB, Payload(table(1)), actor="test").exchanges]
    assert [world.exchange(name)["sensitive"] for name in standing] == [False, True]
    assert not {ordinary, sensitive, made.exchange} & set(standing)
    assert world.all_of("Observation") == []


# ---- at another gateway ---------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (2, 0, 3, 1), (3, 2, 1, 0)])
def test_whoever_receives_the_messages_ends_with_the_same_in_whatever_order_they_come(
    world: World, intake: Intake, again: Retranslation, city: World, order: tuple[int, ...]
) -> None:
    wrong = {"prefix": "WRONG-", "issued": "2026-11-21T08:00:00+07:00", "unit": "mg/dL"}
    register(world, mapping("1", "Glucose", **wrong))
    first = take(intake, table(1, 2))
    later = take(intake, table(1, value="7.00").replace(b"T08:00", b"T09:00"))
    register(world, mapping("2", "HbA1c"))
    made = [one.exchange for one in carry_out(again)]
    inbound = Inbound(city.store, city.settings, world.now, city.keyring)
    messages = [first[0], later[0], made[0], made[2]]
    with world.store.read() as connection:
        sent = [found.bundle for name in messages if (found := exchanges.get(connection, name))]
    for place in order:
        receipt = loads(inbound.accept(sent[place], actor="lab"))
        assert receipt["entry"][0]["resource"]["response"]["code"] == "ok"
    (here,) = [one for one in world.all_of("Observation") if one["id"] == _result(sent[0])]
    (there,) = city.all_of("Observation")
    assert (there["code"]["text"], there["valueString"]) == ("HbA1c", "7.00")
    assert _words(there) == _words(here)
    assert {one.get("active") for one in city.all_of("Patient") if one["id"] == _patient(sent[0])} == {False}
    assert [issue for step in check(city.store, whole=True) for issue in step.issues] == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_of_two_words_of_one_second_the_one_taken_later_stands_here_and_wherever_they_come(
    world: World, intake: Intake, city: World, order: tuple[int, ...]
) -> None:
    """A value that was corrected and corrected back: by their content the last word would be another."""
    world.tick = timedelta(microseconds=1)
    register(world, mapping("1"))
    sent = []
    for value in ("5.10", "51.00", "7.00"):
        (made,) = take(intake, table(1, value=value))
        (found,) = world.all_of("Observation")
        assert found["valueString"] == value
        with world.store.read() as connection:
            sent += [one.bundle for one in [exchanges.get(connection, made)] if one]
    (back,) = take(intake, table(1, value="5.10").replace(b"+07:00", b"+07:00 "))
    with world.store.read() as connection:
        sent += [one.bundle for one in [exchanges.get(connection, back)] if one]
    assert len({loads(one)["timestamp"][:19] for one in sent}) == 1
    inbound = Inbound(city.store, city.settings, world.now, city.keyring)
    for place in (3, *order):
        inbound.accept(sent[place], actor="lab")
    for gateway in (world, city):
        assert [one["valueString"] for one in gateway.all_of("Observation")] == ["5.10"]


def _result(message: bytes) -> str:
    return str(next(resources(loads(message), "Observation"))["id"])


def _patient(message: bytes) -> str:
    return str(next(resources(loads(message), "Patient"))["id"])


def _words(one: Resource) -> Resource:
    return {key: value for key, value in one.items() if key != "meta"}
