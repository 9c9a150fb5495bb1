"""Enumerates the codes of a ValueSet from its definition, where that can be done exactly.

https://hl7.org/fhir/R4/valueset.html#expansion, without paging, designations or versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.r4.fhir_package import FhirPackage

Codes = dict[str, set[str]]  # code system URL → codes
_MOST = 3000  # codes; a larger set is a terminology, not a list


class NotEnumerable(Exception):
    """The value set cannot be listed from this package; the message says why."""


def codes_of(package: FhirPackage, url: str) -> Codes:
    """Every code of the value set ``url`` (a version after ``|`` is dropped), by system."""
    definition = package.resources["ValueSet"].get(url.split("|")[0])
    if definition is None:
        raise NotEnumerable("the value set is not in the package")
    compose = definition.get("compose")
    if not compose:
        raise NotEnumerable("the value set has no definition by rules")
    found: Codes = {}
    for include in compose["include"]:
        for system, codes in _included(package, include).items():
            found.setdefault(system, set()).update(codes)
    for exclude in compose.get("exclude", ()):
        for system, codes in _included(package, exclude).items():
            found.get(system, set()).difference_update(codes)
    if sum(map(len, found.values())) > _MOST:
        raise NotEnumerable(f"the value set has more than {_MOST} codes")
    return found


def _included(package: FhirPackage, include: dict[str, Any]) -> Codes:
    """A system's codes, those of other value sets, or where both are named what they share."""
    own: Codes | None = None
    if "system" in include:
        own = {include["system"]: _of_system(package, include)}
    for url in include.get("valueSet", ()):
        other = codes_of(package, url)
        own = other if own is None else {system: codes & other.get(system, set()) for system, codes in own.items()}
    if own is None:
        raise NotEnumerable("an include names neither a system nor a value set")
    return own


def _of_system(package: FhirPackage, include: dict[str, Any]) -> set[str]:
    if "concept" in include:
        return {concept["code"] for concept in include["concept"]}
    system = package.resources["CodeSystem"].get(include["system"])
    if system is None or system.get("content") != "complete" or "concept" not in system:
        raise NotEnumerable(f"the code system {include['system']} is not listed in the package")
    concepts = dict(_concepts(system["concept"], ()))
    codes = set(concepts)
    for rule in include.get("filter", ()):
        if rule["property"] != "concept" or rule["op"] not in ("is-a", "descendent-of"):
            raise NotEnumerable(f"the filter {rule['property']} {rule['op']} is not understood")
        root = rule["value"]
        codes &= {
            code for code, parents in concepts.items() if root in parents or (rule["op"] == "is-a" and code == root)
        }
    return codes


def _concepts(concepts: list[dict[str, Any]], parents: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for concept in concepts:
        yield concept["code"], parents
        yield from _concepts(concept.get("concept", []), (*parents, concept["code"]))
