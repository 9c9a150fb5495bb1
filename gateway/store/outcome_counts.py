"""What became of verdicts, counted over a time: nothing here names a patient, an order or a result."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from gateway.jsontext import loads
from gateway.store.card_tables import cds_card, cds_feedback
from gateway.store.reuse_tables import reuse_alert
from gateway.store.tables import audit_event, client
from gateway.store.times import micros

_ASKED = ("prior-results", "prior-studies")  # audit actions that tell their verdicts
_AT_ONCE = 1000  # rows


def verdicts(connection: Connection, since: datetime, until: datetime, facility: str = "") -> Counter[str]:
    """Verdicts given, by decision, as the audit trail tells them: of $prior-results, of hooks and of pages."""
    query = select(audit_event.c.detail).where(
        audit_event.c.action.in_(_ASKED),
        audit_event.c.recorded >= micros(since),
        audit_event.c.recorded < micros(until),
    )
    if facility:
        query = query.where(audit_event.c.actor.in_(select(client.c.client_id).where(client.c.facility == facility)))
    counted: Counter[str] = Counter()
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        for (detail,) in rows:
            counted.update(loads(detail).get("verdicts", {}))
    return counted


def cards(connection: Connection, since: datetime, until: datetime, facility: str = "") -> Counter[str]:
    """Cards shown, by decision; "" for one about no single order."""
    query = select(cds_card.c.decision, func.count()).where(
        cds_card.c.shown >= micros(since), cds_card.c.shown < micros(until)
    )
    return _by_first(connection, _of(query, facility).group_by(cds_card.c.decision))


def overrides(connection: Connection, since: datetime, until: datetime, facility: str = "") -> Counter[tuple[str, str]]:
    """Cards that their readers overrode, by (system, code) of the reason; ("", "") for none."""
    columns = (cds_feedback.c.reason_system, cds_feedback.c.reason_code)
    query = (
        select(*columns, func.count(cds_feedback.c.card_rid.distinct()))
        .join(cds_card, cds_card.c.rid == cds_feedback.c.card_rid)
        .where(
            cds_feedback.c.outcome == "overridden",
            cds_feedback.c.received >= micros(since),
            cds_feedback.c.received < micros(until),
        )
    )
    rows = connection.execute(_of(query, facility).group_by(*columns))
    return Counter({(system, code): int(number) for system, code, number in rows})


def alerts(connection: Connection, since: datetime, until: datetime, facility: str = "") -> Counter[str]:
    """Alerts raised, by cause."""
    query = select(reuse_alert.c.cause, func.count()).where(
        reuse_alert.c.raised >= micros(since), reuse_alert.c.raised < micros(until)
    )
    if facility:
        query = query.where(reuse_alert.c.facility == facility)
    return _by_first(connection, query.group_by(reuse_alert.c.cause))


def _of(query: Select[Any], facility: str) -> Select[Any]:
    return query.where(cds_card.c.facility == facility) if facility else query


def _by_first(connection: Connection, query: Select[Any]) -> Counter[str]:
    return Counter({name: int(number) for name, number in connection.execute(query)})
