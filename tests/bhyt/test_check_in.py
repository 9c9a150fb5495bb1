"""XML0: check-in data, which stands alone, is the Encounter as it begins."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from adapters.bhyt import BhytAdapter
from gateway.adapter import DefaultProfile, Payload, Record, Translation, split, translate
from gateway.r4 import check
from tests.bhyt.building import SUMMARY, Row, of_type, one, payload, refusal, row_xml, rules, translated, unplaced
from tests.bhyt.signing import signed, signed_parts

_OF_XML1 = (
    *("MA_LK", "MA_BN", "HO_TEN", "SO_CCCD", "NGAY_SINH", "GIOI_TINH", "MA_THE_BHYT", "MA_DKBD", "GT_THE_TU"),
    *("GT_THE_DEN", "MA_DOITUONG_KCB", "NGAY_VAO", "MA_LOAI_KCB", "MA_CSKCB"),
)
EXAM = {
    **{name: SUMMARY[name] for name in _OF_XML1},
    "MA_DICH_VU": "02.1896.0000",
    "TEN_DICH_VU": "Khám nội",
    "NGAY_YL": "202611150835",
}
DRUG = EXAM | {"MA_DICH_VU": "", "TEN_DICH_VU": "", "MA_THUOC": "40.30", "TEN_THUOC": "Thuốc thử nghiệm"}


def written(*rows: Row) -> bytes:
    inner = "".join(row_xml("TRANG_THAI_KCB", row) for row in rows)
    return (
        f"<CHI_TIEU_TRANG_THAI_KCB><DSACH_TRANG_THAI_KCB>{inner}</DSACH_TRANG_THAI_KCB><CHUKYDONVI/>"
        "</CHI_TIEU_TRANG_THAI_KCB>"
    ).encode()


def records(*rows: Row) -> Sequence[Record]:
    return split(BhytAdapter(), Payload(written(*rows)))


def checked_in(*rows: Row) -> Translation:
    (record,) = records(*rows)
    return translate(BhytAdapter(), record, DefaultProfile())


def test_a_patient_who_has_come_has_arrived_and_one_who_has_not_is_planned() -> None:
    assert one(checked_in(EXAM), "Encounter")["status"] == "arrived"
    assert one(checked_in(EXAM | {"NGAY_VAO": ""}), "Encounter")["status"] == "planned"


def test_the_stay_and_the_person_are_those_of_the_later_xml1() -> None:
    early, late = checked_in(EXAM), translated(payload())
    for kind in ("Patient", "Encounter", "Coverage"):
        assert one(early, kind)["id"] == one(late, kind)["id"]
    assert one(early, "Patient")["identifier"] == one(late, "Patient")["identifier"]
    assert one(early, "Coverage")["period"] == one(late, "Coverage")["period"]


def test_each_row_of_the_patient_is_an_order() -> None:
    made = checked_in(EXAM, DRUG)
    assert one(made, "ServiceRequest")["code"]["text"] == "Khám nội"
    assert one(made, "MedicationRequest")["authoredOn"] == "2026-11-15T08:35:00+07:00"
    assert one(made, "Medication")["code"]["coding"][0]["code"] == "40.30"
    assert one(made, "Encounter")["status"] == "arrived"
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []
    assert not made.held


def test_a_row_of_another_person_under_the_same_number_holds() -> None:
    made = checked_in(EXAM, DRUG | {"HO_TEN": "TRẦN THỊ KHÁC"})
    assert made.held
    assert "bhyt-other-person" in rules(made)


def test_two_patients_are_two_records_of_their_own_bytes() -> None:
    other = EXAM | {"MA_LK": "LK2", "MA_BN": "BN2", "SO_CCCD": "001090000002", "MA_THE_BHYT": ""}
    first, second = records(EXAM, DRUG, other)
    assert first.data.count(b"<TRANG_THAI_KCB>") == 2
    assert second.data == row_xml("TRANG_THAI_KCB", other).encode()
    assert one(translate(BhytAdapter(), second, DefaultProfile()), "Patient")["identifier"][0]["value"] == "BN2"


def test_rows_of_one_patient_told_apart_by_another_hold() -> None:
    other = EXAM | {"MA_LK": "LK2", "MA_BN": "BN2"}
    made = [translate(BhytAdapter(), record, DefaultProfile()) for record in records(EXAM, other, DRUG)]
    assert [translation.held for translation in made] == [False, False, True]


@pytest.mark.parametrize(("name", "rule"), [("MA_CSKCB", "bhyt-facility-missing"), ("MA_LK", "bhyt-episode-missing")])
def test_check_in_data_that_says_neither_where_nor_what_is_refused(name: str, rule: str) -> None:
    assert refusal(written(EXAM | {name: ""}))[0] == rule


def test_beside_xml1_it_says_nothing_new() -> None:
    made = translated(payload(XML0=[EXAM]))
    assert one(made, "Encounter")["status"] == "finished"
    assert "XML0[1].HO_TEN" in unplaced(made)
    assert len(of_type(made, "Coverage")) == 1


def test_signed_check_in_data_says_what_the_unsigned_says_and_a_changed_byte_refuses() -> None:
    plain = written(EXAM, DRUG).replace(b"<CHUKYDONVI/>", b"<CHUKYDONVI></CHUKYDONVI>")
    proven = signed(plain)
    (record,) = split(BhytAdapter(), Payload(proven))
    assert record.signature is not None
    assert translate(BhytAdapter(), record, DefaultProfile()).resources == checked_in(EXAM, DRUG).resources
    assert refusal(proven.replace(b"199003150000", b"199003160000", 1))[0] == "xml-signature-digest"


def test_the_rows_alone_may_be_signed() -> None:
    plain = written(EXAM).replace(b"<CHUKYDONVI/>", b"<CHUKYDONVI></CHUKYDONVI>")
    (record,) = split(BhytAdapter(), Payload(signed_parts(plain, DSACH_TRANG_THAI_KCB="a")))
    assert record.signature is not None
    assert record.signature.scope == ("DSACH_TRANG_THAI_KCB",)


def test_a_row_beside_the_signed_ones_refuses() -> None:
    plain = written(EXAM).replace(b"<CHUKYDONVI/>", b"<CHUKYDONVI></CHUKYDONVI>")
    proven = signed_parts(plain, DSACH_TRANG_THAI_KCB="a")
    slipped = row_xml("TRANG_THAI_KCB", DRUG).encode()
    changed = proven.replace(b"<CHUKYDONVI>", slipped + b"<CHUKYDONVI>")
    assert refusal(changed) == ("bhyt-part-misplaced", "TRANG_THAI_KCB")
