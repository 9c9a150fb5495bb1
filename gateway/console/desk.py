"""Desk: what the pages need of the gateway behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from gateway.keyring import Keyring
from gateway.prior.answering import Priors
from gateway.prior.record import Records
from gateway.settings import Settings, loopback
from gateway.store import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """``now`` gives aware UTC."""

    settings: Settings
    store: Store
    keyring: Keyring
    priors: Priors
    records: Records
    now: Callable[[], datetime]

    @property
    def secure(self) -> bool:
        """The browser comes by TLS, as the gateway's own URL says."""
        return self.settings.public_url.startswith("https://")

    @property
    def private(self) -> bool:
        """Nobody between the browser and here can read along: TLS, or this machine alone."""
        return self.secure or loopback(self.settings.public_url)

    @property
    def origin(self) -> str:
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.settings.public_url))
