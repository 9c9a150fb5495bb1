"""A gateway before its HTTP doors: two facilities with a client each, a clock that a test sets, resources to find."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from werkzeug.test import TestResponse

from gateway.app import Parts, build_parts, create_app
from gateway.exchange import Exchange
from gateway.facility import DEFAULT_SCOPES, Client, Facility
from gateway.settings import Settings
from gateway.store import Connection, audit, exchanges, facilities, index, resources, schema
from gateway.store.audit import AuditLine
from gateway.trust.jwk import new_client_key, public_jwks
from tests.rest.routes import compile_routes_once

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
BASE = "https://gateway.example"
TOKEN_URL = f"{BASE}/oauth/token"
HOME, OTHER = "79001", "01001"  # facility codes; HOME is the one of the sample
ER7 = "x-application/hl7-v2+er7"
FHIR = {"Content-Type": "application/fhir+json"}


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class World:
    app: Flask
    parts: Parts
    clock: Clock
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)  # client id → private JWK

    @property
    def http(self) -> FlaskClient:
        return self.app.test_client()

    # ---- getting in -------------------------------------------------------------------

    def register(self, client_id: str, facility: str, **changes: Any) -> None:
        self.keys[client_id] = new_client_key()
        record = {"scopes": DEFAULT_SCOPES, "jwks": public_jwks(self.keys[client_id]), "basis": "treatment"}
        made = Client(client_id=client_id, facility=facility, **(record | changes))
        self.parts.store.write(lambda connection: facilities.add_client(connection, made, NOW))

    def claims(self, client_id: str = "home", **changes: Any) -> dict[str, Any]:
        """The claims of a good assertion; a change to None leaves one out."""
        at = int(self.clock().timestamp())
        made: dict[str, Any] = {
            "iss": client_id,
            "sub": client_id,
            "aud": f"{self.parts.settings.public_url}/oauth/token",
            "exp": at + 240,
            "jti": str(uuid.uuid4()),
        }
        return {name: value for name, value in (made | changes).items() if value is not None}

    def assertion(self, client_id: str = "home", **changes: Any) -> str:
        return signed(self.claims(client_id, **changes), self.keys[client_id])

    def ask_token(self, assertion: str, **changes: Any) -> TestResponse:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        }
        return self.http.post("/oauth/token", data=form | changes)

    def token(self, client_id: str = "home", scope: str = "") -> str:
        answer = self.ask_token(self.assertion(client_id), scope=scope)
        assert answer.status_code == 200, answer.text
        return str(answer.json["access_token"])  # type: ignore[index]  # it is JSON

    def bearer(self, client_id: str = "home", scope: str = "", **headers: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(client_id, scope)}", **headers}

    def get(self, path: str, client_id: str = "home", scope: str = "", **headers: str) -> TestResponse:
        return self.http.get(path, headers=self.bearer(client_id, scope) | headers)

    # ---- sending ----------------------------------------------------------------------

    def sign_here(self) -> None:
        """Give each facility its signing key."""
        with self.parts.store.read() as connection:
            codes = [found.code for found in facilities.list_facilities(connection)]
        for code in codes:
            self.parts.keyring.issue(code, f"Hospital {code}", actor="test")

    def post(self, payload: bytes, client_id: str = "home", code: str = HOME, **headers: str) -> TestResponse:
        sent = {"Content-Type": ER7} | headers | self.bearer(client_id)
        return self.http.post(f"/facilities/{code}/payloads", data=payload, headers=sent)

    # ---- what is there ----------------------------------------------------------------

    def keep(self, *made: dict[str, Any], facility: str = HOME, sensitive: bool = False, later: float = 0) -> None:
        """Keep and index resources as intake does, ``later`` seconds after NOW."""
        when = NOW + timedelta(seconds=later)

        def work(connection: Connection) -> None:
            exchange = Exchange(str(uuid.uuid4()), facility, "kept", b"{}", when)
            rid = exchanges.add(connection, exchange, None)
            for one in made:
                kept = resources.keep_version(connection, rid, facility, one, when, when, sensitive=sensitive)
                index.index(connection, kept.resource_rid, one, resources.subject_of(connection, kept.resource_rid))

        self.parts.store.write(work)

    def audit_lines(self) -> list[AuditLine]:
        with self.parts.store.read() as connection:
            return list(audit.lines(connection))


def signed(claims: object, key: dict[str, Any], **header: Any) -> str:
    """A compact JWS of the claims by a private JWK (EC, RSA or oct); a header changed to None is left out."""
    kinds: dict[str, tuple[Any, str]] = {"EC": (ECKey, "ES384"), "RSA": (RSAKey, "RS384"), "oct": (OctKey, "HS384")}
    kind, algorithm = kinds[key["kty"]]
    whole = {"alg": algorithm, "kid": key.get("kid"), "typ": "JWT"} | header
    protected = {name: value for name, value in whole.items() if value is not None}
    text = claims if isinstance(claims, str) else json.dumps(claims)
    secret = kind.import_key({name: value for name, value in key.items() if name not in ("alg", "use", "key_ops")})
    return jws.serialize_compact(protected, text, secret, algorithms=[protected["alg"]])


compile_routes_once()

HERE = {"home": HOME, "other": OTHER}  # client → its facility


def opened(database_url: str, data_dir: Path, clients: Mapping[str, str] = HERE, **changes: Any) -> World:
    """The world over an empty database; ``changes`` are settings."""
    settings = replace(Settings(data_dir=data_dir, database_url=database_url, base_url=BASE), **changes)
    schema.prepare(settings.url)
    clock = Clock()
    parts = build_parts(settings, now=clock)
    world = World(create_app(settings, parts=parts), parts, clock)
    for code in dict.fromkeys(clients.values()):
        made = Facility(code, f"Hospital {code}")
        parts.store.write(lambda connection, made=made: facilities.add_facility(connection, made, NOW))  # type: ignore[misc]
    for client_id, code in clients.items():
        world.register(client_id, code)
    return world


def rule(answer: TestResponse) -> str:
    """The rule of an OperationOutcome's first issue; the answer must be one, as FHIR JSON."""
    assert answer.content_type == "application/fhir+json; charset=utf-8", answer.text
    outcome = answer.json
    assert outcome is not None
    assert outcome["resourceType"] == "OperationOutcome"
    return str(outcome["issue"][0]["details"]["coding"][0]["code"])
