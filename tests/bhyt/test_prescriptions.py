"""XML2: each row a MedicationRequest, each drug a Medication."""

from __future__ import annotations

import pytest

from gateway.adapter import DefaultProfile, Translation
from tests.bhyt.building import SUMMARY, of_type, one, payload, rules, translated, unplaced

DRUG = {
    "MA_LK": SUMMARY["MA_LK"],
    "STT": "1",
    "MA_THUOC": "40.30",
    "MA_NHOM": "4",
    "TEN_THUOC": "Thuốc thử nghiệm 500mg",
    "DON_VI_TINH": "Viên",
    "HAM_LUONG": "500mg",
    "DUONG_DUNG": "1.01",
    "LIEU_DUNG": "2 viên * 2 lần * 5 ngày",
    "CACH_DUNG": "Uống sau ăn",
    "SO_DANG_KY": "VD-00000-00",
    "SO_LUONG": "20.000",
    "MA_BAC_SI": "000001/TEST-GPHN;000002/TEST-GPHN",
    "NGAY_YL": "202611151000",
}


def prescribed(*rows: dict[str, str]) -> Translation:
    return translated(payload(XML2=rows))


def test_a_row_is_an_order_with_its_dose_as_written() -> None:
    made = prescribed(DRUG)
    order, drug = one(made, "MedicationRequest"), one(made, "Medication")
    assert order["medicationReference"] == {"reference": f"urn:uuid:{drug['id']}"}
    assert order["dosageInstruction"][0]["text"] == "2 viên * 2 lần * 5 ngày"
    assert order["dosageInstruction"][0]["patientInstruction"] == "Uống sau ăn"
    assert order["dosageInstruction"][0]["route"]["coding"][0]["code"] == "1.01"
    assert order["dispenseRequest"]["quantity"]["value"].token == "20.000"
    assert order["authoredOn"] == "2026-11-15T10:00:00+07:00"
    assert order["status"] == "unknown", "nobody says whether the patient takes it still"
    assert drug["ingredient"][0]["strength"]["extension"][0]["valueString"] == "500mg"
    assert "requester" in order
    assert "XML2[1].MA_BAC_SI[2]" in unplaced(made)


def test_a_drug_ordered_twice_is_one_medication_and_another_strength_another() -> None:
    made = prescribed(DRUG, DRUG | {"NGAY_YL": "202611161000"}, DRUG | {"HAM_LUONG": "250mg"})
    assert len({each["id"] for each in of_type(made, "MedicationRequest")}) == 3
    assert len(of_type(made, "Medication")) == 2


def test_orders_keep_their_ids_when_more_rows_come_in_another_order() -> None:
    before = {each["authoredOn"]: each["id"] for each in of_type(prescribed(DRUG), "MedicationRequest")}
    after = prescribed(DRUG | {"NGAY_YL": "202611171000"}, DRUG | {"STT": "2"})
    assert before.items() <= {each["authoredOn"]: each["id"] for each in of_type(after, "MedicationRequest")}.items()


@pytest.mark.parametrize(
    ("code", "national"), [("40.30", True), ("40.30+40.512", True), ("05C.1.2", True), ("PARA500", False)]
)
def test_a_code_of_the_ministrys_form_is_the_ministrys(code: str, national: bool) -> None:
    system = one(prescribed(DRUG | {"MA_THUOC": code}), "Medication")["code"]["coding"][0]["system"]
    assert system.endswith("/bhyt-ma-thuoc" if national else "urn:vn:cskcb:01999:ma-thuoc")


def test_a_row_without_a_drug_holds() -> None:
    made = prescribed(DRUG | {"MA_THUOC": "", "TEN_THUOC": ""})
    assert made.held
    assert "bhyt-drug-unnamed" in rules(made)


def test_an_amount_that_could_be_two_numbers_is_listed() -> None:
    made = prescribed(DRUG | {"SO_LUONG": "20,000"})
    assert "value" not in one(made, "MedicationRequest")["dispenseRequest"]["quantity"]
    assert "XML2[1].SO_LUONG" in unplaced(made)


@pytest.mark.parametrize(("written", "read"), [("20.000", "20.000"), ("1.5", "1.5"), ("1,5", "1.5"), ("1.234,5", "")])
def test_an_amount_is_written_with_a_point_also_where_the_laboratory_writes_a_comma(written: str, read: str) -> None:
    """Three decimals behind a point are the decisions' own form: they are no thousands."""
    made = translated(payload(XML2=[DRUG | {"SO_LUONG": written}]), DefaultProfile(decimal_comma=True))
    amount = one(made, "MedicationRequest")["dispenseRequest"]["quantity"].get("value")
    assert (amount.token if amount else "") == read
    assert ("bhyt-amount-unclear" in rules(made)) is (not read)
