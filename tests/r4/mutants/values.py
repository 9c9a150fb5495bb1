"""Values of R4's types: plain valid ones to add, and ones that break the format."""

from __future__ import annotations

from typing import Any

from gateway.jsontext import Number

# A valid value of a type; a choice element gets one of these as its second type.
VALID: dict[str, Any] = {
    "boolean": True,
    "integer": 1,
    "positiveInt": 1,
    "unsignedInt": 1,
    "decimal": Number("1.5"),
    "string": "a text",
    "markdown": "a text",
    "code": "a-code",
    "id": "an-id",
    "uri": "http://example.org/a",
    "url": "http://example.org/a",
    "canonical": "http://example.org/a",
    "oid": "urn:oid:1.2.3",
    "uuid": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
    "date": "2020-02-29",
    "dateTime": "2020-02-29",
    "instant": "2020-02-29T10:00:00Z",
    "time": "10:00:00",
    "base64Binary": "YQ==",
    "CodeableConcept": {"text": "a text"},
    "Coding": {"display": "a text"},
    "Quantity": {"value": 1},
    "SimpleQuantity": {"value": 1},
    "Identifier": {"value": "a text"},
    "Period": {"start": "2020"},
    "Range": {"low": {"value": 1}},
    "Ratio": {"numerator": {"value": 1}, "denominator": {"value": 2}},
    "Reference": {"display": "a text"},
    "Annotation": {"text": "a text"},
    "HumanName": {"text": "a text"},
    "Address": {"text": "a text"},
    "ContactPoint": {"system": "phone", "value": "1"},
    "Attachment": {"title": "a text"},
    "Money": {"value": 1},
    "Expression": {"language": "text/fhirpath", "expression": "true"},
    "Age": {"value": 1, "system": "http://unitsofmeasure.org", "code": "a"},
    "Duration": {"value": 1, "system": "http://unitsofmeasure.org", "code": "h"},
    "Dosage": {"text": "a text"},
    "Timing": {"code": {"text": "a text"}},
    "SampledData": {"origin": {"value": 0}, "period": 1, "dimensions": 1},
}

# https://hl7.org/fhir/R4/datatypes.html: the right JSON type, a text or number the type does not allow.
BAD_FORMAT: dict[str, tuple[Any, ...]] = {
    "integer": (2**31, -(2**31) - 1),
    "positiveInt": (0, -1, 2**31),
    "unsignedInt": (-1, 2**31),
    "code": (" a", "a ", "a  b"),
    "id": ("a_b", "a b", "a/b", "x" * 65),
    "uri": ("http://example.org/a b", "urn:oid:1.02", "urn:uuid:1234", "a b"),
    "url": ("http://example.org/a b", "a b"),
    "canonical": ("http://example.org/a b", "a b"),
    "oid": ("1.2.3", "urn:oid:3.1", "urn:oid:1"),
    "uuid": ("0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "urn:uuid:0c3151bd"),
    "date": ("2020-13", "2019-02-29", "2020-1-1", "20200101", "2020-01-01T10:00:00Z", "01/02/2020"),
    "dateTime": ("2020-13", "2019-02-29", "2020-01-01T10:00:00", "2020-01-01T10:00Z", "2020-01-01 10:00:00Z"),
    "instant": ("2020-01-01", "2020-01-01T10:00:00", "2020-01-01T25:00:00Z", "2019-02-29T10:00:00Z"),
    "time": ("10:00", "25:00:00", "10:00:00Z", "10:60:00"),
    "base64Binary": ("%%%", "YQ=", "Y!=="),
}

# https://hl7.org/fhir/R4/json.html#primitive: values of another JSON type than the primitive's.
NUMBERS = frozenset({"integer", "positiveInt", "unsignedInt", "decimal"})


def other_json_types(primitive: str) -> tuple[Any, ...]:
    if primitive == "boolean":
        return ("true", 1, {"value": True})
    if primitive in NUMBERS:
        return ("1", True, {"value": 1})
    return (1, True, {"value": "a text"})
