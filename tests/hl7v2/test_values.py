"""OBX-5 by OBX-2: every form keeps its meaning, and nothing is turned round."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapter import DefaultProfile
from gateway.jsontext import Number, dumps
from gateway.mapping.values import SOURCE_TEXT
from tests.hl7v2.building import holds, observed, only, rules, unplaced, value_of

COMMA = DefaultProfile(decimal_comma=True)


def quantity(observation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = observation["valueQuantity"]
    return found


def test_a_number_keeps_its_digits() -> None:
    observation, made = observed("NM", "5.10", f6="mmol/L")
    assert dumps(quantity(observation)["value"]) == b"5.10"
    assert made.lineage["Observation[0].valueQuantity.value"] == "OBX[1]-5"
    assert made.lineage["Observation[0].valueQuantity.unit"] == "OBX[1]-6"
    assert not made.held


def test_leading_zeros_are_kept_beside_the_number() -> None:
    observation, _ = observed("NM", "0065.88", f6="nmol/L")
    assert dumps(quantity(observation)["value"]) == b"65.88"
    assert quantity(observation)["extension"] == [{"url": SOURCE_TEXT, "valueString": "0065.88"}]


@pytest.mark.parametrize(
    ("text", "comparator"), [("<5", "<"), (">10000", ">"), ("<=0.5", "<="), (">=32", ">="), ("≤3", "<=")]
)
def test_a_bound_in_a_number_field_stays_that_bound(text: str, comparator: str) -> None:
    observation, made = observed("NM", text, f6="mg/L")
    assert quantity(observation)["comparator"] == comparator
    assert rules(made) == ["hl7v2-value-with-comparator"]
    assert not made.held


@pytest.mark.parametrize("text", ["Âm tính", "++", "+3", "2-4", "1:128", "1E3", "7.2 mmol/L", "-", "7..2"])
def test_words_in_a_number_field_stay_words(text: str) -> None:
    observation, made = observed("NM", text, f6="mg/L")
    assert value_of(observation) == {"valueString": text}
    assert rules(made) == ["hl7v2-value-not-numeric"]


@pytest.mark.parametrize("kind", ["NM", "ST"])
@pytest.mark.parametrize("text", ["7,2", "1,234", "1.234,5"])
def test_a_comma_no_facility_declared_stays_text_and_holds(kind: str, text: str) -> None:
    observation, made = observed(kind, text, f6="mmol/L")
    assert value_of(observation) == {"valueString": text}
    assert holds(made) == ["value-number-ambiguous"]


def test_a_comma_is_decimal_where_the_facility_says_so() -> None:
    observation, made = observed("NM", "7,2", COMMA, f6="mmol/L")
    assert quantity(observation)["value"] == Number("7.2")
    assert not made.held


@pytest.mark.parametrize("text", ["1,234", "1.234,5"])
def test_thousands_hold_even_where_commas_are_decimal(text: str) -> None:
    observation, made = observed("NM", text, COMMA, f6="mmol/L")
    assert value_of(observation) == {"valueString": text}
    assert made.held


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<^5", {"valueQuantity": {"value": Number("5"), "comparator": "<"}}),
        (">^100", {"valueQuantity": {"value": Number("100"), "comparator": ">"}}),
        ("<=^0.25", {"valueQuantity": {"value": Number("0.25"), "comparator": "<="}}),
        ("^7", {"valueQuantity": {"value": Number("7")}}),
        ("=^7", {"valueQuantity": {"value": Number("7")}}),
        ("^1^:^128", {"valueRatio": {"numerator": {"value": Number("1")}, "denominator": {"value": Number("128")}}}),
        ("^1^/^8", {"valueRatio": {"numerator": {"value": Number("1")}, "denominator": {"value": Number("8")}}}),
        ("^2^-^4", {"valueRange": {"low": {"value": Number("2")}, "high": {"value": Number("4")}}}),
        ("^2^+", {"valueString": "2+"}),
        ("<>^5", {"valueString": "<>5"}),
        (">^1^:^800", {"valueString": ">1:800"}),
        ("<^2^-^4", {"valueString": "<2-4"}),
        ("^4^-^2", {"valueString": "4-2"}),
        (">^abc", {"valueString": ">abc"}),
        ("^^:^128", {"valueString": ":128"}),
    ],
)
def test_a_structured_number_is_what_it_says(value: str, expected: dict[str, Any]) -> None:
    observation, _ = observed("SN", value)
    assert value_of(observation) == expected


def test_a_comparator_has_the_component_it_came_from() -> None:
    _, made = observed("SN", "<^5", f6="mg/L")
    assert made.lineage["Observation[0].valueQuantity.comparator"] == "OBX[1]-5.1"
    assert made.lineage["Observation[0].valueQuantity.value"] == "OBX[1]-5.2"


@given(st.sampled_from(["<", "<=", ">", ">="]), st.integers(0, 10**6))
def test_no_comparator_is_ever_turned_or_lost(sign: str, number: int) -> None:
    for kind, text in (("SN", f"{sign}^{number}"), ("NM", f"{sign}{number}"), ("ST", f"{sign}{number}")):
        observation, _ = observed(kind, text, f6="mg/L")
        assert quantity(observation)["comparator"] == sign
        assert quantity(observation)["value"] == number


@given(
    st.sampled_from(["<", "<=", ">", ">=", "<>"]),
    st.integers(0, 99),
    st.sampled_from([":", "/", "-", "+"]),
    st.integers(1, 99),
)
def test_a_comparator_beside_two_numbers_is_never_moved_onto_one_of_them(
    sign: str, one: int, mark: str, two: int
) -> None:
    observation, _ = observed("SN", f"{sign}^{one}^{mark}^{two}")
    assert value_of(observation) == {"valueString": f"{sign}{one}{mark}{two}"}


@pytest.mark.parametrize(
    ("text", "element"),
    [("<5", "valueQuantity"), ("7.20", "valueQuantity"), ("2-4", "valueRange"), ("Âm tính", "valueString")],
)
def test_a_string_with_a_unit_is_read_for_what_it_means(text: str, element: str) -> None:
    observation, _ = observed("ST", text, f6="mg/L")
    assert list(value_of(observation)) == [element]


@pytest.mark.parametrize("text", ["7.2", "<5", "1:128", "007", "Âm tính"])
def test_a_string_without_a_unit_stays_a_string(text: str) -> None:
    observation, _ = observed("ST", text)
    assert value_of(observation) == {"valueString": text}


def test_repetitions_of_text_are_its_lines() -> None:
    observation, made = observed("TX", "một~hai\\.br\\ba")
    assert observation["valueString"] == "một\nhai\nba"
    assert made.lineage["Observation[0].valueString"] == "OBX[1]-5"


def test_repetitions_of_a_code_are_components_so_that_none_is_lost() -> None:
    observation, made = observed("CWE", "ECO^E. coli^L~KPN^K. pneumoniae^L")
    codes = [part["valueCodeableConcept"]["coding"][0]["code"] for part in observation["component"]]
    assert codes == ["ECO", "KPN"]
    assert all(part["code"] == observation["code"] for part in observation["component"])
    assert not value_of(observation)
    assert made.lineage["Observation[0].component[1].valueCodeableConcept.coding[0].code"] == "OBX[1]-5[2].1"


@pytest.mark.parametrize("kind", ["CE", "CWE", "CNE"])
def test_a_coded_value_keeps_every_triplet(kind: str) -> None:
    observation, made = observed(kind, "ECO^E. coli^L^112283007^Escherichia coli^SCT")
    assert observation["valueCodeableConcept"]["coding"] == [
        {"system": "urn:vn:cskcb:79001:codesystem:L", "code": "ECO", "display": "E. coli"},
        {"system": "http://snomed.info/sct", "code": "112283007", "display": "Escherichia coli"},
    ]
    assert made.lineage["Observation[0].valueCodeableConcept.coding[1].system"] == "OBX[1]-5.6"


@pytest.mark.parametrize(
    ("code", "system"), [("mmol/L", "http://unitsofmeasure.org"), ("mMol/l", "urn:vn:cskcb:79001:codesystem:UCUM")]
)
def test_a_code_said_to_be_ucum_is_ucum_or_the_senders_own(code: str, system: str) -> None:
    observation, _ = observed("CE", f"{code}^a unit^UCUM")
    assert observation["valueCodeableConcept"]["coding"][0]["system"] == system


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("DT", "20261115", {"valueDateTime": "2026-11-15"}),
        ("DTM", "202611150830", {"valueDateTime": "2026-11-15T08:30:00+07:00"}),
        ("TS", "20261115083001.5+0900", {"valueDateTime": "2026-11-15T08:30:01.5+09:00"}),
        ("TM", "0830", {"valueTime": "08:30:00"}),
        ("TM", "083015", {"valueTime": "08:30:15"}),
        ("DR", "20261115^20261116", {"valuePeriod": {"start": "2026-11-15", "end": "2026-11-16"}}),
        ("NR", "2^4", {"valueRange": {"low": {"value": Number("2")}, "high": {"value": Number("4")}}}),
        ("NA", "1^2^3", {"valueString": "1^2^3"}),
        ("FT", "a\\T\\b", {"valueString": "a&b"}),
        ("TX", "a^b", {"valueString": "a^b"}),
    ],
)
def test_other_types_have_their_element(kind: str, text: str, expected: dict[str, Any]) -> None:
    observation, made = observed(kind, text)
    assert value_of(observation) == expected
    assert not made.held


def test_zero_filled_seconds_are_said_in_the_lineage() -> None:
    _, made = observed("DTM", "202611150830")
    assert made.lineage["Observation[0].valueDateTime"] == "OBX[1]-5 (seconds zero-filled)"


@pytest.mark.parametrize(
    ("kind", "text"), [("DT", "20260230"), ("DTM", "20261301"), ("TM", "2561"), ("DR", "20261116^20261115")]
)
def test_an_impossible_time_as_a_value_holds(kind: str, text: str) -> None:
    observation, made = observed(kind, text)
    assert not value_of(observation)
    assert made.held
    assert "OBX[1]-5" in unplaced(made)


@pytest.mark.parametrize("kind", ["", "XX", "CP", "MO"])
def test_a_type_nobody_knows_keeps_the_text_and_holds(kind: str) -> None:
    observation, made = observed(kind, "12^ab")
    assert value_of(observation) == {"valueString": "12^ab"}
    assert holds(made) == ["hl7v2-result-type-unknown"]


def test_an_erased_value_is_not_an_empty_one() -> None:
    erased, made = observed("NM", '""')
    empty, other = observed("NM", "")
    assert not value_of(erased)
    assert not value_of(empty)
    assert holds(made) == ["hl7v2-value-erased"]
    assert not other.held


def test_a_value_the_sender_cut_short_holds() -> None:
    from tests.hl7v2.building import header, message, order, patient, result, translate

    made = translate(message(header(f2="^~\\&#", f12="2.8"), patient(), order(), result("ST", "rất dà#")))
    assert holds(made) == ["hl7v2-value-truncated"]


def test_the_unit_table_alone_makes_a_unit_ucum() -> None:
    observation, _ = observed("NM", "7.2", f6="G/L^giga per litre^UCUM")
    assert quantity(observation)["code"] == "10*9/L"
    assert quantity(observation)["unit"] == "G/L"


def test_a_declared_ucum_unit_without_a_row_stays_text() -> None:
    observation, _ = observed("NM", "7.2", f6="K^^UCUM")
    assert quantity(observation) == {"value": Number("7.2"), "unit": "K"}


def test_the_unit_of_words_is_kept() -> None:
    observation, made = observed("ST", "Âm tính", f6="mg/L^milligram^UCUM")
    kept = [extension["valueString"] for extension in observation["extension"]]
    assert kept == ["mg/L", "milligram"]
    assert made.lineage["Observation[0].extension[0].valueString"] == "OBX[1]-6.1"


def test_a_range_is_always_text_and_numbers_only_where_plain() -> None:
    observation, made = observed("NM", "7.2", f6="G/L", f7="4.0-10.0")
    (found,) = observation["referenceRange"]
    assert found["text"] == "4.0-10.0"
    assert dumps(found["low"]["value"]) == b"4.0"
    assert found["high"]["code"] == "10*9/L"
    assert made.lineage["Observation[0].referenceRange[0].high.unit"] == "OBX[1]-6"
    assert made.lineage["Observation[0].referenceRange[0].high.value"] == "OBX[1]-7"


@pytest.mark.parametrize("text", ["<85", ">=2.079", "Âm tính", "M: 4-5; F: 3-4", "10-4", "4,0-10,0"])
def test_a_bound_or_words_are_no_range(text: str) -> None:
    observation, _ = observed("NM", "7.2", f6="G/L", f7=text)
    assert observation["referenceRange"] == [{"text": text}]


def test_a_document_is_the_reports_form() -> None:
    observation, made = observed("ED", "RIS^AP^PDF^Base64^JVBERi0xLjQKJSVFT0YK")
    (form,) = only(made, "DiagnosticReport")["presentedForm"]
    assert form == {"contentType": "application/pdf", "data": "JVBERi0xLjQKJSVFT0YK", "title": "Glucose"}
    assert made.lineage["DiagnosticReport[0].presentedForm[0].data"] == "OBX[1]-5.5"
    assert unplaced(made)["OBX[1]-5.1"] == "the component has no element"
    assert not value_of(observation)


@pytest.mark.parametrize("data", ["JVBERi0x*", "JVBERi0", ""])
def test_a_document_that_is_not_its_encoding_holds(data: str) -> None:
    _, made = observed("ED", f"RIS^AP^PDF^Base64^{data}")
    assert holds(made) == ["hl7v2-document-undecodable"]


def test_a_pointer_is_a_url_or_holds() -> None:
    _, made = observed("RP", "https://pacs.example.vn/1^PACS^IM^JPEG")
    (form,) = only(made, "DiagnosticReport")["presentedForm"]
    assert form["url"] == "https://pacs.example.vn/1"
    assert form["contentType"] == "image/jpeg"
    _, other = observed("RP", "\\\\server\\share^PACS^IM^JPEG")
    assert holds(other) == ["hl7v2-pointer-malformed"]
