"""What is not R4 JSON, or means harm, is refused by a rule; no value of it is told."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.fhir import FhirAdapter
from gateway.adapter import DefaultProfile, Payload, split, translate
from gateway.errors import SenderError
from tests.fhir.building import bundle, observation, patient, refusal, refused_by

WHOLE = json.dumps(bundle(patient(), observation())).encode()


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        (b'{"resourceType":"Patient","id":"a","id":"b"}', "json-duplicate-key"),
        (b'{"resourceType":"Patient","multipleBirthInteger":NaN}', "json-not-a-number"),
        (b'{"resourceType":"Patient","multipleBirthInteger":1e' + b"9" * 30 + b"}", "json-number-too-long"),
        (b'{"resourceType":"Patient","extension":' + b"[" * 5000 + b"]" * 5000 + b"}", "json-too-deep"),
        (b'{"resourceType":"Patient","name":[{"text":"\\ud800"}]}', "json-lone-surrogate"),
        (b'{"resourceType":"Patient","name":[{"text":"\xff"}]}', "json-not-utf8"),
        (b'{"resourceType":"Patient","name":[{"text":"a\\u0000"}]}', "json-nul"),
        (WHOLE[: len(WHOLE) // 2], "json-malformed"),
        (b'{"resourceType":7}', "fhir-not-a-resource"),
        (b'<Patient xmlns="http://hl7.org/fhir"><id value="p1"/></Patient>', "fhir-xml"),
    ],
)
def test_broken_or_hostile_text_is_recognised_and_refused(sent: bytes, rule: str) -> None:
    assert FhirAdapter().recognises(Payload(sent))
    assert refused_by(sent) == [rule]


def test_an_xml_declaration_before_fhir_is_no_hindrance_and_other_xml_is_others() -> None:
    text = b'<?xml version="1.0" encoding="UTF-8"?>\n<Bundle xmlns="http://hl7.org/fhir"></Bundle>'
    assert FhirAdapter().recognises(Payload(text))
    assert not FhirAdapter().recognises(Payload(b'<?xml version="1.0"?><GIAMDINHHS><a>http://hl7.org/fhir</a>'))


def test_a_byte_order_mark_is_no_hindrance() -> None:
    assert translate_all(b"\xef\xbb\xbf" + WHOLE) == translate_all(WHOLE)


def translate_all(sent: bytes) -> list[str]:
    adapter = FhirAdapter()
    made = [translate(adapter, record, DefaultProfile()) for record in split(adapter, Payload(sent))]
    return [resource["id"] for translation in made for resource in translation.resources]


@pytest.mark.parametrize(
    "div",
    [
        '<div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x()">a</p></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><a href="javascript:x()">a</a></div>',
    ],
)
def test_a_narrative_with_a_script_is_refused(div: str) -> None:
    sent = bundle(patient(text={"status": "generated", "div": div}))
    assert refused_by(sent) == ["txt-1"]


def test_what_is_not_valid_r4_is_refused_in_the_senders_own_paths_without_its_values() -> None:
    refused = refusal(bundle(patient(birthDate="12/04/1985"), observation()))
    assert [(issue.rule, issue.expression) for issue in refused.issues] == [
        ("r4-date", "Bundle.entry[0].resource.birthDate")
    ]
    assert "1985" not in str(refused)


def test_an_unknown_modifier_is_refused() -> None:
    sent = bundle(patient(), observation(modifierExtension=[{"url": "https://his.example/not", "valueBoolean": True}]))
    assert refused_by(sent) == ["r4-modifier-extension-unknown"]


_ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1.5, "", "x", [], [None], {}, {"reference": 5}, {"a": [{}]}, "Patient/p1"]
)
_PLACES = st.sampled_from(
    ["entry", "type", "link", "total", "meta", "entry.0", "entry.1", "entry.1.fullUrl", "entry.1.request",
     "entry.1.resource", "entry.1.resource.subject", "entry.1.resource.subject.reference", "entry.1.resource.id",
     "entry.1.resource.meta", "entry.1.resource.contained", "entry.1.resource.identifier", "entry.0.resource.link",
     "entry.1.resource.resourceType", "entry.1.search", "entry.0.resource.identifier", "resourceType"]
)  # fmt: skip


@given(st.lists(st.tuples(_PLACES, _ODD), min_size=1, max_size=3))
def test_whatever_stands_in_the_wrong_place_is_refused_or_translated(changes: list[tuple[str, object]]) -> None:
    sent = json.loads(WHOLE)
    for place, odd in changes:
        *steps, last = [int(step) if step.isdigit() else step for step in place.split(".")]
        try:
            target = sent
            for step in steps:
                target = target[step]
            target[last] = deepcopy(odd)
        except (KeyError, IndexError, TypeError):
            continue
    with suppress(SenderError):
        assert translate_all(json.dumps(sent).encode())
