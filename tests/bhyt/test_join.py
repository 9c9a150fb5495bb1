"""XML4 to XML3: joined where certain, left alone and said where not."""

from __future__ import annotations

from gateway.adapter import Translation
from tests.bhyt.building import IMAGING_SERVICE, RESULT, SERVICE, of_type, one, payload, rules, translated, unplaced

LATER = {"STT": "2", "NGAY_YL": "202611160900", "NGAY_TH_YL": "202611160920", "NGAY_KQ": "202611161020"}
AGAIN = RESULT | {"STT": "2", "NGAY_KQ": "202611161020", "GIA_TRI": "9.9"}


def effective(translation: Translation) -> list[str | None]:
    return [item.get("effectiveDateTime") for item in of_type(translation, "DiagnosticReport")]


def test_the_only_row_of_a_service_is_its_order() -> None:
    translation = translated(payload(services=[SERVICE], results=[RESULT]))
    order, report = one(translation, "ServiceRequest"), one(translation, "DiagnosticReport")
    assert report["effectiveDateTime"] == "2026-11-15T09:40:00+07:00"
    assert of_type(translation, "Observation")[0]["effectiveDateTime"] == "2026-11-15T09:40:00+07:00"
    assert order["authoredOn"] == "2026-11-15T09:20:00+07:00"
    assert report["basedOn"] == [{"reference": f"urn:uuid:{order['id']}"}]
    assert translation.lineage["Observation[0].effectiveDateTime"] == "XML3[1].NGAY_TH_YL (seconds zero-filled)"
    assert "bhyt-join-uncertain" not in rules(translation)


def test_a_repeated_test_is_told_apart_by_its_result_time() -> None:
    translation = translated(payload(services=[SERVICE, SERVICE | LATER], results=[AGAIN, RESULT]))
    assert effective(translation) == ["2026-11-16T09:20:00+07:00", "2026-11-15T09:40:00+07:00"]
    assert len(of_type(translation, "ServiceRequest")) == 2


def test_two_rows_and_no_equal_time_is_uncertain() -> None:
    translation = translated(
        payload(services=[SERVICE, SERVICE | LATER], results=[RESULT | {"NGAY_KQ": "202611170800"}])
    )
    assert effective(translation) == [None]
    assert "basedOn" not in one(translation, "DiagnosticReport")
    assert "bhyt-join-uncertain" in rules(translation)
    done = [each["performedDateTime"] for each in of_type(translation, "Procedure")]
    assert done == ["2026-11-15T09:40:00+07:00", "2026-11-16T09:20:00+07:00"]


def test_two_equal_rows_are_uncertain() -> None:
    translation = translated(payload(services=[SERVICE, SERVICE | {"STT": "2"}], results=[RESULT]))
    assert effective(translation) == [None]


def test_one_row_for_two_doings_joins_the_one_with_its_time_only() -> None:
    translation = translated(payload(services=[SERVICE], results=[RESULT, AGAIN]))
    assert effective(translation) == ["2026-11-15T09:40:00+07:00", None]
    assert rules(translation).count("bhyt-join-uncertain") == 1


def test_a_panel_finished_at_two_times_has_one_order() -> None:
    slower = RESULT | {"STT": "2", "MA_CHI_SO": "1999002", "TEN_CHI_SO": "HGB", "NGAY_KQ": "202611151400"}
    translation = translated(payload(services=[SERVICE], results=[RESULT, slower]))
    assert effective(translation) == ["2026-11-15T09:40:00+07:00"] * 2
    assert len(of_type(translation, "ServiceRequest")) == 1


def test_nothing_is_resulted_before_it_is_done() -> None:
    translation = translated(payload(services=[SERVICE | {"NGAY_TH_YL": "202611161000"}], results=[RESULT]))
    assert effective(translation) == [None]
    assert "bhyt-join-uncertain" in rules(translation)


def test_an_impossible_time_of_doing_is_said_once() -> None:
    second = RESULT | {"STT": "2", "MA_CHI_SO": "1999002", "TEN_CHI_SO": "HGB"}
    translation = translated(payload(services=[SERVICE | {"NGAY_TH_YL": "202602300900"}], results=[RESULT, second]))
    assert effective(translation) == [None]
    assert rules(translation).count("time-impossible") == 1
    assert "XML3[1].NGAY_TH_YL" in unplaced(translation)


def test_without_xml3_there_is_nothing_uncertain() -> None:
    translation = translated(payload(results=[RESULT]))
    assert effective(translation) == [None]
    assert "bhyt-join-uncertain" not in rules(translation)


def test_a_service_without_a_result_is_an_order_and_what_was_done_for_it() -> None:
    translation = translated(payload(services=[SERVICE, IMAGING_SERVICE], results=[RESULT]))
    orders, done = of_type(translation, "ServiceRequest"), one(translation, "Procedure")
    assert [order["code"]["coding"][0]["code"] for order in orders] == ["22.9001.0001", "18.9003.0003"]
    assert done["basedOn"] == [{"reference": f"urn:uuid:{orders[1]['id']}"}]
    assert one(translation, "DiagnosticReport")["basedOn"] == [{"reference": f"urn:uuid:{orders[0]['id']}"}]


def test_the_group_of_the_service_is_the_category() -> None:
    translation = translated(payload(services=[SERVICE | {"MA_NHOM": "3"}], results=[RESULT]))
    assert of_type(translation, "Observation")[0]["category"][0]["coding"][0]["code"] == "procedure"
    assert one(translation, "DiagnosticReport")["category"][0]["coding"][0]["code"] == "OTH"


def test_an_order_whose_results_are_awaited_is_active() -> None:
    waiting = RESULT | {"GIA_TRI": "", "NGAY_KQ": ""}
    assert one(translated(payload(services=[SERVICE], results=[waiting])), "ServiceRequest")["status"] == "active"
    assert one(translated(payload(services=[SERVICE], results=[RESULT])), "ServiceRequest")["status"] == "completed"
