"""Faults of the signed exchange: each takes a message by a step of the verification that it leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from gateway.errors import GatewayError
from gateway.jsontext import dumps, loads
from gateway.simulator.faulty.fault import FHIR, Asked, Forward, Told, broken
from gateway.trust.verify import verify

_DOOR = "/fhir/$process-message"
_turns = count()


def _taken(identifier: str = "x") -> Told:
    header = {"resourceType": "MessageHeader", "response": {"identifier": identifier, "code": "ok"}}
    return Told(200, FHIR, dumps({"resourceType": "Bundle", "type": "message", "entry": [{"resource": header}]}))


def _left_out(asked: Asked, forward: Forward, step: int) -> Told:
    """The answer, or ``ok`` to a message that fails at this step (docs/signature.md)."""
    told = forward(asked)
    if asked.path != _DOOR:
        return told
    found = verify(asked.body, trust=None, now=datetime.now(UTC))
    return _taken() if found.word(step) == "fail" else told


@broken("evidence-altered", "SIGN-1", "the evidence of a result has another value than was signed")
def evidence_altered(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if not asked.path.endswith("/evidence") or told.status != 200:
        return told
    value = told.json
    value["bundle"]["entry"][1]["resource"]["language"] = "la"
    return told.saying(value)


@broken("receipt-unsigned", "SIGN-2", "a receipt is not signed")
def receipt_unsigned(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.path != _DOOR or told.status != 200:
        return told
    return told.saying(told.json | {"entry": told.json["entry"][:-1]})


@broken("receipt-anew", "SIGN-3", "the same message gets another receipt each time")
def receipt_anew(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.path != _DOOR or told.status != 200:
        return told
    return told.saying(told.json | {"id": f"00000000-0000-4000-8000-{next(_turns):012}"})


@broken("content-unverified", "SIGN-4", "the signature over the content is not looked at")
def content_unverified(asked: Asked, forward: Forward) -> Told:
    return _left_out(asked, forward, 3)


@broken("digits-unverified", "SIGN-5", "how a number was written is not looked at")
def digits_unverified(asked: Asked, forward: Forward) -> Told:
    return _left_out(asked, forward, 8)


@broken("provenance-unverified", "SIGN-6", "who signed and when is not held against the signature")
def provenance_unverified(asked: Asked, forward: Forward) -> Told:
    return _left_out(asked, forward, 7)


@broken("algorithm-unverified", "SIGN-7", "any algorithm is believed")
def algorithm_unverified(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return _taken() if asked.path == _DOOR and _code(told) != "ok" else told


@broken("unsigned-taken", "SIGN-8", "a message without a signature is taken")
def unsigned_taken(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return _taken() if asked.path == _DOOR and told.status == 400 else told


@broken("message-without-token", "SIGN-9", "a message needs no token")
def message_without_token(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return replace(told, status=400) if asked.path == _DOOR and told.status == 401 else told


@broken("any-facility", "SIGN-10", "a payload is taken under any facility's code")
def any_facility(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.path.startswith("/facilities/") and told.status in (403, 404):
        return Told(201, {"content-type": "application/json"}, dumps({"payload_sha256": "x", "exchanges": []}))
    return told


def _code(told: Told) -> Any:
    try:
        return loads(told.body)["entry"][0]["resource"]["response"]["code"]
    except (GatewayError, KeyError, IndexError, TypeError):
        return ""
