"""Who gets an exchange, and on which legal basis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bundle import BHXH, BHYT, CCCD, Resource, collection
from gateway.facility import Recipient, Subscription
from gateway.routing import Route, content, routes_for
from tests.judges.records import made, observation, report

CARD = "GD4790123456789"
SUBSCRIPTION = Subscription("s1", "provincial", "Luật KBCB 2023 art. 69")
RECIPIENT = Recipient("provincial", "https://p.example", {}, facility="31006", basis="agreement 7")


def bundle(*identifiers: tuple[str, str], category: Any = None) -> Resource:
    patient = made("Patient", "p", identifier=[{"system": one, "value": two} for one, two in identifiers])
    told = report("r", **({"category": category} if category is not None else {}))
    return collection([patient, told, observation("a")])


def gets(found: Resource, **filters: Any) -> bool:
    routes, issues = routes_for(content(found), "79001", [replace(SUBSCRIPTION, **filters)], [RECIPIENT])
    assert issues == []
    return routes == [Route("provincial", SUBSCRIPTION.basis, "s1")]


def test_a_subscription_without_filters_gets_everything_on_its_own_basis() -> None:
    assert gets(bundle())


def test_a_subscription_that_ended_or_stands_on_no_basis_gets_nothing() -> None:
    assert not gets(bundle(), ended=datetime(2026, 11, 1, tzinfo=UTC))
    assert not gets(bundle(), basis="")
    assert not gets(bundle(), basis=" \t")


def test_a_facility_filter_is_that_facility() -> None:
    assert gets(bundle(), facility="79001")
    assert not gets(bundle(), facility="7900")


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        (f"{CCCD}|001090000001", (CCCD, "001090000001")),
        ("http://moh.gov.vn/fhir/core/sid/national_id|001090000001", (CCCD, "001090000001")),
        (f"{CCCD}|001090000001", ("https://fhir.hl7.org.vn/core/sid/cccd", "001090000001")),
        (f"{BHXH}|0123456789", (BHYT, CARD)),
        (f"{BHYT}|{CARD}", (BHXH, "0123456789")),
        (f"{BHYT}|{CARD}", (BHYT, "HC4010123456789")),
        ("urn:vn:cskcb:79001:mrn|BN1", ("urn:vn:cskcb:79001:mrn", "BN1")),
        (f"{BHYT}|TE1790123456789", (BHYT, "TE1790123456789")),
    ],
)
def test_a_patient_filter_finds_the_patient_by_any_name_of_the_number(asked: str, written: tuple[str, str]) -> None:
    assert gets(bundle(written), patient=asked)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        (f"{CCCD}|001090000001", (CCCD, "001090000002")),
        (f"{CCCD}|001090000001", ("urn:vn:cskcb:79001:mrn", "001090000001")),
        (f"{BHXH}|0123456789", (BHYT, "TE1790123456789")),
        (f"{BHYT}|TE1790123456789", (BHYT, "TE1010123456789")),
        (f"{CCCD}|", (CCCD, "")),
        (f"{CCCD}|", ("", "")),
    ],
)
def test_a_patient_filter_finds_nobody_else(asked: str, written: tuple[str, str]) -> None:
    assert not gets(bundle(written), patient=asked)
    assert not gets(bundle(), patient=asked)


def test_a_category_filter_is_a_code_of_any_resource_and_system() -> None:
    found = bundle(category=[{"coding": [{"system": "x", "code": "LAB"}, {"display": "no code"}]}, {"text": "IMG"}])
    assert gets(found, category="LAB")
    assert not gets(found, category="IMG")
    assert not gets(bundle(), category="LAB")


def test_an_imaging_study_goes_where_results_of_imaging_go() -> None:
    study = collection([made("ImagingStudy", "i")])
    assert gets(study, category="imaging")
    assert gets(study, category="RAD")
    assert not gets(study, category="LAB")


def test_a_category_that_is_one_concept_or_plain_codes_is_read_too() -> None:
    assert gets(bundle(category={"coding": [{"code": "LAB"}]}), category="LAB")
    assert gets(collection([made("AllergyIntolerance", "a", category=["food"])]), category="food")


def test_every_filter_must_agree() -> None:
    found = bundle((CCCD, "001090000001"), category=[{"coding": [{"code": "LAB"}]}])
    agreed = {"facility": "79001", "patient": f"{CCCD}|001090000001", "category": "LAB"}
    assert gets(found, **agreed)
    for name, other in (("facility", "31006"), ("patient", f"{CCCD}|001090000002"), ("category", "IMG")):
        assert not gets(found, **agreed | {name: other})


# ---- named recipients -----------------------------------------------------------------


def test_a_recipient_the_payload_names_gets_it_on_its_own_basis_once() -> None:
    routes, issues = routes_for(content(bundle()), "79001", [], [RECIPIENT], ["31006", "31006", "99999"])
    assert (routes, issues) == ([Route("provincial", "agreement 7", "named")], [])


@pytest.mark.parametrize("basis", ["", "  "])
def test_a_named_recipient_without_a_basis_gets_nothing_and_it_is_said_once(basis: str) -> None:
    routes, issues = routes_for(content(bundle()), "79001", [], [replace(RECIPIENT, basis=basis)], ["31006", "31006"])
    assert routes == []
    assert [(one.rule, one.parameters) for one in issues] == [("routing-without-basis", {"recipient": "provincial"})]
    assert "provincial" in issues[0].text("vi")


def test_a_named_recipient_who_subscribed_gets_it_once_by_subscription() -> None:
    routes, issues = routes_for(content(bundle()), "79001", [SUBSCRIPTION], [replace(RECIPIENT, basis="")], ["31006"])
    assert (routes, issues) == ([Route("provincial", SUBSCRIPTION.basis, "s1")], [])


def test_two_subscriptions_of_one_recipient_are_one_route_of_the_first() -> None:
    routes, _ = routes_for(
        content(bundle()), "79001", [SUBSCRIPTION, replace(SUBSCRIPTION, id="s2", basis="other")], []
    )
    assert routes == [Route("provincial", SUBSCRIPTION.basis, "s1")]


CODES = st.sampled_from(["", "79001", "31006", "01999"])
BASES = st.sampled_from(["", " ", "law", "agreement"])
RECIPIENTS = st.sampled_from(["a", "b", "c"])


@given(
    st.lists(
        st.builds(Subscription, st.sampled_from(["1", "2"]), RECIPIENTS, BASES, CODES, ended=st.none()), max_size=5
    ),
    st.lists(st.builds(Recipient, RECIPIENTS, st.just(""), st.just({}), facility=CODES, basis=BASES), max_size=4),
    st.lists(CODES.filter(bool), max_size=4),
)
def test_a_route_always_stands_on_a_basis_someone_stored_and_each_recipient_has_one(
    subscriptions: list[Subscription], recipients: list[Recipient], named: list[str]
) -> None:
    routes, _ = routes_for(content(bundle()), "79001", subscriptions, recipients, named)
    assert len({one.recipient for one in routes}) == len(routes)
    stored = {(one.recipient, one.basis) for one in subscriptions} | {(one.name, one.basis) for one in recipients}
    for one in routes:
        assert one.basis.strip()
        assert (one.recipient, one.basis) in stored
