"""The loop: claim → send → settle. What a recipient signed for is delivered; nothing else is."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from os import getpid
from typing import Any

import structlog

from gateway.delivery import Delivery, Settlement, accepted, retry_policy
from gateway.errors import GatewayError, StoreUnavailable
from gateway.outcome import Issue
from gateway.settings import Settings
from gateway.steps import Step, reached
from gateway.store import Connection, Store, deliveries, exchanges, facilities
from gateway.transport import Transport
from gateway.trust import trustfile
from gateway.trust.verify import verify

log = structlog.get_logger()


class Worker:
    """Delivers what is due until told to stop. Several may run on one PostgreSQL. ``now`` gives aware UTC."""

    def __init__(
        self,
        store: Store,
        transport: Transport,
        settings: Settings,
        now: Callable[[], datetime],
        told: Callable[[Delivery, Settlement, datetime], None] | None = None,
        raised: Callable[[], int] | None = None,
    ) -> None:
        """``told`` hears what came of each attempt once it is written down, and when. ``raised`` puts into the outbox
        what was raised and is not there yet (gateway.reused.telling); it is called before each look at it."""
        self._store = store
        self._transport = transport
        self._settings = settings
        self._now = now
        self._told = told
        self._raised = raised
        self._policy = retry_policy(settings)
        self._name = f"{socket.gethostname()}:{getpid()}:{secrets.token_hex(4)}"
        # Longer than an attempt can take: token, message, one renewal.
        self._lease = timedelta(seconds=4 * settings.delivery_timeout_seconds + 30)
        # A slow recipient holds a few threads at most; the rest stay free for the others.
        self._per_recipient = max(1, settings.delivery_threads // 8)

    def run(self, stop: threading.Event) -> None:
        """Claim and deliver until ``stop`` is set; what is under way is finished first."""
        under_way: set[Future[None]] = set()
        with ThreadPoolExecutor(self._settings.delivery_threads, thread_name_prefix="delivery") as pool:
            while not stop.is_set():
                under_way = {future for future in under_way if not future.done()}
                room = self._settings.delivery_threads - len(under_way)
                claimed = self._claim(room) if room else []
                under_way.update(pool.submit(self.deliver, delivery) for delivery in claimed)
                if claimed:
                    continue
                if under_way:  # what is finished makes room for more, at its recipient or at all
                    wait(under_way, timeout=self._settings.poll_seconds, return_when=FIRST_COMPLETED)
                else:
                    stop.wait(self._settings.poll_seconds)

    def drain(self) -> int:
        """Deliver, one after another, all that is due now; returns how many attempts that was."""
        attempts = 0
        while claimed := self._claim(self._settings.delivery_threads):
            for delivery in claimed:
                self.deliver(delivery)
            attempts += len(claimed)
        return attempts

    def _claim(self, limit: int) -> list[Delivery]:
        try:
            if self._raised is not None:
                self._raised()
            with self._store.read() as connection:  # who only looks takes no turn from those who write
                if not deliveries.anything_due(connection, self._now(), self._policy.ceiling):
                    return []
            return self._store.write(
                lambda connection: deliveries.claim(
                    connection,
                    self._name,
                    self._now(),
                    self._lease,
                    limit,
                    self._per_recipient,
                    self._policy.ceiling,
                )
            )
        except StoreUnavailable as unavailable:
            log.warning("worker-store-unavailable", rule=unavailable.issues[0].rule)
            return []

    def deliver(self, delivery: Delivery) -> None:
        """One attempt, and what came of it, written down. Never raises."""

        def settled(connection: Connection) -> bool:
            held = deliveries.settle(connection, delivery, settlement, self._now())
            reached(Step.DELIVERY_WRITTEN)
            return held

        reached(Step.DELIVERY_CLAIMED)
        try:
            settlement = self._settlement(delivery)
            reached(Step.DELIVERY_JUDGED)
            held = self._store.write(settled)
        except StoreUnavailable as unavailable:  # the lease expires and another attempt is made
            log.warning("delivery-not-settled", exchange=delivery.exchange_id, rule=unavailable.issues[0].rule)
            return
        reached(Step.DELIVERY_COMMITTED)
        if not held:  # our lease had expired, and another worker has it
            log.warning("delivery-taken-over", exchange=delivery.exchange_id, recipient=delivery.recipient)
            return
        if self._told is not None:
            self._told(delivery, settlement, self._now())
        log.info(
            "delivery",
            exchange=delivery.exchange_id,
            recipient=delivery.recipient,
            attempt=delivery.attempts,
            became=settlement.event,
            rule=settlement.issue,
        )

    def _settlement(self, delivery: Delivery) -> Settlement:
        """What an attempt led to; a fault of ours too is tried again later and later, and ends with the budget."""
        try:
            return self._attempt(delivery)
        except StoreUnavailable:
            raise
        except GatewayError as wrong:  # our own half: a key, an address or a trust file that cannot be used
            return self._failed(delivery, wrong.issues[0])
        except Exception as fault:
            log.error("delivery-fault", exchange=delivery.exchange_id, error=type(fault).__name__)
            told = {"error": type(fault).__name__}
            return self._failed(delivery, Issue("error", "exception", "delivery-fault", parameters=told))

    def _attempt(self, delivery: Delivery) -> Settlement:
        with self._store.read() as connection:
            sent = exchanges.outgoing(connection, delivery.exchange_rid)
            recipient = facilities.get_recipient(connection, delivery.recipient)
        if sent is None or recipient is None:
            return self._failed(delivery, Issue("error", "not-found", "delivery-orphaned"))
        if not sent.whole:  # `gateway db check` names it; another attempt would find it no better
            return self._failed(delivery, Issue("error", "processing", "delivery-bytes-differ"))
        receipt = self._transport.send(recipient, sent.bundle)
        reached(Step.DELIVERY_SENT)
        return self._judge(delivery, sent, receipt, recipient.trust)

    def _judge(self, delivery: Delivery, sent: exchanges.Outgoing, receipt: bytes, trust: dict[str, Any]) -> Settlement:
        """Only a receipt signed by a key we trust there, for this very signature, says what happened."""
        believed = trustfile.read(trust)
        found = verify(receipt, trust=believed, now=self._now(), expect_receipt_sha256=sent.jws_sha256)
        if not found.valid or found.message is None:
            return self._not_believed(delivery, found.issues[0].rule if found.issues else "")
        response = found.message.header["response"]
        if response["identifier"] != sent.message_id:
            return self._not_believed(delivery, "receipt-names-another")
        if response["code"] == "ok":
            return accepted(receipt)
        if response["code"] == "transient-error":
            return self._failed(delivery, Issue("error", "transient", "recipient-not-now"), receipt)
        return self._failed(delivery, Issue("error", "processing", "recipient-said-fatal"), receipt)

    def _not_believed(self, delivery: Delivery, why: str) -> Settlement:
        return self._failed(delivery, Issue("error", "transient", "receipt-not-believed", parameters={"why": why}))

    def _failed(self, delivery: Delivery, failure: Issue, receipt: bytes | None = None) -> Settlement:
        jitter = secrets.randbelow(1_000_000) / 1_000_000
        return self._policy.judge(delivery, failure, self._now(), jitter, receipt)
