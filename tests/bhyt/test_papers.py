"""The papers among the tables: a changed field changes what lineage names, and a paper of another person holds."""

from __future__ import annotations

import base64

import pytest

from adapters.bhyt.layouts import known_fields
from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.r4 import check
from gateway.sensitive import divide
from tests.bhyt.building import SUMMARY, of_type, one, payload, rules, translated, unplaced
from tests.bhyt.papers import (
    BIRTH,
    DISCHARGE,
    FOLLOW_UP,
    HIV,
    PAPERS,
    PREGNANCY_LEAVE,
    RECORD_SUMMARY,
    REFERRAL,
    SICK_LEAVE,
    TUBERCULOSIS,
)
from tests.bhyt.test_must_place import changed, leaves

TO = {"MA_CSKCB_DEN": "01996", "GIOI_TINH_CON": "1", "NGAY_SINH_CON": "202611180406", "MAHUYEN_CU_TRU": "002"}


def paper(table: str, row: dict[str, str], **summary: str) -> Translation:
    return translated(payload(SUMMARY | summary, **{table: [row]}))


@pytest.mark.parametrize("table", PAPERS)
def test_a_full_row_is_valid_r4_and_waits_for_nobody(table: str) -> None:
    made = paper(table, PAPERS[table])
    assert not made.held
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []
    assert [name for name in unplaced(made) if name.startswith(table) and "not in the record" in name] == []


@pytest.mark.parametrize("table", PAPERS)
def test_a_changed_field_changes_what_lineage_names_and_any_other_is_listed(table: str) -> None:
    row = PAPERS[table]
    before = paper(table, row)
    stood = leaves(list(before.resources))
    for name in sorted(row.keys() - {"MA_LK"}):
        at = f"{table}[1].{name}"
        filled = {path for path, source in before.lineage.items() if any_of(source, at)}
        if not filled:
            assert any(any_of(field, at) for field in unplaced(before)), at
            continue
        now = leaves(list(paper(table, row | {name: TO.get(name) or changed(row[name])}).resources))
        differs = {path for path in stood.keys() | now.keys() if stood.get(path) != now.get(path)}
        assert filled & differs, at


def any_of(source: str, at: str) -> bool:
    return any(part.partition(" (")[0].partition("[2")[0] in (at, f"{at}[1]") for part in source.split(", "))


@pytest.mark.parametrize("table", PAPERS)
def test_every_field_of_3176_but_the_reserved_one_is_in_the_full_row(table: str) -> None:
    old = {"MA_NOI_DI", "MA_NOI_DEN", "PP_DIEU_TRI", "TEN_DICH_VU", "TEN_THUOC"} if table == "XML13" else set()
    assert known_fields(table) - old - {"DU_PHONG"} == PAPERS[table].keys()


@pytest.mark.parametrize("table", PAPERS)
@pytest.mark.parametrize("name", ["HO_TEN", "NGAY_SINH", "GIOI_TINH", "MA_THE_BHYT", "SO_CCCD", "MA_BN", "MA_YTE"])
def test_a_paper_of_another_person_holds(table: str, name: str) -> None:
    row = PAPERS[table]
    if name in row:
        other = {"GIOI_TINH": "2", "NGAY_SINH": "199003160000"}.get(name) or changed(row[name])
        made = paper(table, row | {name: other})
        assert [(issue.rule, issue.expression) for issue in made.holds] == [("bhyt-other-person", f"{table}[1].{name}")]


@pytest.mark.parametrize("table", PAPERS)
def test_a_paper_of_another_facility_holds(table: str) -> None:
    if "MA_CSKCB" in PAPERS[table]:
        made = paper(table, PAPERS[table] | {"MA_CSKCB": "01234"})
        assert "bhyt-row-of-another-facility" in [issue.rule for issue in made.holds]


def test_a_name_in_capitals_and_a_birth_day_without_its_minutes_are_the_same_person() -> None:
    made = paper("XML13", REFERRAL | {"HO_TEN": "Nguyễn  Văn Thử Nghiệm", "NGAY_SINH": "19900315"})
    assert not made.held


# ── XML13 ──


