"""R4's search parameters, by resource type. https://hl7.org/fhir/R4/searchparameter-registry.html"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gateway.r4.definition_files import definition_file


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """One parameter as R4 defines it.

    ``expression`` is the FHIRPath for all of ``base``, alternatives joined by ``|``; ``target``
    the resource types a reference may point to; ``component`` the (definition URL, expression)
    pairs of a composite.
    """

    name: str  # clinical-patient: the last part of its canonical URL
    code: str
    type: str
    base: frozenset[str]
    expression: str
    target: frozenset[str]
    component: tuple[tuple[str, str], ...]


@cache
def search_parameters(resource_type: str) -> dict[str, SearchParameter]:
    """The parameters R4 defines for a resource type, those of every resource included, by code."""
    bases = {resource_type, "Resource", "DomainResource"}
    return {found.code: found for found in _all() if found.base & bases}


@cache
def _all() -> tuple[SearchParameter, ...]:
    return tuple(
        SearchParameter(
            name=name,
            code=kept["code"],
            type=kept["type"],
            base=frozenset(kept["base"]),
            expression=kept["expression"],
            target=frozenset(kept.get("target", ())),
            component=tuple((definition, expression) for definition, expression in kept.get("component", ())),
        )
        for name, kept in definition_file("search_parameters").items()
    )
