"""Who takes part over time: whom a later message takes back stands no longer, in whatever order the messages arrive."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.hl7v2.building import header, message, patient
from tests.hl7v2.taking_part import VISIT, rol
from tests.intake.world import World


def said(day: int, *segments: str) -> bytes:
    """A message written on a day of November 2026."""
    return message(header(f9="ADT^A08", f7=f"202611{day:02}100000", f10=f"M{day}"), patient(), *segments)


OTHER = "BS2^LÊ^HAI"
WORDS = [
    said(1, rol("PP^^HL70443"), rol("RT^^HL70443"), VISIT, rol("AT^^HL70443"), rol("AT^^HL70443", f4=OTHER)),
    said(2, rol("PP^^HL70443", f2="DE"), rol("RT^^HL70443", f2="DE"), VISIT, rol("AT^^HL70443", f2="DE")),
    said(3, VISIT),
]


@pytest.mark.parametrize("turn", [*permutations(range(3))])
def test_whom_a_message_takes_back_stands_no_longer(world: World, turn: tuple[int, ...]) -> None:
    for at in turn:
        (line,) = world.take(WORDS[at]).exchanges
        assert line["status"] == "kept", line
    (person,), (team,), (visit,) = (world.all_of(kind) for kind in ("Patient", "CareTeam", "Encounter"))
    assert "generalPractitioner" not in person
    assert team["status"] == "inactive"
    assert len(visit["participant"]) == 1
    active = [role["active"] for role in world.all_of("PractitionerRole")]
    assert sorted(active) == [False, False, True]


def test_who_is_told_of_anew_stands_again(world: World) -> None:
    for word in (*WORDS, said(4, rol("PP^^HL70443"), rol("RT^^HL70443"))):
        world.take(word)
    (person,), (team,) = world.all_of("Patient"), world.all_of("CareTeam")
    assert len(person["generalPractitioner"]) == 1
    assert "extension" not in person
    assert team["status"] == "active"
