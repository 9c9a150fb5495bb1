"""An accepted reuse as a FHIR Provenance on the order that was not made. Pure.

https://hl7.org/fhir/R4/provenance.html: ``target`` the order, ``entity`` the version of the result with role
``source``, ``agent`` who accepted and for whom, ``policy`` the rules it was judged by, ``reason`` treatment and the
legal basis. It travels in a message that the reusing facility signs; it holds no value of the result.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateway.bundle import CANONICAL, MA_CSKCB, Resource, urn

REUSED = {"system": f"{CANONICAL}/CodeSystem/reuse", "code": "reuse-accepted"}
RULES = f"{CANONICAL}/reuse-rules/sha256-"
_ACTIVITY = "an earlier result is used in place of a new one"
_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_URI = "urn:ietf:rfc:3986"


def accepted_reuse(
    *,
    name: str,
    order: tuple[str, str],
    order_reference: str,
    facility: str,
    practitioner: tuple[str, str],
    result: str,
    version: int,
    exchange: str,
    rules_digest: str,
    basis: str,
    accepted: datetime,
    recorded: datetime,
) -> Resource:
    """``name``: its id, a uuid. ``order_reference``: ``ServiceRequest/id`` of an order that is kept here, else "".

    ``practitioner``: (system, value) of an identifier, ("", "") where nobody is named. ``exchange``: the id of the
    signed exchange that brought the version. Times aware UTC, cut to the second.
    """
    who = {"type": "Organization", "identifier": {"system": MA_CSKCB, "value": facility}}
    agent: dict[str, Any] = {"type": {"coding": [{"system": _AGENT, "code": "author", "display": "Author"}]}}
    if practitioner[1]:
        system = {"system": practitioner[0]} if practitioner[0] else {}
        agent |= {
            "who": {"type": "Practitioner", "identifier": {**system, "value": practitioner[1]}},
            "onBehalfOf": who,
        }
    else:
        agent |= {"who": who}
    target: dict[str, Any] = {"reference": order_reference} if order_reference else {}
    target |= {"type": "ServiceRequest", "identifier": {"system": order[0], "value": order[1]}}
    kind = result.partition("/")[0]
    made: Resource = {
        "resourceType": "Provenance",
        "id": name,
        "meta": {"tag": [dict(REUSED)]},
        "target": [target],
        "occurredDateTime": _second(accepted),
        "recorded": _second(recorded),
        "reason": [{"coding": [{"system": _ACT_REASON, "code": "TREAT", "display": "treatment"}], "text": basis}],
        "activity": {"text": _ACTIVITY},
        "agent": [agent],
        "entity": [
            {"role": "source", "what": {"reference": f"{result}/_history/{version}", "type": kind}},
            {
                "role": "source",
                "what": {"type": "Bundle", "identifier": {"system": _URI, "value": urn(exchange)}},
            },
        ],
    }
    if rules_digest:
        made["policy"] = [f"{RULES}{rules_digest}"]
    return made


def _second(when: datetime) -> str:
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
