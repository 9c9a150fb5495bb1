"""Pattern: what became of one result of a test, without all that is the result's own; filled in, it is another."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any

from adapters.hl7v2.copies import copier
from gateway.bundle import Resource
from gateway.mapping.draft import Draft

ANALYSIS_TIME = "http://hl7.org/fhir/StructureDefinition/observation-analysis-date-time"  # of mappings/hl7v2/OBX.toml
Left = tuple[tuple[str, str], ...]  # (end of a path, reason) of what was said and has no place


class Surroundings:
    """Elements of an Observation that its order gives, by name, with the lineage of all of them.

    ``shape``: what decides which elements and paths a result has of it; nothing of what they say.
    """

    def __init__(self, elements: Mapping[str, Any], lineage: Mapping[str, str]) -> None:
        self.lineage = lineage
        self.copies: dict[str, Callable[[], Any]] = {name: copier(value) for name, value in elements.items()}
        self.shape = (*elements, *lineage)

    def put(self, draft: Draft, *names: str) -> None:
        """Set those elements of the names that the order gives, with their lineage."""
        for name in names:
            if name in self.copies:
                draft.resource[name] = self.copies[name]()
                draft.lineage.update(below(name, self.lineage))


def below(name: str, lineage: Mapping[str, str]) -> dict[str, str]:
    """The lineage of one element."""
    inner = (f"{name}.", f"{name}[")
    return {path: source for path, source in lineage.items() if path == name or path.startswith(inner)}


@dataclass(slots=True)
class Own:
    """What is a result's own.

    ``elements``: by name; each is the result's alone, so it is set as it is. ``analysed``: the
    time of the analysis as FHIR text, "" for none. ``lineage``: of the value's leaves.
    """

    identifier: str
    elements: Mapping[str, Any]
    analysed: str
    lineage: Mapping[str, str]
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Pattern:
    """``lineage``: path in the Observation → what follows the segment's label (``-3.1``), "" where it is given anew."""

    copy: Callable[[], Resource]
    lineage: tuple[tuple[str, str], ...]
    from_order: tuple[str, ...]
    analysed: int  # which extension has the time of the analysis; -1 for none
    left: Left

    def filled(self, label: str, own: Own) -> Draft:
        """The Observation of the segment called ``label``."""
        draft = Draft("Observation", own.identifier)
        draft.resource = made = self.copy()
        made["id"] = own.identifier
        made.update(own.elements)
        around = own.around
        for name in self.from_order:
            made[name] = around.copies[name]()
        if self.analysed >= 0:
            made["extension"][self.analysed]["valueDateTime"] = own.analysed
        value, order = own.lineage, around.lineage
        draft.lineage = {path: label + end if end else value.get(path) or order[path] for path, end in self.lineage}
        return draft


@dataclass(slots=True)
class Examination:
    """What results say of it alike. ``known``: the shape of a result → its pattern, None: in full each time."""

    kind: str  # OBX-2
    unit: str
    code: str
    sub_id: str
    known: dict[Hashable, Pattern | None] | None = field(default_factory=dict)  # None: of unusual form, or too long


def pattern_of(draft: Draft, label: str, own: Own, left: Left) -> Pattern | None:
    """The pattern of a result translated in full; None when filling it in would not give the result again."""
    resource = dict(draft.resource)
    from_order = tuple(name for name in resource if name in own.around.copies and name not in own.elements)
    for name in ("id", *own.elements, *from_order):
        if name not in resource:
            return None
        resource[name] = None
    analysed = -1
    if own.analysed:
        extensions = resource["extension"] = [dict(one) for one in resource["extension"]]
        analysed = next(at for at, one in enumerate(extensions) if one["url"] == ANALYSIS_TIME)
        extensions[analysed]["valueDateTime"] = None
    lineage = []
    for path, source in draft.lineage.items():
        if own.lineage.get(path) == source or own.around.lineage.get(path) == source:
            lineage.append((intern(path), ""))
        elif source.startswith(f"{label}-"):
            lineage.append((intern(path), intern(source[len(label) :])))
        else:
            return None
    kept = copier(copier(resource)())  # of a copy: the resource is another's now, who may change it
    made = Pattern(kept, tuple(lineage), from_order, analysed, left)
    again = made.filled(label, own)
    same = again.resource == draft.resource and list(again.resource) == list(draft.resource)
    return made if same and list(again.lineage.items()) == list(draft.lineage.items()) else None
