"""ROL and PRT over time: an end is a new version; what is taken back stands nowhere, nobody shared is taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

import pytest

from gateway.adapter import Translation
from gateway.bundle import Resource, collection, references, urn
from gateway.r4 import check
from gateway.revision import revise
from gateway.taken_back import TAKEN_BACK
from tests.hl7v2.building import header, holds, message, of_type, only, order, patient, result, segment, unplaced
from tests.hl7v2.taking_part import (
    DOCTOR,
    PROCEDURE,
    SPECIMEN,
    VISIT,
    admitted,
    checked,
    doctor,
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


def in_the_end(*told: Translation) -> list[Resource]:
    """What stands after the messages."""
    made: dict[str, Resource] = {}
    for one in (resource for each in told for resource in each.resources):
        made[one["id"]] = revise(made[one["id"]], one) if one["id"] in made else one
    assert [issue.text() for issue in check(collection([*made.values()])) if issue.refuses] == []
    return [*made.values()]


def standing(resources: Iterable[Resource]) -> list[str]:
    """Types of the resources by which XX9 takes part: those that say so, or refer to who says so, and are not over."""
    people = {urn(one["id"]) for one in resources if _is_somebody(one)}
    roles = {urn(one["id"]) for one in resources if one["resourceType"] == "PractitionerRole" and people & named(one)}
    return [
        one["resourceType"]
        for one in resources
        if one["resourceType"] not in ("Provenance", "Practitioner")
        and (_is_somebody(one) or (people | roles) & named(one))
        and one.get("active") is not False
        and one.get("status") != "inactive"
    ]


def named(one: Resource) -> set[str]:
    """Whom it refers to, but for those it says are taken back."""
    return set(
        references({**one, "extension": [each for each in one.get("extension", ()) if each["url"] != TAKEN_BACK]})
    )


def _is_somebody(one: Resource) -> bool:
    return any(number["value"] == "XX9" for number in one.get("identifier", ()))


@pytest.mark.parametrize("make", [rol, prt])
@pytest.mark.parametrize(("behind", "role"), PLACES, ids=lambda text: text[:3])
def test_what_is_taken_back_stands_nowhere_any_other_does(behind: str, role: str, make: Callable[..., str]) -> None:
    if make is rol and behind == result():
        behind, role = order(), "RO^^HL70443"  # a ROL behind a result has no place
    who = {"f4" if make is rol else "f5": WHO}
    silent = placed(behind)
    for number, action in product(("", "R9"), ENDING):
        there = make(role, f1=number, f2="AD", **who)
        gone = make(role, f1=number, f2=action, **who)
        begun, ended = placed(behind, there), placed(behind, gone)
        assert standing(begun.resources)
        assert standing(in_the_end(begun, silent))
        assert standing(ended.resources) == []
        assert standing(placed(behind, there, gone).resources) == []
        assert standing(placed(behind, gone, there).resources)
        assert standing(in_the_end(begun, ended)) == []
        assert standing(in_the_end(begun, ended, silent)) == []
        assert standing(in_the_end(begun, ended, begun)) == standing(begun.resources)


def test_what_is_taken_back_takes_nobody_else_away() -> None:
    both = [rol("AT^^HL70443", f1="R1"), rol("AT^^HL70443", f1="R2", f4=WHO)]
    begun = admitted(VISIT, *both)
    ended = admitted(VISIT, rol("AT^^HL70443", f1="R2", f2="DE", f4=WHO))
    (visit,) = [one for one in in_the_end(begun, ended) if one["resourceType"] == "Encounter"]
    assert [doctor(begun, one["individual"]) for one in visit["participant"]] == ["BS1"]


@pytest.mark.parametrize("field", [{"f10": "MAY1^LIS"}, {"f9": "K02^P201"}])
def test_a_device_and_a_place_are_taken_back_too(field: dict[str, str]) -> None:
    begun, ended = (reported(result(), prt("EQUIP^^HL70912", f2=action, f5="", **field)) for action in ("AD", "DE"))
    (before,), (after,) = (
        [one for one in found if one["resourceType"] == "Observation"]
        for found in (begun.resources, in_the_end(begun, ended))
    )
    assert named(before) - named(after)
    assert not named(after) - named(before)
    assert not holds(ended)


@pytest.mark.parametrize("action", LASTING)
def test_any_other_action_of_the_tables_says_that_it_stands(action: str) -> None:
    made = admitted(rol("RT^^HL70443", f2=action, f4=WHO))
    assert standing(made.resources) == ["CareTeam"]
    assert not holds(made)


def test_nobody_is_deleted() -> None:
    gone = admitted(rol("PP^^HL70443", f2="DE", f14="KHOA A^^K1"))
    assert only(gone, "PractitionerRole")["active"] is False
    shared = [*of_type(gone, "Practitioner"), *of_type(gone, "Organization")]
    assert len(shared) == 3
    assert not any("active" in one for one in shared)


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
