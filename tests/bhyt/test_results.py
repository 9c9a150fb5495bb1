"""XML4 rows to Observations and DiagnosticReports: meaning before form."""

from __future__ import annotations

import pytest

from gateway.adapter import DefaultProfile
from gateway.bundle import MA_CSKCB
from tests.bhyt.building import (
    IMAGING_RESULT,
    RESULT,
    SERVICE,
    SUMMARY,
    of_type,
    one,
    payload,
    result_of,
    translated,
    unplaced,
    whole,
)

COMMA = DefaultProfile(decimal_comma=True)
INFERRED = {"system": "https://lienthong.example/fhir/CodeSystem/reading", "code": "status-inferred"}


def test_a_number_keeps_its_digits_and_its_unit() -> None:
    made = result_of(RESULT | {"GIA_TRI": "5.10"})
    assert made["valueQuantity"]["value"].token == "5.10"
    assert made["valueQuantity"]["unit"] == "G/L"
    assert made["valueQuantity"]["code"] == "10*9/L"


def test_a_unit_without_a_row_stays_text() -> None:
    made = result_of(RESULT | {"DON_VI_DO": "đv/lít"})["valueQuantity"]
    assert (made["unit"], "code" in made, "system" in made) == ("đv/lít", False, False)


def test_a_bound_is_a_bound() -> None:
    made = result_of(RESULT | {"GIA_TRI": "<20"})["valueQuantity"]
    assert (made["comparator"], str(made["value"])) == ("<", "20")


@pytest.mark.parametrize("text", ["Âm tính", "++", "1+", "Dương tính (yếu)"])
def test_words_stay_words_and_their_unit_stands_beside(text: str) -> None:
    made = result_of(RESULT | {"GIA_TRI": text})
    assert made["valueString"] == text
    assert made["extension"][0]["valueString"] == "G/L"


def test_a_titre_is_a_ratio() -> None:
    made = result_of(RESULT | {"GIA_TRI": "1:128", "DON_VI_DO": ""})
    assert str(made["valueRatio"]["denominator"]["value"]) == "128"


def test_a_comma_is_decimal_only_where_the_facility_says_so() -> None:
    row = RESULT | {"GIA_TRI": "13,8"}
    data = payload(results=[row])
    assert translated(data).held
    assert result_of(row)["valueString"] == "13,8"
    assert not translated(data, COMMA).held
    assert result_of(row, COMMA)["valueQuantity"]["value"].token == "13.8"


@pytest.mark.parametrize("text", ["1,234", "1.234,5"])
def test_what_could_be_two_numbers_is_held_even_then(text: str) -> None:
    for profile in (DefaultProfile(), COMMA):
        assert translated(payload(results=[RESULT | {"GIA_TRI": text}]), profile).held
        assert result_of(RESULT | {"GIA_TRI": text}, profile)["valueString"] == text


def test_a_result_without_a_status_is_final_and_marked() -> None:
    made = result_of(RESULT)
    assert made["status"] == "final"
    assert made["meta"]["tag"] == [INFERRED]


def test_a_result_not_there_yet_is_registered_without_a_value() -> None:
    translation = translated(payload(results=[RESULT | {"GIA_TRI": "", "NGAY_KQ": "", "MA_BS_DOC_KQ": ""}]))
    made = of_type(translation, "Observation")[0]
    assert made["status"] == one(translation, "DiagnosticReport")["status"] == "registered"
    assert not [key for key in made if key.startswith("value")]
    assert "issued" not in made
    assert "tag" not in made.get("meta", {})
    # Its unit is known already and is not lost.
    assert made["extension"][0]["valueString"] == "G/L"


def test_a_panel_partly_there_is_one_partial_report() -> None:
    waiting = RESULT | {"STT": "2", "MA_CHI_SO": "1999002", "TEN_CHI_SO": "HGB", "GIA_TRI": "", "NGAY_KQ": ""}
    translation = translated(payload(services=[SERVICE], results=[RESULT, waiting]))
    report = one(translation, "DiagnosticReport")
    assert report["status"] == "partial"
    assert len(report["result"]) == 2


