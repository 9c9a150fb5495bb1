"""The card of a panel that is ordered as one."""

from __future__ import annotations

from gateway.jsontext import dumps
from gateway.r4 import check_json
from tests.cds.his import SIGN, VIEW, His, hook, request
from tests.cds.test_cards import one
from tests.prior.laboratory import told
from tests.prior.test_panels import GLUCOSE
from tests.rest.world import BASE, OTHER

PANEL = request("panel-1") | {"code": {"coding": [{"system": "http://loinc.org", "code": "55399-0"}]}}


def test_a_panel_of_one_sampling_is_offered_whole_with_each_result_to_file(his: His) -> None:
    exchanges = [told(his.world, "1", days_ago=0.5), told(his.world, "2", days_ago=0.5, **GLUCOSE)]
    card = one(his.cards(SIGN, hook("order-sign", PANEL)))
    assert card["summary"] == "Bộ đái tháo đường: 2/2 xét nghiệm, 21/11/2026 22:04, Hospital 79001. Có thể dùng lại."
    assert "| HbA1c | 6.10 % | 21/11/2026 22:04 | Hospital 79001 | có thể dùng lại |" in card["detail"]
    assert [link["url"] for link in card["links"]] == [f"{BASE}/exchanges/{name}/evidence" for name in exchanges]
    (suggestion,) = card["suggestions"]
    delete, *creates = suggestion["actions"]
    assert delete["resourceId"] == "ServiceRequest/panel-1"
    assert [one["resource"]["valueQuantity"]["value"].token for one in creates] == ["6.10", "5.40"]
    assert all(check_json(dumps(one["resource"])) == [] for one in creates)
    assert creates[1]["description"].startswith("Đưa vào hồ sơ Glucose: 5.40 mmol/L")


def test_a_panel_with_a_test_missing_informs_which_and_suggests_nothing(his: His) -> None:
    told(his.world, "1", days_ago=0.5)
    card = one(his.cards(SIGN, hook("order-sign", PANEL)))
    assert card["summary"].endswith("đã có kết quả của 1/2 xét nghiệm. Bác sĩ cân nhắc.")
    assert "| Glucose | chưa có kết quả |  |  |  |" in card["detail"]
    assert "suggestions" not in card


def test_a_panel_with_one_test_whose_signature_does_not_hold_warns_of_that_one(his: His) -> None:
    told(his.world, "1", days_ago=0.5)
    told(his.world, "2", facility=OTHER, days_ago=0.4, **GLUCOSE)
    key = his.world.parts.keyring.active_key(OTHER)
    assert key is not None
    his.world.parts.keyring.revoke(key.kid, "lost", actor="test")
    card = one(his.cards(SIGN, hook("order-sign", PANEL)))
    assert card["indicator"] == "warning"
    assert card["summary"] == "Bộ đái tháo đường: không được dựa vào kết quả 22/11/2026 00:28, Hospital 01001."
    assert "suggestions" not in card


def test_a_panel_past_the_window_of_a_test_gets_no_card(his: His) -> None:
    told(his.world, "1", days_ago=2)
    told(his.world, "2", days_ago=2, **GLUCOSE)
    assert his.cards(SIGN, hook("order-sign", PANEL)) == []


def test_opening_a_record_shows_a_panel_in_one_row_and_its_tests_in_none_of_their_own(his: His) -> None:
    told(his.world, "1", days_ago=0.5)
    told(his.world, "2", days_ago=0.5, **GLUCOSE)
    card = one(his.cards(VIEW, hook("patient-view")))
    assert card["summary"] == "Hiện có 2 kết quả trước đây còn dùng lại được."
    rows = [line for line in card["detail"].splitlines() if line.startswith("| ")][1:]
    assert rows == ["| Bộ đái tháo đường | HbA1c 6.10 %; Glucose 5.40 mmol/L | 21/11/2026 22:04 | Hospital 79001 |"]


def test_of_a_panel_of_two_samplings_each_test_stands_in_its_own_row(his: His) -> None:
    told(his.world, "1", days_ago=3)
    told(his.world, "2", facility=OTHER, days_ago=0.5, **GLUCOSE)
    detail = one(his.cards(VIEW, hook("patient-view")))["detail"]
    assert ("| HbA1c |" in detail, "| Glucose |" in detail, "Bộ đái tháo đường" in detail) == (True, True, False)
