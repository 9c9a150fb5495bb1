"""CDS: a JWT that is wrong in one thing opens no service.

https://cds-hooks.hl7.org/2.0/#trusting-cds-clients
"""

from __future__ import annotations

import uuid
from typing import Any

from gateway.conformance import expecting
from gateway.conformance.caller import Caller
from gateway.conformance.checks.cds_calls import as_client
from gateway.conformance.credentials import signed
from gateway.conformance.forged import unsigned, with_public_key
from gateway.conformance.hooks import address, stranger
from gateway.conformance.target import Target
from gateway.conformance.verdict import Findings
from gateway.trust.jwk import new_client_key

_MINUTE, _DAY = 60, 86_400  # seconds


@as_client
def an_unsigned_call_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    for algorithm in ("none", "None"):
        jwt = unsigned(caller.claims(address(target, one)), str(caller.key["kid"]), algorithm)
        yield from _refused(target, caller, one, jwt)


@as_client
def a_public_key_is_no_shared_secret(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    for jwt in with_public_key(caller.claims(address(target, one)), caller.key):
        yield from _refused(target, caller, one, jwt)


@as_client
def a_call_of_another_address_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    yield from _with(target, caller, one, aud="https://elsewhere.example/cds-services/x")


@as_client
def an_unknown_client_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    yield from _with(target, caller, one, iss=f"https://stranger-{uuid.uuid4().hex}.example")


@as_client
def an_expired_call_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    now = int(caller.now())
    yield from _with(target, caller, one, iat=now - 2 * _DAY, exp=now - _DAY)


@as_client
def a_call_that_is_valid_for_days_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    yield from _with(target, caller, one, exp=int(caller.now()) + 3 * _DAY)


@as_client
def another_key_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    key = new_client_key() | {"kid": caller.key["kid"]}
    yield from _refused(target, caller, one, signed(caller.claims(address(target, one)), key))


@as_client
def a_call_is_made_once(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    jwt, body = caller.jwt(address(target, one)), stranger(str(one["hook"]))
    yield from expecting.status(caller.call(target.client, address(target, one), body, jwt), 200)
    yield from _refused(target, caller, one, jwt)


def _with(target: Target, caller: Caller, one: dict[str, Any], **changes: object) -> Findings:
    """A JWT that is right but for these claims is refused."""
    yield from _refused(target, caller, one, caller.jwt(address(target, one), **changes))


def _refused(target: Target, caller: Caller, one: dict[str, Any], jwt: str) -> Findings:
    yield from expecting.status(
        caller.call(target.client, address(target, one), stranger(str(one["hook"])), jwt), 401, 403
    )
