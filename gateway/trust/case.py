"""One message under verification: what was given, and what the steps so far established."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.outcome import Issue
from gateway.trust.algorithms import PublicKey
from gateway.trust.certificates import Certificate
from gateway.trust.form import SignedMessage
from gateway.trust.trustfile import TrustFile

SKEW = timedelta(minutes=5)  # how far two honest clocks may be apart


@dataclass(slots=True)
class Case:
    """``message``, ``trust``, ``now``, ``payload`` and ``request`` are given; the rest the steps fill in.

    ``request``: the base64url SHA-256 of the JWS a receipt must answer. ``chain``, ``key`` and
    ``signed_at`` come from step 2, ``digits`` (the lexical form) from step 3. ``witnessed`` is
    the earliest time a believed receipt proves the signature to have existed;
    ``receipt_issues`` say why others prove nothing; ``receipt_broken`` is set when one was
    tampered with.
    """

    message: SignedMessage
    trust: TrustFile | None
    now: datetime
    payload: bytes | None = None
    request: str | None = None
    chain: list[Certificate] = field(default_factory=list)
    key: PublicKey | None = None
    signed_at: datetime | None = None
    digits: bytes = b""
    witnessed: datetime | None = None
    receipt_issues: list[Issue] = field(default_factory=list)
    receipt_broken: bool = False

    @property
    def claimed(self) -> datetime:
        """``sigT``, which step 2 has read."""
        if self.signed_at is None:
            raise ValueError("step 2 has not passed")
        return self.signed_at

    @property
    def existed_by(self) -> datetime:
        """The signature surely existed at this time: a receipt's, else now (never before it claims to)."""
        return max(self.witnessed or self.now, self.claimed)
