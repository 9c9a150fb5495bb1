"""Judge: what a resource says once a later word about it has come.

An empty value never erases one; a shorter report never drops earlier results (a withdrawn
result stays listed, as entered-in-error). The signed Bundles stay as they were: this is
only how the current version is composed for those who ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from gateway.bundle import CCCD, Resource, resources
from gateway.closed_visit import visited
from gateway.mapping.made_by import tells_file
from gateway.mapping.times import earliest
from gateway.taken_back import taken_back, without

# The choice types of what is kept: one key replaces the other (valueString, valueQuantity).
_CHOICE = re.compile(
    r"_?(value|effective|onset|abatement|occurrence|performed|deceased|multipleBirth|medication|quantity|asNeeded"
    r"|reported|created|occurred|code)[A-Z]"
)
UNFINISHED = frozenset({"registered", "preliminary"})
# What is said of one value: another value without it has none, and must not inherit "critical high".
_OF_THE_VALUE = frozenset({"component", "dataAbsentReason", "extension", "interpretation"})
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_ABSENT_CODE = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
# type → an element said anew → what the earlier word said along with it, which does not stand beside the new one.
_GONE_WITH: dict[str, dict[str, frozenset[str]]] = {
    "Appointment": {
        "start": frozenset({"end", "_end", "minutesDuration", "requestedPeriod"}),
        "status": frozenset({"cancelationReason"}),  # app-4
    },
    "Immunization": {"status": frozenset({"statusReason", "isSubpotent", "subpotentReason"})},
}
_UNITED = {  # lists that only grow
    "DiagnosticReport": ("result", "identifier", "presentedForm"),
    "Patient": ("identifier", "link"),
    "ServiceRequest": ("identifier",),
    "MedicationRequest": ("identifier",),
}


def revise(earlier: Resource, later: Resource) -> Resource:
    """``later`` with what only ``earlier`` said, but for whom ``later`` takes back. Neither is changed."""
    marks = taken_back(later)
    if not marks and not taken_back(earlier):
        return _revised(earlier, later)
    made = _revised(without(earlier, marks), without(later, ()))
    said = [*made.get("extension", ()), *marks.values()]
    return {**made, "extension": said} if said else made


def _revised(earlier: Resource, later: Resource) -> Resource:
    made = {key: item for key, item in later.items() if not (key in earlier and _says_nothing(key, item))}
    later_has_value = _has_value(later)
    another_value = later_has_value and _value(earlier) != _value(later)
    said = {_choice(key) for key in later} - {""}
    gone = _gone(earlier, later)
    for key, item in earlier.items():
        if key in made or key.removeprefix("_") in made or _choice(key) in said or key in gone:
            continue
        if another_value and (key in _OF_THE_VALUE or (key == "referenceRange" and _unit(earlier) != _unit(later))):
            continue
        if key == "dataAbsentReason" and later_has_value:
            continue
        made[key] = item
        made.pop(beside := f"_{key}", None)  # why it was absent, now that it is there
        if beside in earlier:
            made[beside] = earlier[beside]
    if _has_value(earlier) and not later_has_value:
        made.pop("dataAbsentReason", None)
        if later.get("status") in UNFINISHED and earlier.get("status") not in UNFINISHED:
            made["status"] = earlier["status"]
    for key in _UNITED.get(later["resourceType"], ()):
        made_list = _united(earlier.get(key, []), later.get(key, []))
        if made_list:
            made[key] = made_list
    if later["resourceType"] == "Encounter":
        return visited(made, earlier, later)
    return _answered_once(made, later)


def _gone(earlier: Resource, later: Resource) -> frozenset[str]:
    """What belongs to a word of ``earlier`` that ``later`` says otherwise: the end of another time."""
    along = _GONE_WITH.get(later["resourceType"], {})
    anew = (names for key, names in along.items() if key in later and later[key] != earlier.get(key))
    return frozenset().union(*anew)


def _answered_once(made: Resource, later: Resource) -> Resource:
    """obs-7: what the code asks is answered by the value or by a component, as ``later`` has it."""
    if "component" not in made:
        return made
    codes = _codes(made)
    if any(_choice(key) == "value" for key in made) and any(codes & _codes(part) for part in made["component"]):
        dropped = "value" if "component" in later else "component"
        return {key: item for key, item in made.items() if dropped not in (key, _choice(key))}
    return made


def _codes(part: Resource) -> set[tuple[Any, Any]]:
    return {(coding.get("system"), coding.get("code")) for coding in part.get("code", {}).get("coding", ())}


def _says_nothing(key: str, item: Any) -> bool:
    """True for an element that R4 requires and its sender did not know: the earlier word of it stands."""
    if key == "status":
        return bool(item == "unknown")
    if key == "content" and isinstance(item, list):  # of a document told of without it
        return all(_is_announced(part.get("attachment", {})) for part in item)
    if key not in ("class", "code") or isinstance(item, list):  # a PractitionerRole has several codes, none required
        return False
    if set(item) == {"extension"}:
        return all(each.get("url") == _ABSENT for each in item["extension"])
    codings = item.get("coding", ())
    return set(item) == {"coding"} and all(each.get("system") == _ABSENT_CODE for each in codings)


def _is_announced(attachment: Resource) -> bool:
    """True for the content of a document that came without it."""
    without = any(each.get("url") == _ABSENT for each in attachment.get("extension", ()))
    return without and not {"data", "url"} & attachment.keys()


def _has_value(resource: Resource) -> bool:
    return any(key.startswith("value") for key in resource) or bool(resource.get("component"))


def _value(resource: Resource) -> Resource:
    return {key: item for key, item in resource.items() if key.startswith(("value", "component"))}


def _unit(resource: Resource) -> Any:
    measured = resource.get("valueQuantity", {})
    return measured.get("code") or measured.get("unit")


def _choice(key: str) -> str:
    """The choice element a key is one type of; "" when it is none."""
    matched = _CHOICE.match(key)
    return matched[1] if matched else ""


def _united(earlier: list[Any], later: list[Any]) -> list[Any]:
    """The later list, and what of the earlier it does not speak of."""
    spoken = [_named(item) for item in later]
    return [*later, *(item for item in earlier if _named(item) not in spoken)]


def _named(item: Any) -> Any:
    """What an item of a list that only grows is about: a reference's target, an identifier's number, a title."""
    for name in ("reference", "title"):
        if name in item:
            return item[name]
    if item.get("system") == CCCD:  # a person has one: another is a correction of it
        return CCCD
    return (item.get("system"), item["value"]) if "value" in item else item


def result_times(bundle: Resource) -> dict[str, datetime | None]:
    """Resource id → the source's own time of saying it, which decides the order of versions.

    A result's own ``issued``, else its report's. Anything else, and a result without one: when its message
    was made (``recorded_at``), else the latest ``issued`` in the Bundle; None where the source says no time at
    all, and arrival is all there is to order by. The same on both sides of an exchange.
    """
    made = [item for item in resources(bundle) if "id" in item]  # the signing Provenance has none
    issued = {item["id"]: earliest(item["issued"]) for item in made if "issued" in item}
    for report in resources(bundle, "DiagnosticReport"):
        if report["id"] in issued:
            for result in report.get("result", []):
                target = result.get("reference", "").removeprefix("urn:uuid:").rpartition("/")[2]
                issued.setdefault(target, issued[report["id"]])
    otherwise = recorded_at(bundle) or max(issued.values(), default=None)
    return {item["id"]: issued.get(item["id"], otherwise) for item in made}


def recorded_at(bundle: Resource) -> datetime | None:
    """When the source made its message."""
    own = _own_provenance(bundle)
    return earliest(own["recorded"]) if "recorded" in own else None


def message_number(bundle: Resource) -> str:
    """The number the source gave its message (MSH-10), "" where it gave none."""
    for entity in _own_provenance(bundle).get("entity", ()):
        identifier = entity.get("what", {}).get("identifier", {})
        if str(identifier.get("system", "")).endswith(":message"):
            return str(identifier.get("value", ""))
    return ""


def _own_provenance(bundle: Resource) -> Resource:
    """The message's own, which is not the one that signs, nor the one of its mapping file; {} without one.

    Of several it is the one that speaks of most: those of an order or of a document's edit say when that was done.
    """
    all_of_it = resources(bundle, "Provenance")
    said = [one for one in all_of_it if "id" in one and "signature" not in one and not tells_file(one)]
    return max(said, key=lambda one: (len(one.get("target", ())), one["id"]), default={})


def latest_said(made: Iterable[Resource]) -> datetime | None:
    """The latest of the times that decide the order of versions: a result's ``issued``, a Provenance's ``recorded``."""
    said = {str(one.get("issued") or one.get("recorded") or "") for one in made} - {""}
    return max((earliest(time) for time in said), default=None)
