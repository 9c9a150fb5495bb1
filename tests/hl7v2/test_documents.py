"""MDM: what becomes of a document and its content, through every event."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.errors import PayloadError
from gateway.r4 import check
from gateway.revision import revise
from tests.hl7v2.building import (
    header,
    holds,
    message,
    of_type,
    only,
    order,
    patient,
    result,
    segment,
    translate,
    unplaced,
)

TEXT = segment("OBX", {1: "1", 2: "TX", 3: "RV^Tóm tắt^L", 5: "Dòng một", 11: "F"})
PARENT = "TL0^HIS"


def txa(**changed: str) -> str:
    fields = {1: "1", 2: "RV^Tóm tắt^L", 9: "BS1^TRẦN^MỘT", 12: "TL1^HIS", 17: "AU", 19: "AV"}
    return segment("TXA", fields | {int(name[1:]): text for name, text in changed.items()})


def mdm(event: str, *segments: str) -> Translation:
    return translate(message(header(f9=f"MDM^{event}^MDM_T02"), patient(), *segments))


def changes(made: Translation) -> list[Resource]:
    """What is told of the document alone; what is told of the whole message speaks of the patient too."""
    return [one for one in of_type(made, "Provenance") if len(one["target"]) == 1]


def texts(document: Resource) -> list[str]:
    attachments = [one["attachment"] for one in document["content"]]
    return [base64.b64decode(one["data"]).decode() for one in attachments if "data" in one]


@pytest.mark.parametrize("event", [f"T{number:02}" for number in range(1, 12)])
def test_every_event_becomes_a_document_that_passes_the_r4_check(event: str) -> None:
    content = [TEXT] if event in ("T02", "T04", "T06", "T08", "T10") else []
    made = mdm(event, txa(f13=PARENT), *content)
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    assert not made.held
    assert only(made, "DocumentReference")["masterIdentifier"]["value"] == "TL1"


@pytest.mark.parametrize("event", ["T01", "T03", "T07", "T11"])
def test_what_is_said_without_the_content_never_takes_it_away(event: str) -> None:
    whole, told = (only(mdm(*said), "DocumentReference") for said in (("T02", txa(), TEXT), (event, txa(f17="LA"))))
    assert "data" not in told["content"][0]["attachment"]
    stands = revise(whole, told)
    assert texts(stands) == ["Dòng một"]
    assert stands["_docStatus"]["extension"][0]["valueString"] == "LA"
    assert texts(revise(told, whole)) == ["Dòng một"]


def test_a_change_of_status_and_an_edit_are_new_versions_of_the_same_document() -> None:
    ids = {only(mdm(event, txa(), TEXT), "DocumentReference")["id"] for event in ("T02", "T03", "T04", "T07", "T08")}
    assert len(ids) == 1


@pytest.mark.parametrize(("event", "code"), [("T06", "appends"), ("T08", "replaces"), ("T10", "replaces")])
def test_a_document_names_the_one_it_adds_to_or_replaces_which_stays(event: str, code: str) -> None:
    made = mdm(event, txa(f13=PARENT), TEXT)
    (relation,) = only(made, "DocumentReference")["relatesTo"]
    assert (relation["code"], relation["target"]["identifier"]["value"]) == (code, "TL0")
    assert only(made, "DocumentReference")["id"] != only(mdm("T02", txa(f12=PARENT), TEXT), "DocumentReference")["id"]


def test_a_parent_without_such_an_event_is_related_only() -> None:
    document = only(mdm("T02", txa(f13=PARENT), TEXT), "DocumentReference")
    assert "relatesTo" not in document
    assert document["context"]["related"][0]["identifier"]["value"] == "TL0"


def test_a_document_taken_back_is_entered_in_error_and_keeps_its_id() -> None:
    taken_back = only(mdm("T11", txa()), "DocumentReference")
    assert taken_back["status"] == "entered-in-error"
    assert taken_back["id"] == only(mdm("T02", txa(), TEXT), "DocumentReference")["id"]


@pytest.mark.parametrize(
    ("said", "status"), [("AV", "current"), ("OB", "superseded"), ("CA", "entered-in-error"), ("", "current")]
)
def test_availability_is_the_status(said: str, status: str) -> None:
    document = only(mdm("T02", txa(f19=said), TEXT), "DocumentReference")
    assert document["status"] == status
    assert ("_status" in document) == (said in ("OB", "CA"))


def test_a_document_nobody_may_use_yet_is_not_called_current() -> None:
    document = only(mdm("T02", txa(f19="UN"), TEXT), "DocumentReference")
    assert "status" not in document
    assert document["_status"]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "UN"


@pytest.mark.parametrize("changed", [{"f17": "ZZ"}, {"f19": "ZZ"}])
def test_a_status_out_of_its_table_is_held(changed: dict[str, str]) -> None:
    assert "hl7v2-status-unknown" in holds(mdm("T02", txa(**changed), TEXT))


@pytest.mark.parametrize(("said", "status"), [("DI", "preliminary"), ("PA", "preliminary"), ("LA", "final")])
def test_completion_is_the_doc_status_with_the_senders_word(said: str, status: str) -> None:
    document = only(mdm("T02", txa(f17=said), TEXT), "DocumentReference")
    assert (document["docStatus"], document["_docStatus"]["extension"][0]["valueString"]) == (status, said)


def test_lines_of_one_text_are_one_content_and_files_are_their_own() -> None:
    more = segment("OBX", {1: "2", 2: "TX", 3: "RV^Tóm tắt^L", 5: "Dòng hai~Dòng \\T\\ ba", 11: "F"})
    pdf = segment("OBX", {1: "3", 2: "ED", 3: "IN^Bản in^L", 5: "HIS^AP^PDF^Base64^JVBERi0xLjQKJSVFT0YK", 11: "F"})
    link = segment("OBX", {1: "4", 2: "RP", 3: "HA^Hình^L", 5: "http://pacs.example/1^^IM^JPEG", 11: "F"})
    document = only(mdm("T02", txa(), TEXT, more, "NTE|1||Ghi chú", pdf, link), "DocumentReference")
    assert texts(document) == ["Dòng một\nDòng hai\nDòng & ba", "Ghi chú", "%PDF-1.4\n%%EOF\n"]
    kinds = [one["attachment"]["contentType"] for one in document["content"]]
    assert kinds[2:] == ["application/pdf", "image/jpeg"]
    assert document["content"][3]["attachment"]["url"] == "http://pacs.example/1"


@pytest.mark.parametrize(("kind", "form"), [("ED", "HIS^AP^PDF^Base64^{}"), ("TX", "{}")])
def test_a_pdf_in_pieces_is_one_content(kind: str, form: str) -> None:
    whole = base64.b64encode(b"%PDF-1.4\n1 0 obj\n%%EOF\n").decode()
    parts = [
        segment("OBX", {1: str(at), 2: kind, 3: "IN^Bản in^L", 5: form.format(piece), 11: "F"})
        for at, piece in enumerate((whole[:16], whole[16:]), 1)
    ]
    (content,) = only(mdm("T02", txa(), *parts), "DocumentReference")["content"]
    assert content["attachment"] == {"contentType": "application/pdf", "data": whole, "title": "Bản in"}


def test_a_pdf_written_as_text_that_is_not_whole_is_held() -> None:
    part = base64.b64encode(b"%PDF-1.4\n1 0 obj\n").decode()
    made = mdm("T02", txa(), segment("OBX", {1: "1", 2: "TX", 3: "IN^Bản in^L", 5: part, 11: "F"}))
    assert "hl7v2-document-undecodable" in holds(made)


def test_a_part_the_sender_withdraws_is_not_shown_and_held() -> None:
    made = mdm("T02", txa(), TEXT, segment("OBX", {1: "2", 2: "TX", 3: "X^Y^L", 5: "Sai người", 11: "W"}))
    assert texts(only(made, "DocumentReference")) == ["Dòng một"]
    assert holds(made) == ["hl7v2-document-part-withdrawn"]
    assert "OBX[2]-5" in unplaced(made)


def test_content_that_was_announced_and_did_not_come_is_held() -> None:
    made = mdm("T02", txa())
    assert holds(made) == ["hl7v2-document-missing"]
    assert not mdm("T01", txa()).held


def test_content_that_cannot_be_decoded_is_held_and_none_of_it_shown() -> None:
    made = mdm("T02", txa(), segment("OBX", {1: "1", 2: "ED", 3: "X^Y^L", 5: "HIS^AP^PDF^Base64^%%%", 11: "F"}))
    assert "hl7v2-document-undecodable" in holds(made)
    assert "data" not in only(made, "DocumentReference")["content"][0]["attachment"]


def test_a_value_among_the_content_is_an_observation() -> None:
    weight = segment("OBX", {1: "2", 2: "NM", 3: "CAN^Cân nặng^L", 5: "60", 6: "kg", 11: "F"})
    made = mdm("T02", txa(), TEXT, weight)
    assert only(made, "Observation")["valueQuantity"]["unit"] == "kg"
    assert len(only(made, "DocumentReference")["content"]) == 1


def test_a_document_without_a_number_is_held() -> None:
    assert holds(mdm("T02", txa(f12=""), TEXT)) == ["hl7v2-document-without-number"]


def test_a_message_without_a_document_is_refused() -> None:
    with pytest.raises(PayloadError) as refused:
        mdm("T02", TEXT)
    assert [issue.rule for issue in refused.value.issues] == ["hl7v2-no-document"]


def test_each_edit_is_a_provenance_with_author_reason_and_receivers() -> None:
    edited = txa(f8="20261115093000~20261115100000", f21="Sửa liều", f23="BS3^LÊ^BA")
    made = mdm("T08", edited, TEXT)
    first, second = changes(made)
    assert (first["recorded"], second["recorded"]) == ("2026-11-15T09:30:00+07:00", "2026-11-15T10:00:00+07:00")
    assert first["reason"] == [{"text": "Sửa liều"}]
    roles: list[Any] = [agent["role"][0]["coding"][0]["code"] for agent in first["agent"]]
    assert roles == ["AUT", "IRCP"]


def test_who_authenticated_it_and_when_is_told() -> None:
    made = mdm("T04", txa(f10="BS8^AI^ĐÓ", f22="BS2^NGÔ^HAI^^^^^^^^^^^^20261115095500"), TEXT)
    (signed,) = changes(made)
    assert signed["recorded"] == "2026-11-15T09:55:00+07:00"
    assert signed["agent"][0]["who"] == only(made, "DocumentReference")["authenticator"]
    assert "TXA[1]-10" in unplaced(made)


def test_an_order_it_belongs_to_is_related_and_makes_no_report() -> None:
    made = mdm("T02", "ORC|NW|P1^HIS|F1^LIS", order(), txa(f14="P1^HIS", f15="F2^LIS"), TEXT)
    related = only(made, "DocumentReference")["context"]["related"]
    assert related[0]["reference"] == f"urn:uuid:{only(made, 'ServiceRequest')['id']}"
    assert [one["identifier"]["value"] for one in related[1:]] == ["F2"]
    assert not of_type(made, "DiagnosticReport")


def test_a_document_segment_among_results_takes_none_of_them() -> None:
    made = translate(message(header(), patient(), order(), txa(), result()))
    assert len(of_type(made, "Observation")) == 1
    assert not of_type(made, "DocumentReference")
    assert "TXA[1]-12" in unplaced(made)
