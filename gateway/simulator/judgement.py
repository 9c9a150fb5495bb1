"""What an honest recipient does with a signed message: verify, check, remember, give a receipt."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

from gateway.outcome import Issue, refusing
from gateway.r4 import check
from gateway.simulator.receipts import Receipts
from gateway.trust.base64url import digest
from gateway.trust.form import SignedMessage
from gateway.trust.message import ResponseCode
from gateway.trust.trustfile import TrustFile
from gateway.trust.verify import verify


class Judgement:
    """Takes messages, each once; the same one again gets the first receipt again. Safe from several threads.

    ``believes``: whose messages are taken. Without a trust file everyone's are whose own
    certificate and signature hold: good for trying a sender, never for keeping results.
    """

    def __init__(self, receipts: Receipts, believes: TrustFile | None) -> None:
        self._receipts = receipts
        self._believes = believes
        self._lock = threading.Lock()
        self._taken: dict[tuple[str, str], tuple[str, bytes]] = {}

    @property
    def taken(self) -> list[str]:
        """MessageHeader.id of every message taken, in the order they came."""
        with self._lock:
            return [message_id for _, message_id in self._taken]

    def take(self, message: SignedMessage, now: datetime) -> bytes:
        """The receipt: ``ok`` once the message is taken, else ``fatal-error`` with the reasons."""
        issues = self._faults(message, now)
        if issues:
            return self._receipts.true(message.bundle, "fatal-error", now, issues)
        key, jws = (message.sender, str(message.header["id"])), digest(message.jws.encode("ascii"))
        with self._lock:
            before = self._taken.get(key)
            if before is None:
                made = self._receipts.true(message.bundle, "ok", now)
                self._taken[key] = jws, made
                return made
        if before[0] == jws:
            return before[1]
        reused = Issue("error", "duplicate", "message-id-reused")
        return self._receipts.true(message.bundle, "fatal-error", now, [reused])

    def say(self, code: ResponseCode, message: SignedMessage, now: datetime) -> bytes:
        """A signed receipt with that code, whatever the message is; nothing is remembered."""
        told = Issue("error", "transient" if code == "transient-error" else "processing", "simulator-told-so")
        return self._receipts.true(message.bundle, code, now, [told])

    def _faults(self, message: SignedMessage, now: datetime) -> Sequence[Issue]:
        found = verify(message.bundle, trust=self._believes, now=now)
        if not found.valid and (self._believes is not None or found.verdict == "invalid"):
            return found.issues or [Issue("error", "security", "message-not-believed")]
        issues = check(message.bundle)
        return [issue for issue in issues if issue.refuses] if refusing(issues) else []
