"""What readers did with cards: kept, once, and spoken of by nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from gateway.store.card_tables import cds_feedback
from tests.cds.his import ISS, SELECT, SIGN, His, hook
from tests.prior.laboratory import told
from tests.rest.world import HOME, rule, signed

AT = "2026-11-22T03:05:00Z"
OVERRIDE = "https://lienthong.example/fhir/CodeSystem/cds-override-reason"


def shown(his: His) -> dict[str, Any]:
    told(his.world, days_ago=3)
    (card,) = his.cards(SIGN, hook())
    return card


def accepted(card: dict[str, Any]) -> dict[str, Any]:
    suggestion = {"id": card["suggestions"][0]["uuid"]}
    return {"card": card["uuid"], "outcome": "accepted", "acceptedSuggestions": [suggestion], "outcomeTimestamp": AT}


def overridden(card: dict[str, Any], **reason: Any) -> dict[str, Any]:
    return {"card": card["uuid"], "outcome": "overridden", "overrideReason": reason, "outcomeTimestamp": AT}


def kept(his: His) -> list[tuple[Any, ...]]:
    columns = (cds_feedback.c.outcome, cds_feedback.c.reason_code, cds_feedback.c.comment)
    with his.world.parts.store.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(cds_feedback.c.rid))]


def test_an_accepted_suggestion_is_kept_once_however_often_it_is_told(his: His) -> None:
    card = shown(his)
    assert [his.feedback(accepted(card), accepted(card)).status_code for _ in range(2)] == [200, 200]
    assert kept(his) == [("accepted", "", "")]
    assert 'gateway_cds_feedback_total{outcome="accepted"} 1.0' in his.metrics()
    assert [line.action for line in his.world.audit_lines()].count("cds-feedback") == 1


def test_the_reason_to_repeat_is_kept_with_the_doctors_own_words(his: His) -> None:
    card = shown(his)
    reason = {"system": OVERRIDE, "code": "condition-changed"}
    assert his.feedback(overridden(card, reason=reason, userComment="Phù mới xuất hiện")).status_code == 200
    assert his.feedback(overridden(card)).status_code == 200
    assert kept(his) == [("overridden", "condition-changed", "Phù mới xuất hiện"), ("overridden", "", "")]
    assert "Phù mới" not in str(his.world.audit_lines())


def test_of_a_body_with_an_unknown_card_nothing_is_kept(his: His) -> None:
    card = shown(his)
    answer = his.feedback(accepted(card), accepted(card) | {"card": "11111111-1111-4111-8111-111111111111"})
    assert (answer.status_code, rule(answer)) == (404, "cds-card-unknown")
    assert his.feedback(accepted(card) | {"acceptedSuggestions": [{"id": "another"}]}).status_code == 404
    assert kept(his) == []


def test_nobody_speaks_of_another_clients_card(his: His) -> None:
    card = shown(his)
    his.world.register("https://other.example", HOME, scopes=(), cds_hooks="2.0")
    claims = his.claims(f"{SIGN}/feedback", iss="https://other.example")
    jwt = signed(claims, his.world.keys["https://other.example"])
    assert his.post(f"{SIGN}/feedback", {"feedback": [accepted(card)]}, jwt=jwt).status_code == 404


def test_the_jwt_of_a_hook_is_none_for_its_feedback(asking: His) -> None:
    answer = asking.post(f"{SIGN}/feedback", {"feedback": []}, jwt=asking.jwt(SIGN))
    assert (answer.status_code, rule(answer)) == (401, "assertion-audience")
    assert ISS["2.0"] != ISS["1.0"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"card": None}, "cds-feedback-form"),
        ({"card": 7}, "cds-feedback-form"),
        ({"outcome": "ignored"}, "cds-feedback-outcome"),
        ({"acceptedSuggestions": []}, "cds-feedback-suggestions"),
        ({"acceptedSuggestions": "x"}, "cds-feedback-form"),
        ({"acceptedSuggestions": [{"id": None}]}, "cds-feedback-form"),
        ({"outcome": "overridden"}, "cds-feedback-suggestions"),
        ({"outcomeTimestamp": None}, "cds-feedback-time"),
        ({"outcomeTimestamp": "2026-11-22T03:05:00"}, "cds-feedback-time"),
        ({"outcomeTimestamp": "2026-13-22T03:05:00Z"}, "cds-feedback-time"),
        ({"overrideReason": {"userComment": "x"}}, "cds-feedback-form"),
        ({"overrideReason": []}, "cds-feedback-form"),
        ({"overrideReason": {"userComment": "x" * 2001}}, "cds-feedback-comment"),
        ({"overrideReason": {"reason": {"system": "x"}}}, "cds-feedback-form"),
    ],
    ids=str,
)
def test_feedback_of_another_shape_is_refused(asking: His, changes: dict[str, Any], why: str) -> None:
    card = {"uuid": "11111111-1111-4111-8111-111111111111", "suggestions": [{"uuid": "s"}]}
    answer = asking.feedback(accepted(card) | changes)
    assert (answer.status_code, rule(answer)) == (400, why)


@pytest.mark.parametrize(
    "body", [{}, [], {"feedback": []}, {"feedback": {}}, {"feedback": [7]}, {"feedback": [{}] * 101}]
)
def test_a_body_that_is_no_feedback_is_refused(asking: His, body: Any) -> None:
    assert asking.post(f"{SELECT}/feedback", body).status_code == 400