def test_a_film_is_a_report_with_its_words_whole() -> None:
    translation = translated(payload(results=[IMAGING_RESULT | {"MO_TA": 'Dòng một\nDòng hai: <mờ> & "rõ"'}]))
    assert one(translation, "DiagnosticReport")["conclusion"] == "Theo dõi viêm phổi thuỳ dưới phải"
    film = of_type(translation, "Observation")[0]
    assert film["valueString"] == 'Dòng một\nDòng hai: <mờ> & "rõ"'
    assert film["category"][0]["coding"][0]["code"] == "imaging"
    assert film["code"] == {"text": "X-quang ngực thẳng"}


def test_a_conclusion_alone_is_the_result_and_the_reports_conclusion() -> None:
    translation = translated(payload(results=[IMAGING_RESULT | {"MO_TA": ""}]))
    assert of_type(translation, "Observation")[0]["valueString"] == "Theo dõi viêm phổi thuỳ dưới phải"
    assert one(translation, "DiagnosticReport")["conclusion"] == "Theo dõi viêm phổi thuỳ dưới phải"


def test_several_conclusions_in_a_report_are_all_there() -> None:
    second = IMAGING_RESULT | {"STT": "2", "TEN_CHI_SO": "Nghiêng", "KET_LUAN": "Bình thường"}
    report = one(translated(payload(results=[IMAGING_RESULT, second])), "DiagnosticReport")
    assert report["conclusion"] == "Theo dõi viêm phổi thuỳ dưới phải\nBình thường"


def test_words_beside_a_value_are_its_note_and_interpretation() -> None:
    made = result_of(RESULT | {"MO_TA": "mẫu tan máu", "KET_LUAN": "Tăng"})
    assert made["note"] == [{"text": "mẫu tan máu"}]
    assert made["interpretation"] == [{"text": "Tăng"}]
    assert made["valueQuantity"]["value"].token == "12.4"


def test_ngay_kq_is_issued_never_effective() -> None:
    made = result_of(RESULT)
    assert made["issued"] == "2026-11-15T10:20:00+07:00"
    assert not [key for key in made if key.startswith("effective")]


def test_a_result_date_without_a_time_is_no_instant() -> None:
    translation = translated(payload(results=[RESULT | {"NGAY_KQ": "20261115"}]))
    assert "issued" not in of_type(translation, "Observation")[0]
    assert "issued" not in one(translation, "DiagnosticReport")
    assert "XML4[1].NGAY_KQ" in unplaced(translation)


def test_an_indicator_code_is_national_only_where_it_can_be() -> None:
    assert result_of(RESULT)["code"]["coding"][0]["system"].endswith("/CodeSystem/qd1227")
    for text in ("WBC", "199900", "0999001"):
        assert result_of(RESULT | {"MA_CHI_SO": text})["code"]["coding"][0]["system"] == "urn:vn:cskcb:01999:ma-chi-so"


def test_seven_digits_older_than_the_national_list_are_the_facilitys_own() -> None:
    """QĐ 1227 is of 2025; a record of QĐ 130 cannot mean it."""
    old = {name: value for name, value in SUMMARY.items() if name not in ("NHOM_MAU", "CAN_NANG")}
    made = one(translated(payload(old | {"NGAY_RA": "202403041100"}, results=[RESULT])), "Observation")
    assert made["code"]["coding"][0] == {"system": "urn:vn:cskcb:01999:ma-chi-so", "code": "1999001"}


def test_a_result_without_indicator_is_known_by_its_service() -> None:
    made = result_of(RESULT | {"MA_CHI_SO": "", "TEN_CHI_SO": ""})
    assert made["code"]["coding"][0]["code"] == "22.9001.0001"
    unknown = result_of(RESULT | {"MA_CHI_SO": "", "TEN_CHI_SO": "", "MA_DICH_VU": ""})
    assert unknown["code"]["coding"][0]["code"] == "unknown"


