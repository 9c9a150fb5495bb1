"""Flow: receive → translate → check → sign → keep → route. One transaction from keep on.

Nothing is acknowledged before it is durable; the same payload again changes nothing. Each
record of a payload stands or falls alone; a payload is refused whole only when its form is
broken or none of its records stands.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway import keep
from gateway.adapter import Payload, Record, SourceAdapter, Translation, choose, split, translate
from gateway.bundle import Resource, body, collection, resources
from gateway.errors import Forbidden, NotConformant, NotFound, SenderError
from gateway.exchange import Exchange
from gateway.facility import Facility
from gateway.jsontext import dumps, loads
from gateway.keyring import Keyring
from gateway.outcome import Issue, operation_outcome, refusing
from gateway.r4 import check
from gateway.sensitive import divide
from gateway.settings import Settings
from gateway.store import Connection, Store, audit, exchanges, facilities
from gateway.trust import base64url
from gateway.trust.form import jws_of
from gateway.trust.message import message, sign

_IDS = uuid.UUID("2f0f4a0e-92d0-5f0c-8d7e-6a8b1f1f4c55")  # namespace of exchange ids; never changes


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a payload: one line a record, and the HTTP status that says it."""

    payload_sha256: str
    exchanges: list[dict[str, Any]]
    repeated: bool = False

    @property
    def status(self) -> int:
        if self.repeated:
            return 200
        return 202 if any(line["status"] == "held" for line in self.exchanges) else 201

    def as_json(self) -> dict[str, Any]:
        return {"payload_sha256": self.payload_sha256, "exchanges": self.exchanges}


@dataclass(frozen=True, slots=True)
class Judged:
    """A record after translation and check: its resources, or the error that refuses it."""

    record: Record
    translation: Translation | None
    issues: tuple[Issue, ...]
    refused: SenderError | None = None
    holds: tuple[Issue, ...] = field(default=())

    @property
    def resources(self) -> list[Resource]:
        """What the record became; [] when it could not be translated."""
        return list(self.translation.resources) if self.translation else []


