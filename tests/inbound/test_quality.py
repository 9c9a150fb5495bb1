"""What comes from another gateway counts, too: whose it is, how complete, and how late it came here."""

from __future__ import annotations

from datetime import timedelta

from gateway.bundle import Resource
from gateway.quality.figures import LATE_AFTER, Period
from gateway.quality.sharing import Shared
from gateway.store import sharing_figures
from tests.inbound.world import World
from tests.sender import LAB, NOW, Sender

_SYSTEM = "http://terminology.hl7.org/CodeSystem/observation-category"


def as_laboratory(made: list[Resource]) -> None:
    made[1]["category"] = [{"coding": [{"system": _SYSTEM, "code": "laboratory"}]}]


def of_the_lab(world: World) -> Shared:
    now = world.clock()
    with world.store.read() as connection:
        made = sharing_figures.sharing(connection, Period(now - timedelta(days=2), now + timedelta(days=1)), LATE_AFTER)
    return next(one for one in made.facilities if one.facility == LAB)


def test_a_message_counts_for_the_facility_that_signed_it(world: World, lab: Sender) -> None:
    world.clock.forward(hours=2)
    given = lab.sent(issued=NOW, change=as_laboratory)
    for _ in range(2):  # the same again gets the first receipt again, and counts no more
        world.accept(given)
    found = of_the_lab(world)
    assert (found.name, found.counts.records, found.counts.results, found.formats) == ("", 1, 1, {"message": 1})
    assert (found.counts.complete.met, found.counts.correct.met) == (0, 1)
    assert found.lag.median == 2 * 3600


def test_a_correction_takes_the_place_of_what_it_corrects(world: World, lab: Sender) -> None:
    world.accept(lab.sent("1", "5.10", change=as_laboratory))
    world.clock.forward(hours=1)
    world.accept(lab.sent("2", "5.20", issued=NOW + timedelta(hours=1), at=NOW, change=as_laboratory))
    assert of_the_lab(world).counts.records == 1


def test_a_message_that_is_refused_counts_for_nobody(world: World, lab: Sender) -> None:
    world.refused(lab.sent().replace(b"5.10", b"6.10"))
    now = world.clock()
    with world.store.read() as connection:
        made = sharing_figures.sharing(connection, Period(now - timedelta(days=2), now + timedelta(days=1)), LATE_AFTER)
    assert [one.facility for one in made.facilities if one.counts.records] == []
