"""$prior-results of a panel's own code: one verdict, made of those on its tests."""

from __future__ import annotations

from typing import Any

from gateway.jsontext import loads
from gateway.prior.question import considered
from tests.prior.laboratory import told
from tests.prior.test_results import codes, get, verdicts
from tests.rest.world import OTHER, World

PANEL = "http://loinc.org|55399-0"
GLUCOSE: dict[str, Any] = {
    "loinc": "2345-7", "name_of_test": "Glucose", "code": "GLU", "value": "5.40", "unit": "mmol/L", "span": "3.9-6.1",
}  # fmt: skip


def ask(world: World) -> dict[str, list[Any]]:
    (one,) = verdicts(get(world, code=PANEL, unit=None))
    return one


def test_a_panel_of_one_sampling_is_reused_with_the_result_and_proof_of_each_test(world: World) -> None:
    told(world, "1", days_ago=0.5)
    told(world, "2", days_ago=0.5, **GLUCOSE)
    one = ask(world)
    assert one["decision"] == ["reuse"], one["reason"]
    assert "reuse-panel-one-set" in codes(one)
    assert "result" not in one
    values = [member["result"][0]["valueQuantity"]["value"].token for member in one["member"]]
    assert values == ["6.10", "5.40"]
    assert [member["proof"][0]["signature"] for member in one["member"]] == [["valid"], ["valid"]]
    assert one["counted"] == [2]


def test_a_test_of_the_panel_that_is_missing_is_named_and_left_to_the_clinician(world: World) -> None:
    told(world, "1", days_ago=0.5)
    one = ask(world)
    assert one["decision"] == ["clinician-decides"]
    said = {reason["code"][0]: reason["en"][0] for reason in one["reason"]}
    assert said["reuse-panel-missing"] == "Of the panel no result was found for: Glucose."
    assert said["reuse-panel-stands"] == "Of the panel these could be used again: HbA1c."


def test_a_test_of_the_panel_past_its_window_asks_for_the_whole_panel(world: World) -> None:
    told(world, "1", days_ago=2)
    told(world, "2", days_ago=2, **GLUCOSE)
    one = ask(world)
    assert one["decision"] == ["repeat"]
    assert [member["decision"] for member in one["member"]] == [["reuse"], ["repeat"]]


def test_results_of_two_samplings_are_left_to_the_clinician(world: World) -> None:
    told(world, "1", days_ago=3)
    told(world, "2", facility=OTHER, days_ago=0.5, **GLUCOSE)
    one = ask(world)
    assert (one["decision"], "reuse-panel-several-sets" in codes(one)) == (["clinician-decides"], True)


def test_each_test_of_a_panel_is_looked_for_however_many_newer_results_another_has(world: World) -> None:
    told(world, "0", days_ago=0.5, **GLUCOSE)
    newer = considered(3)  # the panel's own code, and its two tests
    for number in range(newer):
        told(world, f"A{number}", days_ago=0.4 - number / 100)
    one = ask(world)
    assert [len(member["result"]) for member in one["member"]] == [1, 1]
    assert one["counted"] == [newer + 1]


def test_a_panel_whose_tests_are_signed_by_a_revoked_key_is_made_again(world: World) -> None:
    told(world, "1", days_ago=0.5)
    told(world, "2", days_ago=0.5, **GLUCOSE)
    key = world.parts.keyring.active_key("79001")
    assert key is not None
    world.parts.keyring.revoke(key.kid, "lost", actor="test")
    one = ask(world)
    assert (one["decision"], "reuse-signature-invalid" in codes(one)) == (["repeat"], True)


def test_what_was_looked_at_of_a_panel_stands_in_the_audit_trail(world: World) -> None:
    told(world, "1", days_ago=0.5)
    told(world, "2", days_ago=0.5, **GLUCOSE)
    answer = loads(get(world, code=PANEL, unit=None).data)
    assert answer["resourceType"] == "Parameters"
    (line,) = (one for one in world.audit_lines() if one.action == "prior-results")
    assert len(line.detail["results"]) == 2
    assert line.detail["verdicts"] == {"reuse": 1}


def test_a_result_of_the_whole_panel_that_is_shown_stands_in_the_audit_trail(world: World) -> None:
    whole: dict[str, Any] = {"loinc": PANEL.partition("|")[2], "code": "DTD", "name_of_test": "Bộ đái tháo đường"}
    told(world, "1", days_ago=0.5, **whole)
    one = ask(world)
    assert (one["decision"], "reuse-panel-whole-told" in codes(one)) == (["clinician-decides"], True)
    (shown,) = one["result"]
    (line,) = (line for line in world.audit_lines() if line.action == "prior-results")
    assert line.detail["results"] == [f"Observation/{shown['id']}"]
