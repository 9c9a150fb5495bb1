"""What is kept apart is never told, and never lets an older result pass for the newest."""

from __future__ import annotations

from typing import Any

from gateway.jsontext import loads
from tests.prior.laboratory import CITIZEN_ID, HBA1C, told
from tests.prior.test_results import codes, get, verdict
from tests.rest.records import observation
from tests.rest.world import World


def apart(world: World, name: str = "apart", **said: Any) -> None:
    (entry,) = loads(world.get(f"/fhir/Patient?identifier={CITIZEN_ID}").data)["entry"]
    world.keep(observation(name, subject=f"Patient/{entry['resource']['id']}", **said), sensitive=True)


def test_an_older_result_is_not_reused_as_the_newest_where_a_newer_one_may_not_be_shown(world: World) -> None:
    told(world, days_ago=30)
    assert verdict(world)["decision"] == ["reuse"]
    apart(world, effectiveDateTime="2026-11-21")
    one = verdict(world)
    assert one["decision"] == ["clinician-decides"]
    assert {code for code in codes(one) if code.startswith("reuse-newest")} == {"reuse-newest-unsure"}
    answer = get(world).data
    assert (b"Observation/apart" in answer, b"2026-11-21" in answer) == (False, False)
    assert one["counted"] == [1]


def test_what_is_older_or_of_another_test_and_may_not_be_shown_changes_nothing(world: World) -> None:
    told(world, days_ago=30)
    apart(world, effectiveDateTime="2026-09-01")
    other = {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]}
    apart(world, "other", effectiveDateTime="2026-11-21", code=other)
    assert verdict(world)["decision"] == ["reuse"]


def test_that_something_may_not_be_shown_is_not_said_where_nothing_would_be_reused(world: World) -> None:
    told(world, days_ago=70)
    before = get(world).data
    apart(world, effectiveDateTime="2026-11-21")
    one = verdict(world)
    assert (one["decision"], "reuse-newest-unsure" in codes(one)) == (["repeat"], False)
    assert get(world).data == before


def test_of_a_time_nobody_knows_it_may_be_the_newest(world: World) -> None:
    told(world, days_ago=30)
    apart(world, effectiveDateTime="")
    assert "reuse-newest-unsure" in codes(verdict(world))


def test_a_period_that_began_long_ago_and_ended_lately_is_looked_at(world: World) -> None:
    for number in range(31):
        told(world, f"A{number}", days_ago=40 - number)
    (entry,) = loads(world.get(f"/fhir/Patient?identifier={CITIZEN_ID}").data)["entry"]
    period = {"start": "2025-01-01T00:00:00+07:00", "end": "2026-11-21T00:00:00+07:00"}
    whole = observation("long", subject=f"Patient/{entry['resource']['id']}", effectivePeriod=period)
    del whole["effectiveDateTime"]
    assert HBA1C in str(whole)
    assert verdict(world)["decision"] == ["reuse"]
    world.keep(whole)
    one = verdict(world)
    assert one["decision"] == ["clinician-decides"]
    assert one["result"][0]["id"] == "long"
