"""Faults of what goes over the wire beside FHIR, and of CDS Hooks."""

from __future__ import annotations

from gateway.jsontext import dumps
from gateway.simulator.faulty.fault import Asked, Forward, Told, broken

_JSON = {"content-type": "application/json"}
_CARDS = Told(200, _JSON, dumps({"cards": []}))


@broken("banner", "NET-1", "each answer tells the version of the software")
def banner(asked: Asked, forward: Forward) -> Told:
    return forward(asked).with_headers(x_powered_by="Gateway/0.1.0")


@broken("any-origin", "NET-2", "pages of any origin are let in with credentials")
def any_origin(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if "origin" not in asked.headers:
        return told
    return told.with_headers(
        access_control_allow_origin=asked.headers["origin"], access_control_allow_credentials="true"
    )


@broken("trace-answered", "NET-3", "TRACE sends back what came")
def trace_answered(asked: Asked, forward: Forward) -> Told:
    if asked.method != "TRACE":
        return forward(asked)
    return Told(200, {"content-type": "message/http"}, "\r\n".join(asked.headers.values()).encode())


@broken("results-cached", "NET-4", "an answer with results may be kept by caches")
def results_cached(asked: Asked, forward: Forward) -> Told:
    return forward(asked).with_headers(cache_control="public, max-age=3600")


@broken("page-with-trace", "NET-5", "a page that is not there shows a stack trace")
def page_with_trace(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.steps or told.status != 404:
        return told
    return Told(404, {"content-type": "text/plain"}, b"Traceback (most recent call last):")


@broken("service-undescribed", "CDS-1", "a CDS service is listed without its hook")
def service_undescribed(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.path != "/cds-services" or told.status != 200:
        return told
    bare = [{name: value for name, value in one.items() if name != "hook"} for one in told.json["services"]]
    return told.saying({"services": bare})


@broken("cds-without-token", "CDS-2", "a CDS service answers whoever calls")
def cds_without_token(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return _CARDS if asked.path.startswith("/cds-services/") and told.status == 401 else told


@broken("any-service", "CDS-3", "a CDS service that is not there has nothing to say")
def any_service(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return _CARDS if asked.path.endswith("/no-such-service") else told
