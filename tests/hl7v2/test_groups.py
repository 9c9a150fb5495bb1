"""Segments in the orders real senders use; each result belongs to its own order and specimen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bundle import Resource
from gateway.r4 import check
from tests.hl7v2.building import header, message, of_type, only, order, patient, result, translate, unplaced

ORC = "ORC|RE|P1^HIS|F1^LIS||CM|||||||BS1^TRẦN^MỘT"
SPM = "SPM|1|^M1||BLD"


def names(resource: Resource) -> list[str]:
    return [one["value"] for one in resource["identifier"]]


@pytest.mark.parametrize(
    "segments",
    [
        (ORC, order(), SPM, result()),
        (ORC, order(), result(), SPM),
        (order(), ORC, result(), SPM),
        (order(), ORC, SPM, result()),
    ],
)
def test_orc_and_spm_may_stand_before_or_after(segments: tuple[str, ...]) -> None:
    made = translate(message(header(), patient(), *segments))
    request, report = only(made, "ServiceRequest"), only(made, "DiagnosticReport")
    assert request["status"] == "completed"
    assert names(request) == names(report) == ["P1", "F1"]
    assert report["specimen"] == [{"reference": "urn:uuid:" + only(made, "Specimen")["id"]}]
    assert only(made, "Observation")["specimen"] == report["specimen"][0]
    assert only(made, "Practitioner")["name"][0]["text"] == "TRẦN MỘT"


def test_the_order_of_segments_changes_no_id() -> None:
    ids = set()
    for segments in ((ORC, order(), SPM, result()), (order(), ORC, result(), SPM), (ORC, order(), result(), SPM)):
        made = translate(message(header(), patient(), *segments))
        ids.add(tuple(sorted(resource["id"] for resource in made.resources)))
    assert len(ids) == 1


def test_each_orc_speaks_of_its_own_obr() -> None:
    other = ORC.replace("P1", "P2").replace("F1", "F2").replace("CM", "IP")
    first, second = order(f2="", f3=""), order(f2="", f3="", f4="GLU^Glucose^L")
    before = translate(message(header(), patient(), ORC, first, result(), other, second, result()))
    after = translate(message(header(), patient(), first, ORC, result(), second, other, result()))
    for made in (before, after):
        assert [request["status"] for request in of_type(made, "ServiceRequest")] == ["completed", "active"]
        assert [names(report) for report in of_type(made, "DiagnosticReport")] == [["P1", "F1"], ["P2", "F2"]]


def test_one_orc_speaks_of_every_obr_of_its_placer_number() -> None:
    made = translate(message(header(), patient(), ORC, order(f3=""), order(f3=""), order(f2="P7", f3="")))
    assert [names(report) for report in of_type(made, "DiagnosticReport")] == [["P1", "F1"], ["P1", "F1"], ["P7"]]


def test_results_below_several_specimens_belong_to_theirs() -> None:
    made = translate(
        message(header(), patient(), order(), SPM, result(), SPM.replace("M1", "M2"), result(f3="K^Kali^L"))
    )
    specimens = of_type(made, "Specimen")
    assert [names(specimen) for specimen in specimens] == [["M1"], ["M2"]]
    assert [one["specimen"]["reference"][-36:] for one in of_type(made, "Observation")] == [
        one["id"] for one in specimens
    ]


def test_notes_follow_what_they_speak_of() -> None:
    made = translate(
        message(
            header(), patient(), "NTE|1||bệnh", ORC, "NTE|1||chỉ định", order(), "NTE|1||phiếu~hai",
            result(), "NTE|1||kết quả", "NTE|2||thêm", SPM, "NTE|1||mẫu",
        )
    )  # fmt: skip
    assert only(made, "Patient")["extension"][0]["valueAnnotation"]["text"] == "bệnh"
    assert [note["text"] for note in only(made, "ServiceRequest")["note"]] == ["chỉ định"]
    assert only(made, "DiagnosticReport")["extension"][0]["valueAnnotation"]["text"] == "phiếu\nhai"
    assert [note["text"] for note in only(made, "Observation")["note"]] == ["kết quả", "thêm"]
    assert [note["text"] for note in only(made, "Specimen")["note"]] == ["mẫu"]
    assert made.lineage["Observation[0].note[1].text"] == "NTE[5]-3"


def test_a_result_without_an_order_is_still_a_result() -> None:
    made = translate(message(header(), patient(), result()))
    assert "basedOn" not in only(made, "Observation")
    assert not of_type(made, "ServiceRequest")


def test_an_order_without_an_obr_is_not_lost() -> None:
    made = translate(message(header(), patient(), ORC))
    assert names(only(made, "ServiceRequest")) == ["P1", "F1"]


def test_a_visit_is_made_only_where_there_is_one() -> None:
    assert not of_type(translate(message(header(), patient(), order())), "Encounter")
    assert not of_type(translate(message(header(), patient(), "PV1|1|N", order())), "Encounter")
    assert only(translate(message(header(), patient(), "PV1|1|E", order())), "Encounter")["class"]["code"] == "EMER"
    assert only(translate(message(header(), patient(), "PV1|1||K01", order())), "Encounter")["status"] == "unknown"


def test_what_has_no_mapping_is_listed_field_by_field() -> None:
    made = translate(message(header(), patient(), "PDA|R99||Khoa A", "FAC|x", order(), result()))
    listed = unplaced(made)
    assert {"PDA[1]-1", "PDA[1]-3", "FAC[1]-1"} <= set(listed)
    assert listed["PDA[1]-3"] == "segment PDA is not translated; kept with the payload"


PARTS = (
    ORC,
    order(),
    order(f2="P2", f3="F2"),
    SPM,
    result(),
    result("TX", "chữ"),
    "NTE|1||ghi chú",
    "ZZZ|1",
    "PV1|1|I",
    "NK1|1|A",
)


@settings(max_examples=60, deadline=None)
@given(st.permutations(PARTS))
def test_any_order_of_segments_is_translated_whole(parts: list[str]) -> None:
    made = translate(message(header(), patient(), *parts))
    assert len(of_type(made, "Observation")) == 2
    assert len(of_type(made, "DiagnosticReport")) == 2
    assert not [issue for issue in check(made.bundle()) if issue.refuses]
    texts = str(made.resources)
    assert "ghi chú" in texts
    assert "BS1" in texts


def test_an_orc_is_never_taken_by_the_obr_before_it_where_orcs_come_first() -> None:
    other = ORC.replace("P1", "P3").replace("F1", "F3")
    alone, third = order(f2="P2", f3="F2"), order(f2="", f3="")
    made = translate(message(header(), patient(), ORC, order(), result(), alone, result(), other, third, result()))
    assert [names(report) for report in of_type(made, "DiagnosticReport")] == [["P1", "F1"], ["P2", "F2"], ["P3", "F3"]]
