"""How far a load is: what was acknowledged, what has arrived."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from gateway.errors import StoreUnavailable
from tests.soak.journal import Journal
from tests.soak.payloads import payload

AHEAD = 80  # payloads that may be acknowledged and not yet delivered before the senders wait


def payloads_told(journal: Journal) -> dict[str, tuple[str, ...]]:
    """Hex SHA-256 of each acknowledged payload → the exchange ids its sender was told."""
    return {hashlib.sha256(payload(number)).hexdigest(): ids for number, ids in journal.acknowledged.items()}


class Progress:
    """How many exchanges have arrived, looked up again and again by a thread of its own."""

    def __init__(self, look: Callable[[], int], journal: Journal) -> None:
        self._look, self._journal = look, journal
        self.arrived = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            with suppress(StoreUnavailable):  # one of the troubles
                self.arrived = self._look()
            time.sleep(0.25)

    def far_ahead(self) -> bool:
        return len(self._journal.acknowledged) - self.arrived > AHEAD
