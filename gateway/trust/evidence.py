"""The evidence file: a signed Bundle with what a stranger needs to check it, years later, offline.

    {"evidence": 1, "bundle": {…}, "payload": "base64 of the record's bytes", "receipts": [{…}]}

``payload`` and ``receipts`` may be absent. The Bundle stands in it number token by number token.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.bundle import Resource
from gateway.errors import PayloadError
from gateway.jsontext import dumps, loads
from gateway.trust.base64url import decode_padded
from gateway.trust.form import parsed
from gateway.trust.trustfile import TrustFile
from gateway.trust.verification import Verification
from gateway.trust.verify import refused_form, verify

VERSION = 1
MEDIA_TYPE = "application/json"
_MEMBERS = {"evidence", "bundle", "payload", "receipts"}


@dataclass(frozen=True, slots=True)
class Evidence:
    bundle: Resource
    payload: bytes | None = None
    receipts: tuple[Resource, ...] = ()


def build(
    bundle: bytes | Resource, *, payload: bytes | None = None, receipts: Sequence[bytes | Resource] = ()
) -> bytes:
    """The bytes of an evidence file. Bundles are given as stored bytes or as ``jsontext`` values."""
    made: dict[str, Any] = {"evidence": VERSION, "bundle": _value(bundle)}
    if payload is not None:
        made["payload"] = base64.b64encode(payload).decode("ascii")
    if receipts:
        made["receipts"] = [_value(one) for one in receipts]
    return dumps(made)


def read(given: bytes | str | Resource) -> Evidence:
    """An evidence file, or a bare signed Bundle, taken apart; PayloadError when it is neither."""
    value = parsed(given)
    if not isinstance(value, dict):
        raise PayloadError("evidence-form")
    if "evidence" not in value:
        return Evidence(value)
    if type(value["evidence"]) is not int or value["evidence"] != VERSION:
        raise PayloadError("evidence-version", "evidence")
    if not set(value) <= _MEMBERS or not isinstance(value.get("bundle"), dict):
        raise PayloadError("evidence-form", "bundle")
    receipts = value.get("receipts", [])
    if not isinstance(receipts, list) or not all(isinstance(one, dict) for one in receipts):
        raise PayloadError("evidence-form", "receipts")
    return Evidence(value["bundle"], _payload(value), tuple(receipts))


def verify_file(given: bytes | str | Resource, trust: TrustFile | None, now: datetime) -> Verification:
    """Judge an evidence file or a bare signed Bundle, as ``gateway verify`` does. Never raises."""
    try:
        evidence = read(given)
    except PayloadError as refused:
        return refused_form(refused.issues)
    return verify(evidence.bundle, trust=trust, now=now, payload=evidence.payload, receipts=evidence.receipts)


def _payload(value: dict[str, Any]) -> bytes | None:
    if "payload" not in value:
        return None
    try:
        return decode_padded(value["payload"])
    except (ValueError, AttributeError):  # AttributeError: not a text
        raise PayloadError("evidence-form", "payload") from None


def _value(bundle: bytes | Resource) -> Resource:
    return loads(bundle) if isinstance(bundle, bytes) else bundle
