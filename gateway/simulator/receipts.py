"""Receipts of a simulated recipient, the true one and the lies."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Sequence
from datetime import datetime

from gateway.bundle import Resource, body
from gateway.outcome import Issue
from gateway.simulator.identity import Identity
from gateway.trust.keys import Signer
from gateway.trust.message import ResponseCode, receipt


class Receipts:
    """Makes and signs them; each call makes another one. ``url`` is where the recipient stands."""

    def __init__(self, identity: Identity, url: str) -> None:
        self._identity = identity
        self._url = url
        self._signer: Signer = identity.key.signer()
        self._stranger: Signer = identity.stranger.signer()

    def true(self, message: Resource, code: ResponseCode, now: datetime, issues: Sequence[Issue] = ()) -> bytes:
        """What an honest recipient answers to a signed message."""
        return body(self._made(message, code, now, self._signer, issues))

    def lie(self, name: str, message: Resource, now: datetime) -> bytes:
        """The lie of a behaviour of that name."""
        if name == "foreign-key":
            return body(self._made(message, "ok", now, self._stranger))
        if name == "other-message":
            another = self._made(message, "ok", now, self._signer)  # any signed message that is not the one sent
            return body(self._made(another, "ok", now, self._signer))
        if name == "other-identifier":
            return body(self._made(_renamed(message), "ok", now, self._signer))
        if name == "altered":
            told = self._made(message, "fatal-error", now, self._signer)
            told["entry"][0]["resource"]["response"]["code"] = "ok"
            return body(told)
        told = self._made(message, "ok", now, self._signer)
        if name == "unsigned":
            return body({**told, "entry": told["entry"][:-1]})
        return body(_spoilt(told))

    def _made(
        self, message: Resource, code: ResponseCode, now: datetime, signer: Signer, issues: Sequence[Issue] = ()
    ) -> Resource:
        return receipt(
            message,
            signer,
            code=code,
            facility_name=self._identity.name,
            source_endpoint=self._url,
            bundle_id=str(uuid.uuid4()),
            header_id=str(uuid.uuid4()),
            signed_at=now,
            issues=issues,
            details_id=str(uuid.uuid4()),
        )


def _renamed(message: Resource) -> Resource:
    """The message, signature and all, under another MessageHeader.id."""
    first = message["entry"][0]
    header = {**first["resource"], "id": str(uuid.uuid4())}
    return {**message, "entry": [{**first, "resource": header}, *message["entry"][1:]]}


def _spoilt(told: Resource) -> Resource:
    """One letter of the JWS's signature is another one."""
    signature = told["entry"][-1]["resource"]["signature"][0]
    jws = base64.b64decode(signature["data"]).decode("ascii")
    place = len(jws) - 20
    other = "A" if jws[place] != "A" else "B"
    signature["data"] = base64.b64encode(f"{jws[:place]}{other}{jws[place + 1 :]}".encode("ascii")).decode("ascii")
    return told
