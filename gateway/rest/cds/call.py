"""POST /cds-services/{id}: a hook → cards, within the patience of the doctor who waits.

A late answer is ``{"cards": []}`` at the moment the patience ends, and what was worked out too late counts as not
shown. All that is refused is refused in OperationOutcomes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from flask import Flask, Response, g, request
from werkzeug.exceptions import UnsupportedMediaType

from gateway.cds.answering import Hooks, Shown
from gateway.cds.card import Written
from gateway.cds.hook import read_hook
from gateway.cds.offered import SERVICES, Offer, Version
from gateway.cds.patience import Late, Patience
from gateway.errors import GatewayError, NotFound
from gateway.jsontext import dumps, loads
from gateway.messages import LANGUAGES
from gateway.rest.answers import json_answer
from gateway.rest.bodies import body, only_format, query_pairs
from gateway.rest.cds.caller import caller, page_language, presented
from gateway.rest.house import House


@dataclass(frozen=True, slots=True)
class _Answer:
    client_id: str
    shown: list[Shown]


def open_door(app: Flask, house: House) -> None:
    hooks = Hooks(house.store, house.priors, house.now)
    patience = Patience(house.settings.cds_milliseconds / 1000, house.settings.threads)

    @app.post("/cds-services/<service_id>")
    def cds_service(service_id: str) -> Response:
        service = SERVICES.get(service_id)
        if service is None:
            raise NotFound("cds-service-unknown")
        authorization = presented()
        only_format(query_pairs())
        if request.mimetype != "application/json":
            raise UnsupportedMediaType
        work = _work(house, hooks, service, authorization, body(house.settings.max_payload_bytes))
        try:
            found = patience.within(monotonic() - g.begun, work, lambda late: hooks.withdraw(late.shown))
        except Late:
            return _answered(house, service, [], "late")
        except Exception as wrong:
            refused = isinstance(wrong, GatewayError) and wrong.status < 500
            house.measures.hooked(service.hook, "refused" if refused else "failed", monotonic() - g.begun)
            raise
        g.client_id = found.client_id
        return _answered(house, service, found.shown, "cards" if found.shown else "silent")


def _work(house: House, hooks: Hooks, service: Offer, authorization: str, text: bytes) -> Callable[[], _Answer]:
    """What is to be done, with all of the request that it needs: it may outlive the request."""
    languages = {registered: page_language(house.settings, registered) for registered in ("", *LANGUAGES)}

    def work() -> _Answer:
        client = caller(house, authorization, f"/cds-services/{service.id}")
        hook = read_hook(loads(text), service.hook, hooks.conditions())
        version: Version = "1.0" if client.cds_hooks == "1.0" else "2.0"
        written = Written(version, languages[client.language], house.settings.public_url, hook.patient)
        return _Answer(client.client_id, hooks.answer(client, hook, written))

    return work


def _answered(house: House, service: Offer, shown: list[Shown], became: str) -> Response:
    house.measures.hooked(service.hook, became, monotonic() - g.begun)
    for one in shown:
        house.measures.carded(service.hook, one.kept.decision or "told")
    return json_answer(dumps({"cards": [one.told for one in shown]}))
