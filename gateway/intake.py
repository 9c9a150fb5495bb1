"""Flow: receive → judge (translate, check, sign) → keep → route. One transaction from keep on.

Nothing is acknowledged before it is durable; the same payload again changes nothing. Each
record of a payload stands or falls alone; a payload is refused whole only when its form is
broken or none of its records stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from gateway import keep
from gateway.adapter import Payload, Record, Translation
from gateway.bundle import resources
from gateway.errors import AdapterConflict, Conflict, GatewayError, NotFound, SenderError
from gateway.exchange import Exchange, OrderClaim
from gateway.facility import Facility
from gateway.jsontext import dumps, loads
from gateway.judgement import Asked, Judgement, Ready
from gateway.keyring import Keyring
from gateway.outcome import operation_outcome
from gateway.quality.reading import held_by, read_refused
from gateway.senders import Sender, Senders
from gateway.settings import Settings
from gateway.signing import Judged, Made, Signing
from gateway.steps import Step, reached
from gateway.store import (
    Connection,
    Store,
    audit,
    exchanges,
    facilities,
    orders,
    payloads,
    quality,
    replacements,
    vocabulary,
)
from gateway.store.exchanges import pack
from gateway.terminology.tally import Tally, counted


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a payload: one line a record, and the HTTP status that says it."""

    payload_sha256: str
    exchanges: list[dict[str, Any]]
    repeated: bool = False
    adapter: str = ""  # who translated it; "" for a repeated one

    @property
    def status(self) -> int:
        if self.repeated:
            return 200
        return 202 if any(line["status"] == "held" for line in self.exchanges) else 201

    def as_json(self) -> dict[str, Any]:
        return {"payload_sha256": self.payload_sha256, "exchanges": self.exchanges}


def rules_of(line: dict[str, Any]) -> list[str]:
    """Why a record is held or refused; [] for one that stands. ``line``: of Taken.exchanges."""
    issues = line["outcome"]["issue"] if "outcome" in line else ()
    return sorted({issue["details"]["coding"][0]["code"] for issue in issues if issue["severity"] != "information"})


class Judging(Protocol):
    """What intake asks of its judge (gateway.judgement.Judge, gateway.judges.Judges)."""

    def judge(self, asked: Asked) -> Judgement: ...


