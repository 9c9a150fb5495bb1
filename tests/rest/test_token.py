"""POST /oauth/token: what gets a token, and everything that does not."""

from __future__ import annotations

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import RSAKey

from gateway.rest.bodies import FORM
from gateway.store import tokens
from tests.rest.world import BASE, HOME, NOW, TOKEN_URL, World, rule, signed


def error(answer: Any) -> tuple[int, str]:
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["error_description"].isascii()
    return answer.status_code, answer.json["error"]


def test_a_good_assertion_gets_a_token_that_opens_the_doors(world: World) -> None:
    answer = world.ask_token(world.assertion())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    assert answer.json["token_type"] == "bearer"
    assert answer.json["expires_in"] == 300
    assert answer.json["scope"] == "system/*.rs system/Bundle.c system/Bundle.r"
    bearer = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert world.http.get("/fhir/Patient", headers=bearer).status_code == 200


def test_the_token_itself_is_not_kept(world: World) -> None:
    token = world.token()
    with world.parts.store.read() as connection:
        assert tokens.find_token(connection, token, NOW) is None
        kept = tokens.find_token(connection, hashlib.sha256(token.encode()).hexdigest(), NOW)
    assert kept is not None
    token_kept, client = kept
    assert token_kept.client_id == client.client_id == "home"


def test_no_two_tokens_are_alike_and_each_has_256_bits(door: World) -> None:
    made = {door.token() for _ in range(3)}
    assert len(made) == 3
    assert all(len(base64.urlsafe_b64decode(token + "=")) == 32 for token in made)


def test_an_assertion_gets_one_token_only(world: World) -> None:
    assertion = world.assertion()
    assert world.ask_token(assertion).status_code == 200
    assert error(world.ask_token(assertion)) == (401, "invalid_client")


def test_of_many_at_once_with_one_assertion_one_gets_a_token(world: World) -> None:
    assertion = world.assertion()
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: world.ask_token(assertion).status_code, range(6)))
    assert sorted(answers) == [200, 401, 401, 401, 401, 401]


def test_what_has_run_out_is_forgotten_with_the_next_token(world: World) -> None:
    world.token()
    world.clock.forward(minutes=10)
    world.token()
    assert world.parts.store.write(lambda connection: tokens.purge_expired(connection, world.clock())) == 0


def test_two_clients_may_use_the_same_jti(world: World) -> None:
    assert world.ask_token(world.assertion("home", jti="one")).status_code == 200
    assert world.ask_token(world.assertion("other", jti="one")).status_code == 200


def test_a_token_lives_as_long_as_it_says(world: World) -> None:
    bearer = world.bearer()
    world.clock.forward(seconds=299)
    assert world.http.get("/fhir/Patient", headers=bearer).status_code == 200
    world.clock.forward(seconds=1)
    answer = world.http.get("/fhir/Patient", headers=bearer)
    assert (answer.status_code, rule(answer)) == (401, "token-unknown")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="fhir", error="invalid_token"'


def test_issuing_a_token_is_audited(world: World) -> None:
    world.token()
    assert [(line.actor, line.action) for line in world.audit_lines()] == [("home", "token-issued")]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": BASE},
        {"aud": TOKEN_URL + "/"},
        {"aud": [TOKEN_URL, "https://elsewhere.example"]},
        {"aud": None},
        {"exp": int(NOW.timestamp())},
        {"exp": int(NOW.timestamp()) + 311},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1e300},
        {"nbf": int(NOW.timestamp()) + 60},
        {"iat": int(NOW.timestamp()) + 60},
        {"iat": "now"},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 201},
        {"jti": "nul\x00"},
        {"iss": "other"},
        {"sub": "other"},
        {"iss": "nobody", "sub": "nobody"},
        {"iss": "nul\x00", "sub": "nul\x00"},
        {"iss": 7, "sub": 7},
        {"iss": None, "sub": None},
    ],
    ids=str,
)
def test_an_assertion_with_a_wrong_claim_is_refused(door: World, changes: dict[str, Any]) -> None:
    assert error(door.ask_token(door.assertion(**changes))) == (401, "invalid_client")


def test_exp_five_minutes_ahead_and_aud_in_a_list_of_one_are_good(door: World) -> None:
    good = door.assertion(exp=int(NOW.timestamp()) + 300, aud=[TOKEN_URL], iat=int(NOW.timestamp()))
    assert door.ask_token(good).status_code == 200


def test_no_algorithm_is_none(door: World) -> None:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": door.keys["home"]["kid"]}).encode())
    claims = base64.urlsafe_b64encode(json.dumps(door.claims()).encode())
    unsigned = f"{header.decode().rstrip('=')}.{claims.decode().rstrip('=')}."
    assert error(door.ask_token(unsigned)) == (401, "invalid_client")


def test_the_public_key_is_no_shared_secret(door: World) -> None:
    """An HMAC under what everybody may know: refused before any key is looked at."""
    public = json.dumps(door.keys["home"]["x"]).encode()
    secret = {"kty": "oct", "k": base64.urlsafe_b64encode(public).decode().rstrip("="), "kid": door.keys["home"]["kid"]}
    assert error(door.ask_token(signed(door.claims(), secret))) == (401, "invalid_client")


def test_rs384_gets_in_and_rs256_does_not(door: World) -> None:
    key = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
    jwks = {"keys": [dict(key.as_dict(private=False))]}
    door.register("rsa", HOME, jwks=jwks)
    private = dict(key.as_dict(private=True))
    assert door.ask_token(signed(door.claims("rsa"), private)).status_code == 200
    assert error(door.ask_token(signed(door.claims("rsa"), private, alg="RS256"))) == (401, "invalid_client")