def test_a_referral_is_an_order_to_the_facility_it_names_with_its_paper() -> None:
    made = paper("XML13", REFERRAL)
    order, note = one(made, "ServiceRequest"), one(made, "Composition")
    assert made.recipients == ["01998"]
    assert order["performer"] == [{"reference": f"urn:uuid:{facility(made, '01998')['id']}"}]
    assert order["supportingInfo"] == [{"reference": f"urn:uuid:{note['id']}"}]
    assert order["reasonCode"][0]["text"] == "Đủ điều kiện do không phù hợp khả năng đáp ứng"
    assert [one["coding"][0]["code"] for one in order["reasonCode"][1:]] == ["J18.9", "E11.9", "I10", "U50.001"]
    assert note["event"] == [{"period": {"start": "2026-11-15T08:30:00+07:00", "end": "2026-11-20T10:00:00+07:00"}}]
    assert note["section"][0]["text"]["div"] == (
        '<div xmlns="http://www.w3.org/1999/xhtml"><p>Khó thở, SpO2 &lt; 92%<br/>ran ẩm hai đáy</p></div>'
    )


def facility(made: Translation, code: str) -> Resource:
    (found,) = (item for item in of_type(made, "Organization") if item.get("identifier", [{}])[0].get("value") == code)
    return found


def test_the_names_of_4750_mean_the_same() -> None:
    renamed = {"MA_CSKCB_DI": "MA_NOI_DI", "MA_CSKCB_DEN": "MA_NOI_DEN", "TINH_TRANG_CT": "PP_DIEU_TRI"}
    old = {renamed.get(name, name): text for name, text in REFERRAL.items()}
    now, then = paper("XML13", REFERRAL), paper("XML13", old)
    assert then.recipients == now.recipients
    for kind, elements in (("ServiceRequest", ("extension", "reasonCode", "performer")), ("Composition", ("section",))):
        this, that = (one(made, kind) for made in (now, then))
        assert [this[element] for element in elements] == [that[element] for element in elements]


def test_a_referral_sent_again_is_the_same_order_whatever_it_now_says() -> None:
    again = paper("XML13", REFERRAL | {"HUONG_DIEU_TRI": "Mổ", "MA_BAC_SI": "000005/TEST-GPHN"})
    assert one(again, "ServiceRequest")["id"] == one(paper("XML13", REFERRAL), "ServiceRequest")["id"]


def test_two_destinations_hold_and_a_destination_in_words_is_sent_to_nobody() -> None:
    made = paper("XML13", REFERRAL | {"MA_CSKCB_DEN": "01234"})
    assert [issue.rule for issue in made.holds] == ["bhyt-destinations-differ"]
    made = paper("XML13", REFERRAL | {"MA_CSKCB_DEN": "BV tỉnh"}, MA_NOI_DEN="")
    assert made.recipients == []
    assert one(made, "ServiceRequest")["performer"] == [{"display": "BV tỉnh"}]
    assert "bhyt-destination-unclear" in rules(made)


def test_several_stays_of_a_referral_are_several_events() -> None:
    times = {"NGAY_VAO": "202611100800;202611150830", "NGAY_RA": "202611120900;202611201000"}
    events = one(paper("XML13", REFERRAL | times), "Composition")["event"]
    assert [event["period"]["start"][:10] for event in events] == ["2026-11-10", "2026-11-15"]
    assert [event["period"]["end"][:10] for event in events] == ["2026-11-12", "2026-11-20"]


# ── XML14 ──


def test_a_day_is_a_requested_period_and_a_time_is_its_start() -> None:
    day = one(paper("XML14", FOLLOW_UP), "Appointment")
    assert day["requestedPeriod"] == [{"start": "2026-12-04", "end": "2026-12-04"}]
    assert day["status"] == "proposed"
    assert "start" not in day
    time = one(paper("XML14", FOLLOW_UP | {"NGAY_HEN_KL": "202612040800"}), "Appointment")
    assert time["requestedPeriod"] == [{"start": "2026-12-04T08:00:00+07:00"}]
    assert time["id"] == day["id"]


def test_an_appointment_on_no_day_of_the_calendar_holds() -> None:
    made = paper("XML14", FOLLOW_UP | {"NGAY_HEN_KL": "20261304"})
    assert [(issue.rule, issue.expression) for issue in made.holds] == [("time-impossible", "XML14[1].NGAY_HEN_KL")]


