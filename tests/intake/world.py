"""A gateway behind its doors: two facilities, a recipient, a clock that a test sets, real adapters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from adapters.bhyt import BhytAdapter
from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import Payload
from gateway.bundle import Resource
from gateway.facility import Facility, Recipient, Subscription
from gateway.intake import Intake, Taken
from gateway.jsontext import loads
from gateway.judgement import Judge
from gateway.keyring import Keyring
from gateway.settings import Settings
from gateway.store import audit, deliveries, exchanges, facilities, open_store, resources, reviews, schema
from gateway.store.contract import Store
from gateway.store.tables import resource

LAB, HOSPITAL, CITY = "79001", "01999", "city"
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@dataclass
class World:
    store: Store
    settings: Settings
    keyring: Keyring
    at: datetime = field(default=START)
    tick: timedelta = timedelta(seconds=1)  # between two looks at its clock

    @classmethod
    def opened(cls, url: str, folder: Path) -> World:
        settings = Settings(data_dir=folder, database_url=url)
        schema.prepare(url)
        store = open_store(url)
        world = cls(store, settings, None)  # type: ignore[arg-type]  # set on the next line, which needs the clock
        world.keyring = Keyring(store, settings, world.now)
        for code in (LAB, HOSPITAL):
            world.register(Facility(code, f"Facility {code}"))
        return world

    def now(self) -> datetime:
        self.at += self.tick
        return self.at

    @property
    def intake(self) -> Intake:
        judge = Judge([BhytAdapter(), Hl7v2Adapter()], self.settings.public_url, self.keyring.secret)
        return Intake(self.store, judge, self.settings, self.now, self.keyring)

    def register(self, facility: Facility) -> None:
        self.store.write(lambda connection: facilities.add_facility(connection, facility, self.now()))
        self.keyring.issue(facility.code, facility.name, actor="test")

    def change(self, facility: Facility) -> None:
        self.store.write(lambda connection: facilities.replace_facility(connection, facility))

    def take(self, data: bytes, facility: str = LAB) -> Taken:
        return self.intake.take(facility, Payload(data), actor="test")

    # ---- recipients -------------------------------------------------------------------

    def recipient(self, name: str = CITY, **changed: Any) -> None:
        made = Recipient(name, "http://127.0.0.1:9", self.keyring.public_trust().as_json(), **changed)
        self.store.write(lambda connection: facilities.add_recipient(connection, made, self.now()))

    def subscribe(self, name: str = CITY, **changed: Any) -> Subscription:
        wanted = Subscription(f"sub-{self.at.timestamp()}", name, "consent 12", **changed)
        return self.store.write(lambda connection: facilities.add_subscription(connection, wanted, self.now()))

    def unsubscribe(self, subscription: Subscription) -> None:
        self.store.write(lambda connection: facilities.end_subscription(connection, subscription.id, self.now()))

    # ---- what is there ----------------------------------------------------------------

    def exchange(self, exchange_id: str) -> dict[str, Any]:
        with self.store.read() as connection:
            found = exchanges.get(connection, exchange_id)
            rid = exchanges.rid_of(connection, exchange_id)
            assert found is not None
            assert rid is not None
            sent = deliveries.for_exchange(connection, rid)
        return {
            "status": found.status,
            "signed": bool(found.message_id),
            "sensitive": found.sensitive,
            "bundle": loads(found.bundle) if found.bundle else None,
            "rules": [issue["details"]["coding"][0]["code"] for issue in loads(found.outcome)["issue"]],
            "deliveries": [(one.recipient, one.reason, one.basis) for one in sent],
            "why": found.decided_reason,
        }

    def account(self, exchange_id: str) -> dict[str, Any]:
        with self.store.read() as connection:
            found = exchanges.get(connection, exchange_id)
        assert found is not None
        account: dict[str, Any] = loads(found.account)
        return account

    def all_of(self, kind: str, *, sensitive: bool = False) -> list[Resource]:
        """The current version of every resource of a type, in the order first kept."""
        with self.store.read() as connection:
            ids = connection.scalars(select(resource.c.id).where(resource.c.type == kind).order_by(resource.c.rid))
            found = [resources.current(connection, kind, each, sensitive=sensitive) for each in ids.all()]
            return [one.resource() for one in found if one is not None]

    def rows_about(self, kind: str) -> list[dict[str, Any]]:
        """The rows of all resources of a type: whose they are, by key."""
        with self.store.read() as connection:
            return [dict(row) for row in connection.execute(select(resource).where(resource.c.type == kind)).mappings()]

    def versions(self, kind: str, logical_id: str) -> list[Resource]:
        with self.store.read() as connection:
            return [one.resource() for one in resources.history(connection, kind, logical_id)]

    def tasks(self) -> list[str]:
        with self.store.read() as connection:
            return [one.rule for one in reviews.list_reviews(connection, "requested")]

    def audit(self) -> list[str]:
        with self.store.read() as connection:
            return [one.action for one in audit.lines(connection)]
