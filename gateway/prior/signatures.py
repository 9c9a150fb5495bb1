"""What ``gateway verify`` would say now of the exchanges that brought results.

Whether a key is still believed changes by the hour and is asked anew each time; what a signature is over never does.
So the whole check of a stored Bundle is carried out once and remembered by exchange and digest, and its key is judged
fresh. Receipts are not weighed: a key that was revoked since is not believed, whenever it signed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from threading import Lock

from gateway.bundle import Resource, resources
from gateway.keyring import Keyring
from gateway.reuse.reading import said
from gateway.reuse.result import SignatureWord
from gateway.store import Connection, exchanges
from gateway.store.prior import Kept
from gateway.trust.form import SignedMessage
from gateway.trust.standing import stands
from gateway.trust.trustfile import TrustFile
from gateway.trust.verify import verify

_REMEMBERED = 8192  # signatures; some 2 kB each, the certificates


@dataclass(frozen=True, slots=True)
class _Proved:
    """A signature whose Bundle was found to be what was signed, without the Bundle: of what it says of the patient
    only a digest is left, by resource."""

    message: SignedMessage
    signed_at: datetime
    said: Mapping[str, bytes]


class Signatures:
    """One for a process; ``now`` gives aware UTC."""

    def __init__(self, keyring: Keyring, now: Callable[[], datetime]) -> None:
        self._keyring = keyring
        self._now = now
        self._proved: OrderedDict[tuple[str, bytes], _Proved] = OrderedDict()
        self._lock = Lock()

    def today(self) -> Today:
        """Keys as they are believed at this moment, for one question."""
        return Today(self, self._keyring.believed(), self._now())

    def known(self, key: tuple[str, bytes]) -> _Proved | None:
        with self._lock:
            found = self._proved.get(key)
            if found is not None:
                self._proved.move_to_end(key)
            return found

    def remember(self, key: tuple[str, bytes], proved: _Proved) -> None:
        with self._lock:
            self._proved[key] = proved
            while len(self._proved) > _REMEMBERED:
                self._proved.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Today:
    """``trust``: whom this gateway believes; None when nobody."""

    _signatures: Signatures
    trust: TrustFile | None
    at: datetime

    def of_key(self, kept: Kept) -> SignatureWord:
        """What the key alone comes to: enough to say no, never to say yes."""
        if not kept.kid:
            return "absent"
        if self.trust is None:
            return "unverifiable"
        revoked = self.trust.revoked_at(kept.kid)
        if revoked is not None and revoked <= self.at:
            return "invalid"
        bound = [one for one in self.trust.bindings_of(kept.kid) if one.facility == kept.sender]
        if not bound:
            return "invalid"
        return "valid" if any(one.start <= self.at < one.end for one in bound) else "unverifiable"

    def of_bundle(self, connection: Connection, kept: Kept, *served: Resource) -> SignatureWord:
        """The whole check of the stored Bundle, and that what is ``served`` of it says what was signed: a result, and
        the specimen that says when it was taken."""
        if not kept.kid:
            return "absent"
        key = (kept.exchange, kept.digest)
        proved = self._signatures.known(key) or self._prove(connection, kept)
        if proved is None:
            return "invalid"
        self._signatures.remember(key, proved)
        if any(proved.said.get(f"{one['resourceType']}/{one['id']}") != _digest(one) for one in served):
            return "unverifiable"
        return stands(proved.message, proved.signed_at, self.trust, self.at)

    def _prove(self, connection: Connection, kept: Kept) -> _Proved | None:
        """None when the stored bytes are not what was kept, or not what was signed."""
        stored = exchanges.outgoing(connection, kept.exchange_rid)
        if stored is None or not stored.whole:
            return None
        found = verify(stored.bundle, trust=None, now=self.at)
        if found.verdict == "invalid" or found.message is None or found.signed_at is None:
            return None
        if found.message.protected.get("kid") != kept.kid or found.message.sender != kept.sender:
            return None
        said = {
            f"{one['resourceType']}/{one['id']}": _digest(one)
            for kind in ("Observation", "Specimen", "ImagingStudy", "DiagnosticReport")
            for one in resources(found.message.bundle, kind)
        }
        message = replace(found.message, bundle={}, unsigned={}, header={}, provenance={})
        return _Proved(message, found.signed_at, said)


def _digest(result: Resource) -> bytes:
    return sha256(said(result)).digest()
