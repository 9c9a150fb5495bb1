"""Who said a record stands in both of its sets, and says in neither what the other holds."""

from __future__ import annotations

from typing import Any

from gateway.bundle import Resource, urn
from tests.judges.records import ENCOUNTER, PATIENT, made, observation, to
from tests.judges.test_sensitive import GLUCOSE, held_to_the_rules, names, of

CLINIC = made("Organization", "clinic", name="Phòng khám Mẫu")


def said_by(*what: Resource, **elements: Any) -> Resource:
    return made(
        "Provenance",
        "message",
        target=[to(one) for one in (*what, CLINIC)],
        recorded="2026-11-15T10:00:00+07:00",
        agent=[{"who": to(CLINIC)}],
        **elements,
    )


def targets(found: list[Resource]) -> list[str]:
    (provenance,) = of(found, "Provenance")
    return [one["reference"] for one in provenance["target"]]


def test_a_provenance_stands_in_both_sets_and_speaks_in_each_of_what_is_there() -> None:
    hiv = observation("HIV")
    other = made("ServiceRequest", "other", status="active", intent="order", code={"text": "X"}, subject=to(PATIENT))
    provenance = said_by(PATIENT, ENCOUNTER, GLUCOSE, hiv, other)
    ordinary, sensitive, ids = held_to_the_rules([PATIENT, ENCOUNTER, GLUCOSE, hiv, other, CLINIC, provenance])
    assert targets(ordinary) == [urn(one["id"]) for one in (PATIENT, ENCOUNTER, GLUCOSE, other, CLINIC)]
    assert targets(sensitive) == [urn(one["id"]) for one in (PATIENT, ENCOUNTER, hiv, CLINIC)]
    assert of(ordinary, "Provenance")[0]["id"] == provenance["id"]
    assert of(sensitive, "Provenance")[0]["id"] in ids
    assert of(sensitive, "Provenance")[0]["recorded"] == provenance["recorded"]


def test_a_provenance_that_says_why_is_cut_and_keeps_who_and_when() -> None:
    why = said_by(PATIENT, GLUCOSE, reason=[{"text": "khẳng định HIV"}])
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, ENCOUNTER, GLUCOSE, CLINIC, why])
    assert "reason" not in of(ordinary, "Provenance")[0]
    assert of(sensitive, "Provenance")[0]["reason"] == why["reason"]
    assert names(sensitive) == []


def test_a_provenance_of_nothing_but_what_reveals_goes_with_it() -> None:
    hiv = observation("HIV")
    alone = made(
        "Provenance", "own", target=[to(hiv)], recorded="2026-11-15T10:00:00+07:00", agent=[{"who": to(CLINIC)}]
    )
    ordinary, sensitive, ids = held_to_the_rules([PATIENT, ENCOUNTER, GLUCOSE, hiv, CLINIC, alone])
    assert of(ordinary, "Provenance") == []
    assert of(sensitive, "Provenance") == [alone]
    assert alone["id"] in ids
