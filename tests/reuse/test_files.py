"""A list is read whole or refused whole: each fault with its file, its line and its path."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.reuse import files
from gateway.reuse.rule_set import rule_set
from gateway.reuse.rules import Age
from tests.reuse.lists import GROUPS, folder, head, rule

WHOLE = head() + GROUPS + rule()  # head: lines 1 to 7, groups: 9 and 16, the rule: 23
CONVERSION = '\n[[conversion]]\ngroup = "test-a"\nunit = "{}"\nother = "{}"\nfactor = "{}"\nsource = "A test"\n'
LABORATORY = '\n[[laboratory]]\nfacility = "79001"\nlevel = 3\nassessed = 2026-01-01\nsource = "A test"\n'


def faults(at: Path, **texts: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        rule_set(folder(at, **texts))
    return [f"{issue.expression}: {issue.rule}" for issue in refused.value.issues]


def test_a_rule_carries_what_its_list_says_of_all_its_rules(tmp_path: Path) -> None:
    more = 'younger_than = "18 years"\nsettings = ["emergency"]\nsource = "Its own"\n'
    found = rule_set(folder(tmp_path, own=WHOLE + more)).rules
    [read] = [one for one in found if one.id == "rule-a"]
    assert (read.list_name, read.author, read.source, read.valid_from) == (
        "own 1",
        "A test",
        "Its own",
        date(2026, 1, 1),
    )
    assert (read.window, read.younger_than, read.settings) == (
        timedelta(hours=24),
        Age(18, "years"),
        frozenset({"emergency"}),
    )
    assert not read.approved


def test_a_sentence_about_a_kind_is_a_rule_for_each_group_of_it(tmp_path: Path) -> None:
    every = '\n[[rule]]\nid = "every"\nkind = "imaging"\nreport_required = true\n'
    found = rule_set(folder(tmp_path, own=head() + GROUPS + every))
    assert {one.group for one in found.rules if one.id == "every"} == {
        g.id for g in found.groups if g.kind == "imaging"
    }


def test_a_sites_list_stands_in_the_place_of_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    shipped = rule_set()
    assert any(one.list_name.startswith("illustrative-imaging ") for one in shipped.rules)
    replaced = rule_set(folder(tmp_path, own=head("illustrative-imaging")))
    assert not any(one.list_name.startswith("illustrative-imaging ") for one in replaced.rules)
    assert replaced.digest != shipped.digest


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('window = "24 h"', 'window = "a day"', "line 26, rule[0].window: toml-wrong"),
        ('window = "24 h"', 'window = "0 h"', "line 26, rule[0].window: toml-wrong"),
        ('window = "24 h"', 'windows = "24 h"', "line 26, rule[0].windows: toml-wrong"),
        ('window = "24 h"', 'minimum_level = 6', "line 26, rule[0].minimum_level: toml-wrong"),
        ('window = "24 h"', 'youngest = "young"', "line 26, rule[0].youngest: toml-wrong"),
        ('window = "24 h"', 'settings = ["at home"]', "line 26, rule[0].settings[0]: toml-wrong"),
        ('window = "24 h"', 'never_alone = "yes"', "line 26, rule[0].never_alone: toml-wrong"),
        ('window = "24 h"', 'groups = ["test-a"]\nwindow = "1 d"', "line 23, rule[0]: toml-wrong"),
        ('codes = ["urn:test|A"]', 'codes = ["A"]', "line 14, group[0].codes[0]: toml-wrong"),
        ('codes = ["urn:test|A"]', 'codes = ["http://loinc.org|4548-5"]', "line 14, group[0].codes[0]: toml-wrong"),
        ('codes = ["urn:test|A"]', "", "line 9, group[0]: toml-wrong"),
        ('codes = ["urn:test|A"]', 'codes = ["urn:a|A"]\nmodalities = ["CT"]', "line 9, group[0]: toml-wrong"),
        ("2026-01-01", '"2026-01-01"', "line 7, valid_from: toml-wrong"),
        ("2026-01-01", "2026-02-30", "line 7: toml-syntax"),
        ("2026-01-01", "2026-01-01\napproved = true", "line 8, approved: toml-wrong"),
        ('author = "A test"\n', "", "line 1, author: toml-wrong"),
        ('name = "own"', 'name = "Ours"', "line 1, name: toml-wrong"),
    ],
)  # fmt: skip
def test_a_fault_of_form_is_told_at_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in WHOLE
    assert faults(tmp_path, clinic=WHOLE.replace(old, new, 1)) == [f"clinic.toml {told}"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (WHOLE + rule("rule-b", window="48 h"), "line 31, rule[1].window: reuse-rules-differ"),
        (WHOLE + rule("rule-a"), "line 29, rule[1].id: reuse-rule-twice"),
        (WHOLE + rule("rule-b", "test-b"), "line 30, rule[1].group: reuse-group-unknown"),
        (WHOLE + 'unsafe = ["boredom"]\n', "line 27, rule[0].unsafe: reuse-condition-unknown"),
        (WHOLE + 'youngest = "2 years"\nyounger_than = "18 months"\n', "line 28, rule[0].younger_than: reuse-no-age"),
        (WHOLE + "valid_to = 2025-12-31\n", "line 27, rule[0].valid_to: reuse-ends-before"),
        (WHOLE + "images_required = true\n", "line 27, rule[0].images_required: reuse-not-of-kind"),
        (
            WHOLE + rule("rule-b", "test-x", more="minimum_level = 3\n"),
            "line 32, rule[1].minimum_level: reuse-not-of-kind",
        ),
        (WHOLE + '\n[[rule]]\nid = "idle"\ngroup = "test-a"\n', "line 28, rule[1]: reuse-rule-empty"),
        (WHOLE.replace("|X", "|A"), "line 21, group[1].codes: reuse-code-twice"),
        (WHOLE.replace('"test-x"', '"test-a"', 1), "line 17, group[1].id: reuse-group-twice"),
        (WHOLE.replace("urn:test|A", "http://loinc.org|4548-4"), "line 14, group[0].codes: reuse-code-twice"),
        (
            WHOLE.replace('["urn:test|A"]', '["urn:test|A"]\nmembers = ["none"]'),
            "line 15, group[0].members: reuse-group-unknown",
        ),
        (WHOLE.replace('applies_to = ""', 'applies_to = "79"'), "line 4, applies_to: reuse-list-of-whom"),
        (WHOLE.replace('"national"', '"facility"'), "line 4, applies_to: reuse-list-of-whom"),
        (WHOLE.replace("2026-01-01", "2026-01-01\nvalid_to = 2025-01-01"), "line 8, valid_to: reuse-ends-before"),
        (WHOLE + CONVERSION.format("mmol/L", "mg/L", "0"), "line 28, conversion[0]: reuse-conversion-of-nothing"),
        (WHOLE + CONVERSION.format("mg/L", "mg per L", "2"), "line 31, conversion[0].other: reuse-no-unit"),
        (WHOLE + CONVERSION.format("%", "mmol/mol", "10.93"), "line 32, conversion[0].factor: reuse-two-quantities"),
        (WHOLE + CONVERSION.format("g/L", "g/dL", "10"), "line 32, conversion[0].factor: reuse-two-quantities"),
        (WHOLE + LABORATORY + LABORATORY, "line 35, laboratory[1].facility: reuse-laboratory-twice"),
        (
            WHOLE + LABORATORY.replace("level = 3", "iso15189 = false"),
            "line 28, laboratory[0]: reuse-laboratory-without-level",
        ),
        (
            WHOLE + LABORATORY.replace("assessed = 2026-01-01\n", ""),
            "line 30, laboratory[0].level: reuse-level-without-date",
        ),
    ],
)  # fmt: skip
def test_a_contradiction_is_told_at_its_line(tmp_path: Path, text: str, told: str) -> None:
    assert f"clinic.toml {told}" in faults(tmp_path, clinic=text)


def test_urea_and_its_nitrogen_are_two_quantities_though_both_lead_from_moles_to_mass(tmp_path: Path) -> None:
    urea, nitrogen = CONVERSION.format("mmol/L", "mg/dL", "6.006"), CONVERSION.format("mmol/L", "mg/L", "28.01")
    assert faults(tmp_path, own=WHOLE + urea + nitrogen) == [
        "own.toml line 39, conversion[1].factor: reuse-two-quantities"
    ]


def test_two_lists_that_contradict_are_told_in_the_later_one(tmp_path: Path) -> None:
    later = head("other") + rule("rule-b", window="48 h")
    assert faults(tmp_path, a=WHOLE, b=later) == ["b.toml line 12, rule[0].window: reuse-rules-differ"]


def test_rules_for_children_and_for_adults_meet_at_no_age(tmp_path: Path) -> None:
    children = WHOLE.replace('"24 h"', '"24 h"\nyounger_than = "18 years"')
    adults = rule("rule-b", window="48 h", more='youngest = "18 years"\n')
    assert rule_set(folder(tmp_path, own=children + adults)).rules


def test_two_lists_of_different_layers_do_not_contradict(tmp_path: Path) -> None:
    lower = head("other", "facility", "79001") + rule("rule-b", window="48 h")
    assert rule_set(folder(tmp_path, a=WHOLE, b=lower)).rules


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b"name = \xff")
    told = faults(tmp_path, a="name =", b=WHOLE.replace("24 h", "soon").replace('"Test A"', '""'))
    assert told == [
        "a.toml line 1: toml-syntax", "b.toml line 12, group[0].en: toml-wrong",
        "b.toml line 26, rule[0].window: toml-wrong", "c.toml: reuse-not-utf8",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000, "a = 1e999999999", "\x00"])
def test_a_list_that_would_break_its_reader_is_refused(tmp_path: Path, text: str) -> None:
    assert all(one.startswith("own.toml") for one in faults(tmp_path, own=text))


def test_a_list_beyond_the_limit_and_a_folder_that_is_none_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 10)
    with pytest.raises(SettingsError, match="longer than 10 bytes"):
        files.site_lists(folder(tmp_path, own=WHOLE))
    with pytest.raises(SettingsError, match="cannot be read"):
        files.site_lists(tmp_path / "nowhere")
