"""What R4 says in words of a CodeSystem: what is a supplement, and what the properties of its concepts are.

https://hl7.org/fhir/R4/codesystem.html#supplements and #properties
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.outcome import Issue
from gateway.r4.extension_content import items

_VALUES = {  # by CodeSystem.property.type, the property that holds a value of it
    "code": "valueCode",
    "Coding": "valueCoding",
    "string": "valueString",
    "integer": "valueInteger",
    "boolean": "valueBoolean",
    "dateTime": "valueDateTime",
    "decimal": "valueDecimal",
}
# https://hl7.org/fhir/R4/codesystem-concept-properties.html and https://hl7.org/fhir/R4/codesystem.html#status
_OF_R4 = "http://hl7.org/fhir/concept-properties#"
_TYPES = {
    "inactive": "boolean",
    "notSelectable": "boolean",
    "status": "code",
    "parent": "code",
    "child": "code",
    "deprecated": "dateTime",
    "deprecationDate": "dateTime",
    "retirementDate": "dateTime",
}


def code_system_issues(resource: dict[str, Any], path: str) -> Iterator[Issue]:
    """What is wrong in a CodeSystem, as far as its structure is right."""
    yield from _supplement(resource, path)
    yield from _extent(resource, path)
    declared: dict[str, set[str]] = {}
    for one, at in items(resource, "property", path):
        code, uri, kind = one.get("code"), one.get("uri"), one.get("type")
        if isinstance(code, str) and isinstance(kind, str):
            declared.setdefault(code, set()).add(_VALUES.get(kind, ""))
        meant = _TYPES.get(uri.removeprefix(_OF_R4)) if isinstance(uri, str) and uri.startswith(_OF_R4) else None
        if meant is not None and isinstance(kind, str) and kind != meant:
            yield Issue("error", "business-rule", "r4-property-meaning", f"{at}.type", {"allowed": meant})
    yield from _concepts(resource, path, declared)


def _supplement(resource: dict[str, Any], path: str) -> Iterator[Issue]:
    is_supplement = resource.get("content") == "supplement"
    if is_supplement and not ("supplements" in resource or "_supplements" in resource):
        yield Issue("error", "required", "r4-supplement-of", path)
    if "supplements" in resource and not is_supplement:
        yield Issue("error", "business-rule", "r4-supplement-content", f"{path}.content")


def _extent(resource: dict[str, Any], path: str) -> Iterator[Issue]:
    """https://hl7.org/fhir/R4/valueset-codesystem-content-mode.html and CodeSystem.count"""
    content, count, present = resource.get("content"), resource.get("count"), _count(resource)
    if content == "not-present" and present:
        yield Issue("error", "business-rule", "r4-content-not-present", f"{path}.content")
    if not isinstance(count, int) or resource.get("compositional") is True:
        return  # of a grammar, the system's steward says what is counted
    if content == "complete" and present != count:
        yield Issue("error", "business-rule", "r4-concept-count", f"{path}.count")
    elif content in ("example", "fragment") and present > count:
        yield Issue("warning", "business-rule", "r4-concept-count", f"{path}.count")


def _count(holder: dict[str, Any]) -> int:
    return sum(1 + _count(concept) for concept, _ in items(holder, "concept", ""))


def _concepts(holder: dict[str, Any], path: str, declared: dict[str, set[str]]) -> Iterator[Issue]:
    """What is wrong in the properties of concepts and of those below them; the walk has bounded how deep."""
    for concept, at in items(holder, "concept", path):
        for one, place in items(concept, "property", at):
            code = one.get("code")
            allowed = declared.get(code) if isinstance(code, str) else set()
            if allowed is None:
                yield Issue("warning", "not-found", "r4-property-undeclared", f"{place}.code")
            elif allowed and "" not in allowed and one.keys() & set(_VALUES.values()) - allowed:
                yield Issue("error", "value", "r4-property-type", f"{place}.value")
        yield from _concepts(concept, at, declared)
