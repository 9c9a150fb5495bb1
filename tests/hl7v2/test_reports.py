"""Reports: long texts and documents over several OBX, sections and conclusion, the imaging study's numbers."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.hl7v2 import memory
from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.r4 import check
from tests.hl7v2.building import header, holds, message, of_type, only, order, patient, result, translate, unplaced

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 3 + b"\n%%EOF\n"
ENCODED = base64.b64encode(PDF).decode()
VALUE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value"
LOINC_IMPRESSION = "19005-8^Impression^LN"


def text(value: str, code: str = "MT^Mô tả^L", **changed: str) -> str:
    return result("TX", value, f3=code, f6="", **changed)


def document(data: str, kind: str = "ED", **changed: str) -> str:
    value = f"RIS^AP^PDF^Base64^{data}" if kind == "ED" else data
    return result(kind, value, f3="PDF^Bản PDF^L", f6="", **changed)


def told(*results: str) -> Translation:
    made = translate(message(header(), patient(), order(), *results))
    assert not [issue.text() for issue in check(made.bundle()) if issue.refuses]
    return made


def texts(made: Translation) -> list[str]:
    return [one["valueString"] for one in of_type(made, "Observation")]


def forms(made: Translation) -> list[Resource]:
    return list(only(made, "DiagnosticReport").get("presentedForm", ()))


def test_lines_of_one_text_are_one_result_with_its_empty_lines() -> None:
    made = told(text("I."), text(""), text("II.~~III."), text("hết"))
    assert texts(made) == ["I.\n\nII.\n\nIII.\nhết"]
    assert made.lineage["Observation[0].valueString"] == "OBX[1]-5"
    assert {"OBX[1]-1", "OBX[2]-1", "OBX[4]-1"} <= set(unplaced(made))
    assert not {"OBX[2]-3", "OBX[2]-11", "OBX[3]-5"} & set(unplaced(made))


def test_a_shorter_correction_leaves_no_line_behind() -> None:
    longer = told(text("một"), text("hai"), text("ba"))
    shorter = told(text("một", f11="C"), text("hai", f11="C"))
    assert only(longer, "Observation")["id"] == only(shorter, "Observation")["id"]


@pytest.mark.parametrize(
    "second",
    [
        text("hai", f4="2"),
        text("hai", f11="P"),
        text("hai", f14="20261116"),
        text("hai", code="KL^Kết luận^L"),
        text("hai", f12="20200101"),
        result("ST", "hai", f3="MT^Mô tả^L", f6=""),
    ],
)
def test_a_text_that_says_anything_else_is_another_result(second: str) -> None:
    assert texts(told(text("một"), second)) == ["một", "hai"]


def test_a_line_behind_a_note_or_another_segment_begins_a_result() -> None:
    assert texts(told(text("một"), "NTE|1||ghi chú", text("hai"))) == ["một", "hai"]
    assert texts(told(text("một"), "ZZZ|1", text("hai"))) == ["một", "hai"]


def test_a_note_behind_the_last_line_is_the_texts() -> None:
    assert only(told(text("một"), text("hai"), "NTE|1||ghi chú"), "Observation")["note"] == [{"text": "ghi chú"}]


def test_many_lines_are_one_text() -> None:
    many = [f"dòng {number}" for number in range(3000)]
    assert texts(told(*map(text, many))) == ["\n".join(many)]


def test_what_has_no_place_of_a_line_is_listed_at_its_own_segment() -> None:
    listed = unplaced(told(text("một", f12="20200101"), text("hai", f12="20200101")))
    assert {"OBX[1]-12", "OBX[2]-12"} <= set(listed)
    assert listed["OBX[1]-12"] == listed["OBX[2]-12"]


@given(st.lists(st.sampled_from(["một", "hai ba", "", "4"]), min_size=1, max_size=6))
def test_lines_are_read_alike_whether_repetitions_or_segments(lines: list[str]) -> None:
    together = told(text("~".join(lines)))
    apart = told(*(text(line) for line in lines))
    assert only(together, "Observation") == only(apart, "Observation")


@pytest.mark.parametrize("kind", ["ED", "TX", "FT"])
@pytest.mark.parametrize("size", [1, 7, 60, 10_000])
def test_a_pdf_in_pieces_is_one_document(kind: str, size: int) -> None:
    size = max(size, len(ENCODED) // 40)
    made = told(*(document(ENCODED[at : at + size], kind) for at in range(0, len(ENCODED), size)))
    assert [(one["contentType"], base64.b64decode(one["data"])) for one in forms(made)] == [("application/pdf", PDF)]
    assert not made.held
    (extension,) = only(made, "Observation")["extension"]
    digest = base64.b64encode(hashlib.sha1(PDF, usedforsecurity=False).digest()).decode()
    assert extension["url"] == VALUE
    assert extension["valueAttachment"] == {
        "contentType": "application/pdf", "title": "Bản PDF", "size": len(PDF), "hash": digest
    }  # fmt: skip
    assert "valueString" not in only(made, "Observation")


def test_pieces_encoded_each_by_itself_are_one_document() -> None:
    halves = [base64.b64encode(part).decode() for part in (PDF[:100], PDF[100:])]
    assert base64.b64decode(forms(told(*map(document, halves)))[0]["data"]) == PDF


@pytest.mark.parametrize("kind", ["ED", "TX"])
def test_a_pdf_without_its_end_is_held_and_never_a_text(kind: str) -> None:
    made = told(document(ENCODED[:400], kind), document(ENCODED[400:700], kind))
    assert holds(made) == ["hl7v2-document-undecodable"]
    assert "valueString" not in only(made, "Observation")


def test_a_document_is_none_where_texts_of_its_code_are_known() -> None:
    memory.forget()
    for _ in range(2):
        assert texts(told(document("chữ", "TX"))) == ["chữ"]
        assert "valueString" not in only(told(document(ENCODED, "TX")), "Observation")


def test_a_withdrawn_document_goes_on_to_nobody_and_is_listed() -> None:
    for status in ("D", "W", "X"):
        made = told(document(ENCODED, f11=status), document(ENCODED, f4="2"))
        taken_back, stands = forms(made)
        assert taken_back.keys() == {"extension", "title"}
        assert stands["data"]
        withdrawn = of_type(made, "Observation")[0]
        assert withdrawn["extension"][0]["valueAttachment"].keys() == {"contentType", "title", "size", "hash"}
        assert unplaced(made)["OBX[1]-5.5"] == "a document that its sender withdraws; kept with the payload"


def test_a_document_is_a_value() -> None:
    final = only(told(document(ENCODED, f11="U")), "Observation")
    assert "meta" not in final
    assert "dataAbsentReason" not in only(told(document(ENCODED, f11="N", f32="x^y^L")), "Observation")


def test_two_documents_are_two() -> None:
    made = told(document(ENCODED), document(ENCODED))
    assert len(forms(made)) == len(of_type(made, "Observation")) == 2
    repeated = told(document(f"{ENCODED}~RIS^IM^JPEG^Base64^/9j/4AAQ"))
    assert [one["contentType"] for one in forms(repeated)] == ["application/pdf", "image/jpeg"]
    components = only(repeated, "Observation")["component"]
    assert [one["extension"][0]["valueAttachment"]["contentType"] for one in components] == [
        "application/pdf",
        "image/jpeg",
    ]


@pytest.mark.parametrize("words", ["^^", "^application^octet-stream"])
def test_a_document_whose_type_is_not_said_may_say_it_itself(words: str) -> None:
    made = told(result("ED", f"RIS{words}^Base64^{ENCODED}", f3="PDF^Bản PDF^L"))
    assert forms(made)[0]["contentType"] == "application/pdf"


def test_sections_by_suffix_are_results_of_their_own_in_order() -> None:
    made = told(text("tả", "71020&GDT^XQ^L"), text("kết luận", "71020&IMP^XQ^L"), text("khác", "71020&X9^XQ^L"))
    sections = of_type(made, "Observation")
    assert [one["code"]["coding"][1]["code"] for one in sections] == ["GDT", "IMP", "X9"]
    assert [one["code"]["coding"][0]["code"] for one in sections] == ["71020"] * 3
    report = only(made, "DiagnosticReport")
    assert report["conclusion"] == "kết luận"
    assert made.lineage["DiagnosticReport[0].conclusion"] == "OBX[2]-5"
    assert [one["reference"][-36:] for one in report["result"]] == [one["id"] for one in sections]
    alone = told(text("kết luận", "71020&IMP^XQ^L"))
    assert only(alone, "Observation")["id"] == sections[1]["id"]


def test_the_conclusion_is_what_says_so_itself_and_holds() -> None:
    assert only(told(text("a", "KL^Kết luận^L")), "DiagnosticReport").get("conclusion") is None
    assert only(told(text("a", f"XQ^XQ^L^{LOINC_IMPRESSION}")), "DiagnosticReport")["conclusion"] == "a"
    assert only(told(text("a", LOINC_IMPRESSION, f11="W")), "DiagnosticReport").get("conclusion") is None
    several = told(text("a", LOINC_IMPRESSION, f4="1"), text("b", LOINC_IMPRESSION, f4="2"))
    assert only(several, "DiagnosticReport")["conclusion"] == "a\nb"
    coded = told(result("CWE", "J18.9^Viêm phổi^I10", f3=LOINC_IMPRESSION, f6=""))
    assert only(coded, "DiagnosticReport")["conclusionCode"] == [only(coded, "Observation")["valueCodeableConcept"]]


def test_a_study_is_referred_to_by_its_numbers_and_none_is_made() -> None:
    numbers = (
        result("ST", "1.2.826.0.1", f3="110180^Study Instance UID^DCM", f6=""),
        result("ST", "ACC1", f3="121022^Accession Number^DCM", f6=""),
        result("ST", "ACC1", f3="113014^DICOM Study^DCM", f6=""),
    )
    made = told(*numbers)
    report = only(made, "DiagnosticReport")
    study = {"system": "urn:dicom:uid", "value": "urn:oid:1.2.826.0.1"}
    assert report["imagingStudy"] == [{"type": "ImagingStudy", "identifier": study}]
    for holder in (report, only(made, "ServiceRequest")):
        assert [one["value"] for one in holder["identifier"] if one["type"]["coding"][0]["code"] == "ACSN"] == ["ACC1"]
    assert not of_type(made, "ImagingStudy")
    assert texts(made) == ["1.2.826.0.1", "ACC1", "ACC1"]
