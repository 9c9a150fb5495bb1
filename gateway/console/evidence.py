"""The evidence file of what brought a result: signed Bundle and receipts, to verify offline (``gateway verify``)."""

from __future__ import annotations

import re

from flask import Blueprint, Response

from gateway.console.desk import Desk
from gateway.console.patients import opened
from gateway.console.refusal import Refusal
from gateway.console.visit import requester, visit
from gateway.prior.question import About
from gateway.store import deliveries, exchanges
from gateway.trust import evidence as evidence_file

_ID = re.compile(r"[0-9a-f-]{36}\Z")


def open_door(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/patients/<handle>/evidence/<exchange>")
    def evidence(handle: str, exchange: str) -> Response:
        here = visit(desk)
        session = here.signed_in()
        look = opened(desk, session, handle)
        who = requester(session, look.basis)
        if not _ID.match(exchange) or not desk.records.brought(who, About(look.system, look.value), exchange):
            raise Refusal(404, "console-no-evidence")
        with desk.store.read() as connection:
            found, rid = exchanges.get(connection, exchange), exchanges.rid_of(connection, exchange)
            sent = deliveries.for_exchange(connection, rid) if rid is not None else []
        if found is None or found.sensitive or not found.message_id:
            raise Refusal(404, "console-no-evidence")
        told = found.origin or found.facility == who.facility  # who else has it is its own facility's to tell
        receipts = [one.receipt for one in sent if one.receipt] if told else []
        made = evidence_file.build(found.bundle, receipts=receipts)
        answer = Response(made, content_type="application/json; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="evidence-{exchange}.json"'
        answer.headers["Cache-Control"] = "no-store"
        return answer
