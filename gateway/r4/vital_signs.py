"""R4's vital signs, told by their LOINC code: which profile such an Observation is held to without naming it.

https://hl7.org/fhir/R4/observation.html#core: implementations that express the concepts of these profiles as
structured data "SHALL conform" to them; https://hl7.org/fhir/R4/observation-vitalsigns.html says by which codes
they are known. docs/r4.md says why a code alone, without the category, warns and does not refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from gateway.outcome import Issue
from gateway.r4.definition_files import definition_file

LOINC = "http://loinc.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
VITAL_SIGNS = "http://hl7.org/fhir/StructureDefinition/vitalsigns"


@cache
def profile_by_code() -> dict[str, str]:
    """LOINC code → the profile of the vital sign: what the profiles themselves fix in Observation.code."""
    return {
        row["fixedCode"]: url
        for url, definition in definition_file("profiles").items()
        if definition["baseDefinition"] == VITAL_SIGNS
        for row in definition["differential"]["element"]
        if row["path"] == "Observation.code.coding.code" and "fixedCode" in row
    }


def vital_sign(resource: dict[str, Any]) -> str | None:
    """The profile of the vital sign that an Observation's code names; None for any other resource."""
    if resource.get("resourceType") != "Observation":
        return None
    by_code = profile_by_code()
    for coding in _codings(resource.get("code")):
        code = coding.get("code")
        if isinstance(code, str) and code in by_code and coding.get("system") == LOINC:
            return by_code[code]
    return None


def implied_profiles(resource: dict[str, Any]) -> list[str]:
    """What a resource must conform to by what it is: a vital sign by code and category."""
    profile = vital_sign(resource)
    return [profile] if profile is not None and _is_in_category(resource) else []


def vital_sign_issues(resource: dict[str, Any], path: str) -> Iterator[Issue]:
    """A warning where the code is a vital sign's and neither category nor ``meta.profile`` says so."""
    profile = vital_sign(resource)
    if profile is not None and not _is_in_category(resource) and profile not in _named(resource):
        yield Issue("warning", "business-rule", "r4-vital-sign-category", path, {"profile": profile})


def _is_in_category(resource: dict[str, Any]) -> bool:
    categories = resource.get("category")
    return any(
        coding.get("code") == "vital-signs" and coding.get("system") == CATEGORY
        for category in (categories if isinstance(categories, list) else ())
        for coding in _codings(category)
    )


def _codings(concept: Any) -> Iterator[dict[str, Any]]:
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return (coding for coding in codings if isinstance(coding, dict)) if isinstance(codings, list) else iter(())


def _named(resource: dict[str, Any]) -> list[str]:
    meta = resource.get("meta")
    named = meta.get("profile") if isinstance(meta, dict) else None
    return [url.partition("|")[0] for url in named if isinstance(url, str)] if isinstance(named, list) else []
