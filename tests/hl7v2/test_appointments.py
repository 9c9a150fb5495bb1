"""SIU: one appointment through all its events, when it is, and whom and what it takes."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import CANONICAL, Resource
from gateway.errors import PayloadError
from gateway.r4 import check
from gateway.revision import revise
from tests.hl7v2.building import SAMPLES, header, holds, message, of_type, only, patient, rules, segment, translate

TIMING = "^^^20261201083000^20261201090000"
AIS = segment("AIS", {1: "1", 3: "SA^Siêu âm^L", 4: "20261201083000", 7: "20", 8: "min"})
AIL = segment("AIL", {1: "1", 3: "K01^P101", 12: "Booked"})
EVENTS = {
    "S12": "booked",
    "S13": "booked",
    "S14": "booked",
    "S15": "cancelled",
    "S16": "cancelled",
    "S17": "entered-in-error",
    "S18": "booked",
    "S19": "booked",
    "S20": "booked",
    "S21": "booked",
    "S22": "booked",
    "S26": "noshow",
}


def sch(**changed: str) -> str:
    fields = {1: "HD1^HIS", 2: "LH1^HIS", 11: TIMING}
    return segment("SCH", fields | {int(name[1:]): text for name, text in changed.items()})


def siu(event: str, *segments: str) -> Translation:
    return translate(message(header(f9=f"SIU^{event}^SIU_S12"), segments[0], patient(), *segments[1:]))


def appointment(event: str, *segments: str) -> Resource:
    return only(siu(event, *segments), "Appointment")


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_told_of_the_same_appointment_and_passes_the_r4_check(event: str) -> None:
    removed = segment("AIP", {1: "1", 2: "D", 3: "BS1^TRẦN^MỘT"})
    made = siu(event, sch(), AIS, AIL, removed)
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    assert not made.held
    found = only(made, "Appointment")
    assert found["status"] == EVENTS[event]
    assert found["id"] == appointment("S12", sch())["id"]


@pytest.mark.parametrize("event", ["S23", "S24"])
def test_free_and_blocked_times_are_of_no_patient_and_refused(event: str) -> None:
    with pytest.raises(PayloadError) as refused:
        siu(event, sch())
    assert [issue.rule for issue in refused.value.issues] == ["hl7v2-slots-without-patient"]


def test_a_message_without_an_appointment_is_refused() -> None:
    with pytest.raises(PayloadError) as refused:
        siu("S12", AIS)
    assert [issue.rule for issue in refused.value.issues] == ["hl7v2-no-appointment"]


@pytest.mark.parametrize(
    ("said", "status"),
    [("Booked", "booked"), ("BOOKED", "booked"), ("Started", "checked-in"), ("Waitlist", "waitlist")],
)
def test_the_senders_status_is_the_status(said: str, status: str) -> None:
    assert appointment("S14", sch(f25=said))["status"] == status


def test_a_status_that_contradicts_the_event_is_held() -> None:
    assert holds(siu("S15", sch(f25="Booked"))) == ["hl7v2-appointment-contradiction"]
    assert holds(siu("S26", sch(f25="Noshow"))) == []


def test_a_status_out_of_its_table_is_held_and_nothing_claimed() -> None:
    made = siu("S12", sch(f25="Blocked"))
    assert holds(made) == ["hl7v2-appointment-status-unknown"]
    assert "status" not in only(made, "Appointment")
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []


def test_an_appointment_without_a_number_is_held() -> None:
    assert holds(siu("S12", sch(f1="", f2=""))) == ["hl7v2-appointment-without-number"]


def test_another_time_status_or_order_is_said_of_the_same_appointment() -> None:
    moved = sch(f11="^^^20261208083000^20261208090000", f25="Cancelled", f26="P9^HIS", f7="X^Y^L")
    assert appointment("S15", moved)["id"] == appointment("S12", sch(f25="Booked"))["id"]
    assert appointment("S12", sch(f2="LH2^HIS"))["id"] != appointment("S12", sch())["id"]


def test_at_another_time_nothing_of_the_first_one_stands() -> None:
    first = appointment("S12", sch(f9="30", f10="min"))
    moved = revise(first, appointment("S13", sch(f11="^^^20261208083000")))
    assert (moved["start"], moved.get("end"), moved.get("minutesDuration")) == ("2026-12-08T08:30:00+07:00", None, None)
    again = revise(first, appointment("S14", sch(f11="^^^20261201083000")))
    assert again["end"] == first["end"]
    cancelled = revise(first, appointment("S15", sch(f11="", f6="BN^Bận^L")))
    assert (cancelled["start"], cancelled["end"]) == (first["start"], first["end"])
    booked = revise(cancelled, appointment("S13", sch()))
    assert "cancelationReason" not in booked
    for one in (moved, again, cancelled, booked):
        assert [issue.text() for issue in check(one) if issue.refuses and issue.rule.startswith("app")] == []


def test_two_of_a_series_are_two_appointments() -> None:
    assert appointment("S12", sch(f3="1"))["id"] != appointment("S12", sch(f3="2"))["id"]


@pytest.mark.parametrize(
    ("changed", "start", "end"),
    [
        ({}, "2026-12-01T08:30:00+07:00", "2026-12-01T09:00:00+07:00"),
        (
            {"f11": "^^^202612010830", "f9": "45", "f10": "MIN"},
            "2026-12-01T08:30:00+07:00",
            "2026-12-01T09:15:00+07:00",
        ),
        ({"f11": "^^M20^202612010830"}, "2026-12-01T08:30:00+07:00", "2026-12-01T08:50:00+07:00"),
        (
            {"f11": "^^^20261201233000", "f9": "1", "f10": "HR"},
            "2026-12-01T23:30:00+07:00",
            "2026-12-02T00:30:00+07:00",
        ),
        ({"f11": "^^^202612010830^202612010800"}, "2026-12-01T08:30:00+07:00", None),
        ({"f11": "^^^202612010830", "f9": "45"}, "2026-12-01T08:30:00+07:00", None),
    ],
)
def test_start_and_end_are_said_or_counted_and_never_guessed(
    changed: dict[str, str], start: str, end: str | None
) -> None:
    made = siu("S12", sch(**changed))
    found = only(made, "Appointment")
    assert (found["start"], found.get("end")) == (start, end)
    assert (end is None) == ("hl7v2-appointment-end-missing" in rules(made)) == ("_end" in found)
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []


def test_a_duration_beyond_all_calendars_costs_itself() -> None:
    made = siu("S12", sch(f11="^^^202612010830", f9="9999999", f10="D"))
    assert {"end", "minutesDuration"}.isdisjoint(only(made, "Appointment"))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []


def test_tq1_says_what_sch_11_said_before() -> None:
    timing = segment("TQ1", {1: "1", 7: "20261201083000", 8: "20261201084500"})
    made = translate(message(header(f9="SIU^S12"), sch(f11=""), timing, patient()))
    assert only(made, "Appointment")["end"] == "2026-12-01T08:45:00+07:00"


def test_a_start_only_its_service_says_is_the_appointments() -> None:
    found = appointment("S12", sch(f11=""), AIS)
    assert (found["start"], found["end"]) == ("2026-12-01T08:30:00+07:00", "2026-12-01T08:50:00+07:00")


def test_an_appointment_to_come_to_without_a_time_is_held() -> None:
    assert "hl7v2-appointment-start-missing" in holds(siu("S12", sch(f11="")))
    assert not siu("S15", sch(f11="")).held
    day = siu("S12", sch(f11="^^^20261201"))
    assert only(day, "Appointment")["requestedPeriod"] == [{"start": "2026-12-01"}]


def test_everything_it_takes_is_a_participant_with_its_own_time() -> None:
    room = segment("AIG", {1: "1", 3: "P2^Phòng 2", 4: "ROOM"})
    doctor = segment("AIP", {1: "1", 3: "BS1^TRẦN^MỘT", 4: "D^Bác sĩ^L", 7: "10", 8: "min", 9: "15", 10: "min"})
    found = appointment("S12", sch(f12="BS2^NGÔ^HAI"), AIS, room, AIL, doctor)
    kinds = [one["actor"]["type"] for one in found["participant"]]
    assert kinds == ["Patient", "Practitioner", "HealthcareService", "Location", "Location", "Practitioner"]
    assert found["participant"][5]["period"] == {
        "start": "2026-12-01T08:40:00+07:00",
        "end": "2026-12-01T08:55:00+07:00",
    }
    assert found["participant"][4]["status"] == "accepted"
    assert found["participant"][5]["status"] == "needs-action"


def test_a_doctor_taken_out_has_declined() -> None:
    found = appointment("S22", sch(), segment("AIP", {1: "1", 2: "D", 3: "BS1^TRẦN^MỘT"}))
    assert found["participant"][1]["status"] == "declined"


def test_an_event_that_takes_away_without_saying_what_is_held() -> None:
    assert holds(siu("S22", sch(), AIS)) == ["hl7v2-appointment-part-unclear"]


def test_the_reason_of_a_cancellation_stands_on_it_and_of_a_change_in_its_provenance() -> None:
    cancelled = siu("S15", sch(f6="BN^Bận^L"))
    assert only(cancelled, "Appointment")["cancelationReason"]["coding"][0]["code"] == "BN"
    missed = siu("S26", sch(f6="BN^Bận^L", f20="TK^VÕ^BA"))
    assert "cancelationReason" not in only(missed, "Appointment")
    (provenance,) = (one for one in of_type(missed, "Provenance") if len(one["target"]) == 1)
    assert provenance["reason"][0]["coding"][0]["code"] == "BN"
    assert provenance["agent"][0]["type"]["coding"][0]["code"] == "enterer"


def test_notes_are_its_comment_and_keep_who_wrote_them() -> None:
    made = siu("S12", sch(), AIS, "NTE|1||Nhịn ăn||TK^VÕ^BA|20261115090000")
    found = only(made, "Appointment")
    assert found["comment"] == "Nhịn ăn"
    assert found["extension"][1]["valueAnnotation"]["time"] == "2026-11-15T09:00:00+07:00"


def test_it_is_based_on_the_orders_it_names() -> None:
    made = siu("S12", sch(f26="P1^HIS", f27="F1^LIS"), AIS)
    request = only(made, "ServiceRequest")
    assert [one["value"] for one in request["identifier"]] == ["P1", "F1"]
    assert request["status"] == "unknown"
    assert request["occurrencePeriod"]["end"] == "2026-12-01T08:50:00+07:00"
    assert len(of_type(siu("S12", sch(f26="P1~P2", f27="F1~F2")), "ServiceRequest")) == 2
    assert len(of_type(siu("S12", sch(f26="P1~P2", f27="F1")), "ServiceRequest")) == 3


@pytest.mark.parametrize("sample", ["appointment-booked", "appointment-cancelled"])
def test_an_appointment_with_its_place_is_what_the_gateway_promises(sample: str) -> None:
    """docs/profiles.md: a number, a time, the patient, and where to come."""
    found = only(translate((SAMPLES / f"{sample}.hl7").read_bytes()), "Appointment")
    issues = check(found, asked=[f"{CANONICAL}/StructureDefinition/appointment"])
    assert [issue.text() for issue in issues if issue.refuses] == []


def test_a_walk_in_is_kept_in_the_senders_words() -> None:
    found = appointment("S12", sch(f7="WALKIN^Không hẹn^HL70276", f8="Normal^^HL70277"))
    assert found["reasonCode"][0]["coding"][0]["code"] == "WALKIN"
    assert found["appointmentType"]["coding"][0]["code"] == "Normal"
    followed = appointment("S12", sch(f7="FOLLOWUP^Tái khám^HL70276"))
    assert followed["reasonCode"][0]["coding"][0]["code"] == "185389009"
