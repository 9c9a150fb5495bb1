"""Who may call: the JWT of each call, and everything that is none."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from gateway.jsontext import loads
from gateway.trust.jwk import new_client_key
from tests.cds.his import ISS, SELECT, SIGN, His, hook
from tests.prior.laboratory import told
from tests.rest.world import BASE, HOME, NOW, rule, signed

AT = int(NOW.timestamp())


def refused(answer: TestResponse) -> str:
    assert answer.status_code == 401, answer.text
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return rule(answer)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aud": f"{BASE}/cds-services/{SELECT}"}, "assertion-audience"),
        ({"aud": f"{BASE}/cds-services"}, "assertion-audience"),
        ({"aud": f"{BASE}/cds-services/{SIGN}/"}, "assertion-audience"),
        ({"aud": [f"{BASE}/cds-services/{SIGN}", "https://elsewhere.example"]}, "assertion-audience"),
        ({"aud": None}, "assertion-audience"),
        ({"iss": "https://nobody.example"}, "assertion-client-unknown"),
        ({"iss": "home"}, "assertion-client-unknown"),  # registered, but not for CDS Hooks
        ({"iss": ISS["1.0"]}, "assertion-key-unknown"),
        ({"iss": None}, "assertion-issuer"),
        ({"exp": AT}, "assertion-expired"),
        ({"exp": AT + 311}, "assertion-expiry"),
        ({"exp": None}, "assertion-expiry"),
        ({"iat": AT + 60}, "assertion-not-yet"),
        ({"iat": None}, "assertion-not-yet"),
        ({"jti": None}, "assertion-jti"),
    ],
    ids=str,
)
def test_a_jwt_with_a_wrong_claim_is_refused(asking: His, changes: dict[str, Any], why: str) -> None:
    assert refused(asking.post(SIGN, hook(), jwt=asking.jwt(SIGN, **changes))) == why


def test_a_jwt_opens_one_call_of_one_service(his: His) -> None:
    token = his.jwt(SIGN)
    assert his.post(SIGN, hook(), jwt=token).status_code == 200
    assert refused(his.post(SIGN, hook(), jwt=token)) == "assertion-replayed"


def test_of_many_calls_at_once_with_one_jwt_one_is_answered(his: His) -> None:
    token = his.jwt(SIGN)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: his.post(SIGN, hook(), jwt=token).status_code, range(4)))
    assert sorted(answers) == [200, 401, 401, 401]


def test_a_key_that_is_not_registered_counts_for_nothing_wherever_it_may_be_fetched(asking: His) -> None:
    other = new_client_key()
    fetched = signed(asking.claims(SIGN), other, jku="https://his.example/jwks.json")
    assert refused(asking.post(SIGN, hook(), jwt=fetched)) == "assertion-key-unknown"
    own = asking.world.keys[ISS["2.0"]]
    assert refused(asking.post(SIGN, hook(), jwt=signed(asking.claims(SIGN), other | {"kid": own["kid"]}))) == (
        "assertion-signature"
    )
    assert asking.post(SIGN, hook(), jwt=signed(asking.claims(SIGN), own, jku="http://127.0.0.1:1/")).status_code == 200


def test_no_algorithm_and_a_shared_secret_are_no_signatures(asking: His) -> None:
    own = asking.world.keys[ISS["2.0"]]
    parts = [{"alg": "none", "kid": own["kid"]}, asking.claims(SIGN)]
    unsigned = ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts)
    assert refused(asking.post(SIGN, hook(), jwt=f"{unsigned}.")) == "assertion-algorithm"
    public = {"kty": "oct", "k": own["x"], "kid": own["kid"]}
    assert refused(asking.post(SIGN, hook(), jwt=signed(asking.claims(SIGN), public))) == "assertion-algorithm"


def test_rs384_is_good_and_an_rsa_key_signs_nothing_else(asking: His) -> None:
    key = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
    asking.world.register("https://rsa.example", HOME, cds_hooks="2.0", jwks={"keys": [dict(key.as_dict(False))]})
    private = dict(key.as_dict(private=True))
    claims = {"iss": "https://rsa.example"}
    assert asking.post(SIGN, hook(), jwt=signed(asking.claims(SIGN, **claims), private)).status_code == 200
    weaker = signed(asking.claims(SIGN, **claims), private, alg="RS256")
    assert refused(asking.post(SIGN, hook(), jwt=weaker)) == "assertion-algorithm"
    modulus = {"kty": "oct", "k": private["n"], "kid": "rsa"}  # the public half as a shared secret
    assert refused(asking.post(SIGN, hook(), jwt=signed(asking.claims(SIGN, **claims), modulus))) == (
        "assertion-algorithm"
    )


@pytest.mark.parametrize("header", ["", "Basic eA==", "Bearer", "Bearer x", "Bearer a.b.c", "Bearer é.é.é"])
def test_without_a_jwt_there_is_no_answer(asking: His, header: str) -> None:
    answer = asking.post(SIGN, hook(), Authorization=header.encode().decode("latin-1"))
    assert refused(answer) in {"token-missing", "token-form", "assertion-form"}


def test_a_token_for_reading_is_no_jwt_and_a_cds_client_gets_no_token(asking: His) -> None:
    bearer = asking.world.bearer()["Authorization"]
    assert refused(asking.post(SIGN, hook(), Authorization=bearer)) == "assertion-form"
    claims = asking.world.claims(ISS["2.0"])
    answer = asking.world.ask_token(signed(claims, asking.world.keys[ISS["2.0"]]))
    assert (answer.status_code, loads(answer.data)["error"]) == (400, "invalid_scope")


def test_a_client_without_a_legal_basis_is_told_nothing(his: His) -> None:
    told(his.world, days_ago=3)
    his.world.register("https://basis.example", HOME, scopes=(), cds_hooks="2.0", basis="")
    claims = his.claims(SIGN, iss="https://basis.example")
    answer = his.post(SIGN, hook(), jwt=signed(claims, his.world.keys["https://basis.example"]))
    assert (answer.status_code, rule(answer)) == (403, "access-without-basis")


def test_the_discovery_is_open_to_all_and_says_what_to_send(asking: His) -> None:
    answer = asking.world.http.get("/cds-services")
    assert answer.status_code == 200
    services = {one["hook"]: one for one in answer.json["services"]}  # type: ignore[index]  # it is JSON
    assert set(services) == {"order-select", "order-sign", "patient-view"}
    sign = services["order-sign"]
    assert sign["id"] == SIGN
    assert sign["prefetch"] == {
        "patient": "Patient/{{context.patientId}}",
        "encounter": "Encounter/{{context.encounterId}}",
    }
    assert sign["title"].startswith("Kết quả đã có")
    english = asking.world.http.get("/cds-services", headers={"Accept-Language": "en"})
    assert english.json["services"][0]["title"].startswith("Earlier results")  # type: ignore[index]  # it is JSON


def test_only_pages_of_the_configured_origins_may_call(asking: His) -> None:
    path = f"/cds-services/{SIGN}"
    asked = {"Origin": "https://his.example", "Access-Control-Request-Method": "POST"}
    good = asking.world.http.options(path, headers=asked)
    assert good.headers["Access-Control-Allow-Origin"] == "https://his.example"
    assert good.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert "Authorization" in good.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in good.headers
    for headers in ({"Origin": "https://his.example.evil.example"}, {"Origin": "null"}, {}):
        answer = asking.world.http.options(path, headers=headers)
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]
    elsewhere = asking.world.http.get("/fhir/metadata", headers={"Origin": "https://his.example"})
    assert "Access-Control-Allow-Origin" not in elsewhere.headers
