"""Is this Patient a person we know? Two people merged is worse than one person seen twice."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bundle import BHXH, BHYT, CCCD
from gateway.mapping.naming import CMND
from gateway.person import Link, Traits, differing, fold, link, numbers, traits

LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
NAMES = st.text(alphabet=LETTERS + " ", max_size=20)
BIRTHS = st.sampled_from(["", "1980", "1981", "1980-02", "1980-03", "1980-02-01", "1980-02-11", "1981-02-01"])
TRAITS = st.builds(
    Traits,
    st.sampled_from(["", "le thi mau", "mau le thi", "tran van a"]),
    st.sampled_from(["", "male", "female"]),
    BIRTHS,
)


def identified(*pairs: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "identifier": [{"system": one, "value": two, **more} for one, two in pairs]}


# ---- names ----------------------------------------------------------------------------


@given(NAMES)
def test_a_name_folds_alike_composed_or_not_in_capitals_or_not_and_folding_again_changes_nothing(name: str) -> None:
    folded = fold(name)
    assert (
        fold(unicodedata.normalize("NFD", name)) == fold(name.upper()) == fold(f"  {name} ") == fold(folded) == folded
    )
    assert folded.isascii()


@pytest.mark.parametrize("name", ["Đặng Thị Đào", "ÐẶNG THỊ ÐÀO", "đặng  thị\tđào", "dang thi dao", "DANG THI DAO"])
def test_a_d_with_a_stroke_is_a_d_in_every_old_encoding(name: str) -> None:
    assert fold(name) == "dang thi dao"


def test_another_letter_is_another_name() -> None:
    assert fold("Lê Văn An") != fold("Lê Văn Anh")


def test_the_official_name_is_compared_before_the_first_and_one_no_longer_borne_never() -> None:
    old, first, official = {"use": "old", "text": "CŨ"}, {"text": "MỘT"}, {"use": "official", "text": "HAI"}
    assert traits({"name": [old, first, official]}).name == "hai"
    assert traits({"name": [old, first]}).name == "mot"
    assert traits({"name": [old]}).name == ""


def test_a_name_in_parts_is_read_family_first() -> None:
    assert traits({"name": [{"family": "Lê", "given": ["Thị", None, "Mẫu"]}]}).name == "le thi mau"
    assert traits({"name": [{"given": ["Mẫu"]}]}).name == "mau"


@pytest.mark.parametrize("sex", ["unknown", "other"])
def test_a_sex_that_is_not_known_is_not_compared(sex: str) -> None:
    assert traits({"gender": sex, "birthDate": "1980"}) == Traits("", "", "1980")
    assert traits({}) == Traits()


# ---- numbers --------------------------------------------------------------------------

CARD = "GD4790123456789"


@pytest.mark.parametrize(
    ("system", "value", "found"),
    [
        (CCCD, "001090000001", [(CCCD, "001090000001")]),
        ("http://moh.gov.vn/fhir/core/sid/national_id", " 001090000001 ", [(CCCD, "001090000001")]),
        (CCCD, "00109000000", []),
        (CCCD, "00109000000x", []),
        (CCCD, "٠٠١٠٩٠٠٠٠٠٠١", []),
        (BHXH, "0123456789", [(BHXH, "0123456789")]),
        (BHXH, CARD, []),
        (BHYT, CARD, [(BHXH, "0123456789")]),
        (BHYT, CARD.lower(), [(BHXH, "0123456789")]),
        (BHYT, "TE1790123456789", []),
        (BHYT, "te1790123456789", []),
        (BHYT, CARD[:-1], []),
        (CMND, "012345678", []),
        (CMND, "001090000001", []),
        ("urn:vn:cskcb:79001:mrn", "001090000001", []),
        ("", "001090000001", []),
        (CCCD, "", []),
    ],
)
def test_only_a_well_formed_national_number_links(system: str, value: str, found: list[tuple[str, str]]) -> None:
    assert numbers(identified((system, value))) == found


def test_a_card_and_its_insurance_number_are_one_number() -> None:
    assert numbers(identified((BHYT, CARD), (BHXH, "0123456789"))) == [(BHXH, "0123456789")]


def test_a_number_no_longer_in_use_does_not_link() -> None:
    assert numbers(identified((CCCD, "001090000001"), use="old")) == []
    assert numbers(identified((CCCD, "001090000001"), use="official")) != []


def test_a_patient_without_numbers_has_none() -> None:
    assert numbers({}) == numbers({"identifier": [{}]}) == []


# ---- decisions ------------------------------------------------------------------------

KNOWN = Traits("le thi mau", "female", "1980-02-01")


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        (KNOWN, ""),
        (Traits(), ""),
        (Traits("mau le thi", "", ""), ""),
        (Traits("", "", "1980"), ""),
        (Traits("", "", "1980-02"), ""),
        (Traits("le thi mau", "female", "1980-03"), "person-birth-differs"),
        (Traits("le thi mau", "female", "1981"), "person-birth-differs"),
        (Traits("le thi mau", "female", "1980-02-02"), "person-birth-differs"),
        (Traits("le thi mau", "male", "1980-02-01"), "person-sex-differs"),
        (Traits("le thi mai", "male", "1981"), "person-name-differs"),
        (Traits("le thi", "female", "1980-02-01"), "person-name-differs"),
        (Traits("le thi mau mau", "female", "1980-02-01"), "person-name-differs"),
    ],
)
def test_what_differs_is_said_by_rule(other: Traits, rule: str) -> None:
    assert differing(KNOWN, other) == rule
    assert link(KNOWN, [(7, [other])]) == (Link(None, rule) if rule else Link(7))


@given(TRAITS, TRAITS)
def test_agreement_has_no_direction(one: Traits, other: Traits) -> None:
    assert differing(one, other) == differing(other, one)
    assert differing(one, one) == ""


@given(TRAITS, st.lists(TRAITS, max_size=4))
def test_a_person_is_joined_only_when_every_patient_of_theirs_agrees(patient: Traits, known: list[Traits]) -> None:
    decided = link(patient, [(7, known)])
    assert (decided.person == 7) == all(differing(patient, other) == "" for other in known)
    assert (decided.person is None) == bool(decided.rule)


@given(TRAITS, TRAITS)
def test_two_numbers_of_two_persons_never_link_however_well_they_agree(patient: Traits, other: Traits) -> None:
    assert link(patient, [(7, [other]), (8, [patient])]) == Link(None, "person-two-numbers-two-persons")


def test_a_number_nobody_holds_makes_a_new_person_without_a_question() -> None:
    assert link(KNOWN, []) == Link(None)
