"""A hospital's systems: they send each payload until it is acknowledged, and some payloads twice."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import requests

from gateway.errors import GatewayError
from gateway.settings import read_settings
from gateway.transport import Transport
from tests.soak.dying import offset
from tests.soak.journal import Journal
from tests.soak.payloads import KIND, payload
from tests.soak.site import Site

TWICE = 0.1  # part of the payloads that is sent twice on purpose, often at the same time
AGAIN = 0.3  # seconds before the same payload is tried again
PATIENCE = 30  # seconds for an answer


class Senders:
    """``threads`` senders to the gateways of ``sites``, which share one database; a sender that fails asks the next.

    ``hold`` says when to wait with what is new, so that what is taken and what is delivered keep pace.
    """

    def __init__(
        self,
        sites: list[Site],
        facility: str,
        client: dict[str, Any],
        journal: Journal,
        numbers: Iterator[int],
        *,
        seed: int,
        threads: int,
        hold: Callable[[], bool],
    ) -> None:
        self._sites, self._facility, self._client, self._journal = sites, facility, client, journal
        self._numbers, self._hold = numbers, hold
        self._chance = random.Random(seed)  # noqa: S311  # a run can be had again
        self._again: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._send_all, args=(n,), daemon=True) for n in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, patience: float) -> bool:
        """Begin nothing new; True when all that was begun is acknowledged."""
        self._enough.set()
        ends = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0, ends - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _next(self) -> int:
        try:
            return self._again.get_nowait()
        except queue.Empty:
            pass
        with self._lock:
            number = next(self._numbers)
            if self._chance.random() < TWICE:
                self._again.put(number)
            return number

    def _send_all(self, first: int) -> None:
        sender = Sender(self._sites, self._facility, self._client, self._journal, first)
        while not self._enough.is_set():
            if self._hold():
                time.sleep(0.05)
                continue
            sender.send(self._next())


class Sender:
    """One system with its connection and its token."""

    def __init__(
        self, sites: list[Site], facility: str, client: dict[str, Any], journal: Journal, first: int = 0
    ) -> None:
        self._sites, self._facility, self._client, self._journal = sites, facility, client, journal
        self._turn = first
        self._tokens: dict[str, str] = {}
        self._believed = str(sites[0].tls / "ca.pem")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = self._believed
        self._transport = Transport(read_settings({}, ca_file=self._believed), self._now)

    @property
    def _site(self) -> Site:
        return self._sites[self._turn % len(self._sites)]

    def _now(self) -> datetime:
        """A hospital's systems have the time from where its gateway has it."""
        return datetime.now(UTC) + offset(self._site.folder)

    def send(self, number: int) -> None:
        """Until it is acknowledged."""
        while not self.once(number):
            self._turn += 1
            time.sleep(AGAIN)

    def once(self, number: int) -> bool:
        """One try; what came of it goes to the journal."""
        site = self._site
        try:
            token = self._tokens.get(site.url) or self._token(site)
            answer = self._session.post(
                f"{site.url}/facilities/{self._facility}/payloads",
                data=payload(number),
                headers={"Content-Type": KIND, "Authorization": f"Bearer {token}"},
                timeout=PATIENCE,
            )
        except (OSError, GatewayError):  # requests raises OSErrors
            self._journal.turned_away("no answer")
            return False
        return self._noted(number, site, answer)

    def _noted(self, number: int, site: Site, answer: requests.Response) -> bool:
        told = _json(answer)
        match answer.status_code:
            case 200 | 201 if isinstance(told.get("exchanges"), list):
                self._journal.told(number, [line["id"] for line in told["exchanges"]])
                if answer.status_code == 200:
                    self._journal.told_again()
                return True
            case 401:
                self._tokens.pop(site.url, None)
                self._journal.turned_away("token")
            case 503:
                self._journal.turned_away(_rule(told))
            case status:
                self._journal.told_wrongly(f"{status} {_rule(told)}")
        return False

    def _token(self, site: Site) -> str:
        granted = self._transport.token(
            site.url, self._client["client_id"], self._client["private_jwk"], " ".join(self._client["scopes"])
        )
        self._tokens[site.url] = str(granted["access_token"])
        return self._tokens[site.url]


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _rule(outcome: dict[str, Any]) -> str:
    try:
        return str(outcome["issue"][0]["details"]["coding"][0]["code"])
    except (KeyError, IndexError, TypeError):
        return "without a reason"
