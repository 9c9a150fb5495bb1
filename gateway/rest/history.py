"""history: GET /fhir/{Type}/{id}/_history, every version of one resource, the current one first.

https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from flask import Flask, Response

from gateway.rest.answers import expect_json, fhir_answer
from gateway.rest.bodies import only_format, query_pairs
from gateway.rest.house import House
from gateway.rest.requester import requester
from gateway.store.resources import Version


def open_door(app: Flask, house: House) -> None:
    @app.get("/fhir/<resource_type>/<logical_id>/_history")
    def history(resource_type: str, logical_id: str) -> Response:
        who = requester(house)
        expect_json()
        only_format(query_pairs())
        versions = house.answers.history(who, resource_type, logical_id)
        return fhir_answer(history_bundle(versions, f"{house.settings.public_url}/fhir"))


def history_bundle(versions: Sequence[Version], base: str) -> dict[str, Any]:
    """Versions as a ``history`` Bundle (https://hl7.org/fhir/R4/bundle.html#history)."""
    first = versions[0]
    return {
        "resourceType": "Bundle",
        "type": "history",
        "total": len(versions),
        "link": [{"relation": "self", "url": f"{base}/{first.type}/{first.id}/_history"}],
        "entry": [_entry(version, base) for version in versions],
    }


def _entry(version: Version, base: str) -> dict[str, Any]:
    address = f"{version.type}/{version.id}"
    made = version.vid == 1  # numbered by arrival: the first one created it
    return {
        "fullUrl": f"{base}/{address}",
        "resource": msgspec.Raw(version.content()),  # as stored: every number keeps its digits
        "request": {"method": "POST", "url": version.type} if made else {"method": "PUT", "url": address},
        "response": {
            "status": "201 Created" if made else "200 OK",
            "etag": f'W/"{version.vid}"',
            "lastModified": version.updated.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        },
    }
