"""GET /exchanges/{id}, its evidence, and $redeliver: what became of a facility's own record.

Another facility's exchange of this gateway is not found, whether it exists or not: only its proof is, once it is
signed, for who may read results on a legal basis. What the law calls sensitive is told of (status, deliveries) and
not shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from flask import Flask, Response

from gateway.access import Grant, Interaction, Requester, authorise_own
from gateway.bundle import resources
from gateway.delivery import Delivery
from gateway.errors import Forbidden, NotFound, PayloadError
from gateway.exchange import Exchange
from gateway.jsontext import dumps, loads
from gateway.mapping.made_by import file_told
from gateway.rest.answers import json_answer
from gateway.rest.bodies import LARGEST_FORM, body
from gateway.rest.house import House
from gateway.rest.requester import requester
from gateway.store import Connection, audit, deliveries, exchanges
from gateway.trust import evidence

_IDS = frozenset("0123456789abcdef-")


def open_door(app: Flask, house: House) -> None:
    @app.get("/exchanges/<exchange_id>")
    def exchange(exchange_id: str) -> Response:
        grant, found = _own(house, exchange_id, "r")
        with house.store.read() as connection:
            sent = _sent(connection, exchange_id)
        _note(house, grant, "exchange-read", exchange_id)
        return json_answer(dumps(_shown(found, sent)))

    @app.get("/exchanges/<exchange_id>/evidence")
    def exchange_evidence(exchange_id: str) -> Response:
        """The signed Bundle and, of the facility's own, the receipts it got and the record's bytes where they may be
        shown: who else has it, and what its software wrote, is its facility's to tell."""
        grant, found = _own(house, exchange_id, "r", shared=True)
        if found.sensitive:
            raise Forbidden("exchange-sensitive")
        if not found.message_id:
            raise NotFound("exchange-unsigned")
        receipts, record = [], None
        if found.origin or found.facility == grant.facility:
            with house.store.read() as connection:
                receipts = [sent.receipt for sent in _sent(connection, exchange_id) if sent.receipt]
                record = found.record if _whole(connection, found) else None
        made = evidence.build(found.bundle, payload=record, receipts=receipts)
        _note(house, grant, "evidence-read", exchange_id)
        answer = json_answer(made)
        answer.headers["Content-Disposition"] = f'attachment; filename="{exchange_id}.evidence.json"'
        return answer

    @app.post("/exchanges/<exchange_id>/$redeliver")
    def redeliver(exchange_id: str) -> Response:
        """Deliver again, to all recipients or to the one that ``{"recipient": NAME}`` names."""
        grant, found = _own(house, exchange_id, "c")
        house.intake.redeliver(found.id, _recipient(), actor=grant.actor)
        with house.store.read() as connection:
            sent = _sent(connection, exchange_id)
        made = {"id": found.id, "deliveries": [_delivery(one) for one in sent]}
        return json_answer(dumps(made), 202)


def _own(house: House, exchange_id: str, interaction: Interaction, *, shared: bool = False) -> tuple[Grant, Exchange]:
    who = requester(house)
    grant = authorise_own(who, interaction, who.facility)
    found = None
    if set(exchange_id) <= _IDS:
        with house.store.read() as connection:
            found = exchanges.get(connection, exchange_id)
    if found is None or not (_may_see(found, who, interaction) or (shared and _may_prove(found, who))):
        raise NotFound("exchange-unknown")
    return grant, found


def _may_see(found: Exchange, who: Requester, interaction: Interaction) -> bool:
    """One's own; and what came from another gateway, to who may read results here on a legal basis.

    Whoever relied on a received result can show its evidence later.
    """
    if found.origin:
        return interaction == "r" and bool(who.basis.strip()) and not found.sensitive
    return found.facility == who.facility


def _may_prove(found: Exchange, who: Requester) -> bool:
    """What another facility of this gateway signed and shares: a verdict that rests on it names its evidence."""
    return bool(who.basis.strip()) and bool(found.message_id) and not found.sensitive


def _shown(found: Exchange, sent: Sequence[Delivery]) -> dict[str, Any]:
    hidden = found.sensitive or not found.bundle
    account = loads(found.account) if found.account else {}
    proof = account.get("signature")
    file = _mapping(found, account)
    return {
        "id": found.id,
        "facility": found.facility,
        "status": found.status,
        "payload_sha256": found.payload_sha256,
        "bundle": None if hidden else msgspec.Raw(found.bundle),  # the bytes as stored: digits stay
        "deliveries": [_delivery(one) for one in sent],
        "outcome": msgspec.Raw(found.outcome) if found.outcome else None,
        **({"signature": proof} if proof else {}),
        **({"mapping": file} if file else {}),
    }


def _mapping(found: Exchange, account: Mapping[str, Any]) -> dict[str, str] | None:
    """The mapping file that made it; of an exchange of another gateway the one that its signed message names."""
    label = str(account.get("mapping", ""))
    if found.origin and not found.sensitive:
        label = file_told(resources(loads(found.bundle), "Provenance"))
    parts = label.replace(" sha256:", " ").split(" ")
    return dict(zip(("name", "version", "sha256"), parts, strict=True)) if len(parts) == 3 else None


def _delivery(one: Delivery) -> dict[str, Any]:
    return {
        "recipient": one.recipient,
        "status": one.status,
        "attempts": one.attempts,
        "receipt": msgspec.Raw(one.receipt) if one.receipt else None,
    }


def _sent(connection: Connection, exchange_id: str) -> list[Delivery]:
    rid = exchanges.rid_of(connection, exchange_id)
    return [] if rid is None else deliveries.for_exchange(connection, rid)


def _whole(connection: Connection, found: Exchange) -> bool:
    """True unless the record's bytes would show more than the exchange: a part of it that is kept apart as sensitive,
    or other records, where an adapter gave each the bytes of the whole payload."""
    if not found.record or loads(found.account).get("apart"):
        return False
    lines = exchanges.payload_exchanges(connection, found.facility, found.payload_sha256) or ()
    if any(line.sensitive and line.position == found.position for line in lines):
        return False
    alone = all(line.position == found.position for line in lines)
    return alone or sha256(found.record).hexdigest() != found.payload_sha256


def _recipient() -> str | None:
    text = body(LARGEST_FORM)
    if not text.strip():
        return None
    asked = loads(text)
    if not isinstance(asked, dict) or set(asked) - {"recipient"} or not isinstance(asked.get("recipient", ""), str):
        raise PayloadError("redeliver-form")
    return asked.get("recipient") or None


def _note(house: House, grant: Grant, action: str, exchange_id: str) -> None:
    """Durable before the answer leaves."""
    now = house.now()
    detail = {"exchange": exchange_id}

    def work(connection: Connection) -> None:
        audit.append(connection, now, grant.actor, action, grant.basis, detail)

    house.store.write(work, soon=True)
