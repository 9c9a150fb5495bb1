"""Access tokens of the made-up laboratories, got as any client gets them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from gateway.bench.orders import FACILITIES
from gateway.bench.site import CLIENT_KEYS, Site
from gateway.facility import DEFAULT_SCOPES
from gateway.jsontext import loads
from gateway.transport import Transport


class Tokens:
    """An access token for each laboratory by ``private_key_jwt``, renewed in a thread before it ends."""

    def __init__(self, site: Site, codes: Sequence[str] = FACILITIES) -> None:
        self._site = site
        self._codes = codes
        self._transport = Transport(site.read(), _now)
        self._keys = loads((site.folder / CLIENT_KEYS).read_bytes())
        self._held: dict[str, str] = {}
        self._stop = threading.Event()
        self._renew()
        self._thread = threading.Thread(target=self._run, name="tokens", daemon=True)

    def __enter__(self) -> Tokens:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def of(self, code: str) -> str:
        return self._held[code]

    def _run(self) -> None:
        while not self._stop.wait(self._site.read().token_seconds * 0.6):
            self._renew()

    def _renew(self) -> None:
        for code in self._codes:
            given = self._transport.token(self._site.url, f"{code}-client", self._keys[code], " ".join(DEFAULT_SCOPES))
            self._held[code] = given["access_token"]


def _now() -> datetime:
    return datetime.now(UTC)
