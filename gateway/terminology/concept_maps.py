"""ConceptMaps as they are served: the project's own, the table of units, and what was decided here.

https://hl7.org/fhir/R4/conceptmap.html. ``local`` holds the decisions for every facility, ``local-CODE`` those of
one; they tell codes and equivalences, not who decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from gateway.bundle import CANONICAL, Resource
from gateway.jsontext import loads
from gateway.mapping import mapping_file
from gateway.mapping.made_by import DECIDED
from gateway.mapping.units import UCUM, unit_table
from gateway.terminology.decision import NO_TARGET, Decision
from gateway.terminology.terms import in_force

UNIT_TEXTS = f"{CANONICAL}/CodeSystem/unit-text"  # units as senders write them
SAID_LESS = "By decision; see `gateway vocabulary list`."  # cmd-1: what is narrower or inexact has a comment


@cache
def project_maps() -> tuple[Resource, ...]:
    """Those of mappings/vocabularies, by id, then the table of units."""
    folder = mapping_file("vocabularies")
    named = sorted((path.name.removesuffix(".json"), path) for path in folder.iterdir() if path.name.endswith(".json"))
    made: list[Resource] = []
    for name, path in named:
        found = loads(path.read_bytes())
        made.append({"resourceType": "ConceptMap", "id": name, **found})
    return (*made, _units())


def _units() -> Resource:
    rows = [_element(text, {"code": code, "equivalence": "equivalent"}) for text, code in unit_table().items()]
    return {
        **_head("units", "1", "UnitTexts", "Units as senders write them"),
        "description": "mappings/units.toml: what laboratories write, and the UCUM code it means. Exact, case and all.",
        "group": [{"source": UNIT_TEXTS, "target": UCUM, "element": rows}],
    }


def map_id(facility: str) -> str:
    """``local-79001``; an underscore, which no id may hold, is ``.5F.``."""
    return f"local-{facility.replace('_', '.5F.')}" if facility else "local"


def map_url(facility: str) -> str:
    """The ConceptMap of a facility's decisions; of "" of those for every facility."""
    return f"{DECIDED}{map_id(facility).removeprefix('local')}"


@lru_cache(maxsize=4)
def decided_maps(decisions: tuple[Decision, ...]) -> tuple[Resource, ...]:
    """What is in force of the decisions, a ConceptMap a facility; empty where all was taken back."""
    owners = sorted({one.facility for one in decisions})
    return tuple(decided_map(owner, [one for one in decisions if one.facility == owner]) for owner in owners)


def decided_map(owner: str, decisions: Sequence[Decision], *, reasons: bool = False) -> Resource:
    """The ConceptMap of one owner's decisions; at least one. ``reasons``: of each, for whoever decides."""
    newest = decisions[-1]
    of = f"facility {owner}" if owner else "every facility"
    name = "".join(part for part in owner.title() if part.isalnum() and part.isascii())
    made = {
        **_head(map_id(owner), str(newest.number), f"Local{name}", f"Local codes and units of {of}"),
        "date": newest.at.isoformat(timespec="seconds"),
        "description": f"What persons decided of the codes and units of {of}. A facility's own goes before the others.",
    }
    groups = list(_groups(in_force(decisions).values(), reasons))
    return {**made, "group": groups} if groups else made


def _groups(decisions: Iterable[Decision], reasons: bool) -> Iterable[dict[str, Any]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in decisions:
        target: dict[str, Any] = {"equivalence": one.equivalence}
        if one.equivalence != NO_TARGET:
            target = {"code": one.target_code, **target}
            if one.target_display:
                target["display"] = one.target_display
            if not one.adds:
                target["comment"] = one.reason or SAID_LESS
        if reasons and one.reason:
            target["comment"] = one.reason
        source = UNIT_TEXTS if one.kind == "unit" else one.system
        found.setdefault((source, one.target_system), []).append(_element(one.code, target))
    for (source, target_system), elements in found.items():
        systems = {"source": source, "target": target_system}
        yield {**{name: system for name, system in systems.items() if system}, "element": elements}


def _element(code: str, target: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "target": [target]}


def _head(logical_id: str, version: str, name: str, title: str) -> Resource:
    return {
        "resourceType": "ConceptMap",
        "id": logical_id,
        "url": f"{CANONICAL}/ConceptMap/{logical_id}",
        "version": version,
        "name": name,
        "title": title,
        "status": "active",
    }
