"""The record of a reuse is valid R4 whatever the doctor's software calls its order, and of a time that can be so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.jsontext import loads
from gateway.r4 import check
from tests.cds.his import PATIENT, SIGN, His, hook, request
from tests.prior.laboratory import CLIENTS, told
from tests.rest.world import HOME
from tests.reused.doctor import accepted, found, recorded, shown

OWN = (f"urn:vn:cskcb:{HOME}:order", "draft-1")


def provenance(his: His) -> dict[str, Any]:
    (one,) = recorded(his)
    (made,) = found(his, f"Provenance?entity={one.result}")
    assert check({key: value for key, value in made.items() if key != "meta"}) == []
    return made


@pytest.mark.parametrize(
    "unfit",
    [
        {"system": "our orders", "value": "1"},
        {"system": "https://his.example/orders", "value": "1\u00072"},
        {"system": "https://his.example/orders", "value": " "},
        {"system": "urn:vn:cskcb:01001:order", "value": "theirs"},
        {"system": "URN:vn:CSKCB:01001:order", "value": "theirs"},
    ],
)
def test_an_order_number_that_no_record_can_bear_gives_way_to_the_drafts_id(his: His, unfit: dict[str, str]) -> None:
    assert his.feedback(accepted(shown(his, request(identifier=[unfit])))).status_code == 200
    (one,) = recorded(his)
    assert one.order == OWN
    assert provenance(his)["target"][0]["identifier"] == {"system": OWN[0], "value": OWN[1]}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (hook("order-sign", request("draft\u0001")), "context.draftOrders.entry[0].resource.id"),
        (hook("order-sign", context={"userId": "Practitioner/\u0001"}), "context.userId"),
    ],
)
def test_a_hook_whose_names_hold_control_characters_is_refused(his: His, body: dict[str, Any], path: str) -> None:
    answer = his.post(SIGN, body)
    assert (answer.status_code, loads(answer.data)["issue"][0]["expression"]) == (400, [path])


@pytest.mark.parametrize("said", ["1990-01-01T00:00:00+15:00", "2026-11-22T23:05:00+15:00", "2030-01-01T00:00:00Z"])
def test_a_reuse_is_of_a_time_between_the_results_arrival_and_now(his: His, said: str) -> None:
    card = shown(his)
    came = his.world.clock()
    his.world.clock.forward(hours=1)
    assert his.feedback(accepted(card) | {"outcomeTimestamp": said}).status_code == 200
    (one,) = recorded(his)
    assert came - timedelta(seconds=1) <= one.accepted <= his.world.clock()
    assert provenance(his)["occurredDateTime"] == one.accepted.isoformat(timespec="seconds").replace("+00:00", "Z")


MERGE = (
    r"MSH|^~\&|LIS|79001|GATEWAY||20261121120000+0700||ADT^A40^ADT_A39|M3|P|2.5.1|||||VNM|UNICODE UTF-8",
    "EVN|A40|20261121120000+0700",
    "PID|1||BN1^^^79001^MR||NGUYỄN^THỊ B||19900102|F",
    "MRG|BN2^^^79001^MR",
)


def test_a_patient_of_merged_records_without_a_national_number_is_asked_for_again_by_them(his: His) -> None:
    for number in ("1", "2"):
        told(his.world, number, days_ago=3 * int(number), mrn=f"BN{number}", cccd="")
    answer = his.world.post("".join(f"{line}\r" for line in MERGE).encode(), CLIENTS[HOME], HOME)
    assert answer.status_code == 201, answer.text
    own = [{"system": f"urn:vn:cskcb:{HOME}:mrn", "value": "BN1"}]
    (card,) = his.cards(SIGN, hook("order-sign", request(), prefetch={"patient": PATIENT | {"identifier": own}}))
    answer = his.feedback(accepted(card))
    assert answer.status_code == 200, answer.text
    assert len(recorded(his)) == 1


def test_a_reuse_whose_order_number_says_what_the_law_keeps_apart_is_recorded_and_not_shown(his: His) -> None:
    number = {"system": "https://his.example/orders", "value": "HIV-2026-1"}
    answer = his.feedback(accepted(shown(his, request(identifier=[number]))))
    assert answer.status_code == 200, answer.text
    (one,) = recorded(his)
    assert one.order == (number["system"], number["value"])
    assert found(his, f"Provenance?entity={one.result}") == []
