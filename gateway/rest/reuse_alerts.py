"""$acknowledge: POST /fhir/Communication/{id}/$acknowledge, somebody at the facility has read an alert and sees to it.

The project's own operation. An alert is its facility's own to acknowledge; by the same name again it changes nothing.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from gateway.access import authorise_own
from gateway.errors import Forbidden, NotFound, PayloadError
from gateway.jsontext import loads
from gateway.rest.answers import expect_json, fhir_answer
from gateway.rest.bodies import LARGEST_FORM, fhir_body, only_format, query_pairs
from gateway.rest.house import House
from gateway.rest.requester import requester
from gateway.store import Connection, alerts, audit
from gateway.store.alerts import Alert
from gateway.store.times import instant, micros

_LONGEST = 255  # characters of a name


def open_door(app: Flask, house: House) -> None:
    @app.post("/fhir/Communication/<logical_id>/$acknowledge")
    def acknowledge(logical_id: str) -> Response:
        who = requester(house)
        expect_json()
        only_format(query_pairs())
        grant = authorise_own(who, "c", who.facility)
        by = _by(loads(fhir_body(LARGEST_FORM)))

        def work(connection: Connection) -> Alert:
            found = alerts.get(connection, logical_id)
            if found is None:
                raise NotFound("reuse-alert-unknown")
            if found.facility != who.facility:
                raise Forbidden("access-other-facility")
            if found.acknowledged is not None and found.acknowledged_by == by:
                return found
            made = alerts.acknowledge(connection, logical_id, by, house.now())
            audit.append(connection, house.now(), grant.actor, "reuse-alert-acknowledged", "", {"alert": logical_id})
            return made

        return fhir_answer(_told(house.store.write(work)))


def _by(given: Any) -> str:
    """The one parameter: who has read it."""
    listed = given.get("parameter") if isinstance(given, dict) and given.get("resourceType") == "Parameters" else None
    (one,) = listed if isinstance(listed, list) and len(listed) == 1 else (None,)
    by = one.get("valueString") if isinstance(one, dict) and one.get("name") == "by" else None
    if not isinstance(by, str) or not by.strip() or len(by) > _LONGEST or "\x00" in by:
        raise PayloadError("reuse-alert-by", "Parameters.parameter")
    return by


def _told(alert: Alert) -> dict[str, Any]:
    if alert.acknowledged is None:
        raise NotFound("reuse-alert-unknown")
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "alert", "valueReference": {"reference": f"Communication/{alert.id}"}},
            {"name": "acknowledged", "valueInstant": instant(micros(alert.acknowledged))},
            {"name": "by", "valueString": alert.acknowledged_by},
        ],
    }
