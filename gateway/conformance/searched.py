"""What of a resource a search parameter looks at, by R4's own expression, and how to ask for it.

https://hl7.org/fhir/R4/search.html; the expressions are those of R4's SearchParameter resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.r4 import search_parameters
from gateway.r4.fhirpath import Environment, FhirPathError, compile_text
from gateway.r4.schema import resource_node
from gateway.search.dates import interval

NOWHERE = "no-such-value"
_LONG_AGO = "1850-01-02"


@dataclass(frozen=True, slots=True)
class Sought:
    """A value a resource has, as a query says it: ``right`` finds the resource, ``wrong`` does not."""

    right: str
    wrong: str


def sought(resource: Mapping[str, Any], parameter: str) -> Sought | None:
    """Of the first value the parameter sees in a resource; None where it sees none that can be asked for."""
    defined = search_parameters(str(resource.get("resourceType"))).get(parameter)
    if defined is None:
        return None
    asked = {"token": _token, "reference": _reference, "date": _date, "string": _string, "uri": _uri}.get(defined.type)
    if asked is None:
        return None
    found = (asked(value) for value in values(resource, parameter))
    return next((one for one in found if one is not None), None)


def values(resource: Mapping[str, Any], parameter: str) -> list[Any]:
    """The JSON values the parameter's expression picks; [] where R4 has no such parameter or it cannot be told."""
    defined = search_parameters(str(resource.get("resourceType"))).get(parameter)
    node = resource_node(dict(resource))
    if defined is None or node is None or not defined.expression:
        return []
    environment = Environment(resource=node, root=node, context=node, resolve=_of_its_type)
    try:
        return [getattr(item, "value", item) for item in compile_text(defined.expression).items(environment)]
    except FhirPathError:
        return []


def _of_its_type(reference: str) -> Any:
    """What ``where(resolve() is Patient)`` needs to know of a reference: its type, which its address says."""
    return resource_node({"resourceType": _unversioned(reference).rpartition("/")[0].rpartition("/")[2]})


def _unversioned(reference: str) -> str:
    """Without the version a reference may name: https://hl7.org/fhir/R4/references.html#literal"""
    return reference.partition("/_history/")[0]


def _token(value: Any) -> Sought | None:
    """https://hl7.org/fhir/R4/search.html#token"""
    for system, code in _codings(value):
        bar = f"{_said(system)}|" if system else ""
        return Sought(f"{bar}{_said(code)}", f"{bar}{NOWHERE}")
    return None


def _codings(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield "", "true" if value else "false"
    elif isinstance(value, str):
        yield "", value
    elif isinstance(value, dict):
        for coding in value.get("coding") or [value]:
            code = coding.get("code", coding.get("value"))
            if isinstance(code, str):
                yield str(coding.get("system", "")) if "system" in coding else "", code


def _reference(value: Any) -> Sought | None:
    """A literal reference alone: https://hl7.org/fhir/R4/search.html#reference"""
    reference = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(reference, str) or reference.startswith(("#", "urn:")) or "/" not in reference:
        return None
    parts = _unversioned(reference).split("/")
    return Sought(_said(f"{parts[-2]}/{parts[-1]}"), f"{parts[-2]}/{NOWHERE}")


def _date(value: Any) -> Sought | None:
    """A date asked for as it is written; a Period by where it begins. https://hl7.org/fhir/R4/search.html#date"""
    if isinstance(value, dict):
        start = value.get("start")
        return Sought(f"ge{start}", f"lt{_LONG_AGO}") if isinstance(start, str) and interval(start) else None
    return Sought(value, _LONG_AGO) if isinstance(value, str) and interval(value) else None


def _string(value: Any) -> Sought | None:
    """A string matches by its beginning, upper and lower case alike: https://hl7.org/fhir/R4/search.html#string"""
    if isinstance(value, dict):  # HumanName, Address: any of their parts
        value = value.get("text") or value.get("family") or value.get("city")
    if not isinstance(value, str) or not value.strip():
        return None
    return Sought(_said(value[: max(3, len(value) // 2)].strip().lower()), NOWHERE)


def _uri(value: Any) -> Sought | None:
    return Sought(_said(value), f"http://example.org/{NOWHERE}") if isinstance(value, str) else None


def _said(text: str) -> str:
    """With R4's escapes: https://hl7.org/fhir/R4/search.html#escaping"""
    for sign in ("\\", ",", "|", "$"):
        text = text.replace(sign, f"\\{sign}")
    return text
