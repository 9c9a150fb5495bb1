"""What a transaction or batch asks besides what it brings: taken as a word about the resource, or held.

The gateway executes nothing: POST and PUT say how a resource is now, and are taken so. What depends on a server's own
state is not decided here. https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from typing import Any

from adapters.fhir.identity import asked_identifier, has_identifier
from gateway.bundle import Resource
from gateway.mapping.ledger import Ledger

_BRINGS = ("POST", "PUT")
_ASKS = ("GET", "HEAD")
_SERVERS_OWN = {
    "ifMatch": "asks for a version on the sender's server",
    "ifNoneMatch": "asks for a version on the sender's server",
    "ifModifiedSince": "asks for a time on the sender's server",
}


def account_for_request(frame: dict[str, Any], at: str, ledger: Ledger) -> bool:
    """True when the entry's resource is taken. ``frame``: the entry, ``at`` its path."""
    request: Resource = frame.get("request", {})
    method = request.get("method", "POST")
    where = f"{at}.request"
    for name, reason in _SERVERS_OWN.items():
        if name in request:
            ledger.leave(f"{where}.{name}", reason)
    if method in _BRINGS:
        resource = frame.get("resource", {})
        url = str(request.get("url", ""))
        if "ifNoneExist" in request or "?" in url:
            number = asked_identifier(request, str(resource.get("resourceType")))
            if number is None or not has_identifier(resource, number):
                ledger.hold("not-supported", "fhir-request-conditional", where)
                ledger.leave(where, "a condition on the sender's server, which is not known here", clinical=True)
        return True
    if method in _ASKS:
        ledger.leave(at, "asks a server, and brings nothing")
        ledger.remark("information", "not-supported", "fhir-request-asks", where)
        return False
    ledger.hold("not-supported", "fhir-request-changes", where, method=method)
    ledger.leave(at, "changes or deletes what a server has, which is not known here", clinical=True)
    return False
