"""XML5: a row is a note; the vital signs in its text are Observations besides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.bhyt.vital_signs import read_vital_signs
from gateway.adapter import DefaultProfile, Translation
from gateway.bundle import Resource
from tests.bhyt.building import SUMMARY, of_type, payload, rules, translated

NOTE = {
    "MA_LK": SUMMARY["MA_LK"],
    "STT": "1",
    "DIEN_BIEN_LS": "Ho khan",
    "THOI_DIEM_DBLS": "202611151000",
    "NGUOI_THUC_HIEN": "000001/TEST-GPHN",
}


def noted(text: str, *, decimal_comma: bool = False) -> Translation:
    plain = SUMMARY | {"CAN_NANG": "", "NHOM_MAU": ""}
    profile = DefaultProfile(decimal_comma=decimal_comma)
    return translated(payload(plain, XML5=[NOTE | {"DIEN_BIEN_LS": text}]), profile)


def signs(made: Translation) -> dict[str, Resource]:
    return {each["code"]["coding"][0]["code"]: each for each in of_type(made, "Observation")[1:]}


def test_the_text_stays_whole_and_the_vital_signs_stand_beside_it() -> None:
    text = "Ho khan CSST<M88_T38_HA120/80_NT20_SP98_HL2> ăn được"
    made = noted(text)
    note = of_type(made, "Observation")[0]
    assert note["valueString"] == text
    found = signs(made)
    assert list(found) == ["8867-4", "8310-5", "85354-9", "9279-1", "2708-6", "HL"]
    assert [each["reference"] for each in note["hasMember"]] == [f"urn:uuid:{each['id']}" for each in found.values()]
    assert found["8310-5"]["valueQuantity"]["code"] == "Cel"
    assert [part["valueQuantity"]["value"].token for part in found["85354-9"]["component"]] == ["120", "80"]
    assert found["8867-4"]["effectiveDateTime"] == "2026-11-15T10:00:00+07:00"
    assert made.lineage["Observation[1].valueQuantity.value"] == "XML5[1].DIEN_BIEN_LS"


@pytest.mark.parametrize(
    "text", ["CSST<M 88 _ T:37.5>", "CSST < T37.5_M88 >", "a CSST<M88> b CSST<T37.5>", "CSST<M88__T=37.5>"]
)
def test_blanks_order_and_several_blocks_change_nothing(text: str) -> None:
    found = signs(noted(text))
    assert found["8867-4"]["valueQuantity"]["value"].token == "88"
    assert found["8310-5"]["valueQuantity"]["value"].token == "37.5"


def test_a_bound_keeps_its_sign() -> None:
    assert signs(noted("CSST<SP<85_M88>"))["2708-6"]["valueQuantity"]["comparator"] == "<"
    assert signs(noted("CSST<M>180>"))["8867-4"]["valueQuantity"]["comparator"] == ">"


def test_a_comma_is_decimal_where_the_facility_says_so_and_unread_elsewhere() -> None:
    assert signs(noted("CSST<T37,5>", decimal_comma=True))["8310-5"]["valueQuantity"]["value"].token == "37.5"
    made = noted("CSST<T37,5_M88>")
    assert list(signs(made)) == ["8867-4"]
    assert "bhyt-vital-sign-unread" in rules(made)


@pytest.mark.parametrize("text", ["CSST<M88_M90>", "CSST<HA120>", "CSST<XYZ1_M88>", "CSST<M88_Tốt>"])
def test_what_is_not_understood_is_counted_and_never_guessed(text: str) -> None:
    made = noted(text)
    (issue,) = [issue for issue in made.issues if issue.rule == "bhyt-vital-sign-unread"]
    assert issue.parameters == {"count": 1}
    assert all("88" in str(each["valueQuantity"]["value"].token) for each in signs(made).values())


def test_a_text_without_the_mark_has_no_vital_signs() -> None:
    assert len(of_type(noted("M88 T38 HA120/80"), "Observation")) == 1


@given(st.text(alphabet="CST<>_MTHANP0123456789/., ", max_size=60))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    read = read_vital_signs(f"CSST<{text}>", decimal_comma=False)
    assert len(read.signs) + read.unread <= text.count("_") + text.count("CSST") + 1


def test_stage_consultation_and_operation_are_parts_of_the_note() -> None:
    row = NOTE | {"GIAI_DOAN_BENH": "Toàn phát", "HOI_CHAN": "Thống nhất", "PHAU_THUAT": "Dẫn lưu"}
    note = of_type(translated(payload(XML5=[row])), "Observation")[0]
    assert [part["valueString"] for part in note["component"]] == ["Toàn phát", "Thống nhất", "Dẫn lưu"]


def test_two_notes_of_a_minute_by_two_people_are_two() -> None:
    made = translated(payload(XML5=[NOTE, NOTE | {"NGUOI_THUC_HIEN": "000002/TEST-GPHN"}]))
    assert len({each["id"] for each in of_type(made, "Observation")}) == len(of_type(made, "Observation"))
