"""SMART: getting in by SMART Backend Services, and everything that must not.

https://hl7.org/fhir/smart-app-launch/backend-services.html. Each refusal is asked for with an assertion that is
right in all but one thing.
"""

from __future__ import annotations

import uuid
from typing import Any

from gateway.conformance import expecting
from gateway.conformance.client import Answer
from gateway.conformance.credentials import signed
from gateway.conformance.forged import encoded, unsigned, with_public_key
from gateway.conformance.target import Target
from gateway.conformance.verdict import Findings, fault, omit, skip
from gateway.trust.jwk import new_client_key

_WIDE = "system/*.cruds"
_SIGNED_BY = {"ES384", "RS384"}
_ERRORS = {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "invalid_scope"}
_MINUTE, _DAY = 60, 86_400  # seconds


def the_configuration_says_how_to_get_in(target: Target) -> Findings:
    answer = target.get("/.well-known/smart-configuration", {"Accept": "application/json"}, bare=True)
    if answer.status in (404, 410) and not target.credentials.can_sign and not target.claims_security("SMART-on-FHIR"):
        yield skip("conformance-not-claimed", what="SMART-on-FHIR")
        return
    yield from expecting.status(answer, 200)
    said = answer.json if isinstance(answer.json, dict) else {}
    wanted = {
        "grant_types_supported": {"client_credentials"},
        "token_endpoint_auth_methods_supported": {"private_key_jwt"},
        "capabilities": {"client-confidential-asymmetric"},
    }
    if not isinstance(said.get("token_endpoint"), str):
        yield fault("conformance-element-missing", element="token_endpoint", request=expecting.request(answer))
    for name, values in wanted.items():
        if not values <= _texts(said.get(name)):
            yield fault(
                "conformance-element-missing", element=f"{name}: {', '.join(values)}", request=expecting.request(answer)
            )
    algorithms = "token_endpoint_auth_signing_alg_values_supported"
    if not _SIGNED_BY & _texts(said.get(algorithms)):
        yield fault("conformance-element-missing", element=algorithms, request=expecting.request(answer))


def a_good_assertion_gets_a_token(target: Target) -> Findings:
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    answer = target.credentials.ask(target.client, target.credentials.assertion(target.client))
    yield from expecting.status(answer, 200)
    said = answer.json if isinstance(answer.json, dict) else {}
    for name, kind in (("access_token", str), ("token_type", str), ("expires_in", int), ("scope", str)):
        if not isinstance(said.get(name), kind):
            yield fault("conformance-element-missing", element=name, request=expecting.request(answer))
    if str(said.get("token_type", "bearer")).lower() != "bearer":
        yield fault("conformance-element-missing", element="token_type: bearer", request=expecting.request(answer))


def a_token_is_not_kept_on_the_way(target: Target) -> Findings:
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    answer = target.credentials.ask(target.client, target.credentials.assertion(target.client))
    if "no-store" not in answer.headers.get("cache-control", "").lower():
        yield fault("conformance-header-missing", header="Cache-Control: no-store", request=expecting.request(answer))


def an_unsigned_assertion_is_refused(target: Target) -> Findings:
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    for algorithm in ("none", "None"):
        yield from _refused(target, unsigned(_claims(target), str(target.credentials.key["kid"]), algorithm))


def a_public_key_is_no_shared_secret(target: Target) -> Findings:
    """https://www.rfc-editor.org/rfc/rfc8725#section-2.1"""
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    for made in with_public_key(_claims(target), target.credentials.key):
        yield from _refused(target, made)


def an_assertion_for_another_server_is_refused(target: Target) -> Findings:
    yield from _with(target, aud="https://elsewhere.example/oauth/token")


def an_unknown_issuer_is_refused(target: Target) -> Findings:
    stranger = f"stranger-{uuid.uuid4().hex}"
    yield from _with(target, iss=stranger, sub=stranger)


def an_assertion_about_somebody_else_is_refused(target: Target) -> Findings:
    yield from _with(target, sub=f"stranger-{uuid.uuid4().hex}")


def an_expired_assertion_is_refused(target: Target) -> Findings:
    now = int(target.credentials.now())
    yield from _with(target, iat=now - 2 * _DAY, exp=now - _DAY)


def an_assertion_that_lives_too_long_is_refused(target: Target) -> Findings:
    yield from _with(target, exp=int(target.credentials.now()) + 60 * _MINUTE)


def an_assertion_opens_once(target: Target) -> Findings:
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    assertion = target.credentials.assertion(target.client)
    yield from expecting.status(target.credentials.ask(target.client, assertion), 200)
    yield from _refused(target, assertion)


def an_unknown_key_is_refused(target: Target) -> Findings:
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    yield from _refused(target, signed(_claims(target), new_client_key()))


def a_changed_assertion_is_refused(target: Target) -> Findings:
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    header, _, signature = target.credentials.assertion(target.client).split(".")
    yield from _refused(target, f"{header}.{encoded(_claims(target))}.{signature}")


def a_wider_scope_is_not_granted(target: Target) -> Findings:
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    answer = target.credentials.ask(target.client, target.credentials.assertion(target.client), scope=_WIDE)
    yield from expecting.status(answer, 400, 401, 200)
    granted = str(answer.json.get("scope", _WIDE)) if answer.status == 200 and isinstance(answer.json, dict) else ""
    if _WIDE in granted.split():
        yield fault("conformance-scope-wider", request=expecting.request(answer))


def another_grant_is_refused(target: Target) -> Findings:
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    assertion = target.credentials.assertion(target.client)
    yield from expecting.status(target.credentials.ask(target.client, assertion, grant_type="password"), 400)


def a_narrow_token_opens_no_more(target: Target) -> Findings:
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    other = next((name for name in target.searchable() if name != "Patient"), None)
    if other is None:
        yield skip("conformance-not-claimed", what="search-type")
        return
    for scope in ("system/Patient.rs", "system/Patient.read"):
        answer = target.credentials.ask(target.client, target.credentials.assertion(target.client), scope=scope)
        if answer.status == 200 and isinstance(answer.json, dict):
            token = {"Authorization": f"Bearer {answer.json.get('access_token')}"}
            yield from expecting.status(target.get(f"/{other}", token, bare=True), 403)
            return
    yield skip("conformance-not-claimed", what="system/Patient.rs")


def a_refusal_is_in_words_of_oauth(target: Target) -> Findings:
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    answer = target.credentials.ask(target.client, target.credentials.assertion(target.client, aud="https://elsewhere"))
    yield from expecting.status(answer, 400, 401)
    said = answer.json if isinstance(answer.json, dict) else {}
    if said.get("error") not in _ERRORS:
        yield fault("conformance-element-missing", element="error", request=expecting.request(answer))


def _with(target: Target, **changes: object) -> Findings:
    """An assertion that is right but for these claims is refused."""
    if not target.credentials.can_sign:
        yield omit("conformance-no-key")
        return
    yield from _refused(target, target.credentials.assertion(target.client, **changes))


def _refused(target: Target, assertion: str) -> Findings:
    answer = target.credentials.ask(target.client, assertion)
    yield from expecting.status(answer, 400, 401)
    if _gives_token(answer):
        yield fault("conformance-let-in", request=expecting.request(answer))


def _gives_token(answer: Answer) -> bool:
    return isinstance(answer.json, dict) and "access_token" in answer.json


def _claims(target: Target) -> dict[str, Any]:
    return target.credentials.claims(target.client)


def _texts(value: object) -> set[str]:
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()
