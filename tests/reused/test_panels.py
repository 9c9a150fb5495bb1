"""An accepted panel: each of its results is a recorded reuse of that version, all of them or none."""

from __future__ import annotations

from typing import Any

from gateway.jsontext import loads
from tests.cds.his import His, request
from tests.cds.test_panels import PANEL
from tests.prior.laboratory import told
from tests.prior.test_panels import GLUCOSE
from tests.rest.world import HOME, rule
from tests.reused.doctor import accept, card_of, corrected, found, raised, recorded


def panel_shown(his: His) -> dict[str, Any]:
    told(his.world, "1", facility="01001", days_ago=0.5)
    told(his.world, "2", facility="01001", days_ago=0.5, **GLUCOSE)
    return card_of(his, PANEL)


def test_an_accepted_panel_is_a_reuse_of_each_result_that_was_shown(his: His) -> None:
    card = panel_shown(his)
    for _ in range(2):
        answer = accept(his, card)
        assert answer.status_code == 200, answer.text
    filed = [one["resource"]["meta"]["source"] for one in card["suggestions"][0]["actions"][1:]]
    reused = recorded(his)
    assert sorted(source.partition("/fhir/")[2] for source in filed) == sorted(
        f"{one.result}/_history/{one.version}" for one in reused
    )
    assert {one.order for one in reused} == {(f"urn:vn:cskcb:{HOME}:order", "panel-1")}
    assert sorted(one.test_group for one in reused) == ["glucose", "hba1c"]
    order = f"urn:vn:cskcb:{HOME}:order|panel-1"
    assert {one["id"] for one in found(his, f"Provenance?target:identifier={order}")} == {one.id for one in reused}
    assert raised(his) == []


def test_a_panel_of_which_one_result_was_corrected_is_no_reuse_at_all_and_the_alert_names_that_one(his: His) -> None:
    card = panel_shown(his)
    corrected(his, "2", days_ago=0.5, **(GLUCOSE | {"value": "9.90"}))
    answer = accept(his, card)
    assert (answer.status_code, rule(answer)) == (409, "reuse-another-version")
    assert loads(answer.data)["issue"][0]["expression"] == ["feedback[0]"]
    assert recorded(his) == []
    (alert,) = raised(his)
    assert (alert.cause, alert.before, alert.after, alert.order[1]) == ("not-reuse", 1, 2, "panel-1")
    assert card["suggestions"][0]["actions"][2]["resource"]["meta"]["source"].endswith(f"{alert.result}/_history/1")


def test_a_panel_with_a_newer_result_of_one_test_is_no_reuse(his: His) -> None:
    card = panel_shown(his)
    told(his.world, "3", facility="01001", days_ago=0.4, **GLUCOSE)
    assert rule(accept(his, card)) == "reuse-another-result"
    assert recorded(his) == []


def test_a_panel_and_one_of_its_tests_ordered_beside_it_are_reuses_of_two_orders(his: His) -> None:
    accept(his, panel_shown(his))
    accept(his, card_of(his, request("draft-1")))
    assert sorted((one.order[1], one.test_group) for one in recorded(his)) == [
        ("draft-1", "hba1c"),
        ("panel-1", "glucose"),
        ("panel-1", "hba1c"),
    ]
