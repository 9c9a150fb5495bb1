"""What R4 says in words, not as invariants, of the resources that define things for others.

Each rule reads one resource alone: what other definitions say is not looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gateway.outcome import Issue
from gateway.r4.code_system_content import code_system_issues
from gateway.r4.extension_content import items
from gateway.r4.questionnaire_content import questionnaire_issues
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


JUDGED: dict[str, Callable[[dict[str, Any], str], Iterator[Issue]]] = {
    "CodeSystem": code_system_issues,
    "Questionnaire": questionnaire_issues,
    "SearchParameter": _search_parameter_issues,
    "ValueSet": value_set_issues,
}
