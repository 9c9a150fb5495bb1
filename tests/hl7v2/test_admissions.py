"""What a hospital tells of a patient's visits."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.r4 import check
from tests.hl7v2.building import header, holds, message, of_type, only, patient, segment, translate, unplaced

EVENTS = [f"A{number:02}" for number in range(1, 14)]


def told(event: str, *segments: str, evn: str = "", **visit: str) -> Translation:
    fields = {1: "1", 2: "I", 3: "K01^P05^G1", 19: "V1"} | {int(name[1:]): text for name, text in visit.items()}
    parts = [header(f9=f"ADT^{event}"), segment("EVN", {2: "20261115100000", 6: evn}), patient()]
    made = translate(message(*parts, segment("PV1", fields), *segments))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    return made


def statuses(made: Translation) -> list[str | None]:
    return [one.get("status") for one in only(made, "Encounter")["location"]]


def where(made: Translation, reference: str) -> Resource:
    (found,) = [one for one in of_type(made, "Location") if f"urn:uuid:{one['id']}" == reference]
    return found


@pytest.mark.parametrize("event", EVENTS)
def test_an_admission_message_brings_the_patient_and_the_visit(event: str) -> None:
    made = told(event)
    assert only(made, "Encounter")["subject"]["reference"] == f"urn:uuid:{only(made, 'Patient')['id']}"
    assert not made.held


def test_every_event_of_a_visit_is_a_version_of_the_same_encounter() -> None:
    assert len({only(told(event), "Encounter")["id"] for event in EVENTS}) == 1


@pytest.mark.parametrize(
    ("event", "status"),
    {
        "A01": "in-progress",
        "A02": "in-progress",
        "A03": "finished",
        "A04": "in-progress",
        "A05": "planned",
        "A06": "in-progress",
        "A07": "in-progress",
        "A08": "in-progress",
        "A09": "in-progress",
        "A11": "cancelled",
        "A12": "in-progress",
        "A13": "in-progress",
    }.items(),
)
def test_the_event_says_how_the_visit_stands(event: str, status: str) -> None:
    assert only(told(event), "Encounter")["status"] == status


@pytest.mark.parametrize(("kind", "status"), [("O", "arrived"), ("E", "arrived"), ("I", "in-progress")])
def test_who_arrives_has_arrived_unless_the_stay_is_long_under_way(kind: str, status: str) -> None:
    assert only(told("A10", f2=kind), "Encounter")["status"] == status


@pytest.mark.parametrize("event", ["A01", "A04"])
def test_who_is_admitted_beforehand_is_expected(event: str) -> None:
    made = told(event, f2="P")
    assert only(made, "Encounter")["status"] == "planned"
    assert statuses(made) == ["planned"]


def test_a_visit_that_has_ended_is_finished_whatever_else_is_told_of_it() -> None:
    assert only(told("A08", f45="20261120"), "Encounter")["status"] == "finished"
    assert only(told("A11", f45="20261120"), "Encounter")["status"] == "cancelled"


def test_a_discharge_closes_the_visit_and_the_bed_is_left() -> None:
    made = told("A03", f36="01^Ra viện", f37="01999&Bệnh viện khác", f44="20261110", f45="20261120101500")
    visit = only(made, "Encounter")
    assert visit["period"] == {"start": "2026-11-10", "end": "2026-11-20T10:15:00+07:00"}
    assert visit["hospitalization"]["dischargeDisposition"]["coding"][0]["code"] == "01"
    assert statuses(made) == ["completed"]
    assert where(made, visit["hospitalization"]["destination"]["reference"])["name"] == "Bệnh viện khác"


def test_a_discharge_without_its_time_takes_the_time_of_the_event() -> None:
    made = told("A03", evn="20261120101500")
    assert only(made, "Encounter")["period"] == {"end": "2026-11-20T10:15:00+07:00"}
    assert made.lineage["Encounter[0].period.end"] == "EVN-6"
    assert "period" not in only(told("A03"), "Encounter")


def test_a_cancelled_discharge_takes_back_what_the_discharge_said() -> None:
    made = told("A13", f36="01", f44="20261110", f45="20261120101500")
    visit = only(made, "Encounter")
    assert (visit["status"], visit["period"]) == ("in-progress", {"start": "2026-11-10"})
    assert "hospitalization" not in visit
    assert {"PV1-36", "PV1-45"} <= unplaced(made).keys()


def test_a_transfer_keeps_the_place_left_and_says_since_when_the_new_one() -> None:
    made = told("A02", f6="K02^P01^G3", evn="20261112080000")
    new, left = only(made, "Encounter")["location"]
    assert (new["status"], new["period"]) == ("active", {"start": "2026-11-12T08:00:00+07:00"})
    assert (left["status"], left["period"]) == ("completed", {"end": "2026-11-12T08:00:00+07:00"})
    assert where(made, left["location"]["reference"])["name"] == "G3"


def test_a_cancelled_transfer_does_not_say_that_the_patient_was_there() -> None:
    made = told("A12", f6="K02^P01^G3")
    assert statuses(made) == ["active"]
    assert "PV1-6" in unplaced(made)


def test_a_cancelled_admission_keeps_its_places_without_saying_they_were_used() -> None:
    assert statuses(told("A11")) == [None]


def test_who_is_under_way_has_a_temporary_and_a_reserved_place() -> None:
    made = told("A09", f11="XQ^1", f42="K03^P09^G2", f43="SA^2")
    assert statuses(made) == ["active", "active", "completed", "reserved"]


@pytest.mark.parametrize(("event", "kind", "code"), [("A06", "I", "IMP"), ("A07", "O", "AMB")])
def test_a_change_of_class_is_dated_by_the_event(event: str, kind: str, code: str) -> None:
    (since,) = only(told(event, f2=kind, evn="20261112080000"), "Encounter")["classHistory"]
    assert (since["class"]["code"], since["period"]) == (code, {"start": "2026-11-12T08:00:00+07:00"})
    assert "classHistory" not in only(told(event, f2=kind), "Encounter")


def test_a_change_of_class_keeps_the_numbers_that_were_before() -> None:
    made = told("A06", segment("MRG", {1: "BN1^^^79001^MR", 3: "TK7", 5: "V0"}))
    old = [one["value"] for one in only(made, "Encounter")["identifier"] if one.get("use") == "old"]
    assert (old, only(made, "Account")["identifier"][0]["value"]) == (["V0"], "TK7")
    assert not made.held
    assert only(made, "Encounter")["id"] == only(told("A06"), "Encounter")["id"]


def test_an_account_named_twice_is_one() -> None:
    made = told("A06", "MRG|BN1^^^79001^MR||TK7", "MRG|BN1^^^79001^MR||TK7^^^KT")
    assert [one["value"] for one in only(made, "Account")["identifier"]] == ["TK7", "TK7"]


def test_a_merge_hidden_in_another_event_is_held() -> None:
    assert holds(told("A06", segment("MRG", {1: "BN2^^^79001^MR"}))) == ["hl7v2-merge-elsewhere"]


@pytest.mark.parametrize("event", ["A28", "A31"])
def test_a_message_about_a_person_makes_a_visit_only_where_it_names_one(event: str) -> None:
    assert not of_type(told(event, f19=""), "Encounter")
    assert only(told(event), "Encounter")["status"] == "in-progress"


def test_a_visit_without_number_and_beginning_is_held() -> None:
    assert holds(told("A01", f19="")) == ["hl7v2-visit-without-number"]
    assert not holds(told("A01", f19="", f44="20261110"))
    assert not holds(told("A05", f19="", f5="TN1"))


def test_an_update_of_a_patient_whose_visit_is_a_class_alone_speaks_of_no_visit() -> None:
    made = translate(message(header(f9="ADT^A08"), patient(), "PV1|1|O"))
    assert not of_type(made, "Encounter")
    assert not made.held
    assert "PV1-2" in unplaced(made)


def test_the_state_of_a_bed_is_a_word_on_the_bed() -> None:
    made = told("A01", f40="C", f6="K01^P05^G1")
    (bed,) = [one for one in of_type(made, "Location") if one["name"] == "G1"]
    assert bed["operationalStatus"]["code"] == "C"
    assert "status" not in bed


@pytest.mark.parametrize(
    ("event", "fields", "held"),
    [
        ("A01", {2: "I", 19: "V1"}, True),
        ("A01", {2: "I", 19: "V1", 44: "20261110080000"}, False),
        ("A01", {2: "I", 19: "V1", 44: "20261110"}, True),
        ("A03", {2: "I", 19: "V1", 44: "20261110080000"}, True),
        ("A03", {2: "I", 19: "V1", 44: "20261110080000", 45: "20261120101500"}, False),
    ],
)
def test_a_missing_last_mark_is_told_only_where_the_visit_cannot_have_been_cut(
    event: str, fields: dict[int, str], held: bool
) -> None:
    parts = [header(f9=f"ADT^{event}"), segment("EVN", {2: "20261115100000"}), patient(), segment("PV1", fields)]
    made = translate(message(*parts).rstrip(b"\r"))
    assert holds(made) == (["hl7v2-maybe-cut-off"] if held else [])


def test_a_message_about_a_person_that_breaks_off_in_it_is_held() -> None:
    made = translate(message(header(f9="ADT^A31"), patient()).rstrip(b"\r"))
    assert holds(made) == ["hl7v2-maybe-cut-off"]
