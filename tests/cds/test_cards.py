"""What a doctor is told by a card, and what is never said."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.jsontext import dumps
from gateway.r4 import check_json
from tests.cds.his import ENCOUNTER, LOINC, PATIENT, SELECT, SIGN, VIEW, His, hook, request
from tests.prior.laboratory import CITIZEN, told
from tests.rest.world import BASE, HOME, OTHER, signed


def one(cards: list[dict[str, Any]]) -> dict[str, Any]:
    (card,) = cards
    assert len(card["summary"]) < 140
    return card


def test_a_result_that_may_be_used_again_is_offered_with_its_proof_and_one_suggestion(his: His) -> None:
    exchange = told(his.world, facility=OTHER, days_ago=3)
    card = one(his.cards(SIGN, hook()))
    assert card["summary"] == "HbA1c: 6.10 %, 19/11/2026 10:04, Hospital 01001. Có thể dùng lại."
    assert card["indicator"] == "info"
    assert card["source"]["label"] == "Kết quả liên thông giữa các cơ sở y tế"
    assert card["source"]["topic"]["code"] == "reuse"
    assert [link["url"] for link in card["links"]] == [f"{BASE}/exchanges/{exchange}/evidence"]
    assert "chỉ có tính minh họa" in card["detail"]
    assert "Không dùng lại nếu có một trong các tình trạng sau" in card["detail"]
    assert card["selectionBehavior"] == "at-most-one"
    assert {reason["code"] for reason in card["overrideReasons"]} >= {"condition-changed", "other"}
    assert all(reason["display"] and reason["system"] for reason in card["overrideReasons"])
    (suggestion,) = card["suggestions"]
    delete, create = suggestion["actions"]
    assert (delete["type"], delete["resourceId"]) == ("delete", "ServiceRequest/draft-1")
    assert "resource" not in delete
    assert create["type"] == "create"


def test_the_result_comes_as_the_client_may_file_it(his: His) -> None:
    told(his.world, facility=OTHER, days_ago=3)
    create = one(his.cards(SIGN, hook()))["suggestions"][0]["actions"][1]
    result = create["resource"]
    assert check_json(dumps(result)) == []
    assert result["subject"] == {"reference": "Patient/bn-1"}
    assert result["valueQuantity"]["value"].token == "6.10"
    assert "id" not in result
    assert result["meta"]["source"].startswith(f"{BASE}/fhir/Observation/")
    assert result["meta"]["source"].endswith("/_history/1")
    assert result["specimen"]["reference"].startswith(f"{BASE}/fhir/Specimen/")


def test_a_client_of_1_0_gets_the_shapes_of_1_0(his: His) -> None:
    told(his.world, facility=OTHER, days_ago=3)
    card = one(his.cards(SIGN, hook(), "1.0"))
    assert not card.keys() & {"uuid", "overrideReasons"}
    assert "topic" not in card["source"]
    delete, _ = card["suggestions"][0]["actions"]
    assert (delete["resource"], "resourceId" in delete) == ("ServiceRequest/draft-1", False)
    assert his.feedback({}, version="1.0").status_code == 404


def test_where_the_clinician_decides_the_card_informs_and_suggests_nothing(his: His) -> None:
    told(his.world, facility=OTHER, days_ago=3, note="Mẫu <b>tan huyết</b> | [xem](http://x.example)")
    card = one(his.cards(SIGN, hook()))
    assert "suggestions" not in card
    assert "selectionBehavior" not in card
    assert card["summary"].endswith("Bác sĩ cân nhắc.")


def test_a_test_to_be_repeated_gets_no_card(his: His) -> None:
    assert his.cards(SIGN, hook()) == []
    told(his.world, facility=OTHER, days_ago=90)
    assert his.cards(SIGN, hook()) == []


def test_an_order_of_several_tests_gets_a_card_for_each_that_has_something_to_say(his: His) -> None:
    told(his.world, "1", days_ago=3)
    told(his.world, "2", days_ago=0.5, loinc="2345-7", name_of_test="Glucose", code="GLU", value="<0.6", unit="mmol/L")
    cards = his.cards(SIGN, hook("order-sign", request(), request("two", "2345-7"), request("three", "718-7")))
    dropped = [card["suggestions"][0]["actions"][0]["resourceId"] for card in cards]
    assert dropped == ["ServiceRequest/draft-1", "ServiceRequest/two"]
    assert "<0.6" in cards[1]["summary"]
    assert "&lt;0.6" in cards[1]["detail"]


def test_only_what_is_selected_is_spoken_of_when_choosing(his: His) -> None:
    told(his.world, days_ago=3)
    body = hook("order-select", request(), request("other", "2345-7"))
    assert his.cards(SELECT, body | {"context": body["context"] | {"selections": ["ServiceRequest/other"]}}) == []
    assert len(his.cards(SELECT, body)) == 1


def test_no_card_is_shown_twice_but_a_changed_verdict_is(his: His) -> None:
    told(his.world, "1", days_ago=30)
    assert len(his.cards(SELECT, hook("order-select"))) == 1
    assert his.cards(SELECT, hook("order-select")) == []
    assert his.cards(SIGN, hook()) == []
    told(his.world, "2", days_ago=1, value="6.90", facility=OTHER)
    assert "6.90" in one(his.cards(SIGN, hook()))["summary"]
    assert len(his.cards(SIGN, hook("order-sign", request("another")))) == 1
    encounter = ENCOUNTER | {"id": "lk-2"}
    later = hook(context={"encounterId": "lk-2"}, prefetch={"encounter": encounter})
    assert len(his.cards(SIGN, later)) == 1


def test_a_card_is_shown_again_after_half_a_day(his: His) -> None:
    told(his.world, days_ago=3)
    his.cards(SIGN, hook())
    his.world.clock.forward(hours=13)
    assert len(his.cards(SIGN, hook())) == 1


def test_opening_a_record_lists_what_could_be_used_again(his: His) -> None:
    assert his.cards(VIEW, hook("patient-view")) == []
    told(his.world, days_ago=3)
    card = one(his.cards(VIEW, hook("patient-view")))
    assert card["summary"] == "Hiện có 1 kết quả trước đây còn dùng lại được."
    assert "| HbA1c | 6.10 % | 19/11/2026 10:04 | Hospital 79001 |" in card["detail"]
    assert "suggestions" not in card
    assert his.cards(VIEW, hook("patient-view")) == []


@pytest.mark.parametrize(("header", "ending"), [("en-GB", "May be used again."), ("fr, vi;q=0.5", "Có thể dùng lại.")])
def test_a_card_speaks_the_language_that_is_asked_for(his: His, header: str, ending: str) -> None:
    told(his.world, days_ago=3)
    assert one(his.cards(SIGN, hook(), **{"Accept-Language": header}))["summary"].endswith(ending)


def test_the_setting_is_the_encounters_and_conditions_are_the_requesters(his: His) -> None:
    told(his.world, days_ago=3)
    emergency = ENCOUNTER | {"class": ENCOUNTER["class"] | {"code": "EMER"}}
    assert one(his.cards(SIGN, hook(prefetch={"encounter": emergency})))["summary"].endswith("cân nhắc.")
    assert his.cards(SIGN, hook(extension={"vn.lienthong.reuse": {"conditions": ["transfusion"]}})) == []
    (named,) = his.cards(SIGN, hook(extension={"vn.lienthong.reuse": {"setting": "outpatient"}}))
    assert named["summary"].endswith("Có thể dùng lại.")


def test_the_person_is_found_by_the_facilitys_own_number_too(his: His) -> None:
    told(his.world, days_ago=3)
    numbered = PATIENT | {"identifier": [{"system": f"urn:vn:cskcb:{HOME}:mrn", "value": f"BN{HOME}"}]}
    assert len(his.cards(SIGN, hook(prefetch={"patient": numbered}))) == 1
    unknown = PATIENT | {"identifier": [{"system": "urn:other", "value": CITIZEN}]}
    assert his.cards(SIGN, hook(prefetch={"patient": unknown})) == []


def test_without_a_patient_nobody_is_guessed(his: His) -> None:
    told(his.world, days_ago=3)
    answer = his.post(SIGN, hook(prefetch={"patient": None}))
    assert (answer.status_code, answer.json["issue"][0]["expression"]) == (412, ["prefetch.patient"])  # type: ignore[index]  # it is JSON


def test_a_client_whose_ids_are_record_numbers_need_not_send_the_patient(his: His) -> None:
    told(his.world, days_ago=3)
    his.world.register("https://numbers.example", HOME, scopes=(), cds_hooks="2.0", record_numbers=True)
    body = hook("order-sign", request(subject=None), context={"patientId": f"BN{HOME}"}, prefetch=None)
    jwt_claims = his.claims(SIGN, iss="https://numbers.example")
    answer = his.post(SIGN, body, jwt=signed(jwt_claims, his.world.keys["https://numbers.example"]))
    assert len(answer.json["cards"]) == 1  # type: ignore[index]  # it is JSON


@pytest.mark.parametrize(
    "changes", [{"birthDate": "1991-01-02"}, {"gender": "male"}, {"name": [{"text": "Trần Văn C"}]}]
)
def test_nobody_is_answered_for_who_is_told_of_otherwise(his: His, changes: dict[str, Any]) -> None:
    told(his.world, days_ago=3)
    card = one(his.cards(SIGN, hook(prefetch={"patient": PATIENT | changes})))
    assert card["summary"] == "Chưa hiển thị kết quả đã có: chưa chắc hồ sơ này là của ai."
    assert "suggestions" not in card
    assert "6.10" not in str(card)


def test_numbers_of_two_persons_are_nobodys(his: His) -> None:
    told(his.world, "1", days_ago=3)
    told(his.world, "2", days_ago=3, facility=OTHER, cccd="001090000002", mrn="BN2")
    both = [*PATIENT["identifier"], {"system": PATIENT["identifier"][0]["system"], "value": "001090000002"}]
    card = one(his.cards(SIGN, hook(prefetch={"patient": PATIENT | {"identifier": both}})))
    assert "Chưa hiển thị" in card["summary"]


def test_another_citizen_under_the_facilitys_own_number_is_nobodys(his: His) -> None:
    told(his.world, days_ago=3)
    own = {"system": f"urn:vn:cskcb:{HOME}:mrn", "value": f"BN{HOME}"}
    stranger = {"system": PATIENT["identifier"][0]["system"], "value": "001090000009"}
    card = one(his.cards(SIGN, hook(prefetch={"patient": PATIENT | {"identifier": [stranger, own]}})))
    assert "Chưa hiển thị" in card["summary"]


def test_numbers_that_lead_to_records_nobody_has_joined_are_not_answered_for_by_the_first(his: His) -> None:
    told(his.world, "1", days_ago=3)
    told(his.world, "2", days_ago=3, cccd="", mrn="BN2", value="9.90")
    own = {"system": f"urn:vn:cskcb:{HOME}:mrn", "value": "BN2"}
    both = [*PATIENT["identifier"], own]
    card = one(his.cards(SIGN, hook(prefetch={"patient": PATIENT | {"identifier": both}})))
    assert card["summary"] == "Chưa hiển thị kết quả đã có: chưa chắc hồ sơ này là của ai."
    assert "chưa được liên kết" in card["detail"]
    assert "suggestions" not in card


def test_a_number_that_nobody_bears_takes_nothing_from_one_that_somebody_does(his: His) -> None:
    told(his.world, days_ago=3)
    unknown = {"system": f"urn:vn:cskcb:{HOME}:mrn", "value": "new"}
    both = [*PATIENT["identifier"], unknown]
    assert "suggestions" in one(his.cards(SIGN, hook(prefetch={"patient": PATIENT | {"identifier": both}})))


BLOOD, URINE = "119297000", "122575003"


def specimen_of(code: str, name: str = "s") -> dict[str, Any]:
    kind = {"coding": [{"system": "http://snomed.info/sct", "code": code}]}
    return {"resourceType": "Specimen", "id": name, "type": kind}


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ({"priority": "routine"}, True),
        ({"priority": "stat"}, False),
        ({"priority": "urgent"}, False),
        ({"orderDetail": [{"text": "HPLC"}]}, False),
        ({"bodySite": [{"coding": [{"system": "http://snomed.info/sct", "code": "368208006"}]}]}, False),
        ({"contained": [specimen_of(URINE)], "specimen": [{"reference": "#s"}]}, False),
        ({"specimen": [{"reference": "Specimen/elsewhere"}]}, False),
    ],
)  # fmt: skip
def test_what_the_draft_says_beside_its_code_counts(his: His, said: dict[str, Any], offered: bool) -> None:
    told(his.world, days_ago=3)
    assert ("suggestions" in one(his.cards(SIGN, hook("order-sign", request(**said))))) is offered


def test_an_order_of_something_else_or_not_to_be_done_gets_no_card(his: His) -> None:
    told(his.world, days_ago=3)
    drug = {"resourceType": "MedicationRequest", "id": "m"}
    orders = (
        drug,
        request(doNotPerform=True),
        request("r", status="revoked"),
        {**request("n"), "code": {"text": "HbA1c"}},
    )
    assert his.cards(SIGN, hook("order-sign", *orders)) == []


@pytest.mark.parametrize(
    "when",
    [
        {"occurrenceDateTime": "2027-02-20"},
        {"occurrencePeriod": {"start": "2027-02"}},
        {"occurrenceTiming": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}},
    ],
)
def test_an_order_for_later_or_for_several_times_is_not_suggested_to_be_dropped(his: His, when: dict[str, Any]) -> None:
    told(his.world, days_ago=3)
    assert "suggestions" not in one(his.cards(SIGN, hook("order-sign", request(**when))))
    today = request("today", occurrenceDateTime="2026-11-22")
    assert "suggestions" in one(his.cards(SIGN, hook("order-sign", today)))


def test_a_draft_without_an_id_is_spoken_of_and_nothing_is_suggested(his: His) -> None:
    told(his.world, days_ago=3)
    assert "suggestions" not in one(his.cards(SIGN, hook("order-sign", request(id=None))))


def test_what_was_shown_is_counted_and_disclosed_on_a_basis(his: His) -> None:
    told(his.world, days_ago=3)
    his.cards(SIGN, hook())
    assert 'gateway_cds_hooks_total{answer="cards",hook="order-sign"} 1.0' in his.metrics()
    assert 'gateway_cds_cards_total{decision="reuse",hook="order-sign"} 1.0' in his.metrics()
    (line,) = (one for one in his.world.audit_lines() if one.action == "prior-results")
    assert (line.actor, line.basis) == ("https://his.example", "treatment")
    assert LOINC not in str(line.detail)
