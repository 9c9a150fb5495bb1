"""Judge: what a result lacks of that which reuse asks for. docs/quality.md says each in words.

A result is an Observation that is finished (final, amended, corrected) and is listed by a report of the record or of
the category laboratory. What groups others and has no value of its own is none, nor is the blood group that comes with
the patient's data.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.bundle import BHXH, BHYT, CANONICAL, CCCD, Resource

_FINISHED = frozenset({"final", "amended", "corrected"})
_NATIONAL = frozenset({CCCD, BHXH, BHYT})
_LOINC = "http://loinc.org"
_BLOOD_GROUP = (_LOINC, "882-1")
_VALUE_OF_R5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value"
_SAID_BEFORE = (f"{CANONICAL}/CodeSystem/result-life", "finalise-earlier")  # its value came with an earlier message
_ROW = re.compile(r"\w+\[\d+\]")  # OBX[3] of OBX[3]-5, XML4[2] of XML4[2].GIA_TRI


def results(made: Sequence[Resource]) -> list[Resource]:
    """The finished results among a record's resources."""
    reports = [one for one in made if one.get("resourceType") == "DiagnosticReport"]
    listed = {_id(each) for one in reports for each in one.get("result", ())}
    return [
        one
        for one in made
        if one.get("resourceType") == "Observation"
        and one.get("status") in _FINISHED
        and (one.get("id") in listed or (_is_laboratory(one) and _BLOOD_GROUP not in _codes(one.get("code", {}))))
        and not ("hasMember" in one and not _has_value(one))
    ]


def rows(made: Sequence[Resource], lineage: Mapping[str, str]) -> dict[str, str]:
    """Resource id → the segment or row of the payload that told of it first, as the lineage names it."""
    numbers: Counter[str] = Counter()
    names = {}
    for one in made:
        kind = one.get("resourceType", "")
        names[f"{kind}[{numbers[kind]}]"] = str(one.get("id", ""))
        numbers[kind] += 1
    found: dict[str, str] = {}
    for coded in (True, False):  # what names the test stands in its own row, its time perhaps in the order's
        for element, source in lineage.items():
            resource, _, rest = element.partition(".")
            name = names.get(resource)
            if name is not None and name not in found and rest.startswith("code.") >= coded:
                row = _ROW.match(source)
                found[name] = row[0] if row else source
    return found


def lacks_by_result(made: Sequence[Resource], found: Sequence[Resource]) -> list[Mapping[str, str]]:
    """Of each result the rules it does not fulfil, and which element of it is asked for."""
    reports = {
        _id(each): one
        for one in made
        if one.get("resourceType") == "DiagnosticReport"
        for each in one.get("result", ())
    }
    nameless = not any(_numbered(one) for one in made if one.get("resourceType") == "Patient")
    return [_lacks(one, reports.get(str(one.get("id")), {}), nameless) for one in found]


def _lacks(result: Resource, report: Resource, nameless: bool) -> Mapping[str, str]:
    found: dict[str, str] = {}
    quantity = result.get("valueQuantity")
    if not result.get("code", {}).get("coding"):
        found["quality-result-without-code"] = "Observation.code.coding"
    if not (_has_value(result) or "dataAbsentReason" in result or _SAID_BEFORE in _tags(result)):
        found["quality-result-without-value"] = "Observation.value[x]"
    if quantity is not None and not ("unit" in quantity or "code" in quantity):
        found["quality-result-without-unit"] = "Observation.valueQuantity.unit"
    if quantity is not None and not (result.get("referenceRange") or result.get("interpretation")):
        found["quality-result-without-range"] = "Observation.referenceRange"
    if _is_laboratory(result) and not (result.get("specimen") or report.get("specimen") or _has_loinc(result)):
        found["quality-result-without-specimen"] = "Observation.specimen"
    if not (_any(result, "effective") or _any(report, "effective")):
        found["quality-result-without-time"] = "Observation.effective[x]"
    if not (result.get("issued") or report.get("issued")):
        found["quality-result-without-issued"] = "Observation.issued"
    if not (result.get("performer") or report.get("performer") or report.get("resultsInterpreter")):
        found["quality-result-without-performer"] = "Observation.performer"
    if nameless:
        found["quality-patient-without-number"] = "Patient.identifier"
    return found


def _numbered(patient: Resource) -> bool:
    """By a number that finds the same person at another facility."""
    return any(one.get("system") in _NATIONAL and one.get("value") for one in patient.get("identifier", ()))


def _is_laboratory(one: Resource) -> bool:
    return any(coding.get("code") == "laboratory" for each in one.get("category", ()) for coding in _codings(each))


def _codes(concept: Mapping[str, Any]) -> set[tuple[Any, Any]]:
    return {(coding.get("system"), coding.get("code")) for coding in _codings(concept)}


def _has_loinc(result: Resource) -> bool:
    """A LOINC code says of what specimen, too."""
    return any(system == _LOINC for system, _ in _codes(result.get("code", {})))


def _tags(result: Resource) -> set[tuple[Any, Any]]:
    return {(tag.get("system"), tag.get("code")) for tag in result.get("meta", {}).get("tag", ())}


def _codings(concept: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    codings: Iterable[Mapping[str, Any]] = concept.get("coding", ())
    return codings


def _has_value(one: Resource) -> bool:
    later = any(each.get("url") == _VALUE_OF_R5 for each in one.get("extension", ()))
    return later or _any(one, "value") or "component" in one


def _any(one: Resource, choice: str) -> bool:
    """Whether a choice element has one of its types."""
    return any(name.startswith(choice) for name in one)


def _id(reference: Mapping[str, Any]) -> str:
    return str(reference.get("reference", "")).removeprefix("urn:uuid:").rpartition("/")[2]
