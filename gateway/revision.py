"""Judge: what a resource says once a later word about it has come.

An empty value never erases one; a shorter report never drops earlier results (a withdrawn
result stays listed, as entered-in-error). The signed Bundles stay as they were: this is
only how the current version is composed for those who ask.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateway.bundle import Resource, resources
from gateway.mapping.times import earliest

_VALUE = ("value", "effective", "onset", "occurrence", "collected")  # choice types: one key replaces the other
_UNFINISHED = frozenset({"registered", "preliminary"})
# What is said of one value: another value without it has none, and must not inherit "critical high".
_OF_THE_VALUE = frozenset({"component", "dataAbsentReason", "extension", "interpretation"})
_UNITED = {"DiagnosticReport": ("result", "identifier"), "Patient": ("identifier",)}  # lists that only grow


def revise(earlier: Resource, later: Resource) -> Resource:
    """``later`` with what only ``earlier`` said. Neither is changed."""
    made = dict(later)
    later_has_value = _has_value(later)
    another_value = later_has_value and _value(earlier) != _value(later)
    for key, item in earlier.items():
        if key in made or key.removeprefix("_") in made or _replaced(key, later):
            continue
        if another_value and (key in _OF_THE_VALUE or (key == "referenceRange" and _unit(earlier) != _unit(later))):
            continue
        made[key] = item
    if _has_value(earlier) and not later_has_value:
        made.pop("dataAbsentReason", None)
        if later.get("status") in _UNFINISHED and earlier.get("status") not in _UNFINISHED:
            made["status"] = earlier["status"]
    for key in _UNITED.get(later["resourceType"], ()):
        made_list = _united(earlier.get(key, []), later.get(key, []))
        if made_list:
            made[key] = made_list
    return made


def goes_back(standing: Resource, later: Resource) -> bool:
    """True for a word that would undo a finished result without taking it back: a preliminary one after the final.

    Told at the same time as what stands, or at none, such a word is an earlier one that came late.
    """
    return later.get("status") in _UNFINISHED and standing.get("status", "unknown") not in {*_UNFINISHED, "unknown"}


def _has_value(resource: Resource) -> bool:
    return any(key.startswith("value") for key in resource) or bool(resource.get("component"))


def _value(resource: Resource) -> Resource:
    return {key: item for key, item in resource.items() if key.startswith(("value", "component"))}


def _unit(resource: Resource) -> Any:
    measured = resource.get("valueQuantity", {})
    return measured.get("code") or measured.get("unit")


def _replaced(key: str, later: Resource) -> bool:
    """A choice element of ``earlier`` that ``later`` says in another type (valueString, valueQuantity)."""
    for stem in _VALUE:
        if key.lstrip("_").startswith(stem):
            return any(other.lstrip("_").startswith(stem) for other in later)
    return False


def _united(earlier: list[Any], later: list[Any]) -> list[Any]:
    return [*later, *(item for item in earlier if item not in later)]


def result_times(bundle: Resource) -> dict[str, datetime | None]:
    """Resource id → the source's own result time, which decides the order of versions.

    A result's own ``issued``, else its report's, else the latest ``issued`` in the Bundle; None
    where the source says no time at all, and arrival is all there is to order by. The same
    on both sides of an exchange.
    """
    made = [item for item in resources(bundle) if "id" in item]  # the signing Provenance has none
    issued = {item["id"]: earliest(item["issued"]) for item in made if "issued" in item}
    for report in resources(bundle, "DiagnosticReport"):
        if report["id"] in issued:
            for result in report.get("result", []):
                target = result.get("reference", "").removeprefix("urn:uuid:").rpartition("/")[2]
                issued.setdefault(target, issued[report["id"]])
    latest = max(issued.values(), default=None)
    return {item["id"]: issued.get(item["id"], latest) for item in made}
