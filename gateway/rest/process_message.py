"""$process-message: POST /fhir/$process-message, a signed message from another gateway.

https://hl7.org/fhir/R4/messageheader-operation-process-message.html; the answer is a signed
receipt, for an accepted message and for a refused one.
"""

from __future__ import annotations

from functools import partial

from flask import Flask, Response

from gateway.access import authorise
from gateway.rest.answers import expect_json, fhir_answer
from gateway.rest.bodies import fhir_body
from gateway.rest.errors import note_rules
from gateway.rest.house import House
from gateway.rest.requester import requester


def open_door(app: Flask, house: House) -> None:
    @app.post("/fhir/$process-message")
    def process_message() -> Response:
        grant = authorise(requester(house), "c", "Bundle")
        expect_json()
        given = fhir_body(house.settings.max_payload_bytes)
        refused = partial(note_rules, house)  # in a receipt with 200: no error that errors.py would see
        return fhir_answer(house.inbound.accept(given, actor=grant.actor, refused=refused))
