"""Exchange: one record's journey, from a hospital's bytes to what others received.

A record of a payload becomes one exchange: the record's bytes and digest, one FHIR R4
Bundle, its signature, its deliveries, its receipts, its audit line. What the law calls
sensitive travels in an exchange of its own (``sensitive``), neither routed nor returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# What INTERFACE.md promises. ``kept``: nobody subscribes, or not yet delivered.
ExchangeStatus = Literal["held", "kept", "delivered", "failed", "refused"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange as stored.

    ``bundle``: exact bytes: of the signed message, or of the unsigned collection while held
    or refused. ``message_id``: MessageHeader.id. ``jws_sha256``: base64url SHA-256 of the JWS
    ("" while unsigned). ``origin``: "" for a payload of our own facility, else the name of the
    gateway it came from. ``outcome``: OperationOutcome bytes; ``account``: JSON bytes with
    ``unplaced`` and ``lineage``. ``collected``: the source's own result time, which orders
    versions. ``kid``: the signing key. Times are aware UTC.
    """

    id: str
    facility: str
    status: ExchangeStatus
    bundle: bytes
    created: datetime
    payload_sha256: str = ""
    record: bytes = b""
    position: int = 1
    adapter: str = ""
    adapter_version: str = ""
    message_id: str = ""
    jws_sha256: str = ""
    kid: str = ""
    origin: str = ""
    sensitive: bool = False
    outcome: bytes = b""
    account: bytes = b""
    decided_by: str = ""
    decided_reason: str = ""


@dataclass(frozen=True, slots=True)
class OrderClaim:
    """An order number is one patient's, collected on one date: another's is never a new version.

    ``number`` is ``SYSTEM|VALUE`` within the facility; ``collected`` a date (YYYY-MM-DD) or "".
    """

    number: str
    patient: str
    collected: str
