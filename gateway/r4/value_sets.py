"""Lists the codes of a ValueSet from its definition, where that can be done exactly.

https://hl7.org/fhir/R4/valueset.html#expansion, without paging, designations or versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Parents = Mapping[str, str]  # code → the code above it, or an empty text
CodeSystems = Mapping[str, Parents]  # by URL, each listed completely
Definitions = Mapping[str, Mapping[str, Any]]  # ValueSets by URL
Rule = Mapping[str, Any]  # an include or exclude


class NotEnumerable(Exception):
    """The value set cannot be listed from what is known; the message says why."""


@dataclass(slots=True)
class Codes:
    """What a value set holds: by code system its codes, or None for all that the system has.

    ``unlisted``: systems of which it holds codes that cannot be told from here.
    """

    systems: dict[str, frozenset[str] | None] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)


def parents(code_system: Mapping[str, Any]) -> dict[str, str] | None:
    """The codes of a CodeSystem with those above them; None when it does not list all it has."""
    if code_system.get("content") != "complete" or not code_system.get("concept"):
        return None
    return dict(_concepts(code_system["concept"], ""))


def _concepts(concepts: list[dict[str, Any]], above: str) -> Iterator[tuple[str, str]]:
    for concept in concepts:
        yield concept["code"], above
        yield from _concepts(concept.get("concept", []), concept["code"])


def codes_of(definitions: Definitions, systems: CodeSystems, url: str, within: tuple[str, ...] = ()) -> Codes:
    """The codes of the value set ``url`` (a version after ``|`` is dropped)."""
    name = url.split("|")[0]
    definition = definitions.get(name)
    if definition is None:
        raise NotEnumerable(f"the value set {name} is not known")
    if name in within:
        raise NotEnumerable("the value set includes itself")
    compose = definition.get("compose")
    if not compose:
        raise NotEnumerable("the value set has no definition by rules")
    found = Codes()
    for include in compose["include"]:
        _unite(found, _included(definitions, systems, include, (*within, name)))
    for exclude in compose.get("exclude", ()):
        _subtract(found, _included(definitions, systems, exclude, (*within, name)), systems)
    return found


def _included(definitions: Definitions, systems: CodeSystems, rule: Rule, within: tuple[str, ...]) -> Codes:
    """A system's codes, those of other value sets, or where several are named what they share."""
    parts = [_of_system(systems, rule)] if "system" in rule else []
    parts.extend(codes_of(definitions, systems, url, within) for url in rule.get("valueSet", ()))
    if not parts:
        raise NotEnumerable("an include names neither a system nor a value set")
    found = parts[0]
    for part in parts[1:]:
        found = _shared(found, part)
    return found


def _of_system(systems: CodeSystems, rule: Rule) -> Codes:
    system = rule["system"]
    if "concept" in rule:
        return Codes({system: frozenset(concept["code"] for concept in rule["concept"])})
    if "filter" not in rule:
        return Codes({system: None})
    above = systems.get(system)
    codes: frozenset[str] | None = frozenset(above or ())
    for each in rule["filter"]:
        codes = codes & kept if above and codes is not None and (kept := _kept(above, each)) is not None else None
    return Codes({}, {system}) if codes is None else Codes({system: codes})


def _kept(above: Parents, rule: Rule) -> frozenset[str] | None:
    """The codes that one filter lets through; None for a filter that is not read here."""
    if rule["property"] != "concept":
        return None
    root = rule["value"]
    below = frozenset(code for code in above if root in _line(above, code))
    match rule["op"]:
        case "descendent-of":
            return below
        case "is-a":
            return below | ({root} & above.keys())
        case "is-not-a":
            return frozenset(above) - below - {root}
    return None


def _line(above: Parents, code: str) -> Iterator[str]:
    seen: set[str] = set()
    while (code := above.get(code, "")) and code not in seen:
        seen.add(code)
        yield code


def _unite(found: Codes, more: Codes) -> None:
    found.unlisted |= more.unlisted
    for system, codes in more.systems.items():
        known = found.systems.get(system, frozenset())
        found.systems[system] = None if known is None or codes is None else known | codes


def _subtract(found: Codes, less: Codes, systems: CodeSystems) -> None:
    for system in [*found.systems]:
        codes = found.systems[system]
        taken = less.systems.get(system, frozenset())
        if taken is None:
            del found.systems[system]
            found.unlisted.discard(system)
        elif system in less.unlisted or (taken and codes is None and system not in systems):
            del found.systems[system]
            found.unlisted.add(system)
        elif taken:
            found.systems[system] = (frozenset(systems[system]) if codes is None else codes) - taken


def _shared(one: Codes, other: Codes) -> Codes:
    found = Codes()
    for system in (one.systems.keys() | one.unlisted) & (other.systems.keys() | other.unlisted):
        left, right = one.systems.get(system, frozenset()), other.systems.get(system, frozenset())
        if system in one.unlisted | other.unlisted:
            found.unlisted.add(system)
        else:
            found.systems[system] = right if left is None else left if right is None else left & right
    return found
