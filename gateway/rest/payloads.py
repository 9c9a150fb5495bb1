"""POST /facilities/{code}/payloads: a payload as the facility has it, in one piece.

201 when every record stands, 202 when one is held for a person, 200 for the same payload again,
4xx with an OperationOutcome when nothing of it stands.
"""

from __future__ import annotations

from time import monotonic

import structlog
from flask import Flask, Response, request

from gateway.access import authorise_own
from gateway.adapter import Payload
from gateway.errors import GatewayError
from gateway.intake import rules_of
from gateway.jsontext import dumps
from gateway.rest.answers import json_answer
from gateway.rest.bodies import body
from gateway.rest.house import House
from gateway.rest.requester import requester

_log = structlog.get_logger("gateway.rest")


def open_door(app: Flask, house: House) -> None:
    @app.post("/facilities/<code>/payloads")
    def take(code: str) -> Response:
        grant = authorise_own(requester(house), "c", code)
        payload = Payload(body(house.settings.max_payload_bytes), request.headers.get("Content-Type", ""))
        adapter = request.headers.get("X-Adapter", "").strip()
        begun = monotonic()
        try:
            taken = house.intake.take(code, payload, adapter=adapter, actor=grant.actor)
        except GatewayError as refused:
            rules = sorted({issue.rule for issue in refused.issues if issue.refuses})
            _log.info("payload-refused", facility=code, ms=_ms(begun), rules=rules)
            raise
        for line in taken.exchanges if not taken.repeated else ():
            house.measures.taken(line["status"])
            _log.info(
                "exchange", exchange=line["id"], facility=code, adapter=taken.adapter, record=line["record"],
                status=line["status"], ms=_ms(begun), rules=rules_of(line),
            )  # fmt: skip
        made = {"payload_sha256": taken.payload_sha256, "exchanges": taken.exchanges}
        answer = json_answer(dumps(made), taken.status)
        if len(taken.exchanges) == 1:
            answer.headers["Location"] = f"{house.settings.public_url}/exchanges/{taken.exchanges[0]['id']}"
        return answer


def _ms(begun: float) -> float:
    return round((monotonic() - begun) * 1000, 1)
