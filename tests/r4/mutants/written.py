"""Valid resources written by hand, for rules that neither the examples nor the made ones can show."""

from __future__ import annotations

from typing import Any

_URL = "http://example.org/fhir"
_PATIENT = "urn:uuid:7d6f1f6c-7b3a-4bb0-a0b4-3f2f5a1f7c11"
_COMPOSITION = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
_ADDRESS = {"name": "Made", "status": "draft", "date": "2020-02-29", "publisher": "a text"}


def _condition(status: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": status}]}


def _item(number: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"linkId": number, "type": kind, "text": "a text", **more}


def _definition(**more: Any) -> dict[str, Any]:
    return {"resourceType": "StructureDefinition", "url": f"{_URL}/StructureDefinition/made", **_ADDRESS, **more,
            "kind": "resource", "abstract": False, "type": "Patient", "derivation": "constraint",
            "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient"}  # fmt: skip


def _element(path: str, **more: Any) -> dict[str, Any]:
    return {"id": path, "path": path, "definition": "a text", "min": 0, "max": "1",
            "base": {"path": path, "min": 0, "max": "1"}, **more}  # fmt: skip


WRITTEN: dict[str, dict[str, Any]] = {
    "definition-differential": _definition(differential={"element": [
        {"id": "Patient", "path": "Patient"},
        {"id": "Patient.name", "path": "Patient.name", "min": 1, "max": "1"},
    ]}),
    "definition-snapshot": _definition(snapshot={"element": [
        _element("Patient"),
        _element("Patient.gender", type=[{"code": "code"}], binding={"strength": "required", "description": "a text"}),
        _element("Patient.birthDate", type=[{"code": "date"}], constraint=[
            {"key": "a-1", "severity": "error", "human": "a text", "expression": "true"},
        ]),
    ]}),
    "questionnaire": {"resourceType": "Questionnaire", "status": "draft", "item": [
        _item("1", "group", item=[
            _item("1.1", "display"), _item("1.2", "choice", answerOption=[{"valueString": "a"}])]),
        _item("2", "choice", answerOption=[{"valueString": "a"}]),
        _item("3", "display"),
        _item("4", "string", maxLength=5),
    ]},
    "questionnaire-response": {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [
        {"linkId": "1", "item": [{"linkId": "1.1", "answer": [{"valueString": "a"}]}]},
        {"linkId": "2", "answer": [{"valueString": "a", "item": [{"linkId": "2.1", "answer": [{"valueInteger": 1}]}]}]},
    ]},
    "condition": {"resourceType": "Condition", "subject": {"reference": "Patient/1"},
        "clinicalStatus": _condition("resolved"), "abatementDateTime": "2020"},
    "value-set": {"resourceType": "ValueSet", "url": f"{_URL}/ValueSet/made", **_ADDRESS, "compose": {"include": [
        {"system": f"{_URL}/CodeSystem/made", "concept": [{"code": "a"}]},
        {"system": f"{_URL}/CodeSystem/made", "valueSet": [f"{_URL}/ValueSet/other"], "concept": [{"code": "a"}]},
        {"system": f"{_URL}/CodeSystem/other"},
    ]}, "expansion": {"timestamp": "2020-02-29T10:00:00Z", "contains": [{"system": f"{_URL}/a", "code": "a"}]}},
    "code-system": {"resourceType": "CodeSystem", "url": f"{_URL}/CodeSystem/made", **_ADDRESS, "content": "complete",
        "concept": [{"code": "a", "concept": [{"code": "b"}]}, {"code": "c"}]},
    "capability-statement": {"resourceType": "CapabilityStatement", **_ADDRESS, "kind": "instance",
        "implementation": {"description": "a text"}, "fhirVersion": "4.0.1", "format": ["json"],
        "rest": [{"mode": "server", "resource": [{"type": "Patient"}, {"type": "Observation"}]}]},
    "search-parameter": {"resourceType": "SearchParameter", "url": f"{_URL}/SearchParameter/made", **_ADDRESS,
        "description": "a text", "code": "made", "base": ["Patient"], "type": "token", "expression": "Patient.active",
        "xpath": "f:Patient/f:active", "xpathUsage": "normal"},
    "operation-definition": {"resourceType": "OperationDefinition", **_ADDRESS, "kind": "operation", "code": "made",
        "system": True, "type": False, "instance": False, "parameter": [
            {"name": "a", "use": "in", "min": 0, "max": "1", "type": "code"},
            {"name": "b", "use": "in", "min": 0, "max": "1", "part": [
                {"name": "c", "use": "in", "min": 0, "max": "1", "type": "string"}]}]},
    "naming-system": {"resourceType": "NamingSystem", **_ADDRESS, "kind": "root",
        "uniqueId": [{"type": "oid", "value": "1.2.3"}]},
    "parameters": {"resourceType": "Parameters", "parameter": [
        {"name": "a", "valueString": "a text"}, {"name": "b", "part": [{"name": "c", "valueBoolean": True}]}]},
    "linkage": {"resourceType": "Linkage", "item": [
        {"type": "source", "resource": {"reference": "Patient/1"}},
        {"type": "alternate", "resource": {"reference": "Patient/2"}}]},
    "immunization-recommendation": {"resourceType": "ImmunizationRecommendation", "date": "2020-02-29",
        "patient": {"reference": "Patient/1"}, "recommendation": [
            {"targetDisease": {"text": "a text"}, "forecastStatus": {"text": "a text"}}]},
    "observation": {"resourceType": "Observation", "status": "final", "code": {"text": "a text"},
        "valueQuantity": {"value": 1, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
        "referenceRange": [{"low": {"value": 1}}]},
    "event-definition": {"resourceType": "EventDefinition", "status": "draft", "trigger": [
        {"type": "data-added", "data": [{"type": "Observation"}]}]},
    "risk-assessment": {"resourceType": "RiskAssessment", "status": "final", "subject": {"reference": "Patient/1"},
        "prediction": [{"probabilityDecimal": 5, "whenRange": {"low": {"value": 1}, "high": {"value": 2}}}]},
    "body-weight": {"resourceType": "Observation", "status": "final",
        "meta": {"profile": ["http://hl7.org/fhir/StructureDefinition/bodyweight"]},
        "category": [{"coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": "Patient/1"}, "effectiveDateTime": "2020-02-29",
        "valueQuantity": {"value": 70, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}},
    "medication-request": {"resourceType": "MedicationRequest", "status": "active", "intent": "order",
        "medicationCodeableConcept": {"text": "a text"}, "subject": {"reference": "Patient/1", "type": "Patient"},
        "dosageInstruction": [{"timing": {"repeat": {
            "duration": 1, "durationUnit": "h", "frequency": 1, "when": ["ACM"]}}}]},
    "service-request": {"resourceType": "ServiceRequest", "status": "active", "intent": "order",
        "subject": {"reference": "#p"}, "contained": [{"resourceType": "Patient", "id": "p", "active": True}],
        "occurrenceTiming": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "timeOfDay": ["10:00:00"]}}},
    "list": {"resourceType": "List", "status": "current", "mode": "snapshot",
        "entry": [{"item": {"display": "a text"}}]},
    "document": {"resourceType": "Bundle", "type": "document", "timestamp": "2020-02-29T10:00:00Z",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:4d2b6b1e-7cc4-4bc2-9b0c-0a3f3f6f9a22"},
        "entry": [
            {"fullUrl": _COMPOSITION, "resource": {"resourceType": "Composition", "status": "final",
                "type": {"text": "a text"}, "subject": {"reference": _PATIENT}, "date": "2020",
                "author": [{"reference": _PATIENT}], "title": "a text"}},
            {"fullUrl": _PATIENT, "resource": {"resourceType": "Patient", "active": True}}]},
    "search-answer": {"resourceType": "Bundle", "type": "searchset", "total": 2,
        "link": [{"relation": "self", "url": f"{_URL}/Patient"}, {"relation": "next", "url": f"{_URL}/Patient?page=2"}],
        "entry": [{"fullUrl": f"{_URL}/Patient/{number}", "search": {"mode": "match"},
                   "resource": {"resourceType": "Patient", "id": number, "active": True}} for number in ("1", "2")]},
    "collection": {"resourceType": "Bundle", "type": "collection", "entry": [
        {"fullUrl": f"{_URL}/Patient/{number}", "resource": {"resourceType": "Patient", "id": number, "active": True}}
        for number in ("1", "2", "3")]},
}  # fmt: skip