class Intake:
    """Takes what our own facilities send. ``now`` gives aware UTC."""

    def __init__(
        self, store: Store, judge: Judging, settings: Settings, now: Callable[[], datetime], keyring: Keyring
    ) -> None:
        self._store = store
        self._judge = judge
        self._settings = settings
        self._now = now
        self._keyring = keyring
        self._tally = Tally()
        self._senders = Senders()

    def take(self, facility_code: str, payload: Payload, *, adapter: str = "", actor: str) -> Taken:
        """A payload as a facility has it, all the way.

        Raises PayloadError, NotConformant, Forbidden… when nothing of it stands (then nothing is
        stored but the audit line), AdapterConflict, AdapterFault, StoreUnavailable.
        """
        sender = self._sender(facility_code)
        facility = sender.facility
        if (before := self._before(facility, payload)) is not None:
            return before
        reached(Step.INTAKE_RECEIVED)
        key = self._keyring.active_key(facility.code)
        asked = Asked(facility, payload, adapter, key, self._now(), sender.terms, tuple(sender.mappings))
        try:
            judgement = self._judge.judge(asked)
        except (SenderError, AdapterConflict) as refused:
            self._note_refusal(facility, payload, refused, actor)
            raise

        seen = [one for record in judgement.records for one in record.sightings]
        own = counted(facility.code, seen, asked.at)
        carried = self._tally.carried(own, asked.at)

        def kept(connection: Connection) -> list[dict[str, Any]] | None:
            if exchanges.payload_exchanges(connection, facility.code, payload.sha256) is not None:
                return None  # another request with the same payload was first
            rid = exchanges.add_payload(
                connection,
                facility=facility.code,
                sha256=payload.sha256,
                content_type=payload.content_type,
                adapter=judgement.adapter,
                received=self._now(),
            )
            if judgement.whole:
                payloads.keep_body(connection, rid, payload.data)
            lines = self._keep(connection, judgement.records, rid)
            quality.taken(connection, facility.code, payload.sha256)
            detail = {"payload": payload.sha256, "exchanges": [line["id"] for line in lines]}
            audit.append(connection, self._now(), actor, "payload-taken", "", detail)
            vocabulary.see(connection, carried)
            reached(Step.INTAKE_WRITTEN)
            return lines

        lines = None
        try:
            lines = self._store.write(kept)
        finally:
            if lines is None:
                self._tally.give_back(carried, own)
            elif not carried:
                self._tally.wait(own)
        reached(Step.INTAKE_COMMITTED)
        if lines is None:
            return self._before(facility, payload) or Taken(payload.sha256, [], repeated=True)
        return Taken(payload.sha256, lines, adapter=judgement.adapter)

    def release(self, exchange_id: str, reason: str, *, actor: str) -> None:
        """A person lets a held exchange go: it is signed, kept and routed as it stands."""
        held, facility = self._held(exchange_id)
        if held.status != "held":  # what is signed, or refused, is no collection to be signed
            raise Conflict("exchange-not-held")
        account = loads(held.account)
        named = account["recipients"]
        record = Record(held.record, facility.code, None, held.position)
        translation = Translation(list(resources(loads(held.bundle))), recipients=named)
        one = Judged(record, translation, ())
        signing = Signing(self._settings.public_url, lambda: self._keyring.signer(facility.code), self._now())
        made = signing.exchanges(one, held, facility, account.get("signature", {}).get("verdict", ""))

        def work(connection: Connection) -> None:
            exchanges.decide(connection, exchange_id, "kept", who=actor, why=reason)
            self._keep_resources(connection, keep.replace_held(connection, made[0].exchange), made[0], named)
            for extra in made[1:]:
                payload_rid = exchanges.payload_rid_of(connection, exchange_id)
                rid = exchanges.add(connection, extra.exchange, payload_rid, extra.row)
                self._keep_resources(connection, rid, extra, ())
            detail = {"exchange": exchange_id, "reason": reason}
            audit.append(connection, self._now(), actor, "exchange-released", "", detail)

        self._store.write(work)

    def refuse(self, exchange_id: str, reason: str, *, actor: str) -> None:
        """A person refuses a held exchange: it stays as it came, and goes nowhere."""
        self._held(exchange_id)

        def work(connection: Connection) -> None:
            exchanges.decide(connection, exchange_id, "refused", who=actor, why=reason)
            detail = {"exchange": exchange_id, "reason": reason}
            audit.append(connection, self._now(), actor, "exchange-refused", "", detail)

        self._store.write(work)

    def redeliver(self, exchange_id: str, recipient: str | None, *, actor: str) -> None:
        """Deliver again, to one recipient of the exchange or to all it ever had."""
        self._store.write(
            lambda connection: keep.redeliver(connection, exchange_id, recipient, actor, self._now(), self._settings)
        )

    def close(self) -> None:
        """Write what was counted and waits."""
        if rest := self._tally.rest(self._now()):
            self._store.write(lambda connection: vocabulary.see(connection, rest))

    # ---- receive ----------------------------------------------------------------------

    def _sender(self, code: str) -> Sender:
        with self._store.read() as connection:
            found = self._senders.read(connection, code)
        if found is None:
            raise NotFound("facility-unknown", name=code)
        return found

    def _facility(self, code: str) -> Facility:
        with self._store.read() as connection:
            found = facilities.get_facility(connection, code)
        if found is None:
            raise NotFound("facility-unknown", name=code)
        return found

    def _before(self, facility: Facility, payload: Payload) -> Taken | None:
        with self._store.read() as connection:
            lines = replacements.standing(
                connection, exchanges.payload_exchanges(connection, facility.code, payload.sha256)
            )
            first = exchanges.get(connection, lines[0].id) if lines else None
        if lines is None:
            return None
        proof = loads(first.account).get("signature") if first else None  # one for the whole payload
        said = {"signature": proof["verdict"]} if proof else {}
        told = [{"id": line.id, "status": line.status, "record": line.position, **said} for line in lines]
        return Taken(payload.sha256, told, repeated=True)

    def _note_refusal(self, facility: Facility, payload: Payload, refused: GatewayError, actor: str) -> None:
        """Nothing stands: which rules refused it, durably, before the sender is told."""
        rules = sorted({issue.rule for issue in refused.issues if issue.refuses})
        detail = {"facility": facility.code, "payload": payload.sha256, "rules": rules}
        adapter = refused.adapter if isinstance(refused, SenderError) else ""

        def noted(connection: Connection) -> None:
            audit.append(connection, self._now(), actor, "payload-refused", "", detail)

        def work(connection: Connection) -> None:
            read = read_refused(refused.issues)
            quality.add_refused(connection, facility.code, payload.sha256, adapter, self._now(), read)
            noted(connection)

        try:
            self._store.write(work)
        except Conflict:  # another request with the same payload was counted meanwhile
            self._store.write(noted)

    # ---- keep, route ------------------------------------------------------------------

    def again(
        self, connection: Connection, record: Ready, payload_rid: int, before: Sequence[OrderClaim]
    ) -> list[dict[str, Any]]:
        """Keep a record translated again; ``before``: the order numbers it had. Conflict when one is another's now."""
        orders.take_back(connection, record.made[0].exchange.facility, before)
        lines = self._keep(connection, [record], payload_rid, again=True)
        if lines[0]["status"] != "kept":
            raise Conflict("order-number-reused")
        return lines

    def _keep(
        self, connection: Connection, records: Sequence[Ready], payload_rid: int, *, again: bool = False
    ) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []
        counted = [self._keep_record(connection, record, payload_rid, lines) for record in records]
        quality.add(connection, quality.received(connection, payload_rid), counted, again=again)
        return lines

    def _keep_record(
        self, connection: Connection, record: Ready, payload_rid: int, lines: list[dict[str, Any]]
    ) -> quality.Counted:
        """A line for each of its exchanges; returns what it counts as."""
        made, read = record.made, record.read
        rids = []
        first = made[0].exchange
        standing = first.status == "kept"
        if standing and (conflicts := keep.claim_orders(connection, first.facility, record.claims)):
            outcome = dumps(operation_outcome([*record.issues, *conflicts]))
            held = replace(
                first, status="held", bundle=record.whole, message_id="", jws_sha256="", kid="", outcome=outcome
            )
            made, read = (Made(held, pack(held)),), held_by(read, conflicts)
        for single in made:
            exchange = single.exchange
            rids.append(exchanges.add(connection, exchange, payload_rid, single.row))
            self._keep_resources(connection, rids[-1], single, record.named)
            line: dict[str, Any] = {"id": exchange.id, "status": exchange.status, "record": exchange.position}
            if record.signature:
                line["signature"] = record.signature
            if exchange.status != "kept":
                line["outcome"] = loads(exchange.outcome)
            lines.append(line)
        return quality.Counted(rids[0], first.facility, first.adapter, read)

    def _keep_resources(self, connection: Connection, rid: int, made: Made, named: Sequence[str]) -> None:
        """Of a signed exchange; one that waits for a person, or was refused, is kept as it came and no more."""
        if made.brought is not None:
            keep.keep(connection, rid, made.exchange, made.brought, self._now(), self._settings, named)

    def _held(self, exchange_id: str) -> tuple[Exchange, Facility]:
        with self._store.read() as connection:
            found = exchanges.get(connection, exchange_id)
        if found is None:
            raise NotFound("exchange-unknown")
        return found, self._facility(found.facility)
