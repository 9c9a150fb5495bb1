"""The standard beside the local: a decided code is added to the concept that has only local ones.

What came stays, first and unchanged. Nothing is added where the sender gave a standard code itself,
where two decisions say different things of one concept, or where the decision says less than "the
same". What stays without a standard is told as a Sighting, to be counted.

Adapters translate units; here is only told which unit came by a decision, and which has no UCUM code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.outcome import Issue
from gateway.terminology.decision import LONGEST, Decision, Kind, is_local
from gateway.terminology.terms import Terms

# Elements without a code of the matter itself; looking into them would cost more than all the rest.
_PASSED = frozenset({"meta", "text", "identifier", "contained", "extension", "name", "telecom", "address", "subject"})
_LONGEST_DISPLAY = 200


class Sighting(NamedTuple):
    """A code, or a unit's text, without a standard. ``element``: ``Observation.code``. ``unit``: of the value beside
    a code. ``display``: the sender's name of it, cut after 200 characters."""

    kind: Kind
    system: str
    code: str
    display: str
    element: str
    unit: str


@dataclass(frozen=True, slots=True)
class Standardised:
    """``decisions``: those used, each with the elements it made, for the account."""

    translation: Translation
    decisions: tuple[dict[str, Any], ...]
    sightings: tuple[Sighting, ...]


def standardised(made: Translation, terms: Terms) -> Standardised:
    """A translation with the standard codes its facility's decisions give; it is itself left as it was."""
    walk = _Walk(terms)
    resources = [walk.resource(one) for one in made.resources]
    if walk.lineage or walk.issues:
        lineage = {**made.lineage, **walk.traced(made.lineage)}
        made = replace(made, resources=resources, lineage=lineage, issues=[*made.issues, *walk.issues])
    return Standardised(made, walk.account(), tuple(walk.sightings))


class _Walk:
    """``lineage``: element that was added → the local coding it was added for."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.sightings: list[Sighting] = []
        self.lineage: dict[str, str] = {}
        self.issues: list[Issue] = []
        self._used: dict[int, tuple[Decision, list[str]]] = {}
        self._positions: dict[str, int] = {}

    def resource(self, one: Resource) -> Resource:
        kind = one["resourceType"]
        index = self._positions[kind] = self._positions.get(kind, -1) + 1
        return self._object(one, f"{kind}[{index}]", kind, 2)

    def _object(self, one: Resource, at: str, element: str, depth: int) -> Resource:
        """``one`` itself, or a copy of what changed in it. Concepts stand at most one element deep."""
        made = one
        for name, value in one.items():
            changed: Any = value
            if type(value) is dict:
                if name not in _PASSED:
                    changed = self._value(value, f"{at}.{name}", f"{element}.{name}", one, depth)
            elif type(value) is list and value and type(value[0]) is dict and name not in _PASSED:
                changed = self._list(value, f"{at}.{name}", f"{element}.{name}", one, depth)
            if changed is not value:
                made = {**made, name: changed}
        return made

    def _list(self, values: list[Any], at: str, element: str, holder: Resource, depth: int) -> list[Any]:
        made = values
        for index, value in enumerate(values):
            if type(value) is not dict:
                continue
            changed = self._value(value, f"{at}[{index}]", element, holder, depth)
            if changed is not value:
                made = [*made[:index], changed, *made[index + 1 :]]
        return made

    def _value(self, value: Resource, at: str, element: str, holder: Resource, depth: int) -> Resource:
        if "coding" in value:
            return self._concept(value, at, element, holder)
        if "unit" in value:
            self._quantity(value, at, element)
        elif depth > 1 and "reference" not in value:
            return self._object(value, at, element, depth - 1)
        return value

    def _quantity(self, value: Resource, at: str, element: str) -> None:
        text = value["unit"]
        if "code" not in value:
            if len(text) <= LONGEST and text not in self.terms.units:
                self.sightings.append(Sighting("unit", "", text, "", element, ""))
        elif (decided := self.terms.units.get(text)) and decided.target_code == value["code"]:
            self._note(decided, f"{at}.code")

    def _concept(self, concept: Resource, at: str, element: str, holder: Resource) -> Resource:
        codings: Sequence[dict[str, Any]] = concept["coding"]
        found: list[tuple[int, Decision]] = []
        for index, coding in enumerate(codings):
            system = coding.get("system", "")
            if not is_local(system):
                return concept
            if decided := self.terms.codes.get((system, coding.get("code", ""))):
                found.append((index, decided))
        if not found:
            self._sight(concept, element, holder)
            return concept
        same = {(one.target_system, one.target_code): (index, one) for index, one in reversed(found) if one.adds}
        if len(same) > 1:
            self.issues.append(Issue("information", "conflict", "vocabulary-contradiction", at))
        if len(same) != 1:
            return concept
        ((index, decided),) = same.values()
        place = f"{at}.coding[{len(codings)}]"
        added = decided.coding()
        self.lineage |= {f"{place}.{name}": f"{at}.coding[{index}]" for name in added}
        self._note(decided, place)
        return {**concept, "coding": [*codings, added]}

    def _sight(self, concept: Resource, element: str, holder: Resource) -> None:
        beside = holder.get("valueQuantity")
        unit = beside.get("unit", "") if type(beside) is dict and element.endswith(".code") else ""
        for coding in concept["coding"]:
            code = coding.get("code", "")
            if 0 < len(code) <= LONGEST:
                display = (coding.get("display") or concept.get("text") or "")[:_LONGEST_DISPLAY]
                system = coding.get("system", "")
                self.sightings.append(Sighting("code", system, code, display, element, unit[:LONGEST]))

    def _note(self, decided: Decision, place: str) -> None:
        self._used.setdefault(decided.number, (decided, []))[1].append(place)

    def traced(self, lineage: Any) -> dict[str, str]:
        """Each added element by the field that the local code came from."""
        return {
            added: lineage.get(f"{local}.code") or lineage.get(f"{local}.system") or lineage.get(local, "")
            for added, local in self.lineage.items()
        }

    def account(self) -> tuple[dict[str, Any], ...]:
        return tuple(
            {
                "decision": one.number,
                "facility": one.facility,
                "code": f"{one.system}|{one.code}" if one.kind == "code" else one.code,
                "target": f"{one.target_system}|{one.target_code}",
                "equivalence": one.equivalence,
                "by": one.by,
                "at": one.at.isoformat(),
                "elements": elements,
            }
            for one, elements in self._used.values()
        )
