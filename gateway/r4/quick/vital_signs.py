"""The first look at a vital sign that is held to its profile: one of a single measured value, or a blood pressure.

Of an Observation that is valid otherwise; no other is looked at here. Panels, and whatever is said in another form,
is left to the walker.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from gateway.r4.definition_files import definition_file
from gateway.r4.quick.links import Links
from gateway.r4.vital_signs import CATEGORY, LOINC, profile_by_code

_UCUM = "http://unitsofmeasure.org"
_PATIENT = frozenset({"Patient"})
_SAYS_MORE = frozenset({"hasMember", "derivedFrom"})  # what the profiles constrain as well
_DAY = len("2026-11-22")


def vital_sign_holds(value: dict[str, Any], links: Links) -> bool:
    """True when the code is of no vital sign, or all that its profile asks for stands there."""
    by_code = profile_by_code()
    named = [
        coding["code"]
        for coding in value["code"].get("coding", ())
        if coding.get("code") in by_code and coding.get("system") == LOINC
    ]
    if not named:
        return True
    if len(named) > 1 or not _SAYS_MORE.isdisjoint(value) or "subject" not in value:
        return False
    profile = by_code[named[0]]
    links.append((value["subject"], _PATIENT))
    return (
        value["subject"].get("type", "Patient") == "Patient"
        and _is_in_category(value)
        and _has_a_day(value)
        and (_has_its_value(profile, value) or _has_its_parts(profile, value))
    )


def _is_in_category(value: dict[str, Any]) -> bool:
    codings = [coding for category in value.get("category", ()) for coding in category.get("coding", ())]
    return len(codings) == 1 and codings[0].get("code") == "vital-signs" and codings[0].get("system") == CATEGORY


def _has_a_day(value: dict[str, Any]) -> bool:
    return "effectivePeriod" in value or len(value.get("effectiveDateTime", "")) >= _DAY


def _has_its_value(profile: str, value: dict[str, Any]) -> bool:
    return "component" not in value and _is_measured_in(_units(profile), value.get("valueQuantity"))


def _has_its_parts(profile: str, value: dict[str, Any]) -> bool:
    """True when its components are those the profile names, once each, none with a second code, and nothing else."""
    units = _units_of_parts(profile)
    if not units or "valueQuantity" in value or len(value.get("component", ())) != len(units):
        return False
    seen = set()
    for component in value["component"]:
        codings = component["code"].get("coding", ())
        if len(codings) != 1 or codings[0].get("system") != LOINC:
            return False
        code = codings[0].get("code")
        if code not in units or not _is_measured_in(units[code], component.get("valueQuantity")):
            return False
        seen.add(code)
    return len(seen) == len(units)


def _is_measured_in(units: frozenset[str], quantity: dict[str, Any] | None) -> bool:
    return (
        quantity is not None
        and "value" in quantity
        and "unit" in quantity
        and quantity.get("system") == _UCUM
        and quantity.get("code") in units
    )


@cache
def _units(profile: str) -> frozenset[str]:
    """The codes its valueQuantity may have; none where it has no single value."""
    for row in definition_file("profiles")[profile]["differential"]["element"]:
        if row["path"] == "Observation.valueQuantity.code":
            if "fixedCode" in row:
                return frozenset({row["fixedCode"]})
            systems = definition_file("codes")[row["binding"]["valueSet"].partition("|")[0]]["systems"]
            return frozenset(systems[_UCUM])
    return frozenset()


@cache
def _units_of_parts(profile: str) -> dict[str, frozenset[str]]:
    """LOINC code of each component that it must have → the code its valueQuantity has; none where it has no such."""
    fixed = {
        row["id"]: row["fixedCode"]
        for row in definition_file("profiles")[profile]["differential"]["element"]
        if row["path"].startswith("Observation.component.") and "fixedCode" in row
    }
    slices = {key.split(".")[1]: code for key, code in fixed.items() if ".code.coding:" in key}
    return {code: frozenset({fixed[f"Observation.{slice_}.valueQuantity.code"]}) for slice_, code in slices.items()}
