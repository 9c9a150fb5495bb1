"""XML3: every service is an order; what was done is a Procedure, what was used a SupplyDelivery."""

from __future__ import annotations

import pytest

from gateway.bundle import Resource
from tests.bhyt.building import RESULT, SERVICE, SUMMARY, of_type, one, payload, rules, translated, unplaced

OPERATION = SERVICE | {
    "MA_DICH_VU": "03.2448.0482",
    "TEN_DICH_VU": "Cắt ruột thừa",
    "MA_NHOM": "8",
    "MA_PTTT_QT": "47.11;47.19",
    "PP_VO_CAM": "1",
    "MA_MAY": "PT.1.01999.SN0001;DC.1.01999.SN0002",
}
SUPPLY = {
    "MA_LK": SUMMARY["MA_LK"],
    "MA_DICH_VU": SERVICE["MA_DICH_VU"],
    "MA_VAT_TU": "N04.01.030.0001",
    "TEN_VAT_TU": "Chỉ khâu mẫu",
    "MA_NHOM": "10",
    "SO_LUONG": "2.000",
    "DON_VI_TINH": "Sợi",
    "MA_BAC_SI": "000001/TEST-GPHN",
    "NGAY_TH_YL": "202611150945",
}


def order_of(code: str) -> Resource:
    return one(translated(payload(services=[SERVICE | {"MA_DICH_VU": code}])), "ServiceRequest")


def test_an_operation_is_an_order_and_a_procedure_with_its_codes_performers_and_devices() -> None:
    made = translated(payload(services=[OPERATION | {"NGUOI_THUC_HIEN": "A/TEST; B/TEST"}]))
    done = one(made, "Procedure")
    assert [coding["code"] for coding in done["code"]["coding"]] == ["03.2448.0482", "47.11", "47.19"]
    assert done["code"]["text"] == "Cắt ruột thừa"
    assert done["status"] == "completed"
    assert done["performedDateTime"] == "2026-11-15T09:40:00+07:00"
    people = {f"urn:uuid:{person['id']}": person["identifier"][0]["value"] for person in of_type(made, "Practitioner")}
    assert [people[actor["actor"]["reference"]] for actor in done["performer"]] == ["A/TEST", "B/TEST"]
    assert len(done["usedReference"]) == 2
    assert done["basedOn"] == [{"reference": f"urn:uuid:{one(made, 'ServiceRequest')['id']}"}]
    assert done["extension"][0]["valueCoding"]["code"] == "1"


@pytest.mark.parametrize(
    ("code", "order", "done"),
    [("03.2448.0482_TB", "revoked", "stopped"), ("03.2448.0482_GT", "completed", "completed")],
)
def test_a_service_broken_off_is_told_by_its_suffix_and_the_code_stays_whole(code: str, order: str, done: str) -> None:
    made = translated(payload(services=[OPERATION | {"MA_DICH_VU": code}]))
    assert (one(made, "ServiceRequest")["status"], one(made, "Procedure")["status"]) == (order, done)
    assert one(made, "Procedure")["code"]["coding"][0]["code"] == code


def test_a_result_does_not_complete_what_was_broken_off() -> None:
    broken = "22.9001.0001_TB"
    made = translated(payload(services=[SERVICE | {"MA_DICH_VU": broken}], results=[RESULT | {"MA_DICH_VU": broken}]))
    assert one(made, "ServiceRequest")["status"] == "revoked"


def test_a_sent_out_service_is_performed_by_the_facility_its_code_names() -> None:
    made = translated(payload(services=[SERVICE | {"MA_DICH_VU": "22.9001.0001.K.79123"}]))
    other = next(each for each in of_type(made, "Organization") if "79123" in str(each.get("identifier")))
    reference = {"reference": f"urn:uuid:{other['id']}"}
    assert one(made, "ServiceRequest")["performer"] == [reference]
    assert reference in [actor["actor"] for actor in one(made, "Procedure")["performer"]]


@pytest.mark.parametrize(
    ("code", "national"), [("22.9001.0001", True), ("22.9001.0000_GT", True), ("02.9999", False), ("VC.01998", False)]
)
def test_a_code_of_the_national_form_is_national_any_other_the_facilitys(code: str, national: bool) -> None:
    system = order_of(code)["code"]["coding"][0]["system"]
    assert (system == "https://lienthong.example/fhir/CodeSystem/ma-dich-vu") is national
    assert national or system == "urn:vn:cskcb:01999:ma-dich-vu"


def test_an_order_says_completed_only_where_something_was_done_or_resulted() -> None:
    assert order_of("22.9001.0001")["status"] == "completed"
    bare = {name: text for name, text in SERVICE.items() if name not in ("NGAY_TH_YL", "NGAY_KQ")}
    assert one(translated(payload(services=[bare])), "ServiceRequest")["status"] == "unknown"


def test_a_bed_is_a_location_of_the_encounter_and_no_procedure() -> None:
    bed = SERVICE | {"MA_DICH_VU": "K03.1918", "MA_NHOM": "15", "MA_GIUONG": "H001;T002"}
    made = translated(payload(services=[bed, bed | {"NGAY_YL": "202611160920"}]))
    assert of_type(made, "Procedure") == []
    beds = of_type(made, "Location")
    assert [each["identifier"][0]["value"] for each in beds] == ["H001", "T002"]
    assert one(made, "Encounter")["location"] == [
        {"location": {"reference": f"urn:uuid:{each['id']}"}} for each in beds
    ]


def test_a_supply_is_a_delivery_and_never_the_order_of_a_result() -> None:
    made = translated(payload(services=[SERVICE, SUPPLY], results=[RESULT]))
    used = one(made, "SupplyDelivery")
    assert used["suppliedItem"]["itemCodeableConcept"]["text"] == "Chỉ khâu mẫu"
    assert used["suppliedItem"]["quantity"]["value"].token == "2.000"
    assert used["suppliedItem"]["quantity"]["unit"] == "Sợi"
    assert used["occurrenceDateTime"] == "2026-11-15T09:45:00+07:00"
    assert "bhyt-join-uncertain" not in rules(made)
    assert len(of_type(made, "ServiceRequest")) == 1
    assert "SupplyDelivery" in unplaced(made)["XML3[2].MA_BAC_SI"].reason


def test_a_row_that_names_nothing_holds() -> None:
    made = translated(payload(services=[{"MA_LK": SUMMARY["MA_LK"], "NGAY_YL": "202611150920"}]))
    assert made.held
    assert "bhyt-service-unnamed" in rules(made)


def test_a_procedure_code_of_the_summary_is_said_once() -> None:
    made = translated(payload(SUMMARY | {"MA_PTTT_QT": "47.11;99.04"}, services=[OPERATION]))
    operation, other = of_type(made, "Procedure")
    assert [coding["code"] for coding in other["code"]["coding"]] == ["99.04"]
    assert made.lineage["Procedure[0].code.coding[1].code"] == "XML3[1].MA_PTTT_QT[1], XML1.MA_PTTT_QT[1]"
    assert operation["id"] != other["id"]