def test_an_appointment_is_the_patients_at_the_facility_with_the_doctor() -> None:
    made = paper("XML14", FOLLOW_UP)
    actors = [one_["actor"]["reference"].removeprefix("urn:uuid:") for one_ in one(made, "Appointment")["participant"]]
    assert actors[:2] == [one(made, "Patient")["id"], one(made, "Location")["id"]]
    kinds = {item["id"]: item["resourceType"] for item in made.resources}
    assert [kinds[actor] for actor in actors] == ["Patient", "Location", "Practitioner", "Practitioner"]


# ── XML7, XML8 ──


def test_a_father_in_two_papers_is_one_relative_and_another_name_another() -> None:
    both = {"XML7": [DISCHARGE], "XML8": [RECORD_SUMMARY]}
    made = translated(payload(SUMMARY, **both))
    roles = [one["relationship"][0]["coding"][0]["code"] for one in of_type(made, "RelatedPerson")]
    assert roles == ["FTH", "MTH", "GUARD"]
    assert len({item["id"] for item in made.resources}) == len(made.resources)
    both["XML8"] = [RECORD_SUMMARY | {"HO_TEN_CHA": "NGUYỄN VĂN KHÁC"}]
    assert len(of_type(translated(payload(SUMMARY, **both)), "RelatedPerson")) == 4


def test_one_staff_number_with_two_names_is_said() -> None:
    other = DISCHARGE | {"SO_LUU_TRU": "LT-0002", "TEN_BS": "NGƯỜI KHÁC"}
    assert "bhyt-doctor-two-names" in rules(translated(payload(SUMMARY, XML7=[DISCHARGE, other])))


def test_codes_in_a_section_are_shown_in_words() -> None:
    sections = {part["title"]: part["text"]["div"] for part in one(paper("XML7", DISCHARGE), "Composition")["section"]}
    assert "<p>Có (1)</p>" in sections["Đình chỉ thai nghén"]
    assert "<p>16/11/2026 02:00</p>" in sections["Thời điểm đình chỉ thai"]
    summary = one(paper("XML8", RECORD_SUMMARY), "Composition")
    assert "<p>Đỡ (2)</p>" in repr([part for part in summary["section"] if part["title"] == "Kết quả điều trị"])


# ── XML9 ──


def of_mother() -> Translation:
    """The certificate in the stay of the woman it names."""
    woman = {"SO_CCCD": "001195000002", "HO_TEN": "LÊ THỊ GIẢ LẬP", "NGAY_SINH": "199501010000", "GIOI_TINH": "2"}
    return paper("XML9", BIRTH, **woman)


def test_a_newborn_is_a_patient_of_its_own_with_the_minute_of_birth_and_the_weight() -> None:
    made = of_mother()
    mother, newborn = of_type(made, "Patient")
    assert newborn["birthDate"] == "2026-11-18"
    assert newborn["_birthDate"]["extension"][0]["valueDateTime"] == "2026-11-18T04:05:00+07:00"
    (weight,) = (one for one in of_type(made, "Observation") if one["code"]["coding"][0]["code"] == "8339-4")
    assert weight["subject"]["reference"] == one(made, "Composition")["subject"]["reference"]
    assert weight["subject"]["reference"].endswith(newborn["id"])
    assert str(weight["valueQuantity"]["value"]) == "3200"
    assert mother["id"] != newborn["id"]


def test_the_woman_of_the_stay_is_the_mother_and_linked_and_anyone_else_is_mother_or_carer() -> None:
    made = of_mother()
    carer = next(item for item in of_type(made, "RelatedPerson") if "birthDate" in item)
    assert carer["relationship"][0]["coding"][0]["code"] == "MTH"
    assert of_type(made, "Patient")[0]["link"] == [
        {"other": {"reference": f"urn:uuid:{carer['id']}"}, "type": "seealso"}
    ]
    made = paper("XML9", BIRTH)
    carer = next(item for item in of_type(made, "RelatedPerson") if "birthDate" in item)
    assert carer["relationship"] == [{"text": "Mẹ hoặc người nuôi dưỡng"}]
    assert "link" not in of_type(made, "Patient")[0]


