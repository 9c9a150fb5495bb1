"""Small profiles made by hand, and what the check says against them."""

from __future__ import annotations

from typing import Any

from gateway.r4.check import check
from gateway.r4.profiles import Profiles

CORE = "http://hl7.org/fhir/StructureDefinition/"
URL = "http://a.example/StructureDefinition/p"


def profile(resource_type: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A StructureDefinition of which ``rows`` are the differential."""
    return {
        "resourceType": "StructureDefinition",
        "url": URL,
        "type": resource_type,
        "derivation": "constraint",
        "baseDefinition": CORE + resource_type,
        "differential": {"element": list(rows)},
        **more,
    }


def row(path: str, slice_name: str = "", **said: Any) -> dict[str, Any]:
    """An ElementDefinition; ``path`` may be an id, ``Patient.identifier:mr.value``."""
    plain = ".".join(part.partition(":")[0] for part in path.split("."))
    made = {"id": path, "path": plain, **said}
    own = path.rpartition(".")[2].partition(":")[2]
    return {**made, "sliceName": slice_name or own} if slice_name or own else made


def slicing(*discriminators: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"rules": "open", **more, "discriminator": [{"type": kind, "path": path} for kind, path in discriminators]}


def broken(resource: dict[str, Any], *definitions: dict[str, Any], asked: str = URL) -> list[tuple[str, str]]:
    """What of the profiles ``resource`` breaks, as (rule without r4-profile-, place).

    What an extension's definition has said wherever it stands (``r4-extension-…``) is left out.
    """
    issues = check(resource, profiles=Profiles.of(definitions), asked=[asked])
    return [
        (issue.rule.removeprefix("r4-profile-"), issue.expression)
        for issue in issues
        if not issue.rule.startswith("r4-extension-")
    ]
