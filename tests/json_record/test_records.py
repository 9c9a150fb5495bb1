"""A payload to its records: one object, a list, JSON Lines, an array inside; each with its own bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.json_record import JsonRecordAdapter
from adapters.json_record.spans import elements, member, value
from gateway.adapter import Payload, bind, split, translate
from gateway.errors import PayloadError
from tests.json_record.building import (
    FACILITY,
    HEAD,
    MAPPING,
    PERSON,
    RESULT,
    file,
    holds,
    of,
    refusal,
    report,
    result,
    translation,
    translations,
)

NESTED = (
    HEAD.replace('["phieu", "bn.ma"]', '["dot.phieu[].so"]')
    + '[record]\nreport = ["dot.phieu[].so"]\nrecords = "dot.phieu[]"\nresults = "dot.phieu[].kq[]"\nfacility = "cs"\n'
    + PERSON.replace('"phieu"', '"dot.phieu[].so"').replace("bn.ma", "dot.phieu[].bn")
    + RESULT.replace("kq[]", "dot.phieu[].kq[]")
    + '\n[unplaced]\ncs = "nơi gửi"\n"dot.ngay" = "ngày xuất tệp"\n'
)


def test_one_object_is_one_record_of_all_its_bytes() -> None:
    data = b"\xef\xbb\xbf " + json.dumps(report()).encode() + b"\n"
    adapter = bind(JsonRecordAdapter(), [file()])
    assert [record.data for record in split(adapter, Payload(data))] == [data]


@pytest.mark.parametrize("indent", [None, 1])
def test_each_element_of_a_list_is_a_record_of_its_own_bytes(indent: int | None) -> None:
    sent = [report("P1"), report("P2", who="B2")]
    data = json.dumps(sent, indent=indent, ensure_ascii=False).encode()
    records = split(bind(JsonRecordAdapter(), [file()]), Payload(data))
    assert [json.loads(record.data) for record in records] == sent
    assert all(record.data in data for record in records)
    assert [of(made, "Patient")[0]["identifier"][0]["value"] for made in translations(data)] == ["B1", "B2"]


def test_json_lines_are_records_and_a_broken_line_costs_itself() -> None:
    lines = [json.dumps(report("P1")).encode(), b'{"phieu": "P2",}', json.dumps(report("P3")).encode()]
    adapter = bind(JsonRecordAdapter(), [file()])
    records = split(adapter, Payload(b"\r\n".join(lines) + b"\n"))
    assert [record.data for record in records] == lines
    assert translate(adapter, records[0], FACILITY).lineage["Observation[0].code.text"] == "line 1, kq[0].ten"
    with pytest.raises(PayloadError, match="malformed"):
        translate(adapter, records[1], FACILITY)
    assert translate(adapter, records[2], FACILITY).resources


def test_the_elements_of_an_array_inside_are_records_of_their_own_bytes() -> None:
    inside = [{"so": f"P{n}", "bn": f"B{n}", "kq": [result(value=n)]} for n in (1, 2)]
    data = json.dumps({"cs": "79001", "dot": {"ngay": "x", "phieu": inside}}, indent=2).encode()
    records = split(bind(JsonRecordAdapter(), [file(NESTED)]), Payload(data))
    assert [json.loads(record.data) for record in records] == inside
    assert [record.facility for record in records] == ["79001", "79001"]
    first, second = translations(data, file(NESTED))
    assert (second.lineage["Observation[0].valueQuantity.value"], first.held) == ("dot.phieu[1].kq[0].tri", False)
    assert {left.field for left in first.unplaced} == {"cs", "dot.ngay"}


def test_objects_of_one_report_that_stand_together_are_one_record() -> None:
    flat = MAPPING.replace('results = "kq[]"', "").replace("kq[].", "")
    sent = [
        {"phieu": number, "bn": {"ma": "B"}, **result(name, 1)} for number, name in (("1", "a"), ("1", "b"), ("2", "c"))
    ]
    first, second = translations(sent, file(flat))
    assert [one["code"]["text"] for one in of(first, "Observation")] == ["a", "b"]
    assert [one["code"]["text"] for one in of(second, "Observation")] == ["c"]
    assert first.lineage["Observation[1].code.text"] == "[1].ten"
    data = json.dumps(sent).encode()
    record = split(bind(JsonRecordAdapter(), [file(flat)]), Payload(data))[0]
    assert json.loads(b"[" + record.data + b"]") == sent[:2]
    assert refusal([sent[0], sent[2], sent[1]], file(flat)) == [("json-record-report-apart", "[0]")]


def test_two_patients_in_one_report_are_refused() -> None:
    assert refusal([report("1"), report("1", who="B2")]) == [("mapped-another-patient", "[1].bn.ma")]


def test_the_elements_around_results_are_said_of_each_of_them() -> None:
    deep = MAPPING.replace('"kq[]"', '"dv[].kq[]"').replace("kq[].", "dv[].kq[].")
    deep += '\n[[row]]\nfield = "dv[].khoa"\nattribute = "Observation.method.text"\n'
    sent = {
        "phieu": "1",
        "bn": {"ma": "B"},
        "dv": [{"khoa": "HH", "kq": [result("a"), result("b")]}, {"khoa": "SH", "kq": result("c")}],
    }
    made = translation(sent, file(deep))
    assert [one["method"]["text"] for one in of(made, "Observation")] == ["HH", "HH", "SH"]
    assert made.lineage["Observation[2].code.text"] == "dv[1].kq.ten"  # an object where its array should stand


def test_a_report_whose_results_are_missing_loses_nothing_in_silence() -> None:
    dated = file(
        MAPPING + '\n[[row]]\nfield = "ngay"\nattribute = "Observation.effectiveDateTime"\ndatatype = "dateTime"\n'
    )
    made = translation({**report(), "kq": [], "ngay": "2026-11-20"}, dated)
    assert holds(made) == [("mapped-result-unnamed", "kq[].ten")]


@pytest.mark.parametrize("sent", [b"[]", b"[1, 2]", b'[{"phieu": 1}, null]', b"5", b'[[{"phieu": 1}]]'])
def test_what_is_no_object_is_refused(sent: bytes) -> None:
    rules = [rule for rule, _ in refusal(sent)]
    assert rules
    assert set(rules) <= {"payload-without-records", "json-record-not-objects", "mapping-none-fits"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('a\\"{[,:é ', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab\\"[{é', max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text('ab\\"{:,é', max_size=3), _JSON, max_size=4), st.sampled_from([None, 1]))
def test_every_part_of_a_text_is_found_in_its_bytes(sent: dict[str, Any], indent: int | None) -> None:
    data = b" " + json.dumps(sent, indent=indent, ensure_ascii=False).encode() + b"\n"
    for key, item in sent.items():
        span = member(data, value(data), key)
        assert span is not None
        assert json.loads(data[span.start : span.end]) == item
        if isinstance(item, list):
            assert [json.loads(data[one.start : one.end]) for one in elements(data, span)] == item
