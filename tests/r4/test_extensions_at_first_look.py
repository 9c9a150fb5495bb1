"""The first look at extensions says yes to what is right, and never to what the walker remarks on."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.r4.check import walked_issues
from gateway.r4.definition_files import definition_file, own_extensions
from gateway.r4.extension_definitions import Part, extension_definition
from gateway.r4.extension_rows import value_types
from gateway.r4.quick import certainly_valid
from tests.r4.mutants.values import VALID
from tests.r4.samples import observation, patient
from tests.r4.test_extensions import CORE

URLS = sorted([
    *definition_file("extensions"), *own_extensions(), "https://ward.example/a", "a", f"{CORE}/none",
    f"{CORE}/annotationType",
])  # fmt: skip
VALUED = {key: VALID[name] for key, name in value_types().items() if name in VALID and not key.startswith("_")}


def written(random: Random, url: str) -> dict[str, Any]:
    """An extension of this url, more often right than wrong."""
    definition = extension_definition(url)
    content = definition.content if definition else None
    if content and content.parts and random.random() < 0.8:
        return {"url": url, "extension": [_part(random, each, part) for each, part in content.parts.items()]}
    types = content.value.types if content and content.value and random.random() < 0.8 else ()
    keys = [key for key in VALUED if value_types()[key] in types] or sorted(VALUED)
    key = random.choice(keys)
    return {"url": url, key: VALUED[key]}


def _part(random: Random, url: str, part: Part) -> dict[str, Any]:
    types = part.content.value.types if part.content and part.content.value else ()
    key = random.choice([key for key in VALUED if value_types()[key] in types] or sorted(VALUED))
    return {"url": url if random.random() < 0.9 else "other", key: VALUED[key]}


PLACES = (
    "Patient",
    "Patient.name",
    "_birthDate",
    "Patient.contact",
    "Questionnaire",
    "Observation",
    "Observation.code",
)


def placed(place: str, extensions: list[dict[str, Any]]) -> dict[str, Any]:
    match place:
        case "_birthDate":
            return patient(_birthDate={"extension": extensions})
        case "Patient.name":
            return patient(name=[{"text": "a", "extension": extensions}])
        case "Patient.contact":
            return patient(contact=[{"name": {"text": "a"}, "extension": extensions}])
        case "Questionnaire":
            return {"resourceType": "Questionnaire", "status": "active", "extension": extensions}
        case "Observation.code":
            return observation(code={"text": "a", "extension": extensions})
        case "Observation":
            return observation(extension=extensions)
    return patient(extension=extensions)


@given(st.sampled_from(PLACES), st.lists(st.sampled_from(URLS), min_size=1, max_size=3), st.randoms())
def test_where_extensions_are_certainly_right_the_walker_finds_nothing(
    place: str, urls: list[str], random: Random
) -> None:
    made = placed(place, [written(random, url) for url in urls])
    if certainly_valid(made):
        assert walked_issues(made) == []


def test_the_first_look_is_certain_of_four_fifths_of_what_is_right() -> None:
    random = Random("a seed")  # noqa: S311 - a sample, no secret
    made = [placed(place, [written(random, url)]) for place in PLACES for url in URLS]
    right = [each for each in made if not walked_issues(each)]
    assert len(right) > 100
    assert sum(map(certainly_valid, right)) > 0.8 * len(right)
