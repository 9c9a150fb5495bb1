"""Mapping files: every error has its place, no field is passed over, and a bad field costs that field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import SettingsError
from gateway.mapping.rows import When, load_mapping

GOOD = """
source = "ABC"
version = "1"
[[row]]
field = "ABC-1"
attribute = "Patient.birthDate"
[unplaced]
"ABC-2" = "said elsewhere"
[finish]
"ABC-3" = "needs a second field"
"""


def load(tmp_path: Path, text: str, known: Sequence[str] = ()) -> Any:
    file = tmp_path / "ABC.toml"
    file.write_text(text, encoding="utf-8")
    return load_mapping(file, known)


def test_a_mapping_file_says_something_of_every_field(tmp_path: Path) -> None:
    made = load(tmp_path, GOOD, ["ABC-1", "ABC-2", "ABC-3"])
    assert made.fields == {"ABC-1", "ABC-2", "ABC-3"}


@pytest.mark.parametrize(
    ("change", "rule", "said"),
    [
        (("ABC-2", "ABC-9"), "mapping-silent", "ABC-2"),
        (('"ABC-3" = "needs', '"ABC-2" = "needs'), "mapping-contradicts", "ABC-2"),
        (('field = "ABC-1"', 'feild = "ABC-1"'), "mapping-malformed", "feild"),
        (("Patient.birthDate", "birthDate"), "mapping-malformed", "attribute"),
        (("said elsewhere", ""), "mapping-malformed", "ABC-2"),
        (("[[row]]", "[[row"), "mapping-malformed", ""),
    ],
)
def test_a_wrong_mapping_file_is_refused_with_its_place(
    tmp_path: Path, change: tuple[str, str], rule: str, said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, GOOD.replace(*change), ["ABC-1", "ABC-2"])
    (issue,) = caught.value.issues
    assert issue.rule == rule
    assert issue.expression == "ABC.toml"
    assert said in issue.text()


@pytest.mark.parametrize("when", ['{ field = "ABC-2" }', '{ field = "ABC-2", equals = "x", present = true }'])
def test_a_condition_tests_one_field_one_way(tmp_path: Path, when: str) -> None:
    with pytest.raises(SettingsError):
        load(tmp_path, GOOD.replace('attribute = "Patient', f'when = {when}\nattribute = "Patient'))


@pytest.mark.parametrize(
    ("when", "text", "holds"),
    [
        (When("A", present=True), "x", True),
        (When("A", present=True), "", False),
        (When("A", present=False), "", True),
        (When("A", equals="x"), "x", True),
        (When("A", equals="x"), "y", False),
        (When("A", among=("x", "y")), "y", True),
        (When("A", longer_than=2), "abc", True),
        (When("A", longer_than=3), "abc", False),
    ],
)
def test_a_condition_holds_or_not(when: When, text: str, holds: bool) -> None:
    assert when.holds(text) is holds
