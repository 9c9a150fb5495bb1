"""Orders: what was asked for, how it stands, and that its later result speaks of the same request."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import urn
from gateway.errors import PayloadError
from gateway.r4 import check
from gateway.revision import revise
from tests.hl7v2.building import (
    header,
    holds,
    message,
    of_type,
    only,
    order,
    patient,
    result,
    segment,
    translate,
    unplaced,
)

KINDS = ("OML^O21^OML_O21", "ORM^O01^ORM_O01", "OMG^O19^OMG_O19", "OMI^O23^OMI_O23")
ASKED = order(f2="P1^HIS", f3="", f7="", f25="")
REPORTED = order(f2="P1", f3="F1^LIS")


def orc(control: str = "NW", **changed: str) -> str:
    return segment("ORC", {1: control, 2: "P1^HIS"} | {int(name[1:]): text for name, text in changed.items()})


def ordered(*segments: str, kind: str = KINDS[0]) -> Translation:
    made = translate(message(header(f9=kind), patient(), *segments))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_is_a_request_and_no_report(kind: str) -> None:
    made = ordered(orc(f9="20261115070000"), ASKED, "SPM|1|M1&HIS||BLD", kind=kind)
    request = only(made, "ServiceRequest")
    assert (request["status"], request["intent"]) == ("active", "order")
    assert request["authoredOn"] == "2026-11-15T07:00:00+07:00"
    assert request["specimen"] == [{"reference": urn(only(made, "Specimen")["id"])}]
    assert not of_type(made, "DiagnosticReport")
    assert not made.held


def test_the_order_and_its_later_result_are_one_request() -> None:
    """The order has the placer's number alone; the laboratory sends it back, beside its own."""
    before = ordered(orc(), ASKED)
    after = translate(message(header(), patient(), orc("RE"), REPORTED, result()))
    asked, told = only(before, "ServiceRequest"), only(after, "ServiceRequest")
    assert asked["id"] == told["id"]
    assert [one["value"] for one in told["identifier"]] == ["P1", "F1"]
    assert only(after, "DiagnosticReport")["basedOn"] == [{"reference": urn(asked["id"])}]


@pytest.mark.parametrize(
    "other",
    [
        (patient(f3="BN2^^^79001^MR"), orc(), ASKED),
        (patient(), orc(f2="P2"), order(f2="P2", f3="")),
        (patient(), orc(), order(f2="P1", f3="", f4="GLU^Glucose^L")),
    ],
)
def test_another_patient_number_or_service_is_another_request(other: tuple[str, ...]) -> None:
    made = translate(message(header(f9=KINDS[0]), *other))
    assert only(made, "ServiceRequest")["id"] != only(ordered(orc(), ASKED), "ServiceRequest")["id"]


@pytest.mark.parametrize(
    ("control", "stands"),
    [
        ("NW", "active"), ("XO", "active"), ("RO", "active"), ("RL", "active"), ("CA", "revoked"), ("DC", "revoked"),
        ("OC", "revoked"), ("RP", "revoked"), ("HD", "on-hold"), ("OH", "on-hold"), ("SC", "unknown"),
    ],
)  # fmt: skip
def test_the_order_control_says_how_the_order_stands(control: str, stands: str) -> None:
    request = only(ordered(orc(control), ASKED), "ServiceRequest")
    assert request["status"] == stands
    assert request["extension"][0]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == control


def test_the_order_status_says_it_before_the_order_control() -> None:
    assert only(ordered(orc("XO", f5="HD"), ASKED), "ServiceRequest")["status"] == "on-hold"


def test_a_cancel_and_a_change_are_the_same_request() -> None:
    ids = {
        only(ordered(orc(control), ASKED.replace("||||||", "|S|||||", 1)), "ServiceRequest")["id"]
        for control in ("NW", "XO", "CA")
    }
    assert len(ids) == 1


def test_a_result_takes_no_status_from_its_order() -> None:
    cancelled = only(ordered(orc("CA"), ASKED), "ServiceRequest")
    named = only(translate(message(header(), patient(), REPORTED, result())), "ServiceRequest")
    assert named["status"] == "unknown"
    stands = revise(cancelled, named)
    assert stands["status"] == "revoked"
    assert [one["value"] for one in stands["identifier"]] == ["P1", "F1"]


