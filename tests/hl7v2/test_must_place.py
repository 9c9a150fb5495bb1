"""docs/must-place.toml: each of those fields changes exactly the elements its lineage names."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.adapter import Translation
from tests.hl7v2.building import translate, unplaced
from tests.hl7v2.must_place_sample import MESSAGES, write

LISTED = tomllib.loads((Path(__file__).parents[2] / "docs" / "must-place.toml").read_text("utf-8"))["hl7v2"]
MUST_PLACE = sorted({field for fields in LISTED.values() for field in fields})


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf by its path."""
    if isinstance(value, dict):
        return {at: leaf for key, item in value.items() for at, leaf in leaves(item, f"{path}.{key}").items()}
    if isinstance(value, list):
        return {at: leaf for index, item in enumerate(value) for at, leaf in leaves(item, f"{path}[{index}]").items()}
    return {path: value if not hasattr(value, "token") else value.token}


def elements(made: Translation) -> dict[str, Any]:
    """Elements by lineage's paths, without the logical ids and references that follow from identifiers, and the
    digest and size of the whole message."""
    found: dict[str, Any] = {}
    seen: dict[str, int] = {}
    for resource in made.resources:
        kind = resource["resourceType"]
        index = seen.get(kind, 0)
        seen[kind] = index + 1
        found |= {f"{kind}[{index}]{at}": leaf for at, leaf in leaves(resource).items()}
    return {
        at: leaf
        for at, leaf in found.items()
        if not re.search(r"\]\.id\Z|\.reference\Z|\.attachment\.(url|size)\Z", at)
    }


def sources(lineage: Any, field: str) -> set[str]:
    """Elements that came from the field, whatever its occurrence, repetition or component."""
    name, number = field.split("-")
    pattern = re.compile(rf"{name}(?:\[\d+\])?-{number}(?![0-9])")
    return {at for at, source in lineage.items() if pattern.match(source) and not at.endswith(".reference")}


@pytest.mark.parametrize("field", MUST_PLACE)
def test_a_changed_field_changes_what_lineage_names_and_nothing_else(field: str) -> None:
    name, number = field.split("-")
    fields = next(one for one in MESSAGES if int(number) in one.get(name, {}))
    before, after = translate(write(fields)), translate(write(fields, field))
    one, other = elements(before), elements(after)
    changed = {at for at in one.keys() | other.keys() if one.get(at) != other.get(at)}
    assert changed
    assert changed <= sources(before.lineage, field) | sources(after.lineage, field)


@pytest.mark.parametrize("field", MUST_PLACE)
def test_no_field_that_must_be_placed_may_be_listed_by_its_mapping(field: str) -> None:
    from adapters.hl7v2.segment_maps import segment_map

    mapping = segment_map(field.partition("-")[0])
    assert field not in mapping.unplaced
    assert field in mapping.fields


@pytest.mark.parametrize("fields", MESSAGES)
def test_nothing_that_must_be_placed_is_listed_in_the_sample(fields: Any) -> None:
    listed = {re.sub(r"\[\d+\]", "", path) for path in unplaced(translate(write(fields)))}
    assert not listed & set(MUST_PLACE)
