"""What makes a result that passes every other guard no result to reuse: its unit, its flags, when it is wanted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.reuse.order import OrderedTest
from gateway.reuse.result import PriorResult, Quantity, ReferenceRange
from gateway.reuse.rule_set import rule_set
from gateway.reuse.rules import RuleSet
from gateway.reuse.verdict import ReuseVerdict
from tests.reuse.reusable import (
    GROUPS,
    LOINC,
    NOW,
    ORDER,
    PRIOR,
    RULES,
    SCAN,
    SCAN_ORDER,
    against,
    ago,
    measured,
    rule,
    spoiled,
    verdict,
)

INR = (LOINC, "6301-6")
SHIPPED = {group.id: group for group in rule_set().groups}
INR_ORDER = OrderedTest(frozenset({INR}), "INR")


def of_units(test: str) -> RuleSet:
    """The usual rules, with the group of a shipped list."""
    groups = (*(one for one in GROUPS if one.id != test), SHIPPED[test])
    return replace(RULES, groups=groups, rules=(*RULES.rules, rule("inr", window=timedelta(hours=24))))


def inr(value: Quantity, ends: Quantity, order: OrderedTest = INR_ORDER) -> ReuseVerdict:
    found: PriorResult = replace(
        PRIOR, codes=frozenset({INR}), taken=ago(hours=5), issued=None, quantity=value, ranges=(ReferenceRange(ends),)
    )
    return verdict(found, order=order, rules=of_units("inr"))


@pytest.mark.parametrize("unit", ["", "1", "{INR}"])
@pytest.mark.parametrize("ordered", ["", "1", "{INR}"])
def test_a_bare_number_says_the_same_with_any_of_its_units_and_with_none(unit: str, ordered: str) -> None:
    order = replace(INR_ORDER, unit=ordered, ranges=(ReferenceRange(measured("0.8", "1")),))
    assert inr(measured("2.4", unit), measured("0.8", ""), order).decision == "reuse"


def test_a_bare_number_is_not_what_another_unit_stands_beside_in_whatever_form() -> None:
    assert against(inr(measured("24", "%"), measured("0.8", "")))[0] == "clinician-decides"
    in_words = Quantity(measured("24", "").number, "24", unit="", unit_text="giây")
    assert "reuse-unit-unknown" in against(inr(in_words, measured("0.8", "")))[1]
    assert (
        "reuse-unit-not-comparable"
        in against(inr(measured("2.4", "{INR}"), measured("0.8", ""), replace(INR_ORDER, unit="%")))[1]
    )


def test_a_test_that_has_a_unit_is_not_read_without_one() -> None:
    assert "reuse-unit-unknown" in against(spoiled(quantity=measured("6.5", "")))[1]


@pytest.mark.parametrize("ordered", ["", "%"])
def test_a_value_in_another_quantitys_unit_is_not_taken_for_the_test_it_is_coded_as(ordered: str) -> None:
    mistaken = replace(PRIOR, quantity=measured("48", "mmol/mol"), ranges=(ReferenceRange(measured("42", "mmol/mol")),))
    told = verdict(mistaken, order=replace(ORDER, unit=ordered), rules=of_units("hba1c"))
    assert against(told) == ("clinician-decides", {"reuse-unit-not-comparable"} | against(told)[1])
    assert verdict(PRIOR, order=replace(ORDER, unit=ordered), rules=of_units("hba1c")).decision == "reuse"


def test_a_status_that_the_gateway_inferred_is_no_final_one() -> None:
    assert against(spoiled(status_inferred=True)) == ("clinician-decides", {"reuse-status-unknown"})
    scan = verdict(replace(SCAN, status_inferred=True), order=SCAN_ORDER)
    assert against(scan) == ("clinician-decides", {"reuse-status-unknown"})


@pytest.mark.parametrize("flag", ["AA", "HH", "LL", "E", "IND", "IE", "QCF", "<", ">"])
def test_a_critical_or_doubted_value_is_the_doctors(flag: str) -> None:
    assert against(spoiled(interpretation=frozenset({flag}))) == ("clinician-decides", {"reuse-flagged"})
    assert spoiled(interpretation=frozenset({"H"})).decision == "reuse"


def test_an_order_for_later_is_asked_how_old_the_result_will_be_then() -> None:
    """HbA1c of ten days ago stands for sixty."""
    soon, late = NOW + timedelta(days=49), NOW + timedelta(days=51)
    assert verdict(PRIOR, order=replace(ORDER, wanted_from=soon)).decision == "reuse"
    assert against(verdict(PRIOR, order=replace(ORDER, wanted_from=late))) == (
        "clinician-decides",
        {"reuse-order-later"},
    )
    assert verdict(PRIOR, order=replace(ORDER, wanted_from=late.replace(tzinfo=None))).decision == "clinician-decides"


def test_a_study_with_a_code_of_its_own_is_not_taken_for_the_ordered_one_by_what_it_shows() -> None:
    angiography = replace(SCAN, codes=frozenset({(LOINC, "79068-1")}))
    assert against(verdict(angiography, order=SCAN_ORDER)) == ("clinician-decides", {"reuse-examination-unknown"})


def test_shipped_lists_name_the_units_of_what_is_easily_mistaken() -> None:
    assert [sorted(SHIPPED[one].units) for one in ("hba1c", "hba1c-ifcc", "inr")] == [
        ["%"],
        ["mmol/mol"],
        ["1", "{INR}"],
    ]
