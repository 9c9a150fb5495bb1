"""Mapping files: every error has its place, no field is passed over, and a bad field costs that field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import SettingsError
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.rows import Field, Row, When, load_mapping, place

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


class Fields:
    """A source of fields, repetitions and all."""

    def __init__(self, **values: list[str]) -> None:
        self._values = values

    def repetitions(self, name: str) -> list[Field]:
        values = self._values.get(name, [])
        return [Field(name if len(values) == 1 else f"{name}[{n}]", text) for n, text in enumerate(values, 1)]

    def text(self, name: str) -> str:
        return next(iter(self._values.get(name, [])), "")


def convert(value: Any, path: str, row: Row) -> Piece | None:
    if value == "bad":
        raise CannotPlace("time-impossible")
    return Piece.of(value, path) if value != "nothing" else None


def placed(rows: Sequence[Row], **values: list[str]) -> tuple[Draft, Ledger]:
    draft, ledger = Draft("Patient", "p"), Ledger()
    place(rows, Fields(**values), {"Patient": draft}, {"text": convert}, ledger)
    return draft, ledger


def test_repetitions_append_with_their_own_paths() -> None:
    draft, _ = placed([Row("A", "Patient.name[]")], A=["x", "y"])
    assert draft.resource["name"] == ["x", "y"]
    assert draft.lineage == {"name[0]": "A[1]", "name[1]": "A[2]"}


def test_a_bad_repetition_costs_only_itself() -> None:
    draft, ledger = placed([Row("A", "Patient.name[]")], A=["x", "bad", "y"])
    assert draft.resource["name"] == ["x", "y"]
    assert [field.field for field in ledger.unplaced] == ["A[2]"]
    assert not ledger.holds


def test_a_bad_clinical_field_holds() -> None:
    _, ledger = placed([Row("A", "Patient.name[]", clinical=True)], A=["bad"])
    assert [issue.rule for issue in ledger.holds] == ["time-impossible"]


def test_an_element_is_never_overwritten() -> None:
    rows = [Row("A", "Patient.gender"), Row("B", "Patient.gender")]
    draft, ledger = placed(rows, A=["x"], B=["y"])
    assert draft.resource["gender"] == "x"
    assert [(field.field, issue.rule) for field, issue in zip(ledger.unplaced, ledger.issues, strict=True)] == [
        ("B", "element-taken")
    ]
    same, clean = placed(rows, A=["x"], B=["x"])
    assert same.resource["gender"] == "x"
    assert not clean.unplaced


def test_a_condition_that_fails_places_nothing() -> None:
    rows = [Row("A", "Patient.gender", when=When("B", present=True))]
    assert "gender" not in placed(rows, A=["x"])[0].resource
    assert placed(rows, A=["x"], B=["z"])[0].resource["gender"] == "x"


def test_an_assignment_is_placed_instead_of_the_fields_own_value() -> None:
    draft, _ = placed([Row("A", "Patient.active", assignment=True)], A=["whatever"])
    assert draft.resource["active"] is True
    assert draft.lineage == {"active": "A"}