def test_twins_are_two_patients() -> None:
    twins = [BIRTH, BIRTH | {"SO": "16", "NGAY_SINH_CON": "202611180415", "HO_TEN_CON": "NGUYỄN VĂN CON"}]
    made = translated(payload(SUMMARY, XML9=twins))
    assert len(of_type(made, "Patient")) == 3
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []


# ── XML6, XML15 ──


@pytest.mark.parametrize("table", ["XML6", "XML15"])
def test_nothing_of_a_table_the_law_keeps_apart_stays_in_the_ordinary_set(table: str) -> None:
    """Also where no word of it would be found: the tag alone decides."""
    plain = translated(payload(SUMMARY))
    made = paper(table, PAPERS[table])
    ordinary, apart, revealing = divide(list(made.resources))
    assert ordinary == list(plain.resources)
    of_table = {item["id"] for item in made.resources} - {item["id"] for item in plain.resources}
    assert of_table == revealing
    assert of_table <= {item["id"] for item in apart}
    for item in made.resources:
        if item["id"] in of_table:
            assert table in [tag["code"] for tag in item["meta"]["tag"]]


def test_a_viral_load_is_read_in_words_at_the_day_it_was_sampled() -> None:
    made = paper("XML6", HIV)
    (load,) = (item for item in of_type(made, "Observation") if item["code"].get("text") == "Tải lượng vi rút HIV")
    assert load["valueCodeableConcept"]["text"] == "Không phát hiện"
    assert load["effectiveDateTime"] == "2026-11-01"


def test_no_treatment_of_tuberculosis_is_no_medicine() -> None:
    made = paper("XML6", {"MA_LK": SUMMARY["MA_LK"], "LOAI_DTRI_LAO": "0"})
    assert of_type(made, "MedicationStatement") == []
    (status,) = (item for item in of_type(made, "Observation") if item["code"].get("text") == "Tình trạng")
    assert status["component"][0]["valueCodeableConcept"]["text"] == "Không điều trị lao"


def test_a_treatment_that_ends_before_it_starts_loses_its_end_and_stays_valid() -> None:
    made = paper("XML15", TUBERCULOSIS | {"NGAYKT_DTRI_LAO": "20260101"})
    assert all("end" not in item["effectivePeriod"] for item in of_type(made, "MedicationStatement"))
    assert "bhyt-period-reversed" in rules(made)
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []


# ── XML10, XML11, XML12 ──


def test_a_certificate_is_a_document_with_its_text_its_days_and_who_signed() -> None:
    made = paper("XML10", PREGNANCY_LEAVE)
    document = one(made, "DocumentReference")
    text = base64.b64decode(document["content"][0]["attachment"]["data"]).decode()
    assert text.splitlines()[:2] == ["Giấy chứng nhận nghỉ dưỡng thai", "Số sê-ri: DT0001"]
    assert "Nghỉ từ ngày: 21/11/2026" in text
    assert document["context"]["period"] == {"start": "2026-11-21", "end": "2026-12-20"}
    assert document["masterIdentifier"]["value"] == "DT0001"
    assert document["content"][0]["attachment"]["creation"] == "2026-11-20"
    assert document["authenticator"] != document["author"][0]


def test_another_insurance_number_than_the_cards_holds() -> None:
    made = paper("XML11", SICK_LEAVE | {"MA_BHXH": "9999999999"})
    assert [(issue.rule, issue.expression) for issue in made.holds] == [("bhyt-other-person", "XML11[1].MA_BHXH")]


def test_a_leave_that_ends_before_it_starts_loses_its_end_and_says_so() -> None:
    made = paper("XML11", SICK_LEAVE | {"DEN_NGAY": "20261001"})
    assert one(made, "DocumentReference")["context"]["period"] == {"start": "2026-11-21"}
    assert "bhyt-period-reversed" in rules(made)


def test_two_leaves_of_one_stay_are_two_documents() -> None:
    made = translated(payload(SUMMARY, XML10=[PREGNANCY_LEAVE], XML11=[SICK_LEAVE, SICK_LEAVE | {"SO_SERI": "NV0002"}]))
    assert len({document["id"] for document in of_type(made, "DocumentReference")}) == 3
