"""The authority's view: who shares, what, how late, and how often others use it, by what went through the doors."""

from __future__ import annotations

from datetime import timedelta

from gateway.jsontext import loads
from gateway.quality.as_json import sharing_as_json
from gateway.quality.figures import LATE_AFTER, Counts, Period, Ratio
from gateway.quality.sharing import Shared, Sharing, Used, who_needs_help_first
from gateway.store import sharing_figures
from tests.cds.his import His
from tests.intake.world import HOSPITAL, LAB, World
from tests.prior.laboratory import CITIZEN_ID, CLIENTS, told
from tests.quality.sent import MONTH, report
from tests.rest.world import HOME, OTHER
from tests.reused.doctor import accept, card_of, recorded, shown


def of_world(world: World, period: Period = MONTH) -> Sharing:
    with world.store.read() as connection:
        return sharing_figures.sharing(connection, period, LATE_AFTER)


def used(his: His) -> dict[str, Used]:
    now = his.world.clock()
    period = Period(now - timedelta(days=1), now + timedelta(days=1))
    with his.world.parts.store.read() as connection:
        made = sharing_figures.sharing(connection, period, LATE_AFTER)
    return {one.facility: one.used for one in made.facilities}


def test_a_facility_of_which_nothing_came_stands_first_and_says_so(world: World) -> None:
    world.take(report())
    made = of_world(world)
    assert [(one.facility, one.counts.records) for one in made.facilities] == [(HOSPITAL, 0), (LAB, 1)]
    assert (made.silent, made.total.records) == (1, 1)
    assert made.facilities[0].heard.last is None


def test_what_is_shared_is_told_by_kind_and_format_with_how_late_it_came(world: World) -> None:
    world.tick = timedelta()
    world.take(report(1, issued=world.at - timedelta(hours=3)))
    world.take(report(2, issued=world.at - timedelta(hours=5)))
    lab = next(one for one in of_world(world).facilities if one.facility == LAB)
    assert (lab.counts.results, lab.counts.reports, lab.formats) == (2, 2, {"hl7v2": 2})
    assert (lab.lag.median, lab.lag.p90) == (3 * 3600, 5 * 3600)
    assert lab.heard.last == world.at


def test_a_read_by_another_facility_counts_for_whose_data_it_was_and_an_own_one_does_not(his: His) -> None:
    told(his.world, facility=OTHER)
    assert used(his) == {HOME: Used(), OTHER: Used()}
    own, others = (his.world.get(f"/fhir/Observation?patient.identifier={CITIZEN_ID}", one) for one in CLIENTS.values())
    assert own.data == others.data
    assert used(his) == {HOME: Used(), OTHER: Used(read=1)}
    (entry,) = loads(others.data)["entry"]
    assert his.world.get(f"/fhir/Observation/{entry['resource']['id']}").status_code == 200
    assert used(his)[OTHER] == Used(read=2)


def test_what_found_nothing_read_nothing(his: His) -> None:
    told(his.world, facility=OTHER)
    assert his.world.get("/fhir/Observation?patient.identifier=urn:x|1").status_code == 200
    assert used(his)[OTHER].read == 0


def test_an_accepted_reuse_counts_for_whose_result_stands_in_the_orders_place(his: His) -> None:
    accept(his, shown(his))
    found = used(his)
    assert (found[OTHER].reused, found[HOME].reused) == (1, 0)
    assert found[OTHER].read > 0  # the card showed it


def test_a_facilitys_own_result_in_the_place_of_its_own_order_is_no_use_by_others(his: His) -> None:
    told(his.world, facility=HOME, days_ago=3)
    assert accept(his, card_of(his)).status_code == 200
    assert len(recorded(his)) == 1
    assert used(his)[HOME].reused == 0


def test_what_was_used_before_the_period_is_not_told(his: His) -> None:
    accept(his, shown(his))
    his.world.clock.forward(days=3)
    assert used(his)[OTHER] == Used()


def counts(met: int, of: int = 20) -> Counts:
    return Counts(of, correct=Ratio(met, of), complete=Ratio(of, of), clean=Ratio(of, of), live=Ratio(of, of))


def test_who_needs_help_stands_first() -> None:
    found = [
        Shared("best", "", counts(20)), Shared("few", "", counts(1, 3)), Shared("worst", "", counts(1)),
        Shared("silent", ""), Shared("fair", "", counts(15)),
    ]  # fmt: skip
    assert [one.facility for one in who_needs_help_first(found)] == ["silent", "worst", "fair", "best", "few"]
    assert {one.facility: one.worst for one in found} == {
        "best": "correct", "few": None, "worst": "correct", "silent": None, "fair": "correct",
    }  # fmt: skip


def test_as_json_it_names_each_facility_with_its_figures(world: World) -> None:
    world.take(report())
    made = sharing_as_json(of_world(world))
    silent, lab = made["facilities"]
    assert (silent["facility"], silent["records"], silent["last"]) == (HOSPITAL, 0, None)
    assert lab["correct"] == {"met": 1, "of": 1, "share": None}
    assert (lab["read_by_others"], lab["reused_by_others"], lab["delivered"]) == (0, 0, 0)


def test_the_trail_is_read_from_the_periods_first_line_on_whatever_stands_before_it(his: His) -> None:
    """Halving finds the same lines as looking at all of them."""
    told(his.world, facility=OTHER)
    for _ in range(7):
        his.world.clock.forward(days=1)
        his.world.get(f"/fhir/Observation?patient.identifier={CITIZEN_ID}")
    now = his.world.clock()
    for days in range(9):
        period = Period(now - timedelta(days=days, seconds=1), now + timedelta(days=1))
        with his.world.parts.store.read() as connection:
            made = sharing_figures.sharing(connection, period, LATE_AFTER)
        assert made.used.read == min(days + 1, 7)