def test_one_orc_speaks_of_every_obr_behind_it() -> None:
    made = ordered(orc(), ASKED, order(f2="", f3="", f4="GLU^Glucose^L", f25=""))
    requests = of_type(made, "ServiceRequest")
    assert [one["code"]["coding"][0]["code"] for one in requests] == ["CBC", "GLU"]
    assert [one["status"] for one in requests] == ["active", "active"]
    assert [one["identifier"][0]["value"] for one in requests] == ["P1", "P1"]
    assert len({one["id"] for one in requests}) == 2


def test_what_stands_below_an_order_accompanies_it() -> None:
    made = ordered(orc(), ASKED, result("NM", "52", f3="29463-7^Cân nặng^LN", f6="kg", f11="O"))
    request, told = only(made, "ServiceRequest"), only(made, "Observation")
    assert request["supportingInfo"] == [{"reference": urn(told["id"])}]
    assert told["valueQuantity"]["unit"] == "kg"
    assert not {"basedOn", "effectiveDateTime", "issued"} & told.keys()


def test_what_accompanies_an_order_is_never_a_version_of_its_result() -> None:
    told = only(ordered(orc(), REPORTED.replace("|F", "|"), result()), "Observation")
    found = only(translate(message(header(), patient(), REPORTED, result())), "Observation")
    assert told["id"] != found["id"]


def test_an_order_that_says_it_was_reported_has_its_report() -> None:
    made = ordered(orc("RE"), REPORTED, result(), kind=KINDS[1])
    found = translate(message(header(), patient(), orc("RE"), REPORTED, result()))
    assert only(made, "DiagnosticReport")["id"] == only(found, "DiagnosticReport")["id"]
    assert only(made, "Observation")["id"] == only(found, "Observation")["id"]
    assert "supportingInfo" not in only(made, "ServiceRequest")


def test_notes_below_an_order_are_the_requests() -> None:
    made = ordered(orc(), "NTE|1||Gọi trước", ASKED, "NTE|1||Bệnh nhân nhịn ăn")
    assert [note["text"] for note in only(made, "ServiceRequest")["note"]] == ["Gọi trước", "Bệnh nhân nhịn ăn"]


def test_specimens_of_an_order_have_what_is_told_of_them() -> None:
    made = ordered(orc(), ASKED, "SPM|1|M1&HIS||BLD", result("ST", "vỡ hồng cầu", f11="O"))
    assert only(made, "Observation")["specimen"] == {"reference": urn(only(made, "Specimen")["id"])}


@pytest.mark.parametrize(
    "segments",
    [
        (orc(), "TQ1|1|2^mL|Q6H|0800~1400||7^d|20261116080000||S|khi sốt|Lấy lúc đói|||3", ASKED),
        (orc(f7="2&mL^Q6H&0800,1400^D7^20261116080000^^S^khi sốt^Lấy lúc đói^^^^3"), ASKED),
        (orc(), ASKED + "||2&mL^Q6H&0800,1400^D7^20261116080000^^S^khi sốt^Lấy lúc đói^^^^3"),
    ],
)
def test_timing_is_read_from_tq1_and_from_the_fields_before_it(segments: tuple[str, ...]) -> None:
    made = ordered(*segments)
    request = only(made, "ServiceRequest")
    timing = request["occurrenceTiming"]
    assert timing["code"]["coding"][0]["code"] == "Q6H"
    assert timing["repeat"]["timeOfDay"] == ["08:00:00", "14:00:00"]
    assert timing["repeat"]["boundsPeriod"] == {
        "start": "2026-11-16T08:00:00+07:00",
        "end": "2026-11-23T08:00:00+07:00",
    }
    assert str(timing["repeat"]["count"]) == "3"
    assert request["priority"] == "stat"
    assert request["asNeededCodeableConcept"] == {"text": "khi sốt"}
    assert request["note"] == [{"text": "Lấy lúc đói"}]
    assert not made.held


@pytest.mark.parametrize(
    "timing",
    ["TQ1|1||BID\rTQ1|2||QD", "TQ1|1||^^^^^^^AC|0800", "TQ1|1|||||3^ngựa", "TQ1|1|||0800|30^min", "TQ1|1||BID~TID"],
)
def test_a_timing_that_cannot_be_said_whole_holds_the_order(timing: str) -> None:
    assert ordered(orc(), timing, ASKED).held


def test_a_range_of_days_is_each_of_its_days() -> None:
    repeat = only(ordered(orc(), "TQ1|1||^DW^6^1", ASKED), "ServiceRequest")["occurrenceTiming"]["repeat"]
    assert repeat["dayOfWeek"] == ["sat", "sun", "mon"]


