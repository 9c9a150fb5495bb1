"""check_json: whatever the bytes, an answer and never an exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.r4 import check, check_json
from gateway.r4.definition_files import definition_file
from tests.r4.samples import message, patient

TYPES = [name for name, kind in definition_file("types").items() if kind["kind"] == "resource" and not kind["abstract"]]
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.sampled_from(["#a", "2026-01-01", "urn:uuid:1", "Patient/1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "value", "_id", "url"]), inner),
    max_leaves=6,
)


def test_valid_json_is_checked() -> None:
    assert check_json(json.dumps(patient()).encode()) == []
    assert [issue.rule for issue in check_json(b'{"resourceType":"Patient","gender":"M"}')] == ["r4-code"]


def test_the_digits_of_a_number_are_kept_while_it_is_checked() -> None:
    text = b'{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueQuantity":{"value":5.10}}'
    assert check_json(text) == []


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "json-empty"),
        (b"{", "json-malformed"),
        (b"\xff", "json-not-utf8"),
        (b'{"resourceType":"Patient","id":"a","id":"b"}', "json-duplicate-key"),
        (b'{"resourceType":"Observation","valueInteger":NaN}', "json-not-a-number"),
        (b"[" * 100_000, "json-too-deep"),
        (b'{"a":' * 100_000, "json-too-deep"),
        (b"[]", "r4-json-object"),
        (b"1", "r4-json-object"),
    ],
)
def test_what_is_not_a_resource_is_an_issue(data: bytes, rule: str) -> None:
    assert [issue.rule for issue in check_json(data)] == [rule]


@given(st.binary())
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert check_json(data)


@given(st.sampled_from(TYPES), st.data())
def test_no_content_of_any_type_makes_it_raise(name: str, data: st.DataObject) -> None:
    keys = list(definition_file("types")[name]["elements"])
    top = sorted(
        {row[0].removesuffix("[x]") for row in keys if row[0] and "." not in row[0]} | {"valueString", "_status"}
    )
    check({"resourceType": name, **data.draw(st.dictionaries(st.sampled_from(top), _values, max_size=4))})


@given(st.data())
def test_no_change_of_a_message_makes_it_raise(data: st.DataObject) -> None:
    bundle: Any = message()
    here: Any = bundle
    while isinstance(here, dict | list) and here:
        step = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        if data.draw(st.booleans()) or not isinstance(here[step], dict | list):
            here[step] = data.draw(_values)
            break
        here = here[step]
    check(bundle)
