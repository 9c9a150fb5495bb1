"""GET /health/live, /health/ready, /metrics: for those who run the gateway; no patient's data in any."""

from __future__ import annotations

from flask import Flask, Response

from gateway.errors import GatewayError
from gateway.jsontext import dumps
from gateway.messages import sentence
from gateway.rest.answers import json_answer, language
from gateway.rest.house import House
from gateway.rest.measures import CONTENT_TYPE


def open_door(app: Flask, house: House) -> None:
    @app.get("/health/live")
    def live() -> Response:
        return json_answer(dumps({"status": "ok"}))

    @app.get("/health/ready")
    def ready() -> Response:
        """200 when every part is ready, else 503; ``parts`` names each: ``ok``, or why not."""
        parts = {name: _asked(house, name) for name in house.ready}
        failing = any(parts.values())
        spoken = {name: sentence(rule, language(house.settings)) if rule else "ok" for name, rule in parts.items()}
        body = {"status": "failing" if failing else "ok", "parts": spoken}
        return json_answer(dumps(body), 503 if failing else 200)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(house.measures.text(), content_type=CONTENT_TYPE)


def _asked(house: House, part: str) -> str:
    try:
        return house.ready[part]()
    except GatewayError as failing:
        return failing.issues[0].rule
