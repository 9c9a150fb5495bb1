"""Which version of FHIR a payload speaks: R4 (4.0) is taken, any other is refused by its name.

Told by the media type's ``fhirVersion``, by ``fhirVersion`` of a definition, by the version in a profile of HL7's own,
by a type R4 does not have; and where a resource is not valid R4, by an element that only another version has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from gateway.errors import PayloadError
from gateway.mapping import mapping_file
from gateway.outcome import Issue
from gateway.r4.definition_files import definition_file

# http://hl7.org/fhir/versions.html
_NAMES = {"0.": "DSTU", "1.": "DSTU2", "3.": "STU3", "4.0": "R4", "4.1": "R4B", "4.3": "R4B", "4.": "R5 draft",
          "5.": "R5", "6.": "R6"}  # fmt: skip
_PARAMETER = re.compile(r";\s*fhirversion\s*=\s*\"?([0-9][0-9.]{0,15})", re.IGNORECASE)
_IN_PROFILE = re.compile(
    r"https?://hl7\.org/fhir/(?:([0-9]\.[0-9])/|(STU3|DSTU2|R4B|R5|R6)/)?StructureDefinition/[A-Za-z]+(?:\|([0-9][0-9.]{0,15}))?\Z"
)
_UNKNOWN = "r4-unknown-property"


def refuse_other_versions(resource: dict[str, Any], content_type: str) -> None:
    """PayloadError ``fhir-version`` with the version's name and where it stands; nothing where none but R4 is said."""
    if said := _PARAMETER.search(content_type):
        _refuse(_name(said[1]), "Content-Type")
    for at, one in _resources(resource):
        kind = one.get("resourceType")
        if others := _others("types", kind):
            _refuse(others, f"{at}.resourceType")
        version = one.get("fhirVersion")
        if isinstance(version, str):
            _refuse(_name(version), f"{at}.fhirVersion")
        for index, profile in enumerate(_profiles(one)):
            if found := _IN_PROFILE.match(profile):
                number, word, behind = found.groups()
                _refuse(word or _name(number or behind or "4.0"), f"{at}.meta.profile[{index}]")


def by_elements(issues: Iterable[Issue], resource: dict[str, Any]) -> PayloadError | None:
    """The refusal of what is not R4 because it has elements of another version; None where none of them is known."""
    kinds = {at: str(one.get("resourceType")) for at, one in _resources(resource)}
    for issue in issues:
        if issue.rule == _UNKNOWN:
            at = issue.expression
            while at and at not in kinds:
                at = at.rpartition(".")[0]
            element = str(issue.parameters.get("name", ""))
            if element and (others := _others("elements", kinds.get(at, ""), element)):
                return PayloadError("fhir-version", f"{issue.expression}.{element}", version=others)
    return None


def shown(issue: Issue) -> Issue:
    """The issue, where it names a property that no version has without that name: it may be anything."""
    name = issue.parameters.get("name")
    if issue.rule != _UNKNOWN or name in _names_of_all_versions():
        return issue
    return replace(issue, parameters={**issue.parameters, "name": "?"})


@cache
def _names_of_all_versions() -> frozenset[str]:
    """Every element name of R4's types, and those that only other versions have."""
    rows = (row[0] for made in definition_file("types").values() for row in made.get("elements", ()))
    r4 = {name.rpartition(".")[2].removesuffix("[x]") for name in rows}
    return frozenset(r4.union(*(keys for found in _table()["elements"].values() for keys in found.values())))


def _refuse(version: str, at: str) -> None:
    if version != "R4":
        raise PayloadError("fhir-version", at, version=version)


def _name(number: str) -> str:
    return next((name for beginning, name in _NAMES.items() if number.startswith(beginning)), "-")


def _resources(resource: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The resource, and those in the entries of a Bundle, at whatever depth; what has no such form is passed over."""
    waiting: list[tuple[str, Any]] = [(str(resource.get("resourceType")), resource)]
    while waiting:
        at, one = waiting.pop()
        if not isinstance(one, dict):
            continue
        yield at, one
        inside = one.get("entry") if one.get("resourceType") == "Bundle" else None
        for index, entry in enumerate(inside if isinstance(inside, list) else ()):
            if isinstance(entry, dict):
                waiting.append((f"{at}.entry[{index}].resource", entry.get("resource")))


def _profiles(resource: dict[str, Any]) -> list[str]:
    meta = resource.get("meta")
    named = meta.get("profile") if isinstance(meta, dict) else None
    return [one for one in named if isinstance(one, str)] if isinstance(named, list) else []


def _others(table: str, kind: object, element: str = "") -> str:
    """The names of the versions that have it and R4 does not: ``R4B or R5``; "" when none does."""
    if not isinstance(kind, str):
        return ""
    rows = _table()[table].items()
    found = [name for name, row in rows if (element in row.get(kind, ()) if element else kind in row)]
    return " or ".join(sorted(found))


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(mapping_file("fhir", "other-versions.json").read_text(encoding="utf-8"))
    return table