def test_a_short_rsa_key_does_not_count(door: World) -> None:
    with pytest.warns(SecurityWarning, match="2048"):  # joserfc says so too
        key = RSAKey.generate_key(1024, {"kid": "short"}, private=True)
    door.register("short", HOME, jwks={"keys": [dict(key.as_dict(private=False))]})
    with pytest.warns(SecurityWarning, match="2048"):
        assertion = signed(door.claims("short"), dict(key.as_dict(private=True)))
    with pytest.warns(SecurityWarning, match="2048"):
        assert error(door.ask_token(assertion)) == (401, "invalid_client")


def test_another_clients_key_signs_for_nobody_else(door: World) -> None:
    stolen = door.keys["other"] | {"kid": door.keys["home"]["kid"]}
    assert error(door.ask_token(signed(door.claims("home"), stolen))) == (401, "invalid_client")
    assert error(door.ask_token(signed(door.claims("home"), door.keys["other"]))) == (401, "invalid_client")


@pytest.mark.parametrize(
    "header", [{"kid": "unknown"}, {"kid": None}, {"crit": ["exp"]}, {"b64": False, "crit": ["b64"]}]
)
def test_a_header_that_names_no_key_or_asks_for_more_is_refused(door: World, header: dict[str, Any]) -> None:
    assertion = signed(door.claims(), door.keys["home"])
    protected = {"alg": "ES384", "kid": door.keys["home"]["kid"], **header}
    text = json.dumps({name: value for name, value in protected.items() if value is not None})
    changed = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    assert error(door.ask_token(".".join([changed, *assertion.split(".")[1:]]))) == (401, "invalid_client")


@pytest.mark.parametrize("assertion", ["", "x", "a.b", "a.b.c", "....", "é.é.é", "e30.e30.e30", "W10.W10.W10"])
def test_what_is_no_assertion_is_refused(door: World, assertion: str) -> None:
    assert error(door.ask_token(assertion)) == (401, "invalid_client")


@pytest.mark.parametrize("claims", ["[]", "7", '"x"', "{", '{"iss":"home","iss":"home"}', "NaN", ""])
def test_claims_that_are_no_object_are_refused(door: World, claims: str) -> None:
    assert error(door.ask_token(signed(claims, door.keys["home"]))) == (401, "invalid_client")


def test_a_changed_signature_is_refused(door: World) -> None:
    head, claims, signature = door.assertion().split(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert error(door.ask_token(f"{head}.{claims}.{flipped}")) == (401, "invalid_client")
    assert error(door.ask_token(f"{head}.{claims}.{signature[:-4]}")) == (401, "invalid_client")
    assert error(door.ask_token(f"{head}.{claims}.")) == (401, "invalid_client")


def test_the_grant_and_the_form_must_be_right(door: World) -> None:
    assert error(door.ask_token(door.assertion(), grant_type="password")) == (400, "unsupported_grant_type")
    assert error(door.ask_token(door.assertion(), client_assertion_type="x")) == (401, "invalid_client")
    assert error(door.ask_token(door.assertion(), client_secret="x")) == (400, "invalid_request")
    assert error(door.ask_token(door.assertion(), scope=["system/*.rs", "system/*.rs"])) == (400, "invalid_request")
    assert error(door.http.post("/oauth/token", json={"grant_type": "x"})) == (400, "invalid_request")
    assert error(door.http.post("/oauth/token", data=b"scope=%ff", content_type=FORM)) == (400, "invalid_request")
    assert error(door.http.post("/oauth/token", data={"x": "y" * 70_000})) == (400, "invalid_request")


@pytest.mark.parametrize(
    "scope",
    ["system/*.cruds", "system/Patient.u", "system/*.read", "patient/*.rs", "system/*.sr", "system/*.", "x", "*"],
)
def test_a_scope_that_is_not_registered_is_refused(door: World, scope: str) -> None:
    assert error(door.ask_token(door.assertion(), scope=scope)) == (400, "invalid_scope")
    assert error(door.ask_token(door.assertion(), scope=f"system/*.rs {scope}")) == (400, "invalid_scope")


def test_a_narrower_scope_is_granted_as_asked(world: World) -> None:
    answer = world.ask_token(world.assertion(), scope="system/Observation.r  system/Observation.r")
    assert answer.json is not None
    assert answer.json["scope"] == "system/Observation.r"
    bearer = {"Authorization": f"Bearer {answer.json['access_token']}"}
    refused = world.http.get("/fhir/Observation", headers=bearer)
    assert (refused.status_code, rule(refused)) == (403, "access-scope-missing")
    assert 'error="insufficient_scope", scope="system/Observation.s"' in refused.headers["WWW-Authenticate"]


def test_a_token_nobody_was_given_opens_nothing(door: World) -> None:
    answer = door.http.get("/fhir/Patient", headers={"Authorization": "Bearer " + "x" * 43})
    assert (answer.status_code, rule(answer)) == (401, "token-unknown")


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer ", "bearer\t", "x"])
def test_only_a_bearer_token_is_a_credential(door: World, header: str) -> None:
    answer = door.http.get("/fhir/Patient", headers={"Authorization": header})
    assert (answer.status_code, rule(answer)) == (401, "token-form")


def test_a_token_in_the_query_string_is_not_looked_at(door: World) -> None:
    answer = door.http.get(f"/fhir/Patient?access_token={door.token()}")
    assert (answer.status_code, rule(answer)) == (401, "token-missing")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="fhir"'
