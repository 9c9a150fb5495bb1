"""What becomes of each resource type of R4: mappings/fhir/resources.toml, which leaves none out."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from gateway.mapping import mapping_file
from gateway.r4.definition_files import definition_file
from gateway.r4.schema import is_resource_type


@dataclass(frozen=True, slots=True)
class Kinds:
    """``surroundings``: types that may stand without a patient. ``held``, ``left``: type → why it does not travel.

    ``content``: elements (``DiagnosticReport.result``) whose target holds a part of what is said.
    """

    surroundings: frozenset[str]
    of_a_patient: frozenset[str]
    held: dict[str, str]
    left: dict[str, str]
    content: frozenset[str]


@cache
def kinds() -> Kinds:
    """The file, read once. ValueError where a type of R4 stands in it twice or not at all."""
    table = tomllib.loads(mapping_file("fhir", "resources.toml").read_text(encoding="utf-8"))
    taken = table["taken"]
    named = [*taken["surroundings"], *taken["of_a_patient"], *table["held"], *table["left"]]
    wanted = {name for name in definition_file("types") if is_resource_type(name)}
    if sorted(named) != sorted(wanted):
        raise ValueError(f"mappings/fhir/resources.toml: {sorted(wanted.symmetric_difference(named))}")
    return Kinds(
        frozenset(taken["surroundings"]),
        frozenset(taken["of_a_patient"]),
        table["held"],
        table["left"],
        frozenset(table["content"]["elements"]),
    )
