"""Faults of the token endpoint: each lets in whom it must not, by one thing that it does not look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from gateway.errors import GatewayError
from gateway.jsontext import dumps, loads
from gateway.simulator.faulty.fault import EMPTY, NOT_FOUND, Asked, Forward, Told, broken
from gateway.trust import base64url

_TOKEN = "/oauth/token"  # noqa: S105  # an address
_JSON = {"content-type": "application/json", "cache-control": "no-store"}
_GIVEN = Told(
    200, _JSON, dumps({"access_token": "x", "token_type": "bearer", "expires_in": 300, "scope": "system/*.rs"})
)

Looks = Callable[[dict[str, Any], dict[str, Any]], bool]  # header, claims → it is let in


def _asserted(asked: Asked) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of the assertion in a token request, unverified; empty where there is none."""
    form = parse_qs(asked.body.decode("utf-8", "replace")) if asked.path == _TOKEN else {}
    parts = form.get("client_assertion", [""])[0].split(".")
    try:
        return loads(base64url.decode(parts[0])), loads(base64url.decode(parts[1]))
    except (GatewayError, IndexError, ValueError):
        return {}, {}


def _lets_in(name: str, breaks: str, does: str, looks: Looks) -> None:
    """A fault that gives a token where the gateway refuses one and ``looks`` finds its own case."""

    def answer(asked: Asked, forward: Forward) -> Told:
        told = forward(asked)
        header, claims = _asserted(asked)
        return _GIVEN if claims and told.status in (400, 401) and looks(header, claims) else told

    broken(name, breaks, does)(answer)


_lets_in("alg-none-taken", "SMART-4", "an unsigned assertion is believed", lambda h, c: str(h["alg"]).lower() == "none")
_lets_in("hs384-taken", "SMART-5", "a public key counts as a shared secret", lambda h, c: h["alg"] == "HS384")
_lets_in("any-audience", "SMART-6", "the audience is not looked at", lambda h, c: "elsewhere" in str(c["aud"]))
_lets_in("any-issuer", "SMART-7", "a stranger is let in", lambda h, c: str(c["iss"]).startswith("stranger"))
_lets_in("any-subject", "SMART-8", "the subject is not looked at", lambda h, c: c["iss"] != c["sub"])
_lets_in("expired-taken", "SMART-9", "an expired assertion is believed", lambda h, c: c["exp"] - c["iat"] == 86_400)
_lets_in("long-life-taken", "SMART-10", "an assertion may live for an hour", lambda h, c: c["exp"] - c["iat"] == 3600)
_lets_in("replay-taken", "SMART-11", "an assertion opens again and again", lambda h, c: True)
_lets_in("any-key", "SMART-12", "any key may sign", lambda h, c: True)
_lets_in("signature-ignored", "SMART-13", "the signature is not looked at", lambda h, c: True)


@broken("smart-unsaid", "SMART-1", "smart-configuration does not say how a client proves who it is")
def smart_unsaid(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if not asked.path.endswith("/smart-configuration"):
        return told
    unsaid = "token_endpoint_auth_methods_supported"
    return told.saying({name: value for name, value in told.json.items() if name != unsaid})


@broken("smart-gone", "SMART-1", "the statement claims SMART, and there is no smart-configuration")
def smart_gone(asked: Asked, forward: Forward) -> Told:
    return NOT_FOUND if asked.path.endswith("/smart-configuration") else forward(asked)


@broken("token-without-type", "SMART-2", "a token comes without its type")
def token_without_type(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.path != _TOKEN or told.status != 200:
        return told
    return told.saying({name: value for name, value in told.json.items() if name != "token_type"})


@broken("token-cached", "SMART-3", "an answer with a token may be kept by caches")
def token_cached(asked: Asked, forward: Forward) -> Told:
    return forward(asked).with_headers(cache_control=None)


@broken("any-scope", "SMART-14", "a scope wider than registered is granted")
def any_scope(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.path == _TOKEN and told.json.get("error") == "invalid_scope":
        return _GIVEN.saying(_GIVEN.json | {"scope": "system/*.cruds"})
    return told


@broken("any-grant", "SMART-15", "any grant type gets a token")
def any_grant(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return _GIVEN if told.json.get("error") == "unsupported_grant_type" else told


@broken("scope-ignored", "SMART-16", "a token for one type opens all")
def scope_ignored(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return EMPTY if asked.is_search and told.status == 403 else told


@broken("refusal-unsaid", "SMART-17", "a refused assertion is answered with no reason")
def refusal_unsaid(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return told.saying({}) if asked.path == _TOKEN and told.status >= 400 else told
