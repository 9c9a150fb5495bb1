"""Whatever stands in the fields of results, specimens and notes: FHIR that R4 allows, and every field accounted for."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.r4 import check
from tests.hl7v2.building import header, message, observed, order, patient, segment, translate, unplaced

KINDS = (
    *("NM", "SN", "ST", "TX", "FT", "CE", "CWE", "CF", "IS", "ED", "RP", "DT", "DTM", "TM", "NR", "DR"),
    *("VR", "EI", "NA", "", "ZZ"),
)
CODES = ("A^B^L", "19005-8^I^LN", "71020&IMP^x^L", "71020&^x", "&IMP", "113014^D^DCM", "121022^A^DCM", "")
TEXTS = (
    *("", "A", "A^B^L", "a b", "a  b", "\\T\\", "1.2", "^^", "&", "A&B&C^D", "20260101", "2026", "99999999", '""', "é"),
    *("^F1", "P1&H^F1&L", "1^2^3^4", "1^02^x", "^1", "1.1", "~", "A~B", "A^B^L~C^D^L", "5^mL", "<^5", "http://a b"),
    *("JVBERi0x", "^AP^PDF^Base64^JVBERi0x", "RIS^^^Base64^AAAA", "^x^y^A^text", "K1&x&ISO", "1.2.3", "F^x^HL70916"),
    *("600-7&B&LN^1^x", "BLD&x&HL70487^E^t^L^^F", "SCI"),
)
FIELD = re.compile(r"OBX\[1\]-([0-9]+)")
texts = st.sampled_from(TEXTS)


def segments(name: str, last: int) -> st.SearchStrategy[str]:
    """The segment with some of its fields, up to the last."""
    fields = st.dictionaries(st.integers(1, last), texts, max_size=8)
    return fields.map(lambda said: segment(name, {4: "A^B^L"} | said))


results = st.builds(
    lambda kind, code, fields: segment("OBX", {3: code} | fields | {2: kind}),
    *(st.sampled_from(KINDS), st.sampled_from(CODES)),
    st.dictionaries(st.integers(4, 33), texts, min_size=1, max_size=10),
)
orders = st.one_of(
    st.just(order()),
    st.builds(lambda pointer, numbers: order(f26=pointer, f29=numbers), texts, texts),
    segments("OBR", 45),
)
parts = st.lists(
    st.one_of(results, results, results, orders, segments("SPM", 32), segments("NTE", 9), st.just("PV1|1|I")),
    min_size=1,
    max_size=9,
)


@settings(max_examples=100)
@example("2.3", ["OBX||TX|A^x|", "OBX||TX|A^x|"])
@given(st.sampled_from(["2.3", "2.5.1", "2.8.2"]), parts)
def test_results_of_any_form_pass_the_r4_check(version: str, sent: list[str]) -> None:
    made = translate(message(header(f12=version), patient(), order(f4="X^Y^L"), *sent))
    assert [(issue.expression, issue.text()) for issue in check(made.bundle()) if issue.refuses] == []


@settings(max_examples=100)
@given(results)
def test_every_field_of_a_result_is_placed_listed_or_told(sent: str) -> None:
    made = translate(message(header(), patient(), order(), sent))
    paths = [*made.lineage.values(), *unplaced(made), *(issue.expression for issue in made.issues)]
    accounted = {int(found[1]) for path in paths if (found := FIELD.match(path))}
    said = {number for number, text in enumerate(sent.split("|")) if number > 2 and text.strip('&^~" ')}
    assert said <= accounted


def test_a_sign_that_is_also_a_delimiter_is_no_empty_part() -> None:
    assert observed("SN", "A\\T\\")[0]["valueString"] == "A&"


def test_the_address_of_an_unnamed_laboratory_is_listed() -> None:
    made = translate(
        message(header(), patient(), order(), segment("OBX", {2: "NM", 3: "A", 23: "^L", 24: "1 Phố^^Huế"}))
    )
    assert unplaced(made)["OBX[1]-24"] == "the address of nobody who is named"
    asked = translate(
        message(header(), patient(), segment("ORC", {1: "RE", 21: "^L", 22: "1 Phố", 23: "0123"}), order())
    )
    assert {"ORC[1]-22", "ORC[1]-23"} <= set(unplaced(asked))
