"""Every rule that an exchange can raise belongs to one of the four, or to none on purpose."""

from __future__ import annotations

import ast
import tomllib
from collections import Counter

import pytest

from gateway.messages import LANGUAGES, catalogue
from gateway.quality.placing import DIMENSIONS, groups, in_table, placed
from tests.blueprint import ROOT, programs, tree
from tests.house.test_messages import _rules_written

MESSAGES = ROOT / "gateway" / "messages"
# Catalogues of what is said while a payload is read, checked and judged
_OF_EXCHANGES = (
    "adapter", "bhyt", "bhyt_portal", "dicomweb", "fhir", "hl7v2", "hl7v2_patient", "intake", "json", "json_record",
    "mapped", "mapping", "mapping_files", "r4", "r4_canonical", "r4_extensions", "r4_invariants", "r4_profiles",
    "source_signature", "tabular", "vocabulary",
)  # fmt: skip


def _raised() -> set[str]:
    said = {key for name in _OF_EXCHANGES for key in tomllib.loads((MESSAGES / f"{name}.toml").read_text("utf-8"))}
    written = {rule for path in programs("adapters") for rule in _rules_written(tree(path))}
    return said | written


def test_every_rule_an_exchange_can_raise_has_exactly_one_place() -> None:
    assert {rule: len(in_table(rule)) for rule in _raised() if len(in_table(rule)) != 1} == {}


def test_no_rule_is_named_twice_and_each_that_is_named_exists() -> None:
    named = Counter(rule for group in groups() for rule in group.rules)
    assert [rule for rule, number in named.items() if number > 1] == []
    assert sorted(set(named) - set(catalogue())) == []


def test_every_group_has_a_dimension_and_its_fix_a_sentence() -> None:
    for group in groups():
        assert group.place.dimension in (*DIMENSIONS, "none")
        assert not group.place.fix or set(catalogue()[group.place.fix]) >= set(LANGUAGES)


@pytest.mark.parametrize(
    ("rule", "dimension"),
    [
        ("r4-required", "correct"), ("obs-7", "correct"), ("text-damaged", "clean"), ("patient-missing", "complete"),
        ("quality-late", "live"), ("all-ok", "none"), ("json-record-exponent", "clean"), ("r4-ucum", "clean"),
    ],
)  # fmt: skip
def test_a_rule_named_in_one_group_is_not_of_anothers_family(rule: str, dimension: str) -> None:
    assert placed(rule).dimension == dimension


def test_a_rule_of_an_adapter_of_another_house_is_placed_by_how_bad_it_is() -> None:
    assert placed("theirs-unheard-of", keeps_out=True).dimension == "correct"
    assert placed("theirs-unheard-of").dimension == "clean"


def test_a_rule_that_no_group_has_would_be_seen() -> None:
    assert in_table("theirs-unheard-of") == []
    assert list(_rules_written(ast.parse("Issue('warning', 'value', 'theirs-unheard-of')"))) == ["theirs-unheard-of"]
