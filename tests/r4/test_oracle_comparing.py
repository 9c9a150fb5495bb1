"""Two verdicts set side by side: no disagreement is swallowed, agreed ones must have a reason and still occur."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.outcome import Issue
from tests.r4.oracle.comparing import Disagreement, Error, agreed, difference, disagreements, gateway_errors

STATUS = Error("r4-required", "Observation")
THEIR_STATUS = Error("Validation_VAL_Profile_Minimum", "Observation")


def only(ours: list[Error], theirs: list[Error]) -> set[tuple[str, str]]:
    return {(one.who, one.rule) for one in disagreements("a", ours, theirs)}


def test_the_same_error_at_the_same_place_is_no_disagreement() -> None:
    assert only([STATUS], [THEIR_STATUS]) == set()


def test_an_error_of_one_side_alone_is_one() -> None:
    assert only([STATUS], []) == {("gateway", "r4-required")}
    assert only([], [THEIR_STATUS]) == {("reference", "Validation_VAL_Profile_Minimum")}


def test_both_refuse_yet_for_errors_at_different_places() -> None:
    ours, theirs = Error("r4-code", "Patient.gender"), Error("Type_Date_Valid", "Patient.birthDate")
    assert only([ours], [theirs]) == {("gateway", "r4-code"), ("reference", "Type_Date_Valid")}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Bundle.entry[1].resource.subject", "Bundle.entry[2].resource.subject"),
        ("Patient", "Patient.contact[0].name"),  # farther than the element that holds it
        ("Observation.valued", "Observation.value[x]"),
    ],
)
def test_these_are_different_places(ours: str, theirs: str) -> None:
    assert len(only([Error("r4-code", ours)], [Error("Code", theirs)])) == 2


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Bundle.entry[1].resource.subject", "Bundle.entry[1].resource/*Observation/o.1*/.subject"),
        ("Bundle.entry[1].resource", "Bundle.entry[1].resource/*Observation/null*/"),
        ("Patient.extension[0].value", "Patient.extension[0][url='http://a.example/b[1]'].value.ofType(code)"),
        ("Observation.subject.reference", "Observation.subject"),
        ("Observation.value.value", "Observation.value[x].value"),
        ("Patient.text.`div`", "Patient.text.div"),
        ("Patient.name[0].given[1]", ""),  # the reference validator could not read it
    ],
)
def test_these_are_one_place(ours: str, theirs: str) -> None:
    assert only([Error("r4-code", ours)], [Error("Code", theirs)]) == set()


def test_two_invariants_at_one_place_are_two_errors() -> None:
    assert only([Error("obs-6", "Observation")], [Error("Observation#obs-7", "Observation")]) == {
        ("gateway", "obs-6"),
        ("reference", "Observation#obs-7"),
    }
    assert only([Error("obs-6", "Observation")], [Error("Observation#obs-6", "Observation")]) == set()


def test_a_warning_is_no_error() -> None:
    issues = [Issue("warning", "value", "r4-full-url-id", "Bundle"), Issue("fatal", "structure", "r4-too-deep", "a")]
    assert gateway_errors(issues) == [Error("r4-too-deep", "a")]


def test_what_is_new_and_what_is_gone_are_told_and_nothing_else() -> None:
    known, new, gone = (Disagreement("gateway", "r4-code", "Patient.gender", name) for name in ("a", "b", "c"))
    found = difference({known, new}, {known: "so", gone: "so"})
    assert (set(found.new), set(found.gone)) == ({new}, {gone})


def test_what_was_agreed_for_one_resource_is_new_in_another_and_from_the_other_side() -> None:
    (one,) = disagreements("a", [Error("r4-code", "Patient.name[2].use")], [])
    assert one == Disagreement("gateway", "r4-code", "Patient.name.use", "a")
    (other,) = disagreements("b", [Error("r4-code", "Patient.name[2].use")], [])
    (theirs,) = disagreements("a", [], [Error("r4-code", "Patient.name[2].use")])
    assert difference({other, theirs}, {one: "so"}).new == {other, theirs}


@pytest.mark.parametrize(("resources", "reason"), [('["a", "a"]', "so"), ('["a"]', " ")])
def test_an_agreement_twice_or_without_a_reason_is_refused(tmp_path: Path, resources: str, reason: str) -> None:
    file = tmp_path / "agreed.toml"
    file.write_text(
        f'[[agreed]]\nwho = "gateway"\nrule = "r4-code"\nelement = "Patient"\nresources = {resources}\n'
        f'reason = "{reason}"\n',
        "utf-8",
    )
    with pytest.raises(ValueError, match="agreed twice, or without a reason"):
        agreed(file)
