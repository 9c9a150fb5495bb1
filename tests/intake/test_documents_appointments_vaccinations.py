"""The life of a document, an appointment and a vaccination: in whatever order they arrive, the last word stands."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from gateway.store.tables import resource
from tests.hl7v2.building import header, message, patient, segment
from tests.intake.world import World

TURNS = [*permutations(range(3))]


def said(kind: str, day: int, *segments: str) -> bytes:
    """A message written on a day of November 2026."""
    return message(
        header(f9=kind, f7=f"202611{day:02}100000", f10=f"{kind}-{day}"),
        segment("EVN", {2: f"202611{day:02}100000"}),
        patient(),
        *segments,
    )


def document(event: str, day: int, text: str = "", **changed: str) -> bytes:
    fields = {
        1: "1",
        2: "RV^Tóm tắt^L",
        8: f"202611{day:02}095000",
        9: "BS1^TRẦN^MỘT",
        12: "TL1^HIS",
        17: "AU",
        19: "AV",
    }
    txa = segment("TXA", fields | {int(name[1:]): item for name, item in changed.items()})
    content = [segment("OBX", {1: "1", 2: "TX", 3: "RV^Tóm tắt^L", 5: text, 11: "F"})] if text else []
    return said(f"MDM^{event}", day, txa, *content)


def appointment(event: str, day: int, **changed: str) -> bytes:
    fields = {1: "HD1^HIS", 2: "LH1^HIS", 11: "^^^20261201083000^20261201090000", 20: "TK^VÕ^BA"}
    return said(f"SIU^{event}", day, segment("SCH", fields | {int(name[1:]): item for name, item in changed.items()}))


def vaccination(day: int, **changed: str) -> bytes:
    fields = {1: "0", 2: "1", 3: "20261101", 5: "08^Viêm gan B^CVX", 6: "0.5", 7: "mL", 20: "CP", 21: "A"}
    rxa = segment("RXA", fields | {int(name[1:]): item for name, item in changed.items()})
    return said("VXU^V04", day, "ORC|RE|TC1^HIS|MT1^HIS", rxa)


def taken(world: World, messages: tuple[bytes, ...]) -> None:
    for one in messages:
        (line,) = world.take(one).exchanges
        assert line["status"] == "kept", line


def only(world: World, resource_type: str) -> dict[str, Any]:
    (found,) = world.all_of(resource_type)
    return found


@pytest.mark.parametrize("turn", TURNS)
def test_a_document_told_of_again_without_its_content_keeps_it(world: World, turn: tuple[int, ...]) -> None:
    events = (document("T02", 1, "Nội dung", f17="DO"), document("T03", 2, f17="AU"), document("T11", 3, f19="CA"))
    taken(world, tuple(events[at] for at in turn))
    found = only(world, "DocumentReference")
    assert (found["status"], found["docStatus"]) == ("entered-in-error", "final")
    assert "data" in found["content"][0]["attachment"]


def test_a_replaced_document_stays_beside_the_one_that_replaces_it(world: World) -> None:
    taken(world, (document("T02", 1, "Một"), document("T10", 2, "Hai", f12="TL2^HIS", f13="TL1^HIS")))
    first, second = sorted(world.all_of("DocumentReference"), key=lambda one: str(one["masterIdentifier"]["value"]))
    assert first["status"] == "current"
    assert second["relatesTo"][0]["target"]["identifier"]["value"] == "TL1"


@pytest.mark.parametrize("turn", TURNS)
def test_an_appointment_moved_and_cancelled_is_one_and_cancelled(world: World, turn: tuple[int, ...]) -> None:
    events = (
        appointment("S12", 1, f9="30", f10="min"),
        appointment("S13", 2, f11="^^^20261208083000^20261208093000"),
        appointment("S15", 3, f11="", f6="BN^Bận^L"),
    )
    taken(world, tuple(events[at] for at in turn))
    found = only(world, "Appointment")
    assert (found["status"], found["start"], found["end"]) == (
        "cancelled",
        "2026-12-08T08:30:00+07:00",
        "2026-12-08T09:30:00+07:00",
    )
    assert found["cancelationReason"]["coding"][0]["code"] == "BN"
    assert "minutesDuration" not in found


@pytest.mark.parametrize("turn", TURNS[:1])
def test_a_vaccination_corrected_and_taken_back_is_one_entered_in_error(world: World, turn: tuple[int, ...]) -> None:
    events = (vaccination(1), vaccination(2, f5="45^Viêm gan B^CVX"), vaccination(3, f5="45^Viêm gan B^CVX", f21="D"))
    taken(world, tuple(events[at] for at in turn))
    found = only(world, "Immunization")
    assert (found["status"], found["vaccineCode"]["coding"][0]["code"]) == ("entered-in-error", "45")


def test_whose_an_appointment_is_is_known(world: World) -> None:
    taken(world, (appointment("S12", 1),))
    with world.store.read() as connection:
        whose = {
            row.type: row.subject
            for row in connection.execute(select(resource.c.type, resource.c.subject, resource.c.rid))
        }
    assert whose["Appointment"] is not None
