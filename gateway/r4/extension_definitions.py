"""What an extension's StructureDefinition says: where it may stand, what it holds.

https://hl7.org/fhir/R4/defining-extensions.html. :func:`compact` takes the StructureDefinition to the
few words kept of it, both for HL7's own (``generate.py`` writes them to ``definitions/extensions.json``)
and for those that a profile package brings; :func:`read` takes these words to what the check asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.r4.definition_files import definition_file, extensions_pack, own_extensions
from gateway.r4.schema import Codes, is_resource_type, required_codes, type_named

Compact = dict[str, Any]
_PREFIX = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class ValueRule:
    """The value: its types (none named: any), the targets of a reference, the codes of a required binding."""

    types: Mapping[str, frozenset[str]]
    is_required: bool
    codes: Codes | None


@dataclass(frozen=True, slots=True)
class Content:
    """A value, or parts by their url; neither said is neither restricted."""

    value: ValueRule | None  # None: no value may stand there
    parts: Mapping[str, Part]
    takes_parts: bool


@dataclass(frozen=True, slots=True)
class Part:
    """An extension inside another one; ``content`` is None where it has a definition of its own."""

    least: int
    most: int | None
    content: Content | None


@dataclass(frozen=True, slots=True, eq=False)
class ExtensionDefinition:
    """One extension; ``contexts`` are (type, expression), ``invariants`` FHIRPath of the element it stands on."""

    url: str
    contexts: tuple[tuple[str, str], ...]
    invariants: tuple[str, ...]
    is_modifier: bool
    most: int | None
    content: Content

    @property
    def name(self) -> str:
        """The last part of the url, for a sentence."""
        return self.url.rpartition("/")[2]


@cache
def extension_definition(url: str) -> ExtensionDefinition | None:
    """The definition of one of R4's own extensions or of the gateway's; None for any other."""
    made = definition_file("extensions").get(url) or own_extensions().get(url)
    return read(url, _widened(made, extensions_pack().get(url, {}))) if made else None


def _widened(made: Compact, later: Compact) -> Compact:
    """With the contexts and types of value that HL7 has added since: following the later text is no error."""
    widened = {**made, "context": [*made.get("context", ()), *later.get("context", ())]}
    if "types" in later:
        widened["value"] = {**made["value"], "types": [*made["value"]["types"], *later["types"]]}
    return widened


def is_extension(structure: Mapping[str, Any]) -> bool:
    """True for a StructureDefinition that defines an extension."""
    return structure.get("type") == "Extension" and structure.get("derivation") == "constraint"


def compact(structure: Mapping[str, Any]) -> Compact:
    """The few words kept of an extension's StructureDefinition, from its snapshot or else its differential.

    Takes any JSON: what is not of the form that R4 gives it is passed over. Of a differential alone,
    what it does not mention is not restricted.
    """
    elements = _elements(structure)
    root = elements[0] if elements and elements[0]["path"] == "Extension" else {}
    contexts = [
        [each["type"], each["expression"]]
        for each in _objects(structure.get("context"))
        if isinstance(each.get("type"), str) and isinstance(each.get("expression"), str)
    ]
    rules = structure.get("contextInvariant")
    made: Compact = {
        "context": contexts,
        "invariant": [rule for rule in rules if isinstance(rule, str)] if isinstance(rules, list) else [],
        "modifier": root.get("isModifier") is True,
        "max": _most(root),
        **_content([element for element in elements if element is not root], "Extension"),
    }
    return _said(made)


def _elements(structure: Mapping[str, Any]) -> list[dict[str, Any]]:
    for name in ("snapshot", "differential"):
        view = structure.get(name)
        found = _objects(view.get("element")) if isinstance(view, dict) else []
        if found:
            return [element for element in found if isinstance(element.get("path"), str)]
    return []


def _objects(items: Any) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _content(elements: list[dict[str, Any]], stem: str) -> Compact:
    """What stands below ``stem``: the elements follow one another, those of a part after it."""
    made: Compact = {"parts": {}}
    parts: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    for element in elements:
        below = element["path"].removeprefix(f"{stem}.")
        if below == "extension" and "sliceName" in element:
            parts.append((element, []))
        elif below == "extension":
            slicing = element.get("slicing")
            rules = slicing.get("rules") if isinstance(slicing, dict) else None
            made["closed"] = element.get("max") == "0" or rules == "closed"
        elif below.startswith("extension."):
            if parts:
                parts[-1][1].append(element)
        elif below.startswith("value") and "." not in below and "sliceName" not in element:
            made["value"] = _value(element)
    for element, inner in parts:
        url, part = _part(element, inner, f"{stem}.extension")
        made["parts"][url] = part
    return _said(made)


def _said(made: Compact) -> Compact:
    """Without what says nothing; ``"value": null`` says that no value may stand there."""
    return {key: value for key, value in made.items() if value or key == "value"}


def _value(element: dict[str, Any]) -> Compact | None:
    """None where no value may stand."""
    if element.get("max") == "0":
        return None
    types = [_type_text(each) for each in _objects(element.get("type")) if isinstance(each.get("code"), str)]
    every = {text.partition("(")[0] for text in types} >= set(value_types().values())
    made: Compact = {"types": [] if every else sorted(types), "min": _least(element)}
    binding = element.get("binding")
    if isinstance(binding, dict) and isinstance(binding.get("valueSet"), str):
        made["binding"] = [str(binding.get("strength")), binding["valueSet"].partition("|")[0]]
    return _said(made)


def _type_text(each: dict[str, Any]) -> str:
    """``code``, or ``Reference(Patient|Group)`` with its targets."""
    targets = each.get("targetProfile")
    named = [target for target in targets if isinstance(target, str)] if isinstance(targets, list) else []
    short = sorted(target.removeprefix(_PREFIX).partition("|")[0] for target in named)
    if not all(map(is_resource_type, short)):
        short = []  # any resource, or a profile, of which a url tells no type
    return f"{each['code']}({'|'.join(short)})" if short else str(each["code"])


def _part(element: dict[str, Any], inner: list[dict[str, Any]], stem: str) -> tuple[str, Compact]:
    made: Compact = {"min": _least(element), "max": _most(element)}
    url = next((each["fixedUri"] for each in inner if each["path"] == f"{stem}.url" and "fixedUri" in each), None)
    profiles = [
        profile
        for each in _objects(element.get("type"))
        for profile in (each.get("profile") if isinstance(each.get("profile"), list) else ())
    ]
    if not isinstance(url, str) and profiles:
        url = str(profiles[0]).partition("|")[0]
        made["elsewhere"] = True
    else:
        made.update(_content(inner, stem))
    return str(url or element["sliceName"]), _said(made)


def _least(element: dict[str, Any]) -> int:
    least = element.get("min")
    return least if isinstance(least, int) else 0


def _most(element: dict[str, Any]) -> int | None:
    most = element.get("max")
    return int(most) if isinstance(most, str) and most.isdecimal() and len(most) < 10 else None


def read(url: str, made: Compact) -> ExtensionDefinition:
    """The definition that :func:`compact` made, as the check asks it."""
    return ExtensionDefinition(
        url=url,
        contexts=tuple((kind, expression) for kind, expression in made.get("context", ())),
        invariants=tuple(made.get("invariant", ())),
        is_modifier=made.get("modifier", False),
        most=made.get("max"),
        content=_read_content(made),
    )


def _read_content(made: Compact) -> Content:
    value = made.get("value", {})
    return Content(
        value=None if value is None else _read_value(value),
        parts={url: _read_part(part) for url, part in made.get("parts", {}).items()},
        takes_parts=not made.get("closed", False),
    )


def _read_part(made: Compact) -> Part:
    content = None if made.get("elsewhere") else _read_content(made)
    return Part(made.get("min", 0), made.get("max"), content)


def _read_value(made: Compact) -> ValueRule:
    types: dict[str, frozenset[str]] = {}
    for text in made.get("types", ()):
        code, _, targets = text.rstrip(")").partition("(")
        types[code] = types.get(code, frozenset()) | frozenset(filter(None, targets.split("|")))
    strength, value_set = made.get("binding", ("", ""))
    return ValueRule(types, made.get("min", 0) > 0, required_codes(value_set) if strength == "required" else None)


@cache
def value_types() -> dict[str, str]:
    """Of each property in which an extension may have its value, the type: ``valueCode`` and ``_valueCode`` a code."""
    return {
        key: choice.type.name
        for choice in type_named("Extension").elements["value"]
        for key in (choice.key, choice.beside)
        if key and choice.type
    }
