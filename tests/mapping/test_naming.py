"""Identifier systems: aliases are read, national numbers are told by their form, and few of them link persons."""

from __future__ import annotations

import pytest

from gateway.bundle import BHXH, BHYT, CCCD
from gateway.mapping.naming import CMND, PASSPORT, bhxh_of_card, fixed_system, linking_number, person_number_system


def test_other_guides_names_are_aliases() -> None:
    assert fixed_system("http://moh.gov.vn/fhir/core/sid/national_id") == CCCD
    assert fixed_system("https://basespecs.vn/NamingSystem/InsuranceNumbers") == BHYT
    assert fixed_system("urn:vn:cskcb:79001:mrn") == "urn:vn:cskcb:79001:mrn"


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("001090000001", CCCD),
        ("012345678", CMND),
        ("C1234567", PASSPORT),
        ("12345", ""),
        ("00109000000A", ""),
        ("", ""),
    ],
)
def test_a_persons_number_is_told_by_its_form(text: str, system: str) -> None:
    assert person_number_system(text) == system


def test_a_card_carries_the_insurance_number_but_a_childs_temporary_card_does_not() -> None:
    assert bhxh_of_card("DN4010000000001") == "0000000001"
    assert bhxh_of_card("TE1010000000001") == ""
    assert bhxh_of_card("0000000001") == ""


@pytest.mark.parametrize(
    ("system", "value", "linked"),
    [
        (CCCD, "001090000001", (CCCD, "001090000001")),
        (CCCD, "00109000000", None),
        (BHXH, "0000000001", (BHXH, "0000000001")),
        (BHYT, "DN4010000000001", (BHXH, "0000000001")),
        (BHYT, "TE1010000000001", None),
        (CMND, "012345678", None),
        ("urn:vn:cskcb:79001:mrn", "001090000001", None),
        ("http://moh.gov.vn/fhir/core/sid/national_id", "001090000001", (CCCD, "001090000001")),
    ],
)
def test_only_well_formed_national_numbers_link(system: str, value: str, linked: tuple[str, str] | None) -> None:
    assert linking_number(system, value) == linked
