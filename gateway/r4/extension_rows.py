"""The few words kept of an extension's StructureDefinition.

https://hl7.org/fhir/R4/defining-extensions.html. ``generate.py`` writes them to ``definitions/extensions.json``;
a profile package's own extensions are read by the same :func:`compact`. Of an extension: ``context``,
``invariant``, ``modifier``, ``max``; of it and each of its ``parts``: ``value`` (``types``, ``min``, ``binding``;
null where none may stand) and ``closed`` where no part may stand that is not named; of a part also ``min``,
``max``, and ``elsewhere`` where it has a definition of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from gateway.r4.schema import is_resource_type, type_named

Compact = dict[str, Any]
_PREFIX = "http://hl7.org/fhir/StructureDefinition/"
_MOST_LEVELS = 10  # parts in parts; R4's own have three


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
        **_content([element for element in elements if element is not root], "Extension", _MOST_LEVELS),
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


def _content(elements: list[dict[str, Any]], stem: str, levels: int) -> Compact:
    """What stands below ``stem``: the elements follow one another, those of a part after it."""
    if not levels:
        return {}
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
        url, part = _part(element, inner, f"{stem}.extension", levels - 1)
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


def _part(element: dict[str, Any], inner: list[dict[str, Any]], stem: str, levels: int) -> tuple[str, Compact]:
    made: Compact = {"min": _least(element), "max": _most(element)}
    url = next((each["fixedUri"] for each in inner if each["path"] == f"{stem}.url" and "fixedUri" in each), None)
    profiles = [each["profile"] for each in _objects(element.get("type")) if isinstance(each.get("profile"), list)]
    if not isinstance(url, str) and profiles and profiles[0]:
        url = str(profiles[0][0]).partition("|")[0]
        made["elsewhere"] = True
    else:
        made.update(_content(inner, stem, levels))
    return str(url or element["sliceName"]), _said(made)


def _least(element: dict[str, Any]) -> int:
    least = element.get("min")
    return least if isinstance(least, int) else 0


def _most(element: dict[str, Any]) -> int | None:
    most = element.get("max")
    return int(most) if isinstance(most, str) and most.isdecimal() and len(most) < 10 else None


@cache
def value_types() -> dict[str, str]:
    """Of each property in which an extension may have its value, the type: ``valueCode`` and ``_valueCode`` a code."""
    return {
        key: choice.type.name
        for choice in type_named("Extension").elements["value"]
        for key in (choice.key, choice.beside)
        if key and choice.type
    }