def test_orders_of_supplies_are_listed_and_take_nothing_with_them() -> None:
    made = ordered(orc(f2="P9"), "RQD|1|BONG", orc(), ASKED, kind=KINDS[1])
    assert only(made, "ServiceRequest")["identifier"][0]["value"] == "P1"
    assert {"ORC[1]-2", "RQD[1]-2"} <= unplaced(made).keys()


def test_an_imaging_order_has_the_numbers_that_the_study_will_have() -> None:
    made = ordered(orc(), ASKED, "IPC|ACC1^RIS|RP1|1.2.826.0.1.3680043.8.498.1|SPS1|CT^CT^DCM", kind=KINDS[3])
    request = only(made, "ServiceRequest")
    numbers = {one["system"]: one["value"] for one in request["identifier"]}
    assert numbers["urn:dicom:uid"] == "urn:oid:1.2.826.0.1.3680043.8.498.1"
    assert numbers["urn:vn:cskcb:79001:accession"] == "ACC1"
    assert request["orderDetail"][0]["coding"][0]["code"] == "CT"


def test_who_entered_checked_and_ordered_stands_in_a_provenance() -> None:
    made = ordered(
        orc(f9="20261116080000", f10="NV1^LÊ^MỘT", f11="NV2^LÊ^HAI", f12="BS1^TRẦN^MỘT", f17="K01^Khoa Khám^L"),
        ASKED,
        order(f2="", f3="", f4="GLU^Glucose^L", f25=""),
    )
    told, _ = of_type(made, "Provenance")  # the last is the message's
    assert [one["reference"] for one in told["target"]] == [urn(one["id"]) for one in of_type(made, "ServiceRequest")]
    assert told["recorded"] == "2026-11-16T08:00:00+07:00"
    assert [one["type"]["coding"][0]["code"] for one in told["agent"]] == ["enterer", "verifier", "author"]
    assert told["activity"]["coding"][0]["code"] == "CREATE"


def test_who_ordered_alone_makes_no_provenance() -> None:
    assert len(of_type(ordered(orc(f12="BS1^TRẦN^MỘT"), ASKED), "Provenance")) == 1  # the message's


def test_an_event_without_a_time_says_that_it_is_unknown() -> None:
    told, _ = of_type(ordered(orc(f10="NV1^LÊ^MỘT"), ASKED), "Provenance")
    assert "recorded" not in told
    assert told["_recorded"]["extension"][0]["valueCode"] == "unknown"


def test_a_group_number_is_a_pair_only_where_it_is_written_as_one() -> None:
    plain, pair = (only(ordered(orc(f4=text), ASKED), "ServiceRequest") for text in ("G1^HIS", "G1&HIS^G2&LIS"))
    assert plain["requisition"]["value"] == pair["requisition"]["value"] == "G1"
    assert [one["value"] for one in plain["identifier"]] == ["P1"]
    assert [one["value"] for one in pair["identifier"]] == ["G2", "P1"]


def test_a_confidentiality_nobody_knows_holds_the_order() -> None:
    assert only(ordered(orc(f28="R"), ASKED), "ServiceRequest")["meta"]["security"][0]["code"] == "R"
    assert ordered(orc(f28="ZZ"), ASKED).held


EARLIER = ("ORC|RE|P0^HIS|F0^LIS", order(f2="P0", f3="F0", f7="20261016080000"), result(f3="WBC^Bạch cầu^L"))


@pytest.mark.parametrize("begins", [(patient(),), (patient(), "PV1|1|I|K01"), ("PV1|1|I|K01",)])
def test_earlier_results_are_none_of_the_orders_and_none_of_the_laboratorys_own(begins: tuple[str, ...]) -> None:
    made = ordered(orc(), ASKED, *begins, *EARLIER, orc(f2="P2"), order(f2="P2", f3="", f25=""))
    first, second = of_type(made, "ServiceRequest")
    report = only(made, "DiagnosticReport")
    assert first["supportingInfo"] == [{"reference": urn(report["id"])}]
    assert "supportingInfo" not in second
    assert "basedOn" not in report
    assert "basedOn" not in only(made, "Observation")
    assert only(made, "Observation")["effectiveDateTime"] == "2026-10-16T08:00:00+07:00"
    assert [one["value"] for one in report["identifier"]] == ["P0", "F0"]
    reported = translate(message(header(), patient(), *EARLIER))
    assert only(reported, "DiagnosticReport")["id"] != report["id"]
    assert only(reported, "Observation")["id"] != only(made, "Observation")["id"]
    assert not of_type(made, "Encounter")
    assert not made.held


