"""The formats of primitive types."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.jsontext import Number, loads
from gateway.r4 import check
from gateway.r4.schema import primitive

RIGHT: dict[str, list[Any]] = {
    "boolean": [True, False],
    "integer": [0, -1, 2147483647, -2147483648],
    "positiveInt": [1, 2147483647],
    "unsignedInt": [0, 1],
    "decimal": [0, -3, Decimal("1.50"), Number("1.50"), Number("1E2"), Number("-0")],
    "string": ["a", "Âm tính", " a ", "a\tb\r\nc", "<5"],
    "markdown": ["# a\n\nb"],
    "code": ["a", "a b"],
    "id": ["a", "A-1.b", "x" * 64],
    "uri": ["http://a.example", "urn:oid:1.2.3", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "#a"],
    "url": ["https://a.example/b?c=d"],
    "canonical": ["http://a.example/b|1.0"],
    "oid": ["urn:oid:2.16.840.1"],
    "uuid": ["urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"],
    "date": ["1980", "1980-02", "1980-02-29"],
    "dateTime": ["1980", "1980-02-29", "2026-11-22T10:04:05+07:00", "2026-11-22T10:04:05.123Z", "2016-12-31T23:59:60Z"],
    "instant": ["2026-11-22T10:04:05+07:00", "2026-11-22T10:04:05.1Z"],
    "time": ["10:04:05", "10:04:05.1"],
    "base64Binary": ["YQ==", "YWJj\nZGVm"],
}
WRONG: dict[str, list[Any]] = {
    "boolean": ["true", 1, 0],
    "integer": [True, "1", 2147483648, -2147483649, Number("1.0"), 1.0],
    "positiveInt": [0, -1],
    "unsignedInt": [-1],
    "decimal": [True, "1.5", 1.5, Decimal("NaN"), Decimal("Infinity")],
    "string": ["", " ", 1, "a\x01b", "a\x0bb", "x" * (1024 * 1024 + 1)],
    "markdown": [""],
    "code": [" a", "a ", "a  b", ""],
    "id": ["", "a_b", "x" * 65, "ă"],
    "uri": ["a b", "urn:oid:9.1", "urn:uuid:1", ""],
    "url": ["http://a b"],
    "canonical": ["a b"],
    "oid": ["2.16.840.1", "urn:oid:2.016"],
    "uuid": ["urn:uuid:0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0"],
    "date": ["80", "1980-13", "1980-02-30", "1981-02-29", "0000", "1980-2-1", "1980-02-29T10:00:00Z", "١٩٨٠"],
    "dateTime": ["2026-11-22T10:04", "2026-11-22T10:04:05", "2026-11-22T24:00:00Z", "2026-02-30T10:04:05Z", "1980-00"],
    "instant": ["2026-11-22", "2026-11-22T10:04:05", "2026-04-31T10:04:05Z"],
    "time": ["10:04", "24:00:00", "10:04:05Z"],
    "base64Binary": ["%%%2@()()", "YQ=", "", 1],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in RIGHT.items() for value in values])
def test_a_right_value_is_accepted(name: str, value: Any) -> None:
    assert primitive(name).broken(value) is None


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_refused(name: str, value: Any) -> None:
    assert primitive(name).broken(value) is not None


def test_a_float_is_refused_by_its_own_rule_because_it_loses_digits() -> None:
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "a"},
        "valueQuantity": {"value": 5.1},
    }
    assert [(issue.rule, issue.expression) for issue in check(resource)] == [("r4-float", "Observation.value.value")]


@given(st.dates().map(str))
def test_every_day_of_the_calendar_is_a_date(day: str) -> None:
    assert primitive("date").broken(day) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_every_json_number_is_a_decimal(number: Decimal) -> None:
    assert primitive("decimal").broken(loads(json.dumps({"a": float(number)}))["a"]) is None


@given(st.text())
def test_no_text_makes_a_format_raise(text: str) -> None:
    for name in RIGHT:
        primitive(name).broken(text)
