"""GET /cds-services: what is offered, to anybody (https://cds-hooks.hl7.org/2.0/#discovery)."""

from __future__ import annotations

from flask import Flask, Response

from gateway.cds.offered import SERVICES
from gateway.jsontext import dumps
from gateway.rest.answers import json_answer
from gateway.rest.bodies import only_format, query_pairs
from gateway.rest.cds.caller import page_language
from gateway.rest.house import House


def open_door(app: Flask, house: House) -> None:
    @app.get("/cds-services")
    def cds_services() -> Response:
        only_format(query_pairs())
        language = page_language(house.settings)
        return json_answer(dumps({"services": [one.told(language) for one in SERVICES.values()]}))