def test_a_local_service_code_is_the_facilitys_own() -> None:
    report = one(translated(payload(results=[RESULT | {"MA_DICH_VU": "XN01"}])), "DiagnosticReport")
    assert report["code"]["coding"][0] == {"system": "urn:vn:cskcb:01999:ma-dich-vu", "code": "XN01"}


def test_a_sent_out_test_keeps_where_it_was_done() -> None:
    translation = translated(payload(results=[RESULT | {"MA_DICH_VU": "22.9001.0001.K.01997"}]))
    organizations = {item["id"]: item for item in of_type(translation, "Organization")}
    report = one(translation, "DiagnosticReport")
    assert report["code"]["coding"][0]["code"] == "22.9001.0001.K.01997"
    for resource in (report, of_type(translation, "Observation")[0]):
        done_at = [organizations.get(item["reference"][9:]) for item in resource["performer"]]
        assert {"system": MA_CSKCB, "value": "01997"} in [item["identifier"][0] for item in done_at if item]


def test_staff_are_opaque_numbers_of_the_facility_and_the_decision() -> None:
    translation = translated(whole())
    staff = {item["identifier"][0]["value"]: item["identifier"][0] for item in of_type(translation, "Practitioner")}
    assert set(staff) == {"000001/TEST-GPHN", "000002/TEST-GPHN", "000003/TEST-GPHN"}
    assert {item["system"] for item in staff.values()} == {"urn:vn:cskcb:01999:staff:gphn"}


def test_one_device_is_named_of_several_none() -> None:
    single = translated(payload(services=[SERVICE], results=[RESULT]))
    assert of_type(single, "Observation")[0]["device"]["identifier"]["value"] == "HH.1.01999.SN0001"
    several = translated(payload(services=[SERVICE | {"MA_MAY": "HH.1.01999.A;HH.1.01999.B"}], results=[RESULT]))
    assert "device" not in of_type(several, "Observation")[0]
    assert {"XML3[1].MA_MAY[1]", "XML3[1].MA_MAY[2]"} <= set(unplaced(several))


def test_rows_of_one_service_and_time_share_a_report() -> None:
    second = RESULT | {"STT": "2", "MA_CHI_SO": "1999002", "TEN_CHI_SO": "HGB"}
    (report,) = of_type(translated(payload(results=[RESULT, second])), "DiagnosticReport")
    assert len(report["result"]) == 2


def test_ids_do_not_depend_on_the_order_of_rows_or_on_values() -> None:
    second = RESULT | {"STT": "2", "MA_CHI_SO": "1999002", "TEN_CHI_SO": "HGB"}
    again = RESULT | {"STT": "3", "NGAY_KQ": "202611161020", "GIA_TRI": "9.9"}
    rows = [RESULT, second, again]

    def ids(order: list[dict[str, str]]) -> set[tuple[str, ...]]:
        made = translated(payload({**SUMMARY, "CAN_NANG": "", "NHOM_MAU": ""}, results=order))
        results = of_type(made, "Observation") + of_type(made, "DiagnosticReport")
        return {(item["id"], item["issued"], item["code"].get("text", "")) for item in results}

    assert ids(rows) == ids(rows[::-1]) == ids([row | {"GIA_TRI": "1"} for row in rows])
    assert len(ids(rows)) == 5


def test_a_row_of_another_episode_is_never_placed_and_holds() -> None:
    stray = RESULT | {"MA_LK": "TEST-9", "MA_CHI_SO": "1999002", "TEN_CHI_SO": "LẠ"}
    translation = translated(payload({**SUMMARY, "CAN_NANG": "", "NHOM_MAU": ""}, results=[RESULT, stray]))
    assert translation.held
    assert len(of_type(translation, "Observation")) == 1
    assert unplaced(translation)["XML4[2].GIA_TRI"].clinical
