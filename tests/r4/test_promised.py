"""The profiles the gateway promises: sound definitions, said in two languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.bundle import CANONICAL
from gateway.jsontext import dumps
from gateway.r4 import check_json
from gateway.r4.built_in import built_in, promised
from gateway.r4.schema import type_named

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
