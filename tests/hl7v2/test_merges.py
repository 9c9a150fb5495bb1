"""A40: two numbers become one patient. Both stay, linked, and nothing that was stored is anybody else's."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.errors import PayloadError
from gateway.r4 import check
from gateway.revision import revise
from tests.hl7v2.building import header, holds, message, of_type, only, order, patient, result, segment, translate

SURVIVING = patient()


def merged(*segments: str) -> Translation:
    made = translate(message(header(f9="ADT^A40^ADT_A39"), segment("EVN", {2: "20261115100000"}), *segments))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    return made


def prior(number: str = "BN2^^^79001^MR", **changed: str) -> str:
    return segment("MRG", {1: number, 7: ""} | {int(name[1:]): text for name, text in changed.items()})


def of_a_result(number: str) -> Resource:
    return only(translate(message(header(), patient(f3=number), order(), result())), "Patient")


def by_id(made: Translation) -> dict[str, Resource]:
    return {one["id"]: one for one in of_type(made, "Patient")}


def links(one: Resource) -> list[tuple[str, str]]:
    return [(link["type"], link["other"]["reference"].removeprefix("urn:uuid:")) for link in one.get("link", [])]


def test_a_merge_links_both_patients_and_inactivates_the_prior_one() -> None:
    made = merged(SURVIVING, prior())
    first, second = of_type(made, "Patient")
    assert links(first) == [("replaces", second["id"])]
    assert links(second) == [("replaced-by", first["id"])]
    assert ("active" in first, second["active"]) == (False, False)
    assert not made.held


@pytest.mark.parametrize(
    "number",
    ["BN2", "BN2^^^79001^MR", "BN2^^^79001^PI", "BN2^^^BV2^MR", "BN2^^^79002^MR", "BN2^^^X&1.2.3&ISO^MR~00109^^^^NI"],
)
def test_the_prior_patient_is_the_one_its_earlier_messages_made(number: str) -> None:
    made = by_id(merged(SURVIVING, prior(number)))
    assert of_a_result(number)["id"] in made
    assert of_a_result("BN1^^^79001^MR")["id"] in made
    assert of_a_result(number)["identifier"] == made[of_a_result(number)["id"]]["identifier"]


def test_a_prior_patient_named_without_a_record_number_is_held() -> None:
    assert holds(merged(SURVIVING, prior("001090000001^^^CCCD^NI"))) == ["hl7v2-merge-number-unsure"]


def test_each_record_number_of_the_facility_is_a_prior_patient() -> None:
    made = by_id(merged(SURVIVING, prior("BN2^^^79001^MR~BN3^^^79001^MR", f7="LÊ^THỊ CŨ")))
    for number in ("BN2^^^79001^MR", "BN3^^^79001^MR"):
        one = made[of_a_result(number)["id"]]
        assert one["active"] is False
        assert links(one) == [("replaced-by", of_a_result("BN1^^^79001^MR")["id"])]
    assert len(made) == 3


def test_pairs_of_one_message_are_each_their_own() -> None:
    other = patient(f3="BN5^^^79001^MR", f5="TRẦN^VĂN KHÁC", f8="M")
    made = by_id(merged(SURVIVING, prior(), other, prior("BN6^^^79001^MR")))
    ids = {number: of_a_result(f"{number}^^^79001^MR")["id"] for number in ("BN1", "BN2", "BN5", "BN6")}
    assert made.keys() == set(ids.values())
    assert links(made[ids["BN2"]]) == [("replaced-by", ids["BN1"])]
    assert links(made[ids["BN6"]]) == [("replaced-by", ids["BN5"])]


def test_a_patient_may_survive_one_merge_and_be_prior_in_the_next() -> None:
    middle = patient(f3="BN2^^^79001^MR", f5="LÊ^THỊ GIỮA")
    for parts in (
        (middle, prior("BN3^^^79001^MR"), SURVIVING, prior("BN2^^^79001^MR")),
        (SURVIVING, prior("BN2^^^79001^MR"), middle, prior("BN3^^^79001^MR")),
    ):
        made = by_id(merged(*parts))
        ids = {number: of_a_result(f"{number}^^^79001^MR")["id"] for number in ("BN1", "BN2", "BN3")}
        assert len(made) == 3
        assert sorted(links(made[ids["BN2"]])) == [("replaced-by", ids["BN1"]), ("replaces", ids["BN3"])]
        assert (made[ids["BN2"]]["active"], made[ids["BN2"]]["name"][0]["text"]) == (False, "LÊ THỊ GIỮA")
        assert "active" not in made[ids["BN1"]]


def test_a_patient_that_replaces_two_has_both_links() -> None:
    made = by_id(merged(SURVIVING, prior(), SURVIVING, prior("BN3^^^79001^MR")))
    assert len(links(made[of_a_result("BN1^^^79001^MR")["id"]])) == 2
    assert len(made) == 3


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ((SURVIVING,), "hl7v2-merge-without-prior"),
        ((SURVIVING, "MRG|"), "hl7v2-merge-without-prior"),
        ((SURVIVING, prior(), patient(f3="BN5^^^79001^MR")), "hl7v2-merge-without-prior"),
        ((SURVIVING, prior("BN1^^^79001^MR")), "hl7v2-merge-itself"),
        ((SURVIVING, prior(), patient(f3="BN2^^^79001^MR"), prior("BN1^^^79001^MR")), "hl7v2-merge-itself"),
        ((SURVIVING, prior(), patient(f8="M"), prior("BN3^^^79001^MR")), "hl7v2-two-patients"),
        ((prior(),), "patient-missing"),
    ],
)
def test_a_merge_that_cannot_be_meant_is_refused(parts: tuple[str, ...], rule: str) -> None:
    with pytest.raises(PayloadError) as refused:
        merged(*parts)
    assert refused.value.issues[0].rule == rule


def test_a_second_merge_keeps_the_first_ones_link() -> None:
    earlier, later = (
        by_id(merged(SURVIVING, prior(f"{number}^^^79001^MR")))[of_a_result("BN1^^^79001^MR")["id"]]
        for number in ("BN2", "BN3")
    )
    assert links(revise(earlier, later)) == links(later) + links(earlier)


def test_the_prior_account_belongs_to_the_prior_patient() -> None:
    made = merged(SURVIVING, prior(f3="TK1"))
    account = only(made, "Account")
    assert (account["status"], account["identifier"][0]["value"]) == ("unknown", "TK1")
    assert account["subject"][0]["reference"] == f"urn:uuid:{of_a_result('BN2^^^79001^MR')['id']}"


def test_two_patients_in_another_event_are_refused() -> None:
    other = patient(f3="BN5^^^79001^MR")
    with pytest.raises(PayloadError, match="two patients"):
        translate(message(header(f9="ADT^A31"), SURVIVING, other))


def test_what_a_merge_says_of_nobodys_visit_makes_none() -> None:
    assert not of_type(merged(SURVIVING, prior(), "PV1|1|N"), "Encounter")
