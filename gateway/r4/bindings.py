"""Bindings: is the code one of the value set's? https://hl7.org/fhir/R4/terminologies.html#strength

A required set must be met. An extensible one too, where a code of it says what is meant; whether one does, only a
person knows, so what is outside of it is a warning. Preferred and example sets say nothing.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.outcome import Severity
from gateway.r4.code_systems import has_code
from gateway.r4.definition_files import definition_file
from gateway.r4.value_sets import Codes, Definitions, codes_of, parents

# Extensible sets of which nothing is asked: they pick some codes of a system and leave out what is as common.
# R4's identifier types have no internal (PI) and no national number (NI), which table 0203 has.
# Reference.type, the one element bound so to the resource types, is judged with the reference.
_SELECTIONS = frozenset({
    "http://hl7.org/fhir/ValueSet/identifier-type",
    "http://hl7.org/fhir/ValueSet/resource-types",
})  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """``url``: the value set's; ``codes``: None where nothing of the set is known."""

    url: str
    codes: Codes | None
    is_required: bool

    @property
    def told(self) -> dict[str, str]:
        """What the sentences name of it."""
        return {"valueset": self.url.rpartition("/")[2]}


@cache
def binding(url: str, *, is_required: bool) -> Binding:
    """The binding to one of R4's value sets (without a version)."""
    return Binding(url, codes_named(url), is_required)


@cache
def codes_named(url: str) -> Codes | None:
    """What one of R4's value sets holds; None when it is not one of them, or cannot be told."""
    entry = definition_file("codes").get(url.split("|")[0], {})
    if "systems" not in entry:
        return None
    systems = entry["systems"].items()
    return Codes(
        {system: None if codes is None else frozenset(codes) for system, codes in systems},
        set(entry.get("unlisted", ())),
    )


def codes_brought(value_sets: Definitions, code_systems: Definitions, url: str) -> Codes:
    """What a value set holds that came with a profile, by resources beside it and by R4's own.

    NotEnumerable where nothing of it can be told; resources that are broken may raise what they will
    (KeyError, TypeError, AttributeError).
    """
    brought = {name: codes for name, system in code_systems.items() if (codes := parents(system)) is not None}
    systems: dict[str, Any] = {**definition_file("code_systems"), **brought}
    found = codes_of(ChainMap({**value_sets}, _r4_definitions()), systems, url)
    for system in found.systems.keys() & brought.keys():
        if found.systems[system] is None:
            found.systems[system] = frozenset(brought[system])
    return found


@cache
def _r4_definitions() -> dict[str, Any]:
    """R4's value sets as ValueSets again, each written out as it was found to hold."""
    entries = definition_file("codes").items()
    return {url: {"compose": {"include": [*_includes(entry)]}} for url, entry in entries if "systems" in entry}


def _includes(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for system, codes in entry["systems"].items():
        yield {"system": system} | ({} if codes is None else {"concept": [{"code": code} for code in codes]})
    for system in entry.get("unlisted", ()):  # by a filter that is not read: some codes of the system
        yield {"system": system, "filter": [{"property": "", "op": "", "value": ""}]}


def member_of(url: str, value: Any) -> bool | None:
    """Whether a code, Coding, CodeableConcept or Quantity is in one of R4's value sets; None: cannot be known.

    FHIRPath's ``memberOf``: https://hl7.org/fhir/R4/fhirpath.html#functions
    """
    return holds(codes_named(url), value)


def holds(codes: Codes | None, value: Any) -> bool | None:
    """As :func:`member_of`, of the codes of any value set; what has no code at all is not in it."""
    if codes is None:
        return None
    if isinstance(value, str):
        return _any_of([_has(codes, system, value) for system in _systems(codes)])
    if not isinstance(value, dict):
        return False
    codings = value.get("coding") if "coding" in value or "text" in value else [value]
    return _any_of([_holds_coding(codes, coding) for coding in codings] if isinstance(codings, list) else [])


def _systems(codes: Codes) -> set[str]:
    return codes.systems.keys() | codes.unlisted


def _holds_coding(codes: Codes, coding: Any) -> bool | None:
    system, code = (coding.get("system"), coding.get("code")) if isinstance(coding, dict) else (None, None)
    if not isinstance(code, str) or not isinstance(system, str):
        return False
    return _has(codes, system, code)


def _has(codes: Codes, system: str, code: str) -> bool | None:
    listed = codes.systems.get(system, frozenset())
    found = has_code(system, code) if listed is None else code in listed
    return None if system in codes.unlisted and not found else found


def _any_of(answers: list[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def broken_binding(bound: Binding, value: Any) -> tuple[Severity, str] | None:
    """Severity and rule of what is to be said of a value that is bound; None when there is nothing."""
    if not isinstance(value, str | dict):  # the structure says so
        return None
    if not bound.is_required and (bound.url in _SELECTIONS or not is_coded(value)):
        return None
    found = holds(bound.codes, value)
    if found is None:
        return None if not bound.is_required and _is_known(value) else ("information", "r4-code-unchecked")
    if found:
        return None
    return ("error", _missed(bound.codes, value)) if bound.is_required else ("warning", "r4-code-extensible")


def _is_known(value: Any) -> bool:
    """One of its codes is one that its system has: of a set that is nowhere to be had, that is all there is to ask."""
    codings = value.get("coding", [value]) if isinstance(value, dict) else []
    pairs = [(coding.get("system"), coding.get("code")) for coding in codings if isinstance(coding, dict)]
    return any(isinstance(system, str) and isinstance(code, str) and has_code(system, code) for system, code in pairs)


def is_coded(value: Any) -> bool:
    """A code with its system; a text alone may stand where the binding is extensible, a code without a system too."""
    if isinstance(value, str):
        return ":" not in value  # an absolute URI names a type of another's
    codings = value.get("coding", [value])
    return isinstance(codings, list) and any(
        isinstance(each, dict) and "code" in each and "system" in each for each in codings
    )


def _missed(codes: Codes | None, value: Any) -> str:
    """What of the required set is missed, by the first coding: the code, its system, or all."""
    if isinstance(value, str):
        return "r4-code"
    codings = value.get("coding") if "coding" in value or "text" in value else [value]
    first = codings[0] if isinstance(codings, list) and codings else None
    if not isinstance(first, dict) or "code" not in first:
        return "r4-code-missing"
    known = isinstance(first.get("system"), str) and codes is not None and first["system"] in _systems(codes)
    return "r4-code" if known else "r4-code-system"
