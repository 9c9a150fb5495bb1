"""Which resources are held to which profiles, and that profiles of any form do no harm."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.messages import catalogue
from gateway.r4.built_in import built_in
from gateway.r4.check import check
from gateway.r4.profiles import Profiles, profile_issues
from tests.r4.instances import TYPES, damaged, resource
from tests.r4.profiles.made import CORE, URL, broken, profile, row, slicing
from tests.r4.profiles.test_slicing import ACTIVE, bundle
from tests.r4.samples import PATIENT, observation, patient, without

BARE = without(patient(), "active")


def naming(made: dict[str, Any], *urls: str) -> dict[str, Any]:
    return {**made, "meta": {"profile": list(urls)}}


def said(made: dict[str, Any], *definitions: dict[str, Any], asked: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    issues = check(made, profiles=Profiles.of(definitions), asked=asked)
    return [(issue.severity, issue.rule.removeprefix("r4-profile-"), issue.expression) for issue in issues]


def test_a_resource_is_held_to_the_profile_it_names_wherever_it_stands() -> None:
    named = naming(BARE, ACTIVE["url"])
    assert said(named, ACTIVE) == [("error", "required", "Patient")]
    assert said(bundle(observation(subject={"display": "a"}), named), ACTIVE) == [
        ("error", "required", "Bundle.entry[1].resource")
    ]
    holder = observation(contained=[{**named, "id": "p"}], subject={"reference": "#p"})
    assert said(holder, ACTIVE) == [("error", "required", "Observation.contained[0]")]
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "a", "part": [{"name": "b", "resource": named}]}],
    }
    assert said(parameters, ACTIVE) == [("error", "required", "Parameters.parameter[0].part[0].resource")]
    assert said(BARE, ACTIVE) == []


def test_a_profile_that_is_not_known_is_a_remark_where_named_and_an_error_where_asked() -> None:
    assert said(naming(patient(), URL)) == [("warning", "unknown", "Patient.meta.profile[0]")]
    assert said(patient(), asked=(URL,)) == [("error", "asked-unknown", "Patient")]
    [issue] = check(naming(patient(), "http://a.example/Nguyễn-Văn-An"))
    assert "An" not in issue.text() + str(issue.parameters)


def test_a_type_of_r4_is_a_profile_of_its_own() -> None:
    assert said(naming(patient(), CORE + "Patient", CORE + "DomainResource")) == []
    assert said(naming(patient(), CORE + "Group")) == [("error", "of-type", "Patient.meta.profile[0]")]


def test_a_profile_is_of_one_type() -> None:
    assert said(observation(), ACTIVE, asked=(ACTIVE["url"],)) == [("error", "of-type", "Observation")]


def test_r4s_own_profiles_are_known_without_being_given() -> None:
    weight = naming(observation(), CORE + "bodyweight")
    assert "r4-profile-required" in [issue.rule for issue in check(weight)]


def test_what_a_reference_points_to_is_held_to_the_profile_asked_of_it() -> None:
    definition = profile(
        "Observation",
        row("Observation.subject", type=[{"code": "Reference", "targetProfile": [ACTIVE["url"], CORE + "Group"]}]),
    )
    named = naming(observation(subject={"reference": PATIENT}), URL)

    def of(subject: dict[str, Any]) -> dict[str, Any]:
        made = bundle(named, subject)
        made["entry"][1]["fullUrl"] = PATIENT
        return made

    assert said(of(patient(active=True)), definition, ACTIVE) == []
    place = "Bundle.entry[0].resource.subject.reference"
    assert said(of(BARE), definition, ACTIVE) == [("error", "reference", place)]
    assert said(naming(observation(subject={"reference": "Patient/1"}), URL), definition, ACTIVE) == []


def test_a_value_keeps_to_one_of_the_profiles_of_its_type() -> None:
    coded = profile("Quantity", row("Quantity.code", min=1), url="http://a.example/coded")
    plain = profile("Quantity", row("Quantity.unit", min=1), url="http://a.example/plain")
    kind = {"code": "Quantity", "profile": [coded["url"], plain["url"]]}
    definition = profile("Observation", row("Observation.value[x]", type=[kind]))
    assert broken(observation(valueQuantity={"value": 1, "unit": "g"}), definition, coded, plain) == []
    place = "Observation.value"
    assert broken(observation(valueQuantity={"value": 1}), definition, coded, plain) == [("none-of", place)]


def test_a_profile_on_a_profile_asks_what_both_ask() -> None:
    below = profile("Patient", row("Patient.gender", min=1), baseDefinition=ACTIVE["url"])
    assert broken(BARE | {"gender": "male"}, below, ACTIVE) == [("required", "Patient")]
    assert broken({"resourceType": "Patient", "active": True}, below, ACTIVE) == [("required", "Patient")]
    assert broken({"resourceType": "Patient", "active": True, "gender": "male"}, below, ACTIVE) == []


def test_a_profile_on_a_profile_allows_no_more_than_that() -> None:
    kinds = [{"code": "Quantity"}, {"code": "string"}]
    above = profile(
        "Observation",
        row("Observation.value[x]", min=1, type=kinds),
        row("Observation.performer", max="1"),
        url="http://a.example/base",
    )
    below = profile(
        "Observation",
        row("Observation.value[x]", min=0),
        row("Observation.valueString"),
        row("Observation.performer", max="*"),
        baseDefinition=above["url"],
    )
    bare = without(observation(), "valueQuantity")
    assert broken({**bare, "valueString": "a"}, below, above) == []
    assert broken(bare, below, above) == [("required", "Observation")]
    assert broken(observation(), below, above) == [("type", "Observation.value")]
    two = {**bare, "valueString": "a", "performer": [{"reference": "Patient/1"}] * 2}
    assert broken(two, below, above) == [("max", "Observation.performer[1]")]


def test_a_snapshot_is_taken_as_it_stands() -> None:
    snapshot = {"element": [row("Patient"), row("Patient.active", min=1)]}
    definition = profile(
        "Patient", row("Patient.gender", min=1), snapshot=snapshot, baseDefinition="http://gone.example"
    )
    assert broken({"resourceType": "Patient", "active": True}, definition) == []
    assert broken(BARE, definition) == [("required", "Patient")]


def test_rules_of_an_element_hold_where_a_snapshot_refers_to_it() -> None:
    reference = row("Questionnaire.item.item", contentReference="#Questionnaire.item")
    definition = profile("Questionnaire", snapshot={"element": [row("Questionnaire.item.prefix", min=1), reference]})
    item = {"linkId": "1", "type": "display", "text": "a"}
    group = {"linkId": "2", "type": "group", "text": "b", "prefix": "1", "item": [{**item, "prefix": "1"}]}
    made = {"resourceType": "Questionnaire", "status": "draft", "item": [group]}
    assert broken(made, definition) == []
    group["item"] = [item]
    assert broken(made, definition) == [("required", "Questionnaire.item[0].item[0]")]


@pytest.mark.parametrize(
    ("definitions", "rule"),
    [
        ([profile("Patient", baseDefinition="http://gone.example")], "base"),
        ([profile("Patient", baseDefinition=URL)], "ring"),
        (
            [
                profile("Patient", baseDefinition="http://b.example"),
                profile("Patient", url="http://b.example", baseDefinition=URL),
            ],
            "ring",
        ),
        ([profile("Patient", row("Patient.name", min=2, max="1"))], "contradicts"),
    ],
)
def test_what_is_wrong_with_a_profile_is_a_remark(definitions: list[dict[str, Any]], rule: str) -> None:
    assert ("warning", rule, "Patient") in said(patient(name=[{"text": "a"}] * 2), *definitions, asked=(URL,))


def test_a_profile_that_contains_itself_comes_to_an_end() -> None:
    kind = [{"code": "Extension", "profile": [URL]}]
    ring = profile("Extension", row("Extension.extension:x", type=kind), row("Extension.value[x]", max="0"))
    nested: dict[str, Any] = {"url": URL, "valueString": "a"}
    for _ in range(60):
        nested = {"url": URL, "extension": [nested]}
    definition = profile("Patient", row("Patient.extension:x", type=kind), url="http://a.example/q")
    found = broken(patient(extension=[nested]), ring, definition, asked="http://a.example/q")
    assert [rule for rule, _ in found] in (["max"], ["unchecked"])


def test_a_profile_told_by_itself_comes_to_an_end() -> None:
    kind = [{"code": "Extension", "profile": [URL]}]
    ring = profile(
        "Extension",
        row("Extension.extension", slicing=slicing(("profile", "$this"), ("value", "$this"))),
        row("Extension.extension:x", min=1, type=kind),
        row("Extension.extension:x.value[x]", fixedString="a"),
    )
    definition = profile("Patient", row("Patient.extension:x", type=kind), url="http://a.example/q")
    nested: dict[str, Any] = {"url": URL, "valueString": "a"}
    for _ in range(90):
        nested = {"url": URL, "extension": [nested]}
    made = patient(extension=[nested])
    assert profile_issues(made, Profiles.of([ring, definition]), ["http://a.example/q"]) == []  # nor does it throw


def test_patients_who_point_to_each_other_are_each_asked_once() -> None:
    kind = [{"code": "Reference", "targetProfile": [URL]}]
    definition = profile("Patient", row("Patient.link.other", type=kind), row("Patient.active", min=1))
    made = bundle(*(naming(BARE, URL) for _ in range(300)))
    for number, each in enumerate(made["entry"]):
        other = made["entry"][(number + 1) % 300]["fullUrl"] = f"urn:uuid:{(number + 1) % 300:032x}"
        each["resource"]["link"] = [{"other": {"reference": other}, "type": "seealso"}]
    found = profile_issues(made, Profiles.of([definition]), ())
    assert len([issue for issue in found if issue.rule == "r4-profile-required"]) == 300


_PROFILES = Profiles.of([*built_in().values(), *(profile(name, url=f"{URL}/{name}") for name in TYPES)])
_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["Patient", "Patient.name", "#", "*"]),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from([*row("a", "b"), "min", "max", "type", "slicing", "binding"]), below, max_size=4
        )
    ),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(built_in())), st.randoms(use_true_random=True), st.integers(0, 3))
def test_a_resource_of_any_form_is_judged_and_left_as_it_was(url: str, random: Random, damages: int) -> None:
    made = naming(
        resource(random, str(built_in()[url]["type"] if built_in()[url]["kind"] == "resource" else "List")), url
    )
    for _ in range(damages):
        made = damaged(random, made)
    before = deepcopy(made)
    found = profile_issues(made, _PROFILES, [url])
    assert made == before
    turned = {key: made[key] for key in reversed(made)}
    assert {(issue.rule, issue.expression) for issue in profile_issues(turned, _PROFILES, [url])} == {
        (issue.rule, issue.expression) for issue in found
    }


@settings(max_examples=150, deadline=None)
@given(_json, _json, _json)
def test_a_profile_of_any_form_is_read_without_harm(snapshot: Any, rows: Any, base: Any) -> None:
    definition = {**profile("Patient"), "snapshot": snapshot, "differential": {"element": rows}, "baseDefinition": base}
    profile_issues(patient(), Profiles.of([definition]), [URL])


def test_every_rule_of_profiles_is_shown_in_these_tests() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    rules = {key.removeprefix("r4-profile-") for key in catalogue() if key.startswith("r4-profile-")}
    assert {rule for rule in rules if f'"{rule}"' not in tests and f'"r4-profile-{rule}"' not in tests} == set()


def test_what_a_sender_wrote_is_not_repeated() -> None:
    kind = [{"code": "Reference", "targetProfile": [CORE + "Group"]}]
    definition = profile("Observation", row("Observation.subject", type=kind))
    named = observation(subject={"display": "a", "type": "Nguyễn"}, meta={"profile": [URL, f"{CORE}Patient|Nguyễn"]})
    issues = profile_issues(named, Profiles.of([definition]), [])
    assert [issue.rule for issue in issues] == ["r4-profile-of-type"]
    assert "Nguyễn" not in str(issues)
