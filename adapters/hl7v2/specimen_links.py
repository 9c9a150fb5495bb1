"""Specimens that are named by their numbers (OBX-33, SPM-3): references that a number alone may make."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.hl7v2.datatypes.identifiers import pair_number
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.bundle import Resource
from gateway.mapping.draft import Draft, Piece

FURTHER_SPECIMEN = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.specimen"


def specimen_reference(value: Value, scope: Scope) -> Piece | None:
    """EIP as a Reference that names a Specimen by the filler's number, else the placer's."""
    for half, kind in ((2, "filler"), (1, "placer")):
        number = pair_number(value, scope, kind, half)
        if number is not None:
            sources = {f"identifier.{inner}": source for inner, source in number.sources.items()}
            return Piece({"type": "Specimen", "identifier": number.value}, sources)
    return None


def place_specimens(obx: Segment, draft: Draft, scope: Scope) -> None:
    """OBX-33 says it better than the message's groups. Several stand in an extension each.

    HL7's map wants a Group there, in which R4 allows no specimens.
    """
    made = [one for value in obx.said(33) if (one := specimen_reference(value, scope)) is not None]
    if len(made) == 1:
        draft.lineage = {path: source for path, source in draft.lineage.items() if not path.startswith("specimen.")}
        draft.place("specimen", made[0])
    else:
        for one in made:
            sources = {f"valueReference.{inner}": source for inner, source in one.sources.items()}
            draft.add("extension", Piece({"url": FURTHER_SPECIMEN, "valueReference": one.value}, sources))


def resolve_specimens(drafts: Iterable[Draft], specimens: Iterable[Draft]) -> None:
    """References by number to Specimens of the same message point at them."""
    known: dict[tuple[str, str], Draft] = {}
    for specimen in specimens:
        for number in specimen.resource.get("identifier", ()):
            known.setdefault(_key(number), specimen)
    for draft in drafts if known else ():
        for reference in _named(draft):
            number = reference.get("identifier")
            found = known.get(_key(number)) if number is not None else None
            if found is not None and found is not draft:
                reference.update(found.reference)


def _named(draft: Draft) -> Iterable[Resource]:
    if draft.type == "Specimen":
        return list(draft.resource.get("parent", ()))
    said = [one["valueReference"] for one in draft.resource.get("extension", ()) if one["url"] == FURTHER_SPECIMEN]
    return [*said, *([draft.resource["specimen"]] if "specimen" in draft.resource else [])]


def _key(number: Resource) -> tuple[str, str]:
    return str(number.get("system", "")), str(number.get("value", ""))
