"""The flow: an alert that was raised → its Communication → signed → kept → its deliveries, in one transaction.

An alert is a row of the transaction that changed the result; it is told from here, by whichever worker comes first.
Killed before the commit, the next round tells it; after it, it is told. It goes to the recipients that stand for the
reusing facility, and to those who subscribe to ``alert``s of it, and is retried as every delivery is. It is signed by
the reusing facility's own key: whose results it relies on is no other facility's to read.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from gateway import keep
from gateway.bundle import Resource, uuid5
from gateway.errors import GatewayError, NotFound
from gateway.jsontext import loads
from gateway.keyring import Keyring
from gateway.reused.alert import CATEGORY, communication
from gateway.reused.signed import statement
from gateway.routing import Content, routes_for
from gateway.settings import Settings
from gateway.store import Connection, Store, alerts, audit, exchanges, facilities, resources
from gateway.store.alerts import Alert

log = structlog.get_logger()

_MOST = 100  # alerts of one round
_REST = timedelta(minutes=1)  # after a round in which one could not be told


class Telling:
    """``now`` gives aware UTC."""

    def __init__(self, store: Store, keyring: Keyring, settings: Settings, now: Callable[[], datetime]) -> None:
        self._store = store
        self._keyring = keyring
        self._settings = settings
        self._now = now
        self._not_before: datetime | None = None

    def __call__(self) -> int:
        """Tell what was raised; how many were told. What cannot be told now is logged and tried again in a minute."""
        if self._not_before is not None and self._now() < self._not_before:
            return 0
        told, failed = 0, Counter[tuple[str, str]]()
        while told < _MOST:
            with self._store.read() as connection:
                waiting = alerts.untold(connection, _MOST, skip=failed.total())
            if not waiting:
                break
            for one in waiting:
                try:
                    told += self._tell(one)
                except Exception as wrong:  # a key, a setting: an operator's to mend; all others are told
                    rule = wrong.issues[0].rule if isinstance(wrong, GatewayError) else type(wrong).__name__
                    failed[one.facility, rule] += 1
        for (facility, rule), count in sorted(failed.items()):
            log.error("alerts-not-told", facility=facility, rule=rule, alerts=count)
            self._not_before = self._now() + _REST
        return told

    def _tell(self, alert: Alert) -> bool:
        now = self._now()
        with self._store.read() as connection:
            facility = facilities.get_facility(connection, alert.facility)
            before, after = _version(connection, alert, alert.before), _version(connection, alert, alert.after)
        if facility is None:
            raise NotFound("facility-unknown", name=alert.facility)
        made = communication(alert, before, after)
        said: dict[str, object] = {"action": "reuse-alert", "alert": alert.id, "cause": alert.cause}
        name = uuid5(uuid.UUID(alert.id), "exchange")
        signed = statement(name, facility, said, [made], self._keyring, self._settings, now)

        def work(connection: Connection) -> bool:
            rid = exchanges.rid_of(connection, signed.exchange.id)
            if rid is not None:  # another worker was first
                return False
            rid = exchanges.add(connection, signed.exchange, None, signed.row)
            if signed.brought is not None:
                keep.keep_resources(connection, rid, signed.exchange, signed.brought, now)
                if not signed.exchange.sensitive:  # the law keeps it apart: it stays in the list of open alerts
                    self._route(connection, rid, alert, signed.brought.content, now)
            detail = {"alert": alert.id, "cause": alert.cause, "result": alert.result, "exchange": signed.exchange.id}
            audit.append(connection, now, "gateway", "reuse-alert-told", "", detail)
            return alerts.told(connection, alert.id, rid)

        return self._store.write(work)

    def _route(self, connection: Connection, rid: int, alert: Alert, content: Content, now: datetime) -> None:
        of_alerts = [one for one in facilities.list_subscriptions(connection, now) if one.category == CATEGORY]
        recipients = facilities.list_recipients(connection)
        routes, _ = routes_for(content, alert.facility, of_alerts, recipients, [alert.facility])
        keep.enqueue_all(connection, rid, routes, (), now, self._settings)


def _version(connection: Connection, alert: Alert, number: int) -> Resource | None:
    kind, _, name = alert.result.partition("/")
    found = resources.version(connection, kind, name, number)
    made: Resource | None = None if found is None else loads(found.body)
    return made
