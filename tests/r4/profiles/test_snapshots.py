"""A differential upon its base says what the snapshot says: held on HL7's own profiles.

The gateway carries their differentials alone; HL7's package, which has the snapshots too, is asked where
TEST_FHIR_PACKAGE names it, and without it the snapshots of a profile on a profile that stand here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gateway.r4.profiles.element import Element
from gateway.r4.profiles.known import Profiles
from gateway.r4.profiles.profile import compiled, grown
from gateway.r4.profiles.sources import resources_in
from tests.r4.profiles.made import CORE, URL, profile, row, slicing

_NAMED = os.environ.get("TEST_FHIR_PACKAGE", "")
_ASKED = ("least", "most", "fixed", "pattern", "smallest", "largest", "longest")
# Where HL7's snapshots say more than the differential, and why nothing is missed.
_SIMPLE = "R4's own types ask SimpleQuantity there; it is no statement of the profile"
_NESTED = "the snapshot repeats the extension's definition, which is held to where the slice names it"
_CHOICE = "the snapshot writes value[x], of one type, where ours has a slice of that one type"
DIFFERENT = {
    "elementdefinition-de": (_NESTED, "ElementDefinition.extension:"),
    "bp": (_CHOICE, "Observation.component:"),
}


def statements(root: Element) -> set[tuple[str, str, str]]:
    """Counts, values, types and constraints, by the id of the element."""
    found: set[tuple[str, str, str]] = set()
    for element in root.everything():
        said = [(name, str(getattr(element, name))) for name in _ASKED if getattr(element, name) is not None]
        said += [("constraint", constraint.key) for constraint in element.constraints]
        kinds = {
            (kind.code, kind.profiles, frozenset(kind.targets) if kind.code == "Reference" else None)
            for kind in element.kinds
        }
        if element.kinds and not any(CORE + "SimpleQuantity" in kind.profiles for kind in element.kinds):
            said.append(("kinds", str(sorted(map(str, kinds)))))
        found |= {(element.id, name, value) for name, value in said}
    return found


def both(definition: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> list[set[tuple[str, str, str]]]:
    """The statements of the snapshot, and those of the differentials alone."""
    bare = {url: {key: value for key, value in each.items() if key != "snapshot"} for url, each in definitions.items()}
    known = Profiles.of(definitions.values())
    found = []
    for of in (definitions, bare):
        root, faults = grown(of[definition["url"]], of.get)
        assert faults == []
        found.append(statements(compiled(URL, definition, root, [], known.tree).root))
    return found


if _NAMED:

    def test_hl7s_snapshots_say_what_its_differentials_do() -> None:
        found = {
            each["url"]: each
            for each in resources_in(Path(_NAMED), ("StructureDefinition",))
            if each.get("derivation") == "constraint" and each["type"] != "Extension"
        }
        assert len(found) == 48
        for url in sorted(url for url, each in found.items() if "snapshot" in each):
            snapshot, differential = both(found[url], found)
            _, beginning = DIFFERENT.get(url.removeprefix(CORE), ("", "-"))
            assert {each for each in snapshot ^ differential if not each[0].startswith(beginning)} == set(), url


def test_a_snapshot_made_by_hand_says_what_the_differential_does() -> None:
    base = profile(
        "Observation",
        row("Observation.code.coding", slicing=slicing(("value", "code"))),
        row("Observation.code.coding:l", min=1, max="1"),
        row("Observation.code.coding:l.code", min=1, fixedCode="718-7"),
        row("Observation.subject", min=1),
        url="http://a.example/base",
    )
    below = profile(
        "Observation",
        row("Observation.valueQuantity.value", min=1),
        row("Observation.subject", max="1"),
        baseDefinition=base["url"],
        snapshot={
            "element": [
                row("Observation"),
                row("Observation.status", min=1, max="1", type=[{"code": "code"}]),
                row("Observation.code", min=1, max="1", type=[{"code": "CodeableConcept"}]),
                row("Observation.code.coding", slicing=slicing(("value", "code")), min=0, max="*"),
                row("Observation.code.coding:l", min=1, max="1"),
                row("Observation.code.coding:l.system", min=0, max="1", type=[{"code": "uri"}]),
                row("Observation.code.coding:l.code", min=1, max="1", fixedCode="718-7"),
                row("Observation.subject", min=1, max="1"),
                row("Observation.value[x]", min=0, max="1", type=[{"code": "Quantity"}]),
                row("Observation.value[x]:valueQuantity", min=0, max="1", type=[{"code": "Quantity"}]),
                row("Observation.value[x]:valueQuantity.value", min=1, max="1", type=[{"code": "decimal"}]),
            ]
        },
    )
    snapshot, differential = both(below, {each["url"]: each for each in (base, below)})
    assert snapshot == differential
    assert ("Observation.code.coding:l.code", "fixed", "718-7") in snapshot
    assert ("Observation.subject", "least", "1") in snapshot
    assert not any(place == "Observation.status" for place, _, _ in snapshot)
