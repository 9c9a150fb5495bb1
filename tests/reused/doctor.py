"""A doctor's software: shown a card, answering it; and what the gateway then holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from gateway.jsontext import loads
from gateway.store import alerts, reuses
from gateway.store.alerts import Alert
from gateway.store.reuse_tables import reuse
from gateway.store.reuses import Reuse
from tests.cds.his import SIGN, His, hook, request
from tests.prior.laboratory import told
from tests.rest.world import NOW

AT = "2026-11-22T03:05:00Z"


def shown(his: His, *drafts: dict[str, Any], days_ago: float = 3) -> dict[str, Any]:
    """A result of another facility, and the card on it."""
    told(his.world, facility="01001", days_ago=days_ago)
    return card_of(his, *drafts)


def card_of(his: His, *drafts: dict[str, Any]) -> dict[str, Any]:
    (card,) = his.cards(SIGN, hook("order-sign", *(drafts or (request(),))))
    return card


def corrected(his: His, number: str = "1", **changes: Any) -> str:
    """Its laboratory says the shown result anew, with another value."""
    said: dict[str, Any] = {"days_ago": 3, "value": "9.90", "status": "C", "sent": his.world.clock()} | changes
    return told(his.world, number, facility="01001", **said)


def accepted(card: dict[str, Any]) -> dict[str, Any]:
    suggestion = {"id": card["suggestions"][0]["uuid"]}
    return {"card": card["uuid"], "outcome": "accepted", "acceptedSuggestions": [suggestion], "outcomeTimestamp": AT}


def accept(his: His, card: dict[str, Any]) -> TestResponse:
    return his.feedback(accepted(card))


def recorded(his: His) -> list[Reuse]:
    with his.world.parts.store.read() as connection:
        ids = list(connection.execute(select(reuse.c.rid).order_by(reuse.c.rid)).scalars())
        found = reuses.between(connection, NOW.replace(year=2020), NOW.replace(year=2030))
    assert len(ids) == len(found)
    return found


def raised(his: His) -> list[Alert]:
    with his.world.parts.store.read() as connection:
        return alerts.listed(connection)


def found(his: His, query: str) -> list[dict[str, Any]]:
    answer = his.world.get(f"/fhir/{query}")
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in loads(answer.data).get("entry", []) if entry["search"]["mode"] == "match"]
