"""One ElementDefinition, read with care: whatever JSON stands there, what is not of the right form says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.r4.definition_files import definition_file
from gateway.r4.profiles.element import CORE, Binding, Constraint, Discriminator, Element, Kind, Slicing

_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
_MAX_VALUE_SET = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
_RULES = ("open", "closed", "openAtEnd")


def objects(items: Any) -> Iterator[dict[str, Any]]:
    """The objects of what should be an array of them."""
    return (item for item in items if isinstance(item, dict)) if isinstance(items, list) else iter(())


def texts(items: Any) -> tuple[str, ...]:
    """The texts of what should be an array of them."""
    return tuple(item for item in items if isinstance(item, str)) if isinstance(items, list) else ()


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def apply(row: dict[str, Any], to: Element) -> None:
    """What ``row`` says, said of ``to`` too: counts and rules join, the rest takes the place of what stood there."""
    most = row.get("max")
    if _is_count(row.get("min")):
        to.least = max(row["min"], to.least or 0)
    if isinstance(most, str) and most.isascii() and most.isdigit() and len(most) < 10:
        to.most = int(most) if to.most is None else min(int(most), to.most)
    if kinds := tuple(_kinds(row.get("type"))):
        to.kinds = kinds
    to.fixed = _choice(row, "fixed", to.fixed)
    to.pattern = _choice(row, "pattern", to.pattern)
    to.smallest = _choice(row, "minValue", to.smallest)
    to.largest = _choice(row, "maxValue", to.largest)
    if _is_count(row.get("maxLength")):
        to.longest = row["maxLength"]
    to.binding = _binding(row.get("binding")) or to.binding
    known = {constraint.key for constraint in to.constraints}
    to.constraints += tuple(each for each in _constraints(row.get("constraint")) if each.key not in known)
    to.must_support = row.get("mustSupport") is True or to.must_support
    if isinstance(row.get("slicing"), dict):
        to.slicing = _slicing(row["slicing"])
    reference = text(row.get("contentReference"))
    if reference.startswith("#"):
        to.refers_to = reference[1:]


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _kinds(items: Any) -> Iterator[Kind]:
    for item in objects(items):
        code = text(item.get("code"))
        # The ids of elements have a type of FHIRPath's own, which binds nothing that the walk has not judged.
        if code and "/fhirpath/" not in code:
            yield Kind(code.removeprefix(CORE), texts(item.get("profile")), texts(item.get("targetProfile")))


def _choice(row: dict[str, Any], stem: str, otherwise: Any) -> Any:
    for key, value in row.items():
        if key.startswith(stem) and key != stem and key[len(stem)].isupper() and value is not None:
            return value
    return otherwise


def _binding(value: Any) -> Binding | None:
    if not isinstance(value, dict):
        return None
    for extension in objects(value.get("extension")):
        largest = text(extension.get("valueCanonical") or extension.get("valueUri"))
        if extension.get("url") == _MAX_VALUE_SET and largest:
            return Binding("required", largest)
    strength, value_set = value.get("strength"), text(value.get("valueSet"))
    if strength == "required" and value_set:
        return Binding("required", value_set)
    return Binding("extensible", value_set) if strength == "extensible" and value_set else None


def _constraints(items: Any) -> Iterator[Constraint]:
    for item in objects(items):
        key, expression = text(item.get("key")), text(item.get("expression"))
        if key and expression and not _is_of_r4(key, expression, text(item.get("source"))):
            is_warning = item.get("severity") == "warning"
            human, vietnamese = text(item.get("human")), _translated(item.get("_human"), "vi")
            yield Constraint(key, "warning" if is_warning else "error", human, vietnamese, expression)


def _translated(beside: Any, language: str) -> str:
    """The text in another language, by https://hl7.org/fhir/R4/extension-translation.html; "" without one."""
    for extension in objects(beside.get("extension")) if isinstance(beside, dict) else ():
        parts = {text(part.get("url")): part for part in objects(extension.get("extension"))}
        if text(extension.get("url")) == _TRANSLATION and parts.get("lang", {}).get("valueCode") == language:
            return text(parts.get("content", {}).get("valueString"))
    return ""


def _is_of_r4(key: str, expression: str, source: str) -> bool:
    """An invariant that a snapshot repeats from R4's own types: the walk has judged it."""
    if source.startswith(CORE) and source.removeprefix(CORE) in definition_file("types"):
        return True
    known = definition_file("invariants").get(key.lower())
    return known is not None and (not source or known["expression"] == expression)


def _slicing(value: dict[str, Any]) -> Slicing:
    rules = text(value.get("rules"))
    discriminators = objects(value.get("discriminator"))
    return Slicing(
        tuple(Discriminator(text(each.get("type")), text(each.get("path"))) for each in discriminators),
        rules if rules in _RULES else "open",
        value.get("ordered") is True,
    )
