"""The standard beside the local: a decided code is added to the concept that has only local ones.

What came stays, first and unchanged. Nothing is added where the sender gave a standard code itself,
where two decisions say different things of one concept, or where the decision says less than "the
same". What stays without a standard is told as a Sighting, to be counted.

Adapters translate units; here is only told which unit came by a decision, and which has no UCUM code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.outcome import Issue
from gateway.terminology.decision import LONGEST, Decision, Kind, is_local
from gateway.terminology.terms import Terms

# Elements without a code of the matter itself; looking into them would cost more than all the rest.
_PASSED = frozenset(
    {
        *("resourceType", "id", "meta", "text", "contained", "extension", "identifier", "status", "note"),
        *("name", "telecom", "address", "contact", "subject", "patient", "encounter", "basedOn", "specimen"),
        *("issued", "effectiveDateTime", "referenceRange", "result", "content", "presentedForm"),
    }
)
_LONGEST_DISPLAY = 200

# A code, or a unit's text, without a standard: kind, system, code, display, element, unit. ``display``: the sender's
# name of it, cut after 200 characters; ``element``: ``Observation.code``; ``unit``: of the value beside a code. A plain
# tuple, since each exchange brings dozens from the process that judged it.
Sighting = tuple[Kind, str, str, str, str, str]


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


def _ends(ranges: Any, unit: str) -> Iterator[str]:
    """The ends of reference ranges in that unit: ``[0].low``."""
    for index, one in enumerate(ranges if type(ranges) is list else ()):
        for end in ("low", "high"):
            quantity = one.get(end) if type(one) is dict else None
            if type(quantity) is dict and quantity.get("unit") == unit and "code" in quantity:
                yield f"[{index}].{end}"


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
        kind = one.get("resourceType", "")
        index = self._positions[kind] = self._positions.get(kind, -1) + 1
        return self._object(one, f"{kind}[{index}]", kind, True)

    def _object(self, one: Resource, at: str, element: str, deep: bool) -> Resource:
        """``one`` itself, or a copy of what changed in it. Concepts stand at most one element deep."""
        made = one
        for name, value in one.items():
            if name in _PASSED:
                continue
            changed: Any = value
            if type(value) is dict:
                if "coding" in value:
                    changed = self._concept(value, at, name, "", element, one)
                elif "unit" in value:
                    self._quantity(value, at, name, "", element, one)
                elif deep and "reference" not in value:
                    changed = self._object(value, f"{at}.{name}", f"{element}.{name}", False)
            elif type(value) is list and value and type(value[0]) is dict and "reference" not in value[0]:
                changed = self._list(value, at, name, element, one, deep)
            if changed is not value:
                made = {**made, name: changed}
        return made

    def _list(self, values: list[Any], at: str, name: str, element: str, holder: Resource, deep: bool) -> list[Any]:
        made = values
        for index, value in enumerate(values):
            changed = value
            if type(value) is not dict:
                continue
            if "coding" in value:
                changed = self._concept(value, at, name, f"[{index}]", element, holder)
            elif "unit" in value:
                self._quantity(value, at, name, f"[{index}]", element, holder)
            elif deep:
                changed = self._object(value, f"{at}.{name}[{index}]", f"{element}.{name}", False)
            if changed is not value:
                made = [*made[:index], changed, *made[index + 1 :]]
        return made

    def _quantity(self, value: Resource, at: str, name: str, place: str, element: str, holder: Resource) -> None:
        text = value["unit"]
        if type(text) is not str:  # the R4 check says so
            return
        if "code" not in value:
            if len(text) <= LONGEST and "\x00" not in text and self.terms.unit(text) is None:
                self.sightings.append(("unit", "", text, "", f"{element}.{name}", ""))
        elif (decided := self.terms.unit(text)) and decided.target_code == value["code"]:
            self._note(decided, f"{at}.{name}{place}.code")
            for end in _ends(holder.get("referenceRange"), text):
                self._note(decided, f"{at}.referenceRange{end}.code")

    def _concept(self, concept: Resource, at: str, name: str, place: str, element: str, holder: Resource) -> Resource:
        codings = concept["coding"]
        if type(codings) is not list:  # the R4 check says so
            return concept
        found: list[tuple[int, Decision]] = []
        for index, coding in enumerate(codings):
            if type(coding) is not dict:
                return concept
            system = coding.get("system", "")
            if type(system) is not str or not is_local(system):
                return concept
            code = coding.get("code", "")
            if type(code) is not str:
                return concept
            if decided := self.terms.code(system, code):
                found.append((index, decided))
        if not found:
            self._sight(concept, f"{element}.{name}", holder)
            return concept
        same = {(one.target_system, one.target_code): (index, one) for index, one in reversed(found) if one.adds}
        here = f"{at}.{name}{place}"
        if len(same) > 1:
            self.issues.append(Issue("information", "conflict", "vocabulary-contradiction", here))
        if len(same) != 1:
            return concept
        ((index, decided),) = same.values()
        added = decided.coding()
        there = f"{here}.coding[{len(codings)}]"
        for part in added:
            self.lineage[f"{there}.{part}"] = f"{here}.coding[{index}]"
        self._note(decided, there)
        return {**concept, "coding": [*codings, added]}

    def _sight(self, concept: Resource, element: str, holder: Resource) -> None:
        beside = holder.get("valueQuantity")
        unit = beside.get("unit", "") if type(beside) is dict and element.endswith(".code") else ""
        for coding in concept["coding"]:
            code = coding.get("code", "")
            if 0 < len(code) <= LONGEST and "\x00" not in code:  # PostgreSQL has no such text
                display = coding.get("display") or concept.get("text") or ""
                named = str(display)[:_LONGEST_DISPLAY].replace("\x00", "")
                self.sightings.append(
                    ("code", coding.get("system", ""), code, named, element, str(unit)[:LONGEST].replace("\x00", ""))
                )

    def _note(self, decided: Decision, place: str) -> None:
        self._used.setdefault(decided.number, (decided, []))[1].append(place)

    def traced(self, lineage: Any) -> dict[str, str]:
        """Each added element by the field that the local code came from."""
        return {
            added: lineage.get(f"{local}.code") or lineage.get(f"{local}.system") or lineage.get(local, "")
            for added, local in self.lineage.items()
        }

    def account(self) -> tuple[dict[str, Any], ...]:
        return tuple({**one.told(), "elements": elements} for one, elements in self._used.values())
