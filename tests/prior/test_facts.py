"""What the judge is told of a person's stored results: whose, by whom, when, and how sure it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.errors import NotFound
from gateway.prior.facts import Facts, facts
from gateway.prior.found import Around
from gateway.prior.people import people
from gateway.prior.question import About, considered
from gateway.prior.signatures import Signatures
from gateway.reuse.result import PriorResult
from gateway.store import reviews
from tests.prior.laboratory import CITIZEN, HBA1C, told
from tests.rest.records import observation
from tests.rest.world import HOME, NOW, OTHER, World

CODE = frozenset({("http://loinc.org", HBA1C)})
BY_NUMBER = About("http://fhir.hl7.org.vn/core/sid/cccd", CITIZEN)


def known(world: World, about: About = BY_NUMBER) -> list[PriorResult]:
    return [one.prior for one in asked(world, about).of_test[0] if isinstance(one.prior, PriorResult)]


def asked(world: World, about: About = BY_NUMBER) -> Facts:
    today = Signatures(world.parts.keyring, world.clock).today()
    with world.parts.store.read() as connection:
        who = people(connection, about)
        return facts(connection, who, [CODE], Around(who, today))


def test_a_persons_results_of_all_facilities_are_found_newest_first_by_number_and_by_any_of_their_patients(
    world: World,
) -> None:
    older = told(world, "1", days_ago=40)
    newer = told(world, "2", facility=OTHER, days_ago=3, value="6.25")
    results = known(world)
    assert [(one.facility, one.exchange) for one in results] == [(OTHER, newer), (HOME, older)]
    assert [one.identity for one in results] == ["certain", "certain"]
    first = results[0]
    assert first.quantity is not None
    assert (first.quantity.text, first.quantity.unit) == ("6.25", "%")
    assert first.taken is not None
    assert (first.taken.meaning, first.taken.earliest) == ("sampling", NOW - timedelta(days=3))
    assert first.facility_name == f"Hospital {OTHER}"
    assert first.report.startswith("DiagnosticReport/")
    assert first.signature == "valid"
    with world.parts.store.read() as connection:
        names = people(connection, BY_NUMBER).names
    assert len(names) == 2
    for name in names:
        assert known(world, About("", name.removeprefix("Patient/"))) == results


def test_without_a_specimen_the_one_time_that_is_said_is_not_called_the_samples(world: World) -> None:
    told(world, specimen=False)
    (one,) = known(world)
    assert one.taken is not None
    assert one.taken.meaning == "unstated"
    assert one.specimen == frozenset()


def test_who_bears_the_number_under_another_name_is_asked_about_and_meanwhile_both_are_in_conflict(
    world: World,
) -> None:
    told(world, "1")
    told(world, "2", facility=OTHER, name="TRẦN^THỊ C")
    assert {one.identity for one in known(world)} == {"conflicting"}
    with world.parts.store.read() as connection:
        (task,) = reviews.list_reviews(connection, "requested")
    named = About("", str(task.detail["patient"]).removeprefix("Patient/"))
    assert [one.identity for one in known(world, named)] == ["certain"]  # the very record that was asked about


def test_a_correction_is_told_as_one_and_a_first_result_or_a_preliminary_one_made_final_is_not(world: World) -> None:
    told(world, "1", status="P")
    world.clock.forward(hours=3)
    told(world, "1", sent=NOW)
    assert [(one.status, one.amended) for one in known(world)] == [("final", False)]
    told(world, "1", status="C", value="6.30", sent=NOW + timedelta(hours=10))
    (one,) = known(world)
    assert (one.status, one.amended) == ("corrected", True)


def test_notes_remarks_and_ranges_come_with_a_result(world: World) -> None:
    told(world, note="Mẫu tán huyết nhẹ")
    (one,) = known(world)
    assert one.notes == ("Mẫu tán huyết nhẹ",)
    (span,) = one.ranges
    assert span.low is not None
    assert span.high is not None
    assert (span.low.text, span.high.text) == ("4.0", "6.0")


def test_what_is_kept_apart_is_not_there_and_not_counted(world: World) -> None:
    told(world, "1")
    (own,) = known(world)
    with world.parts.store.read() as connection:
        (name,) = people(connection, BY_NUMBER).names
    world.keep(observation("o9", subject=name), sensitive=True)
    found = asked(world)
    assert [one.prior.reference for one in found.of_test[0]] == [own.reference]
    assert found.counted == (1,)


def test_an_unknown_patient_is_not_found_and_a_number_of_nobodys_has_no_results(world: World) -> None:
    with pytest.raises(NotFound):
        known(world, About("", "nobody"))
    assert known(world, About("http://fhir.hl7.org.vn/core/sid/cccd", "001099999999")) == []


def test_a_revoked_key_and_an_expired_one_are_known_from_one_moment_to_the_next(world: World) -> None:
    told(world)
    assert known(world)[0].signature == "valid"
    key = world.parts.keyring.active_key(HOME)
    assert key is not None
    world.clock.forward(days=365 * 40)
    assert known(world)[0].signature == "unverifiable"
    world.clock.at = NOW
    world.parts.keyring.revoke(key.kid, "lost", actor="test")
    assert known(world)[0].signature == "invalid"


def test_what_was_read_before_is_read_anew_when_anything_of_it_has_changed(world: World) -> None:
    told(world, value="6.10")
    first = asked(world).of_test[0][0]
    assert asked(world).of_test[0][0].prior is first.prior
    told(world, value="6.30", status="C", sent=NOW)
    (again,) = known(world)
    assert again.quantity is not None
    assert (again.quantity.text, again.version, again.amended) == ("6.30", 2, True)
    assert first.resource["valueQuantity"]["value"].token == "6.10"


def test_a_result_that_bears_two_codes_of_a_test_is_counted_once(world: World) -> None:
    told(world)
    with world.parts.store.read() as connection:
        who = people(connection, BY_NUMBER)
        (name,) = who.names
    both = {"coding": [{"system": "http://loinc.org", "code": code} for code in (HBA1C, "17856-6")]}
    world.keep(observation("both", subject=name, code=both))
    today = Signatures(world.parts.keyring, world.clock).today()
    with world.parts.store.read() as connection:
        codes = CODE | {("http://loinc.org", "17856-6")}
        assert facts(connection, who, [codes], Around(who, today)).counted == (2,)


@pytest.mark.parametrize(("tests", "most"), [(1, 30), (4, 25), (20, 5), (100, 5)])
def test_of_many_tests_fewer_results_each_are_looked_at(tests: int, most: int) -> None:
    assert considered(tests) == most


def test_the_newest_are_looked_at_with_those_that_may_be_newer_for_all_anybody_knows(world: World) -> None:
    told(world, "1")
    with world.parts.store.read() as connection:
        (name,) = people(connection, BY_NUMBER).names
    dated = [
        observation(f"o{number}", subject=name, effectiveDateTime=f"2026-10-{number:02}") for number in range(1, 31)
    ]
    untimed = observation("untimed", subject=name)
    del untimed["effectiveDateTime"]
    world.keep(*dated, untimed)
    found = asked(world)
    named = [one.prior.reference.removeprefix("Observation/") for one in found.of_test[0]]
    assert found.counted == (32,)
    assert len(named) == 31
    assert named[-1] == "untimed"
    assert {f"o{number}" for number in range(2, 31)} < set(named)
    assert "o1" not in named


@pytest.mark.parametrize("vague", ["2026", "2026-10", "2026-10-31"])
def test_one_dated_by_a_year_month_or_day_that_may_be_the_newest_is_looked_at(world: World, vague: str) -> None:
    told(world, "1", days_ago=90)
    with world.parts.store.read() as connection:
        (name,) = people(connection, BY_NUMBER).names
    precise = [
        observation(f"o{number}", subject=name, effectiveDateTime=f"2026-10-31T10:{number:02}:00+07:00")
        for number in range(40)
    ]
    forgotten = observation("o-old", subject=name, effectiveDateTime="2026-09-30")
    world.keep(*precise, observation("vague", subject=name, effectiveDateTime=vague), forgotten)
    named = [one.prior.reference for one in asked(world).of_test[0]]
    assert "Observation/vague" in named
    assert "Observation/o-old" not in named


def test_all_of_one_time_are_looked_at_so_that_one_which_disagrees_is_seen(world: World) -> None:
    told(world, "1", days_ago=90)
    with world.parts.store.read() as connection:
        (name,) = people(connection, BY_NUMBER).names
    world.keep(*(observation(f"o{number}", subject=name, effectiveDateTime="2026-11-20") for number in range(40)))
    assert len(asked(world).of_test[0]) == 40
