"""The profiles the gateway promises: sound definitions, said in two languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.bundle import CANONICAL
from gateway.jsontext import dumps
from gateway.r4 import check, check_json
from gateway.r4.built_in import built_in, promised
from gateway.r4.schema import type_named
from tests.r4.promised_samples import appointment, imaging_study, referral
from tests.r4.translated import bundles

NAMES = ("appointment", "diagnostic-report", "imaging-study", "laboratory-result", "referral")
EVERY = pytest.mark.parametrize("definition", promised().values(), ids=NAMES)
_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def test_the_promised_are_these_and_stand_beside_r4s_own() -> None:
    assert list(promised()) == [f"{CANONICAL}/StructureDefinition/{name}" for name in NAMES]
    assert built_in().keys() > {*promised(), "http://hl7.org/fhir/StructureDefinition/bodyweight"}


@EVERY
def test_each_is_a_valid_structure_definition(definition: dict[str, Any]) -> None:
    assert check_json(dumps(definition)) == []


@EVERY
def test_each_of_its_elements_is_one_of_the_type(definition: dict[str, Any]) -> None:
    """A mistyped path would constrain nothing, and nobody would hear of it."""
    for row in definition["differential"]["element"]:
        here = type_named(definition["type"])
        first, *names = row["path"].split(".")
        assert first == definition["type"]
        for name in names:
            choices = here.elements[name.removesuffix("[x]")]
            assert (len(choices) > 1) == name.endswith("[x]"), row["path"]
            here = choices[0].type  # type: ignore[assignment]  # of the last one, perhaps a primitive: not looked into
        assert re.sub(r":[^.]+", "", row["id"]) == row["path"]


@EVERY
def test_each_text_is_said_in_english_and_in_vietnamese(definition: dict[str, Any]) -> None:
    for holder, key in _texts(definition):
        (translation,) = holder[f"_{key}"]["extension"]
        lang, content = translation["extension"]
        assert translation["url"] == _TRANSLATION
        assert (lang["valueCode"], bool(holder[key].strip()), bool(content["valueString"].strip())) == (
            "vi",
            True,
            True,
        )


def _texts(definition: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    yield definition, "title"
    yield definition, "description"
    for row in definition["differential"]["element"]:
        yield row, "short"
        for constraint in row.get("constraint", ()):
            yield constraint, "human"


# ---- held to them ------------------------------------------------------------------------------------


BASE = f"{CANONICAL}/StructureDefinition/"
IMAGING, LABORATORY = "imaging-study", "laboratory-result"


def broken(resource: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """What of the promised profile refuses the resource, as (rule, place)."""
    return [(issue.rule, issue.expression) for issue in check(resource, asked=[BASE + name]) if issue.refuses]


def translated() -> Iterator[tuple[dict[str, Any], str]]:
    """What the adapters make of their samples, with the profile that says what a receiver may rely on."""
    for bundle in bundles().values():
        for entry in bundle["entry"]:
            resource = entry["resource"]
            codes = [
                coding["code"]
                for one in resource.get("category", ())
                if isinstance(one, dict)
                for coding in one.get("coding", ())
            ]
            if resource["resourceType"] == "DiagnosticReport":
                yield resource, "diagnostic-report"
            elif resource["resourceType"] == "Observation" and "laboratory" in codes:
                yield resource, LABORATORY


def test_all_that_is_translated_keeps_what_is_promised_without_a_remark() -> None:
    held = list(translated())
    assert len(held) > 60
    assert [issue for resource, name in held for issue in check(resource, asked=[BASE + name])] == []


EXAMPLES = {IMAGING: imaging_study(), "referral": referral(), "appointment": appointment()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_what_is_to_come_keeps_it_too(name: str) -> None:
    assert check(EXAMPLES[name], asked=[BASE + name]) == []


_RESULT = next(one for one, name in translated() if name == LABORATORY and "code" in one.get("valueQuantity", {}))
_REPORT = next(one for one, name in translated() if name == "diagnostic-report" and "identifier" in one)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (LABORATORY, {"category": [{"text": "other"}]}),
        (LABORATORY, {"subject": None}),
        (LABORATORY, {"subject": {"display": "a"}}),
        (LABORATORY, {"subject": {"reference": "Device/1"}}),
        (LABORATORY, {"code": {"coding": [{"display": "a"}]}}),
        (LABORATORY, {"valueQuantity": {"value": 1, "system": "http://a.example", "code": "x"}}),
        (LABORATORY, {"valueQuantity": {"unit": "mmol/L"}}),
        (LABORATORY, {"effectiveDateTime": None, "effectiveInstant": "2026-11-22T10:00:00+07:00"}),
        ("diagnostic-report", {"subject": None}),
        ("diagnostic-report", {"code": {"coding": [{"display": "a"}]}}),
        ("diagnostic-report", {"identifier": [{"value": "1"}]}),
        ("diagnostic-report", {"identifier": [{"system": "urn:oid:1.2"}]}),
        ("diagnostic-report", {"presentedForm": [{"url": "http://a.example/1"}]}),
        (IMAGING, {"identifier": None}),
        (IMAGING, {"identifier": [{"system": "urn:oid:1.2", "value": "1"}]}),
        (IMAGING, {"identifier": [{"system": "urn:dicom:uid", "value": "1.2.3"}]}),
        (IMAGING, {"modality": None}),
        (IMAGING, {"subject": {"reference": "Device/1"}}),
        ("referral", {"identifier": None}),
        ("referral", {"intent": "proposal"}),
        ("referral", {"category": [{"text": "referral"}]}),
        ("referral", {"authoredOn": None}),
        ("referral", {"requester": None}),
        ("referral", {"performer": None}),
        ("referral", {"reasonCode": None}),
        ("appointment", {"identifier": None}),
        ("appointment", {"requestedPeriod": None}),
        ("appointment", {"participant": appointment()["participant"][:1]}),
        ("appointment", {"participant": appointment()["participant"][1:] * 2}),
        ("appointment", {"participant": [{"actor": {"display": "a"}, "status": "accepted"}] * 2}),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_what_breaks_a_promise_is_refused(name: str, change: dict[str, Any]) -> None:
    whole = {**EXAMPLES, LABORATORY: _RESULT, "diagnostic-report": _REPORT}[name]
    made = {key: value for key, value in (whole | change).items() if value is not None}
    assert not any(issue.refuses for issue in check(made)), "R4 alone finds nothing"
    said = broken(made, name)
    assert said
    assert all(rule.startswith("r4-profile-") for rule, _ in said)


def test_a_final_result_without_a_value_is_remarked_on_unless_its_value_came_before() -> None:
    empty = {key: value for key, value in _RESULT.items() if not key.startswith("value")}
    (remark,) = check(empty, asked=[BASE + LABORATORY])
    assert (remark.severity, remark.parameters["key"]) == ("warning", "lt-value")
    life = {"tag": [{"system": f"{CANONICAL}/CodeSystem/result-life", "code": "finalise-earlier"}]}
    assert check(empty | {"meta": life}, asked=[BASE + LABORATORY]) == []


def test_a_broken_rule_is_told_in_the_language_that_is_asked_for() -> None:
    timeless = {key: value for key, value in appointment().items() if key != "requestedPeriod"}
    (issue,) = check(timeless, asked=[f"{BASE}appointment"])
    assert "the period in which to come" in issue.text("en")
    assert "khoảng thời gian cần đến" in issue.text("vi")
