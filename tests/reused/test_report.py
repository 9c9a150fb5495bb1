"""The report counts what came of verdicts, values it by a tariff, and tells no value of a patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from gateway.cds.card import OVERRIDE_REASONS, OVERRIDE_SYSTEM
from gateway.cli.say import plain
from gateway.jsontext import dumps
from gateway.reuse.rules import RuleSet, Tariff
from gateway.reused.report import Period, Report, as_json, in_words, report
from tests.cds.his import His, request
from tests.prior.laboratory import CITIZEN
from tests.prior.lists import RULES
from tests.rest.world import HOME
from tests.reused.doctor import AT, accept, card_of, corrected, shown

CODES = {(OVERRIDE_SYSTEM, code) for code in OVERRIDE_REASONS}
TARIFFS = (Tariff("hba1c", 101000, "2.5", "a price list"),)


def made(his: His, *others: tuple[str, RuleSet], tariffs: tuple[Tariff, ...] = TARIFFS, **changes: Any) -> Report:
    now = his.world.clock()
    period = replace(Period(now - timedelta(days=1), now + timedelta(days=1)), **changes)
    with his.world.parts.store.read() as connection:
        return report(connection, period, RULES, tariffs, CODES, others)


def override(his: His, card: dict[str, Any], reason: dict[str, Any]) -> None:
    told_back = {"card": card["uuid"], "outcome": "overridden", "overrideReason": reason, "outcomeTimestamp": AT}
    assert his.feedback(told_back).status_code == 200


def a_day(his: His) -> None:
    """Two orders dropped, two made all the same, and a correction."""
    accept(his, shown(his))
    accept(his, card_of(his, request("draft-2")))
    reason = {"reason": {"system": OVERRIDE_SYSTEM, "code": "condition-changed"}, "userComment": "Bà Nguyễn phù"}
    override(his, card_of(his, request("draft-3")), reason)
    override(his, card_of(his, request("draft-4")), {"reason": {"code": "Nguyễn Thị B muốn"}})
    corrected(his)


def test_what_was_accepted_overridden_and_corrected_is_counted_and_valued(his: His) -> None:
    a_day(his)
    found = made(his)
    assert (found.cards["reuse"], found.accepted, found.overridden) == (4, 2, 2)
    assert found.reasons == {"condition-changed": 1, "own": 1}
    assert [(one.group, one.tests, one.money, one.blood) for one in found.avoided] == [
        ("hba1c", 2, 202000, Decimal("5.0"))
    ]
    assert found.alerts == {"corrected": 2}
    assert found.verdicts["reuse"] == 6  # four hooks, and two acceptances judged anew
    assert 'gateway_reuse_verdicts_total{decision="reuse"} 6.0' in his.metrics()


def test_neither_form_tells_a_patient_or_a_doctors_words(his: His) -> None:
    a_day(his)
    found = made(his)
    text = dumps(plain(as_json(found))).decode() + "\n".join(in_words(found, "vi") + in_words(found, "en"))
    for private in ("Nguyễn", "6.10", CITIZEN, "draft-", "Observation/"):
        assert private not in text
    assert "202.000 đồng" in text
    assert "HbA1c" in text


def test_another_facilitys_days_and_other_days_count_nothing(his: His) -> None:
    a_day(his)
    assert made(his, facility="01001").accepted == 0
    assert sum(made(his, facility="01001").verdicts.values()) == 0
    assert made(his, facility=HOME).accepted == 2
    later = his.world.clock() + timedelta(days=30)
    assert (
        made(his, since=later, until=later + timedelta(days=1)).accepted,
        made(his, since=later).cards["reuse"],
    ) == (
        0,
        0,
    )


def test_a_group_without_a_tariff_is_counted_and_not_valued(his: His) -> None:
    accept(his, shown(his))
    found = made(his, tariffs=())
    assert (found.without_tariff, found.money) == (1, 0)
    assert any("without a tariff" in line for line in in_words(found, "en"))


def test_other_rules_are_told_apart_by_what_was_accepted(his: His) -> None:
    accept(his, shown(his))
    none = replace(RULES, rules=())
    found = made(his, ("without rules", none))
    assert found.under == (("in-force", {"reuse": 1}), ("without rules", {"clinician-decides": 1}))


def test_what_is_corrected_later_is_judged_in_the_version_that_was_relied_on(his: His) -> None:
    accept(his, shown(his))
    corrected(his, value="", status="W", order_status="C")
    assert made(his).under == (("in-force", {"reuse": 1}),)


def test_a_gateway_without_any_verdict_reports_nothing(his: His) -> None:
    found = made(his)
    assert (found.accepted, found.avoided, found.alerts) == (0, (), {})
