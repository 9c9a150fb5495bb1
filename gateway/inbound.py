"""Flow: a signed message from another gateway: verify → check → keep → receipt.

The answer is a signed response message: ``ok`` is said only after the exchange is durable,
``fatal-error`` when no repetition would help. The same message again gets the first receipt
again. A message that came from elsewhere is never forwarded: who it is for was its sender's
to decide, on its sender's legal basis.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog

from gateway import keep
from gateway.brought import came
from gateway.bundle import Resource, body, urn
from gateway.errors import Conflict, GatewayError, PayloadError, SenderError, SettingsError
from gateway.exchange import Exchange
from gateway.jsontext import dumps, loads
from gateway.keyring import Keyring
from gateway.outcome import Issue, operation_outcome, refusing
from gateway.quality.reading import read
from gateway.r4 import check
from gateway.r4.profiles import Profiles
from gateway.settings import Settings
from gateway.steps import Step, reached
from gateway.store import Connection, Store, audit, exchanges, facilities, quality
from gateway.store.exchanges import Inbound as Came
from gateway.trust import base64url
from gateway.trust.form import jws_of
from gateway.trust.message import ResponseCode, receipt
from gateway.trust.verify import verify

log = structlog.get_logger()

_LATER = ["signature-from-the-future"]  # by their clock or by ours: when that time has come it is good
_IDS = uuid.UUID("9a0b6a5c-7b0e-5a57-9f0e-0d3b8f0c9d21")  # namespace of received exchanges' ids; never changes


class Inbound:
    """Takes what other gateways send. ``now`` gives aware UTC; ``profiles`` are those known, None those built in."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        now: Callable[[], datetime],
        keyring: Keyring,
        profiles: Profiles | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._now = now
        self._keyring = keyring
        self._profiles = profiles

    def accept(
        self, given: bytes, *, actor: str, refused: Callable[[Sequence[Issue]], None] = lambda issues: None
    ) -> bytes:
        """A message's bytes to the bytes of its signed receipt; ``refused`` hears why when that says no.

        PayloadError (400) for what is no signed message at all: there is nothing to give a
        receipt for. StoreUnavailable (503) when it could not be kept: the sender tries again.
        """
        message, sender, jws = _read(given)
        reached(Step.INBOUND_RECEIVED)

        def no(issues: Sequence[Issue]) -> bytes:
            refused(issues)
            return self._refuse(message, sender, actor, issues)

        message_id = str(message["entry"][0]["resource"]["id"])
        digest = base64url.digest(jws.encode("ascii"))
        with self._store.read() as connection:
            before = exchanges.find_inbound(connection, message_id, sender)
            known = exchanges.by_message_id(connection, message_id) if before is None else None
        if before is not None and before.jws_sha256 == digest and self._whole(message):
            return before.receipt
        if issues := self._faults(given, message):
            return no(issues)
        if known is not None and not known.origin:
            return no(Conflict("message-of-ours").issues)
        if before is not None or known is not None:
            return no(Conflict("message-id-reused").issues)
        reached(Step.INBOUND_VERIFIED)
        bring = came(message)
        answer = self._answer(message, "ok", ())
        exchange = Exchange(
            id=str(uuid.uuid5(_IDS, f"{sender}\x1f{message_id}")),
            facility=sender,
            status="kept",
            bundle=given,
            created=self._now(),
            message_id=message_id,
            jws_sha256=digest,
            kid=_kid(jws),
            origin=actor,
            sensitive=bool(bring.revealing),
            outcome=dumps(operation_outcome(())),
            account=dumps({"unplaced": [], "lineage": {}, "recipients": []}),
        )

        row = exchanges.pack(exchange)
        counts = read([entry["resource"] for entry in message["entry"]], (), (), refused=False)

        def kept(connection: Connection) -> bytes:
            again = exchanges.find_inbound(connection, message_id, sender)
            if again is not None:  # by two connections at once
                if again.jws_sha256 != digest:
                    raise Conflict("message-id-reused")
                return again.receipt
            rid = exchanges.add(connection, exchange, None, row)
            keep.keep_resources(connection, rid, exchange, bring, self._now())
            quality.add(connection, self._now(), [quality.Counted(rid, sender, quality.MESSAGE, counts)])
            exchanges.add_inbound(connection, Came(message_id, sender, digest, rid, answer, self._now()))
            detail = {"exchange": exchange.id, "message": message_id, "sender": sender}
            audit.append(connection, self._now(), actor, "message-received", "", detail)
            reached(Step.INBOUND_WRITTEN)
            return answer

        try:
            given_back = self._store.write(kept)
        except (Conflict, SenderError) as wrong:
            return no(wrong.issues)
        reached(Step.INBOUND_COMMITTED)
        log.info("exchange", exchange=exchange.id, facility=sender, status=exchange.status, rules=[])
        return given_back

    def _whole(self, message: Resource) -> bool:
        """Its content is what its signature is over; whether the key is still believed does not matter."""
        return verify(message, trust=None, now=self._now()).verdict != "invalid"

    def _faults(self, given: bytes, message: Resource) -> list[Issue]:
        """Why the message cannot be believed or kept; [] when it can."""
        found = verify(message, trust=self._keyring.believed(), now=self._now())
        if not found.valid:
            return [*found.issues] or [Issue("error", "security", "message-not-believed")]
        issues = [*check(message, profiles=self._profiles), *_misnamed(message)]
        return [issue for issue in issues if issue.refuses] if refusing(issues) else []

    def _refuse(self, message: Resource, sender: str, actor: str, issues: Sequence[Issue]) -> bytes:
        rules = sorted({issue.rule for issue in issues})
        log.info("message-refused", client=actor, rules=rules)  # who it says it is from is not believed
        detail = {"sender": sender, "rules": rules}
        self._store.write(
            lambda connection: audit.append(connection, self._now(), actor, "message-refused", "", detail)
        )
        return self._answer(message, "transient-error" if rules == _LATER else "fatal-error", issues)

    def _answer(self, message: Resource, code: ResponseCode, issues: Sequence[Issue]) -> bytes:
        facility, name = self._own_facility()
        made = receipt(
            message,
            self._keyring.signer(facility),
            code=code,
            facility_name=name,
            source_endpoint=self._settings.public_url,
            bundle_id=str(uuid.uuid4()),
            header_id=str(uuid.uuid4()),
            signed_at=self._now(),
            issues=issues,
            details_id=str(uuid.uuid4()),
        )
        return body(made)

    def _own_facility(self) -> tuple[str, str]:
        """Who signs this gateway's receipts: the setting, else the first facility registered."""
        with self._store.read() as connection:
            if self._settings.facility:
                one = facilities.get_facility(connection, self._settings.facility)
                if one is None:
                    raise SettingsError("receipt-facility-unknown", facility=self._settings.facility)
                return one.code, one.name
            known = facilities.list_facilities(connection)
        if not known:
            raise SettingsError("receipt-facility-none")  # ours to mend: a 4xx would make the sender stop
        return known[0].code, known[0].name


def _read(given: bytes) -> tuple[Resource, str, str]:
    """The message, its sender's facility code and its JWS; PayloadError when it has not even these."""
    message: Any = loads(given)
    try:
        header = message["entry"][0]["resource"]
        sender, message_id = header["sender"]["identifier"]["value"], header["id"]
        jws = jws_of(message)
    except (KeyError, IndexError, TypeError, AttributeError, GatewayError):
        raise PayloadError("message-not-signed") from None
    if not isinstance(sender, str) or not isinstance(message_id, str):
        raise PayloadError("message-not-signed")
    if "response" in header:
        raise PayloadError("message-is-a-receipt")
    return message, sender, jws


def _misnamed(message: Resource) -> list[Issue]:
    """A resource is served by its id and referred to by its fullUrl: both are one uuid, as in every Bundle of ours."""
    return [
        Issue("error", "invariant", "message-entry-id", f"Bundle.entry[{place}]")
        for place, item in enumerate(message["entry"][:-1])
        if place and item["fullUrl"] != urn(str(item["resource"].get("id")))
    ]


def _kid(jws: str) -> str:
    header = loads(base64url.decode(jws.partition(".")[0]))
    return str(header["kid"])
