"""The shipped lists: every code once, every source named, and what must never be converted or reused is not."""

from __future__ import annotations

import tomllib
from collections import Counter

import pytest

from gateway.mapping import mapping_file
from gateway.mapping.units import unit_table
from gateway.reuse.files import shipped_lists
from gateway.reuse.forms import LOINC, is_loinc
from gateway.reuse.one_quantity import is_of_one_quantity, molar_mass
from gateway.reuse.rule_set import rule_set
from gateway.reuse.rules import Conversion

RULES = rule_set()
GROUPS = {group.id: group for group in RULES.groups}


def test_every_code_stands_in_one_group() -> None:
    codes = Counter(code for group in RULES.groups for code in group.codes)
    assert codes.total() > 150
    assert [code for code, times in codes.items() if times > 1] == []


def test_there_are_groups_of_every_kind() -> None:
    kinds = Counter(group.kind for group in RULES.groups)
    assert kinds["laboratory"] > 60
    assert kinds["microbiology"] >= 10
    assert kinds["imaging"] >= 15


def test_every_test_of_the_loinc_table_is_in_a_group_that_a_rule_is_about() -> None:
    about = {rule.group for rule in RULES.rules}
    known = {
        code
        for group in RULES.groups
        if group.id in about or (group.members and about.issuperset(group.members))
        for system, code in group.codes
        if system == LOINC
    }
    table = tomllib.loads(mapping_file("loinc.toml").read_text(encoding="utf-8"))["test"]
    assert set(table) - known == set()


def test_nothing_shipped_is_said_to_be_approved_and_every_list_says_so_at_its_top() -> None:
    for one in shipped_lists():
        assert not one.approved
        assert all(sentence.rule.source for sentence in one.sentences)


def test_what_is_another_quantity_says_so_both_ways() -> None:
    for group in RULES.groups:
        for code in group.other_quantities:
            [other] = [one for one in RULES.groups if code in one.codes]
            assert group.codes & other.other_quantities, (group.id, other.id)


@pytest.mark.parametrize("group", ["troponin-i-hs", "troponin-t", "abo-group", "abo-rh-group"])
def test_a_series_and_a_blood_group_are_never_an_earlier_result_alone(group: str) -> None:
    assert any(rule.never_alone and rule.youngest is None for rule in RULES.rules if rule.group == group)


def test_no_row_leads_between_two_quantities() -> None:
    converted = {row.group for row in RULES.conversions}
    assert not {"hba1c", "hba1c-ifcc", "urea-nitrogen", "d-dimer-feu", "d-dimer-ddu"} & converted


def test_every_unit_of_a_row_is_one_a_result_can_have() -> None:
    known = set(unit_table().values())
    assert {unit for row in RULES.conversions for unit in (row.unit, row.other)} - known == set()


@pytest.mark.parametrize(
    ("group", "value", "said"),
    [
        ("glucose", "5.5", "99.09"), ("creatinine", "88.4", "1.000"), ("urea", "5.0", "30.03"),
        ("calcium", "2.5", "10.02"), ("cholesterol", "5.2", "201.1"), ("uric-acid", "360", "6.052"),
        ("bilirubin-total", "17.1", "1.000"), ("haemoglobin", "140", "14.0"), ("ft4", "15", "1.165"),
        ("iron", "20", "111.7"),
    ],
)  # fmt: skip
def test_a_row_says_what_the_laboratorys_own_table_says(group: str, value: str, said: str) -> None:
    """Figures that any laboratory's handbook has: 5.5 mmol/L of glucose are 99 mg/dL."""
    [row] = [one for one in RULES.conversions if one.group == group]
    assert float(row.factor) * float(value) == pytest.approx(float(said), rel=5e-4)


def test_an_enzyme_and_a_hormone_are_not_looked_into_and_a_mass_of_one_molecule_is() -> None:
    assert is_of_one_quantity(Conversion("a", "m[IU]/L", "pmol/L", "6.0", "0", "x"))
    assert not is_of_one_quantity(Conversion("a", "%", "mmol/mol", "10.93", "-23.5", "x"))
    assert round(float(molar_mass(Conversion("a", "mg/dL", "mmol/L", "0.05551", "0", "x")) or 0)) == 180


@pytest.mark.parametrize(("code", "good"), [("4548-4", True), ("4548-5", False), ("718-7", True), ("0-0", False)])
def test_a_slip_in_a_loinc_code_is_seen(code: str, good: bool) -> None:
    assert is_loinc(code) == good
