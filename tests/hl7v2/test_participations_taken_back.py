"""ROL and PRT over time: an end is a new version; what is taken back stands nowhere, nobody shared is taken away."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.adapter import Translation
from gateway.bundle import Resource, urn
from tests.hl7v2.building import header, holds, message, of_type, only, order, patient, result, segment, unplaced
from tests.hl7v2.taking_part import (
    DOCTOR,
    PROCEDURE,
    SPECIMEN,
    VISIT,
    admitted,
    checked,
    prt,
    reported,
    rol,
)

ENDING = ("D", "DE", "UN")
LASTING = ("", "AD", "A", "CO", "LI", "S", "U", "UC", "UP", "X")
# What a participation stands behind, and roles with a place there.
PLACES = [
    (patient(), "PP^^HL70443"),
    (patient(), "RT^^HL70912"),
    (patient(), "MTH^^HL70063"),
    (patient(), "CGV^^HL70063"),
    (VISIT, "AT^^HL70443"),
    (PROCEDURE, "SUR^^L"),
    (order(), "OP^^HL70443"),
    (order(), "SC^^HL70443"),
    (order(), "PRI^^HL70443"),
    (order(), "TN^^HL70443"),
    (SPECIMEN, "SC^^HL70443"),
    (result(), "RO^^HL70443"),
]
WHO = "XX9^HOÀNG^THỊ CHÍN"


def placed(behind: str, *more: str) -> Translation:
    segments = [patient(), VISIT, PROCEDURE, order(), SPECIMEN, result()]
    place = segments.index(behind) + 1
    return checked(message(header(), *segments[:place], *more, *segments[place:]))


def is_somebody(one: Resource) -> bool:
    return any(number["value"] == "XX9" for number in one.get("identifier", ()))


def standing(made: Translation) -> list[str]:
    """Types of the resources by which XX9 takes part: those that say so, or refer to who says so, and are not over."""
    people = [one for one in made.resources if is_somebody(one)]
    roles = [one for one in of_type(made, "PractitionerRole") if any(urn(each["id"]) in str(one) for each in people)]
    known = {urn(one["id"]) for one in (*people, *roles) if one["resourceType"] != "RelatedPerson"}
    named = [one for one in made.resources if one not in roles and known & set(_referred(one))]
    mine = [*named, *roles, *(one for one in people if one["resourceType"] == "RelatedPerson")]
    return [
        one["resourceType"]
        for one in mine
        if one["resourceType"] != "Provenance" and one.get("active") is not False and one.get("status") != "inactive"
    ]


def _referred(item: object) -> list[str]:
    if isinstance(item, dict):
        own = [item["reference"]] if isinstance(item.get("reference"), str) else []
        return own + [one for each in item.values() for one in _referred(each)]
    return [one for each in item for one in _referred(each)] if isinstance(item, list) else []


@pytest.mark.parametrize("make", [rol, prt])
@pytest.mark.parametrize(("behind", "role"), PLACES, ids=lambda text: text[:3])
def test_what_is_taken_back_stands_nowhere_any_other_does(behind: str, role: str, make: Callable[..., str]) -> None:
    if make is rol and behind == result():
        behind, role = order(), "RO^^HL70443"  # a ROL behind a result has no place
    who = {"f4" if make is rol else "f5": WHO}
    for number in ("", "R9"):
        assert standing(placed(behind, make(role, f1=number, f2="AD", **who)))
        for action in ENDING:
            gone = placed(behind, make(role, f1=number, f2=action, **who))
            assert standing(gone) == [], action
            again = placed(behind, make(role, f1=number, **who), make(role, f1=number, f2=action, **who))
            assert standing(again) == [], action
            anew = placed(behind, make(role, f1=number, f2=action, **who), make(role, f1=number, **who))
            assert standing(anew), action


@pytest.mark.parametrize("action", LASTING)
def test_any_other_action_of_the_tables_says_that_it_stands(action: str) -> None:
    made = admitted(rol("RT^^HL70443", f2=action, f4=WHO))
    assert standing(made) == ["CareTeam"]
    assert not holds(made)


def test_nobody_is_deleted() -> None:
    gone = admitted(rol("PP^^HL70443", f2="DE", f14="KHOA A^^K1"))
    assert only(gone, "PractitionerRole")["active"] is False
    shared = [*of_type(gone, "Practitioner"), *of_type(gone, "Organization")]
    assert len(shared) == 3
    assert not any("active" in one for one in shared)


def test_of_what_is_taken_back_without_a_number_all_is_listed() -> None:
    made = reported(prt("OP^^HL70912", f2="D"), result())
    assert {"PRT[1]-4", "PRT[1]-5"} <= unplaced(made).keys()


@pytest.mark.parametrize("kind", ["CareTeam", "PractitionerRole", "RelatedPerson"])
def test_it_is_taken_back_by_the_number_of_the_person_alone(kind: str) -> None:
    role = {"CareTeam": "RT^^HL70443", "PractitionerRole": "PP^^HL70443", "RelatedPerson": "MTH^^HL70063"}[kind]
    begun = only(admitted(rol(role, f4="BS1^TRẦN^MỘT", f5="20260101")), kind)
    assert only(admitted(rol(role, f2="DE", f4="BS1")), kind)["id"] == begun["id"]


@pytest.mark.parametrize("role", ["PP^^HL70443", "RT^^HL70443", "MTH^^HL70063"])
@pytest.mark.parametrize("person", ["", "^^^^^BS"])
def test_what_is_taken_back_of_nobody_is_held(role: str, person: str) -> None:
    assert holds(admitted(rol(role, f2="DE", f4=person))) == ["hl7v2-participation-unknown"]


@pytest.mark.parametrize("action", ["QQ", "de", "AD~DE"])
def test_an_action_nobody_knows_is_held(action: str) -> None:
    assert holds(admitted(rol("RT^^HL70443", f2=action))) == ["hl7v2-action-unknown"]


def test_what_is_said_again_further_down_is_listed() -> None:
    made = admitted(VISIT, rol("AT^^HL70443"), "PV2||", rol("AT^^HL70443", f2="DE"))
    assert "participant" not in only(made, "Encounter")
    assert {"ROL[1]-3", "ROL[1]-4"} <= unplaced(made).keys()


def test_two_times_of_one_participation_both_stand() -> None:
    made = admitted(VISIT, rol("AT^^HL70443", f5="20261101", f6="20261102"), rol("AT^^HL70443", f5="20261105"))
    assert [one["period"]["start"] for one in only(made, "Encounter")["participant"]] == ["2026-11-01", "2026-11-05"]


def test_senders_who_count_their_segments_do_not_make_one_doctors_role_anothers() -> None:
    def role(number: str, person: str) -> str:
        made = checked(message(header(), patient(f3=number), rol("PP^^HL70443", f1="1", f4=person), order(), result()))
        return str(only(made, "PractitionerRole")["id"])

    assert len({role("BN1", DOCTOR), role("BN2", DOCTOR), role("BN1", "BS2^LÊ^HAI")}) == 3


def test_the_end_of_one_visit_takes_nothing_from_another() -> None:
    def role(visit: str, action: str) -> Resource:
        made = admitted(segment("PV1", {2: "I", 19: visit}), rol("AT^^HL70443", f1="1", f2=action))
        return only(made, "PractitionerRole")

    assert role("V1", "AD")["id"] == role("V1", "DE")["id"] != role("V2", "DE")["id"]


@pytest.mark.parametrize(("role", "kind"), [("PP^^HL70443", "PractitionerRole"), ("RT^^HL70443", "CareTeam")])
def test_an_end_is_a_new_version_of_the_same_participation(role: str, kind: str) -> None:
    begun, ended = (only(admitted(rol(role, f5="20260101", f6=end)), kind) for end in ("", "20261116"))
    assert begun["id"] == ended["id"]
    assert begun != ended
