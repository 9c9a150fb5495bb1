"""read and vread: GET /fhir/{Type}/{id} and /fhir/{Type}/{id}/_history/{vid}.

https://hl7.org/fhir/R4/http.html#read and #vread
"""

from __future__ import annotations

from flask import Flask, Response

from gateway.rest.answers import expect_json, versioned_answer
from gateway.rest.bodies import only_format, query_pairs
from gateway.rest.house import House
from gateway.rest.requester import requester


def open_door(app: Flask, house: House) -> None:
    @app.get("/fhir/<resource_type>/<logical_id>")
    def read(resource_type: str, logical_id: str) -> Response:
        who = requester(house)
        expect_json()
        only_format(query_pairs())
        found = house.answers.read(who, resource_type, logical_id)
        return versioned_answer(found.content(), found.vid, found.updated)

    @app.get("/fhir/<resource_type>/<logical_id>/_history/<vid>")
    def vread(resource_type: str, logical_id: str, vid: str) -> Response:
        who = requester(house)
        expect_json()
        only_format(query_pairs())
        found = house.answers.vread(who, resource_type, logical_id, vid)
        return versioned_answer(found.content(), found.vid, found.updated)
