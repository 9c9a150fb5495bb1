"""The papers among the tables: a changed field changes what lineage names, and a paper of another person holds."""

from __future__ import annotations

import pytest

from adapters.bhyt.layouts import known_fields
from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.r4 import check
from tests.bhyt.building import SUMMARY, of_type, one, payload, rules, translated, unplaced
from tests.bhyt.papers import FOLLOW_UP, PAPERS, REFERRAL
from tests.bhyt.test_must_place import changed, leaves

TO = {"MA_CSKCB_DEN": "01996"}


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
