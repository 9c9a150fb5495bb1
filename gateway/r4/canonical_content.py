"""What R4 says in words, not as invariants, of the resources that define things for others.

Each rule reads one resource alone: what other definitions say is not looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gateway.outcome import Issue
from gateway.r4.code_system_content import code_system_issues
from gateway.r4.extension_content import items
from gateway.r4.value_set_content import value_set_issues

_LEAST = 2  # components of a composite search parameter


def canonical_issues(resource: dict[str, Any], path: str) -> Iterator[Issue]:
    """What is wrong in a resource of one of the types judged here, as far as its structure is right."""
    name = resource.get("resourceType")
    judged = JUDGED.get(name) if isinstance(name, str) else None
    if judged is not None:
        yield from judged(resource, path)


def canonical_holds(resource: dict[str, Any]) -> bool:
    """True when there is nothing to say of ``resource``."""
    return next(canonical_issues(resource, ""), None) is None


def _search_parameter_issues(resource: dict[str, Any], path: str) -> Iterator[Issue]:
    """https://hl7.org/fhir/R4/valueset-search-param-type.html: a composite "combines a search on two values"."""
    if resource.get("type") == "composite" and sum(1 for _ in items(resource, "component", path)) < _LEAST:
        yield Issue("error", "business-rule", "r4-composite", path, {"least": _LEAST})


def _questionnaire_issues(resource: dict[str, Any], path: str) -> Iterator[Issue]:
    """https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen.question: a linkId."""
    found = list(_questions(resource, path))
    known = {link for item, _ in found if isinstance(link := item.get("linkId"), str)}
    for item, at in found:
        for condition, place in items(item, "enableWhen", at):
            question = condition.get("question")
            if isinstance(question, str) and question not in known:
                yield Issue("error", "not-found", "r4-enable-when", f"{place}.question")


def _questions(holder: dict[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every item at any depth, with its path; the walk has bounded how deep."""
    for item, at in items(holder, "item", path):
        yield item, at
        yield from _questions(item, at)


JUDGED: dict[str, Callable[[dict[str, Any], str], Iterator[Issue]]] = {
    "CodeSystem": code_system_issues,
    "Questionnaire": _questionnaire_issues,
    "SearchParameter": _search_parameter_issues,
    "ValueSet": value_set_issues,
}