def test_earlier_results_are_told_by_the_order_control_alone_too() -> None:
    earlier = (EARLIER[0].replace("RE", "PR"), *EARLIER[1:])
    made = ordered(orc(), ASKED, *earlier, orc(f2="P2"), order(f2="P2", f3="", f25=""), kind=KINDS[1])
    assert len(of_type(made, "ServiceRequest")) == 2
    assert "basedOn" not in only(made, "DiagnosticReport")


@pytest.mark.parametrize(
    "other",
    [
        patient(f3="BN2^^^79001^MR"),
        patient(f3="BN1^^^31006^MR"),
        patient(f5="KHÁC^TÊN"),
        patient(f7="19700101"),
        patient(f3=""),
    ],
)
def test_earlier_results_of_another_patient_are_held_and_nothing_is_made_of_them(other: str) -> None:
    made = ordered(orc(), ASKED, other, *EARLIER)
    assert holds(made) == ["hl7v2-earlier-result-of-another"]
    assert len(of_type(made, "Patient")) == 1
    assert not of_type(made, "Observation") + of_type(made, "DiagnosticReport")
    assert {"ORC[2]-2", "OBR[2]-4", "OBX[1]-5"} <= unplaced(made).keys()


def test_an_order_behind_earlier_results_that_look_like_orders_is_held() -> None:
    made = ordered(orc(), ASKED, patient(), orc(f2="P0"), *EARLIER[1:], orc(f2="P2"), order(f2="P2", f3="", f25=""))
    assert holds(made) == ["hl7v2-earlier-result-unclear"]


def test_a_patient_told_again_before_each_order_takes_no_order_away() -> None:
    made = ordered(orc(), ASKED, patient(), orc(f2="P2"), order(f2="P2", f3="", f25=""))
    assert [one["status"] for one in of_type(made, "ServiceRequest")] == ["active", "active"]


def test_two_steps_of_one_study_have_its_numbers_once() -> None:
    ipc = "IPC|ACC1|RP1|1.2.826.0.1.3680043.8.498.1|{}|CT^CT^DCM"
    made = ordered(orc(), ASKED, ipc.format("SPS1"), ipc.format("SPS2"), kind=KINDS[3])
    request = only(made, "ServiceRequest")
    values = [one["value"] for one in request["identifier"]]
    assert values == ["ACC1", "RP1", "urn:oid:1.2.826.0.1.3680043.8.498.1", "SPS1", "SPS2", "P1"]
    assert len(request["orderDetail"]) == 1
    assert made.lineage["ServiceRequest[0].identifier[4].value"].startswith("IPC[2]-4")


def test_a_number_of_another_authority_is_none_of_the_senders() -> None:
    request = only(ordered(orc(f33="P7^^^HIS2~P8^^^LIS"), ASKED), "ServiceRequest")
    systems = {one["value"]: one["system"] for one in request["identifier"]}
    assert systems["P7"] == "urn:vn:cskcb:79001:placer:HIS2"
    assert systems["P8"] == systems["P1"] == "urn:vn:cskcb:79001:placer"


def test_a_diagnosis_below_an_order_is_its_reason() -> None:
    dg1, rxo = "DG1|1||{}^Chẩn đoán^I10|||W", "RXO|A^Thuốc A^L|1||mg"
    made = ordered(orc(), ASKED, dg1.format("A90"), orc(f2="P2"), rxo, dg1.format("J02"), kind=KINDS[1])
    reasons = [only(made, kind)["reasonReference"] for kind in ("ServiceRequest", "MedicationRequest")]
    assert reasons == [[{"reference": urn(one["id"])}] for one in of_type(made, "Condition")]


def test_a_cancel_that_names_no_service_is_held() -> None:
    assert holds(ordered(orc("CA"))) == ["hl7v2-order-without-service"]


def test_a_message_of_orders_without_one_is_refused() -> None:
    with pytest.raises(PayloadError) as refused:
        translate(message(header(f9=KINDS[0]), patient()))
    assert refused.value.issues[0].rule == "hl7v2-no-order"


def test_a_status_nobody_knows_holds_an_order() -> None:
    assert "hl7v2-order-status-unknown" in holds(ordered(orc("SC", f5="ZZ"), ASKED))
