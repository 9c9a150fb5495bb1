"""A gateway that sends: its store, its outbox, its worker; and a clock that a test sets."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway import keep
from gateway.brought import brought
from gateway.bundle import body
from gateway.delivery import Delivery
from gateway.exchange import Exchange
from gateway.facility import Recipient, Subscription
from gateway.jsontext import loads
from gateway.settings import Settings
from gateway.simulator.recipient import SimulatedRecipient
from gateway.store import Connection, Store, deliveries, exchanges, facilities
from gateway.transport import Transport
from gateway.trust import base64url
from gateway.trust.form import jws_of
from gateway.worker import Worker
from tests.sender import NOW, Clock, Sender, a_sender

PATIENCE = 0.15  # seconds: how long these tests let a recipient take


def quick(data_dir: Path, **changes: Any) -> Settings:
    """Settings under which a recipient has a fraction of a second, which no operator could set."""
    return replace(Settings(data_dir=data_dir), **({"delivery_timeout_seconds": 15} | changes))


@dataclass
class World:
    store: Store
    settings: Settings
    clock: Clock
    sender: Sender = field(default_factory=a_sender)
    made: int = 0

    def worker(self, transport: Transport | None = None) -> Worker:
        return Worker(self.store, transport or self.transport(), self.settings, self.clock)

    def transport(self) -> Transport:
        return Transport(self.settings, self.clock)

    def subscribe(self, name: str, recipient: SimulatedRecipient, **changes: Any) -> None:
        """Register a recipient, and send it whatever is kept from now on."""
        identity = recipient.identity
        made = Recipient(name, recipient.url, identity.trust(NOW).as_json(), identity.client_id, identity.client_jwk)
        self.register(replace(made, **changes))

    def register(self, made: Recipient) -> None:
        def work(connection: Connection) -> None:
            facilities.add_recipient(connection, made, NOW)
            subscription = Subscription(str(uuid.uuid4()), made.name, "written request")
            facilities.add_subscription(connection, subscription, NOW)

        self.store.write(work)

    def keep(self, value: str = "5.10", **more: Any) -> str:
        """Keep a signed exchange, and enqueue it for who subscribes; its id."""
        self.made += 1
        message = self.sender.message(str(self.made), value, at=self.clock(), **more)
        header = message["entry"][0]["resource"]
        exchange = Exchange(
            id=message["id"],
            facility=self.sender.facility,
            status="kept",
            bundle=body(message),
            created=self.clock(),
            message_id=header["id"],
            jws_sha256=base64url.digest(jws_of(message).encode("ascii")),
            kid=self.sender.key.kid,
        )

        def work(connection: Connection) -> None:
            rid = exchanges.add(connection, exchange, None)
            keep.keep(connection, rid, exchange, brought(loads(exchange.bundle)), self.clock(), self.settings, ())

        self.store.write(work)
        return exchange.id

    def recipient(self, name: str) -> Recipient:
        with self.store.read() as connection:
            found = facilities.get_recipient(connection, name)
        assert found is not None
        return found

    def unsubscribe(self, name: str) -> None:
        def work(connection: Connection) -> None:
            for one in facilities.list_subscriptions(connection):
                if one.recipient == name:
                    facilities.end_subscription(connection, one.id, self.clock())

        self.store.write(work)

    def redeliver(self, exchange_id: str, recipient: str | None) -> None:
        self.store.write(
            lambda connection: keep.redeliver(connection, exchange_id, recipient, "test", self.clock(), self.settings)
        )

    def deliveries(self, exchange_id: str) -> list[Delivery]:
        with self.store.read() as connection:
            rid = exchanges.rid_of(connection, exchange_id)
            assert rid is not None
            return deliveries.for_exchange(connection, rid)

    def delivery(self, exchange_id: str, recipient: str = "city") -> Delivery:
        """The latest one to a recipient."""
        return [one for one in self.deliveries(exchange_id) if one.recipient == recipient][-1]

    def exchange(self, exchange_id: str) -> Exchange:
        with self.store.read() as connection:
            found = exchanges.get(connection, exchange_id)
        assert found is not None
        return found

    def claim(self) -> list[Delivery]:
        """What a worker that then dies would have taken, for five minutes."""
        lease = timedelta(minutes=5)
        return self.store.write(lambda connection: deliveries.claim(connection, "gone", self.clock(), lease, 10, 10))