class Intake:
    """Takes what our own facilities send. ``now`` gives aware UTC."""

    def __init__(
        self,
        store: Store,
        adapters: Sequence[SourceAdapter],
        settings: Settings,
        now: Callable[[], datetime],
        keyring: Keyring,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._settings = settings
        self._now = now
        self._keyring = keyring

    def take(self, facility_code: str, payload: Payload, *, adapter: str = "", actor: str) -> Taken:
        """A payload as a facility has it, all the way.

        Raises PayloadError, NotConformant, Forbidden… when nothing of it stands (then nothing is
        stored but the audit line), AdapterConflict, AdapterFault, StoreUnavailable.
        """
        facility = self._facility(facility_code)
        if (before := self._before(facility, payload)) is not None:
            return before
        source = choose(self._allowed(facility), payload, adapter)
        judged = [self._judge(source, record, facility) for record in split(source, payload)]
        if all(one.refused for one in judged):
            self._refuse(facility, payload, source, judged, actor)
        prepared = [(one, self._prepare(one, source, facility, payload)) for one in judged]

        def kept(connection: Connection) -> list[dict[str, Any]] | None:
            if exchanges.payload_exchanges(connection, facility.code, payload.sha256) is not None:
                return None  # another request with the same payload was first
            rid = exchanges.add_payload(
                connection,
                facility=facility.code,
                sha256=payload.sha256,
                content_type=payload.content_type,
                adapter=source.name,
                received=self._now(),
            )
            lines = []
            for one, made in prepared:
                lines.extend(self._keep(connection, one, made, rid))
            detail = {"payload": payload.sha256, "exchanges": [line["id"] for line in lines]}
            audit.append(connection, self._now(), actor, "payload-taken", "", detail)
            return lines

        lines = self._store.write(kept)
        if lines is None:
            return self._before(facility, payload) or Taken(payload.sha256, [], repeated=True)
        return Taken(payload.sha256, lines)

    def release(self, exchange_id: str, reason: str, *, actor: str) -> None:
        """A person lets a held exchange go: it is signed, kept and routed as it stands."""
        held, facility = self._held(exchange_id)
        account = loads(held.account)
        record = Record(held.record, facility.code, None, held.position)
        translation = Translation(list(resources(loads(held.bundle))), recipients=account["recipients"])
        one = Judged(record, translation, ())
        made = self._exchanges(one, held, facility)

        def work(connection: Connection) -> None:
            exchanges.decide(connection, exchange_id, "kept", who=actor, why=reason)
            rid = keep.replace_held(connection, made[0][0])
            keep.keep(connection, rid, *made[0], self._now(), self._settings, account["recipients"], released=True)
            for extra, revealing in made[1:]:
                extra_rid = exchanges.add(connection, extra, exchanges.payload_rid_of(connection, exchange_id))
                keep.keep(connection, extra_rid, extra, revealing, self._now(), self._settings, (), released=True)
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

    # ---- receive ----------------------------------------------------------------------

    def _facility(self, code: str) -> Facility:
        with self._store.read() as connection:
            found = facilities.get_facility(connection, code)
        if found is None:
            raise NotFound("facility-unknown", name=code)
        return found

    def _allowed(self, facility: Facility) -> list[SourceAdapter]:
        return [one for one in self._adapters if not facility.adapters or one.name in facility.adapters]

    def _before(self, facility: Facility, payload: Payload) -> Taken | None:
        with self._store.read() as connection:
            lines = exchanges.payload_exchanges(connection, facility.code, payload.sha256)
        if lines is None:
            return None
        told = [{"id": line.id, "status": line.status, "record": line.position} for line in lines]
        return Taken(payload.sha256, told, repeated=True)

    # ---- translate, check -------------------------------------------------------------

    def _judge(self, source: SourceAdapter, record: Record, facility: Facility) -> Judged:
        try:
            _own_record(record, facility)
            made = translate(source, record, facility)
        except SenderError as refused:
            return Judged(record, None, (*record.issues, *refused.issues), refused)
        found = check(made.bundle())
        issues = (*made.issues, *found)
        if refusing(issues):
            return Judged(record, made, issues, NotConformant("record-not-valid", issues=issues))
        holds = (
            *made.holds,
            *(Issue("warning", "value", "field-held", one.field) for one in made.unplaced if one.clinical),
        )
        return Judged(record, made, issues, None, holds)

    def _refuse(
        self, facility: Facility, payload: Payload, source: SourceAdapter, judged: Sequence[Judged], actor: str
    ) -> None:
        """Nothing stands: say so once, durably, and raise what was wrong."""
        rules = sorted({issue.rule for one in judged for issue in one.issues if issue.refuses})
        detail = {"facility": facility.code, "payload": payload.sha256, "adapter": source.name, "rules": rules}
        self._store.write(
            lambda connection: audit.append(connection, self._now(), actor, "payload-refused", "", detail)
        )
        if len(judged) == 1 and judged[0].refused is not None:
            raise judged[0].refused
        raise NotConformant("record-not-valid", issues=[issue for one in judged for issue in one.issues])

    # ---- sign -------------------------------------------------------------------------

    def _prepare(
        self, one: Judged, source: SourceAdapter, facility: Facility, payload: Payload
    ) -> list[tuple[Exchange, frozenset[str]]]:
        key = f"{facility.code}\x1f{payload.sha256}\x1f{one.record.position}"
        unsigned = Exchange(
            id=str(uuid.uuid5(_IDS, key)),
            facility=facility.code,
            status="refused" if one.refused else "held" if one.holds else "kept",
            bundle=body(one.translation.bundle()) if one.translation else b"",
            created=self._now(),
            payload_sha256=payload.sha256,
            record=one.record.data,
            position=one.record.position,
            adapter=source.name,
            adapter_version=source.version,
            outcome=dumps(operation_outcome([*one.issues, *_new(one.holds, one.issues)])),
            account=_account(one.translation),
        )
        return [(unsigned, frozenset())] if unsigned.status != "kept" else self._exchanges(one, unsigned, facility)

    def _exchanges(self, one: Judged, unsigned: Exchange, facility: Facility) -> list[tuple[Exchange, frozenset[str]]]:
        """The signed exchange, and a second one of what the law keeps apart."""
        ordinary, sensitive, revealing = divide(one.resources)
        made = [(self._sign(replace(unsigned, status="kept"), ordinary, facility), frozenset[str]())]
        if sensitive:
            own = replace(
                unsigned, id=str(uuid.uuid5(uuid.UUID(unsigned.id), "sensitive")), status="kept", sensitive=True
            )
            made.append((self._sign(own, sensitive, facility), revealing))
        return made

    def _sign(self, unsigned: Exchange, made: Sequence[Resource], facility: Facility) -> Exchange:
        signer = self._keyring.signer(facility.code)
        header_id = str(uuid.uuid5(uuid.UUID(unsigned.id), "header"))
        unsigned_message = message(
            made,
            facility_code=facility.code,
            facility_name=facility.name,
            source_endpoint=self._settings.public_url,
            focus=_roots(made),
            bundle_id=unsigned.id,
            header_id=header_id,
            timestamp=unsigned.created,
        )
        digest = Payload(unsigned.record).sha256
        signed = sign(unsigned_message, signer, signed_at=self._now(), payload_sha256=digest)
        return replace(
            unsigned,
            bundle=body(signed),
            message_id=header_id,
            jws_sha256=base64url.digest(jws_of(signed).encode("ascii")),
            kid=signer.kid,
        )

    # ---- keep, route ------------------------------------------------------------------

    def _keep(
        self,
        connection: Connection,
        one: Judged,
        made: Sequence[tuple[Exchange, frozenset[str]]],
        payload_rid: int,
    ) -> list[dict[str, Any]]:
        lines = []
        named = tuple(one.translation.recipients) if one.translation else ()
        conflicts = keep.order_conflicts(connection, made[0][0]) if made[0][0].status == "kept" else ()
        if conflicts:
            outcome = dumps(operation_outcome([*one.issues, *conflicts]))
            held = replace(
                made[0][0],
                status="held",
                bundle=body(collection(one.resources)),
                message_id="",
                jws_sha256="",
                kid="",
                outcome=outcome,
            )
            made = [(held, frozenset())]
        for exchange, revealing in made:
            rid = exchanges.add(connection, exchange, payload_rid)
            if exchange.status == "kept":
                keep.keep(connection, rid, exchange, revealing, self._now(), self._settings, named)
            line: dict[str, Any] = {"id": exchange.id, "status": exchange.status, "record": exchange.position}
            if exchange.status != "kept":
                line["outcome"] = loads(exchange.outcome)
            lines.append(line)
        return lines

    def _held(self, exchange_id: str) -> tuple[Exchange, Facility]:
        with self._store.read() as connection:
            found = exchanges.get(connection, exchange_id)
        if found is None:
            raise NotFound("exchange-unknown")
        return found, self._facility(found.facility)


def _own_record(record: Record, facility: Facility) -> None:
    """A record may name the facility that sends it, or nobody; never another facility."""
    claimed = record.facility
    if not claimed or claimed == facility.code or claimed in facility.aliases:
        return
    if len(claimed) == 5 and claimed.isalnum() and claimed[:2].isdigit():  # the shape of MA_CSKCB
        raise Forbidden("record-of-another-facility")
    if facility.aliases:
        raise Forbidden("record-of-another-facility")


def _new(holds: Sequence[Issue], issues: Sequence[Issue]) -> list[Issue]:
    """The reasons to hold that no issue tells yet."""
    told = {(issue.expression, issue.severity) for issue in issues}
    return [hold for hold in holds if (hold.expression, hold.severity) not in told]


def _account(translation: Translation | None) -> bytes:
    if translation is None:
        return dumps({"unplaced": [], "lineage": {}, "recipients": []})
    return dumps(
        {
            "unplaced": [one.as_json() for one in translation.unplaced],
            "lineage": dict(translation.lineage),
            "recipients": list(translation.recipients),
        }
    )


def _roots(made: Sequence[Resource]) -> list[str]:
    """MessageHeader.focus: the reports; without one, what is a result; without one, the patient."""
    for types in (("DiagnosticReport",), ("Observation",), ("Encounter",), ("Patient",)):
        found = [resource["id"] for resource in made if resource["resourceType"] in types]
        if found:
            return found
    return [made[0]["id"]]
