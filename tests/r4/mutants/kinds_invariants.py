"""Mutants that break one error-severity invariant of R4 each, as a table: where, under which condition, by what.

https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.jsontext import Number
from tests.r4.mutants.edits import Edit
from tests.r4.mutants.places import Place

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Breach:
    """``key`` set to ``value``, or to what that makes of the object, or removed where there is no value.

    It breaks ``rule`` in a ``type`` that ``has`` and ``lacks`` the elements named.
    """

    rule: str
    type: str
    key: str
    value: Any = _ABSENT
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    where: tuple[str, Any] | None = None  # an element that has this value


BREACHES = (
    # datatypes
    Breach("per-1", "Period", "end", "1800-01-01", has=("start",)),
    Breach("qty-3", "Quantity", "system", has=("code", "system")),
    Breach("rng-2", "Range", "low", lambda range_: {**range_["high"], "value": Number("1e12")}, has=("high",)),
    Breach("rat-1", "Ratio", "denominator", has=("numerator", "denominator")),
    Breach("att-1", "Attachment", "contentType", has=("data", "contentType")),
    Breach("cpt-2", "ContactPoint", "system", has=("value", "system")),
    Breach("tim-1", "Timing.repeat", "durationUnit", has=("duration", "durationUnit")),
    Breach("tim-2", "Timing.repeat", "periodUnit", has=("period", "periodUnit")),
    Breach("tim-4", "Timing.repeat", "duration", -1, has=("duration",)),
    Breach("tim-5", "Timing.repeat", "period", -1, has=("period",)),
    Breach("tim-6", "Timing.repeat", "periodMax", 5, lacks=("period",)),
    Breach("tim-7", "Timing.repeat", "durationMax", 5, lacks=("duration",)),
    Breach("tim-8", "Timing.repeat", "countMax", 5, lacks=("count",)),
    Breach("tim-9", "Timing.repeat", "offset", 5, lacks=("when",)),
    Breach("tim-10", "Timing.repeat", "when", ["ACM"], has=("timeOfDay",)),
    Breach("exp-1", "Expression", "expression", has=("expression",), lacks=("reference",)),
    # resources
    Breach("ait-1", "AllergyIntolerance", "clinicalStatus", has=("clinicalStatus",)),
    Breach("con-4", "Condition", "clinicalStatus", has=("clinicalStatus", "abatement")),
    Breach("con-5", "Condition", "verificationStatus", {"coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "entered-in-error"},
    ]}, has=("clinicalStatus",)),
    Breach("obs-6", "Observation", "dataAbsentReason", {"text": "a text"}, has=("value",), lacks=("dataAbsentReason",)),
    Breach("obs-3", "Observation.referenceRange", "low", has=("low",), lacks=("high", "text")),
    Breach("pat-1", "Patient", "contact", [{"gender": "female"}], lacks=("contact",)),
    Breach("org-1", "Organization", "name", has=("name",), lacks=("identifier",)),
    Breach("org-2", "Organization", "address", [{"use": "home", "text": "a text"}], lacks=("address",)),
    Breach(
        "org-3", "Organization", "telecom", [{"use": "home", "system": "phone", "value": "1"}], lacks=("telecom",)
    ),
    Breach("cmp-1", "Composition.section", "text", has=("text",), lacks=("entry", "section")),
    Breach("cmp-2", "Composition.section", "emptyReason", {"text": "a text"}, has=("entry",)),
    Breach("lst-1", "List", "emptyReason", {"text": "a text"}, has=("entry",)),
    Breach("que-2", "Questionnaire", "item", [
        {"linkId": "1", "type": "string", "text": "a"}, {"linkId": "1", "type": "string", "text": "b"},
    ], has=("item",)),
    Breach("que-3", "Questionnaire.item", "code", [{"code": "a"}], where=("type", "display")),
    Breach("que-6", "Questionnaire.item", "required", True, where=("type", "display")),
    Breach("que-8", "Questionnaire.item", "initial", [{"valueString": "a"}], where=("type", "group")),
    Breach("que-9", "Questionnaire.item", "readOnly", True, where=("type", "display")),
    Breach("que-10", "Questionnaire.item", "maxLength", 5, where=("type", "choice")),
    Breach("que-1", "Questionnaire.item", "item", [{"linkId": "no-such", "type": "display", "text": "a"}],
           where=("type", "display")),
    Breach("que-4", "Questionnaire.item", "answerValueSet", "http://example.org/a", has=("answerOption",)),
    Breach("qrs-1", "QuestionnaireResponse.item", "item", [{"linkId": "no-such"}], has=("answer",), lacks=("item",)),
    Breach("imm-1", "Immunization", "education", [{"publicationDate": "2020"}]),
    Breach("sdf-4", "StructureDefinition", "baseDefinition", where=("abstract", False), has=("baseDefinition",)),
    Breach("sdf-6", "StructureDefinition", "snapshot", has=("snapshot",), lacks=("differential",)),
    Breach("sdf-18", "StructureDefinition", "contextInvariant", ["true"], lacks=("contextInvariant",)),
    Breach("eld-2", "ElementDefinition", "min", 9, where=("max", "1")),
    Breach("eld-16", "ElementDefinition", "sliceName", "a name/with, signs"),
    Breach("eld-19", "ElementDefinition", "path", "a path.with blanks"),
    Breach("eld-22", "ElementDefinition", "sliceIsConstraining", True, lacks=("sliceName", "sliceIsConstraining")),
    Breach("vsd-1", "ValueSet.compose.include", "system", has=("system",), lacks=("valueSet", "concept", "filter")),
    Breach("vsd-2", "ValueSet.compose.include", "system", has=("concept", "system", "valueSet")),
    Breach("vsd-3", "ValueSet.compose.include", "filter", [{"property": "a", "op": "=", "value": "b"}],
           has=("concept",), lacks=("filter",)),
    Breach("vsd-10", "ValueSet.expansion.contains", "system", has=("code", "system")),
    Breach("csd-1", "CodeSystem", "concept", [{"code": "a"}, {"code": "a", "concept": [{"code": "a"}]}],
           has=("concept",)),
    Breach("cpb-9", "CapabilityStatement.rest", "resource", [{"type": "Patient"}, {"type": "Patient"}],
           has=("resource",)),
    Breach("cpb-14", "CapabilityStatement", "implementation", where=("kind", "instance"), has=("implementation",)),
    Breach("spd-1", "SearchParameter", "xpathUsage", has=("xpath", "xpathUsage")),
    Breach("opd-1", "OperationDefinition.parameter", "type", has=("type",), lacks=("part", "searchType")),
    Breach("opd-2", "OperationDefinition.parameter", "searchType", "token", where=("type", "code"),
           lacks=("searchType",)),
    Breach("inv-1-parameters", "Parameters.parameter", "resource", {"resourceType": "Basic", "code": {"text": "a"}},
           has=("value",)),
    Breach("inv-1-task", "Task", "lastModified", "1800-01-01T00:00:00Z", has=("authoredOn",)),
    Breach("ras-2", "RiskAssessment.prediction", "probabilityDecimal", 101,
           has=("probability",), where=("probabilityRange", None)),
    Breach("app-1", "Appointment", "participant", [{"status": "accepted"}], has=("participant",)),
    Breach("app-2", "Appointment", "end", has=("start", "end")),
    Breach("app-4", "Appointment", "cancelationReason", {"text": "a text"}, where=("status", "booked"),
           lacks=("cancelationReason",)),
    Breach("trd-1", "TriggerDefinition", "timingDate", "2020-02-29", has=("data",), lacks=("timing",)),
    Breach("nsd-1", "NamingSystem", "uniqueId", [{"type": "uuid", "value": "a"}], where=("kind", "root")),
    Breach("lst-2", "List", "entry", [{"deleted": True, "item": {"display": "a text"}}], where=("mode", "snapshot")),
    Breach("lst-3", "List", "entry", [{"date": "2020-02-29", "item": {"display": "a text"}}],
           where=("mode", "snapshot")),
)  # fmt: skip


def breaches(place: Place, rule: str) -> Iterator[Edit]:
    """The edits of the table's rows for ``rule`` that fit this place."""
    for row in BREACHES:
        if row.rule == rule and row.type == place.type.name and _fits(place, row):
            path = (*place.path, row.key)
            if row.value is not _ABSENT:
                yield Edit("set", path, row.value(place.value) if callable(row.value) else row.value)
            elif row.key in place.value:
                yield Edit("remove", path)


def _fits(place: Place, row: Breach) -> bool:
    if row.where is not None and place.value.get(row.where[0]) != row.where[1]:
        return False
    return all(place.has(name) for name in row.has) and not any(place.has(name) for name in row.lacks)


RULES = tuple(dict.fromkeys(row.rule for row in BREACHES))
