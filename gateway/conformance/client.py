"""The client of the checks: every request bounded in time, bytes and pace, and what was said kept for the report.

It follows no redirect, shows credentials to the target's own origin alone, believes no certificate it cannot verify,
and where it may only read, sends nothing that a server keeps.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import urllib3

from gateway.errors import PayloadError
from gateway.jsontext import loads
from gateway.transport import connections

_KEPT = 64  # of the requests of one check: what a report can show


class Unanswered(Exception):
    """The target gave no whole answer within the bounds. ``rule`` says what happened instead."""

    def __init__(self, rule: str, **parameters: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.parameters = parameters


class OutOfTime(Exception):
    """The run is over in the middle of a check: one that asks of every type can ask for very long."""


class NotAllowed(Exception):
    """A check wanted to write where it may only read: the checker's own mistake."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``seconds``: for a whole answer. ``length``: bytes of one. ``pace``: requests a second, 0 for no limit."""

    seconds: float = 20
    length: int = 16 * 1024 * 1024
    pace: float = 20


@dataclass(frozen=True)
class Answer:
    """One request and its answer. ``status`` 0: there was none, and ``trouble`` is the rule that says why."""

    method: str
    url: str
    sent: Mapping[str, str] = field(default_factory=dict)
    body_sent: bytes = b""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    milliseconds: int = 0
    trouble: str = ""

    @cached_property
    def json(self) -> Any:
        """The body's JSON value, numbers as they were written; None where it is none."""
        try:
            return loads(self.body)
        except PayloadError:
            return None

    @property
    def resource(self) -> dict[str, Any]:
        """The FHIR resource it holds; {} where it holds none."""
        return self.json if isinstance(self.json, dict) and isinstance(self.json.get("resourceType"), str) else {}

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Client:
    """One request at a time. ``base``: the target's FHIR URL, without a slash at its end.

    ``seen``: what the check that runs asked; ``aside``: what it rests on besides (statement, samples, tokens).
    """

    def __init__(
        self,
        base: str,
        *,
        limits: Limits | None = None,
        ca_file: str = "",
        read_only: bool = False,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base = base
        self.limits = limits or Limits()
        self.read_only = read_only
        self.seen: list[Answer] = []
        self.aside: list[Answer] = []
        self._connections = connections(1, ca_file)
        self._clock, self.pause = clock, pause
        self._last = float("-inf")
        self.is_over: Callable[[], bool] = lambda: False  # whether nothing may be asked any more

    def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        keeps: bool = False,
        aside: bool = False,
    ) -> Answer:
        """The answer, noted in ``seen``, or ``aside``. ``keeps``: the target keeps what is sent.

        Unanswered where there is none within the limits; NotAllowed where only reading is; OutOfTime at the end."""
        if keeps and self.read_only:
            raise NotAllowed(method)
        sent = dict(headers or {})
        if not self.own(url):
            sent = {name: value for name, value in sent.items() if name.lower() != "authorization"}
        self.in_pace()
        begun = self._clock()
        try:
            try:
                answer = self._asked(method, url, sent, body or b"", begun)
            except Unanswered as broken:
                # a server may close a connection it kept open just when it is used again
                if method != "GET" or broken.rule != "conformance-no-answer":
                    raise
                answer = self._asked(method, url, sent, body or b"", begun)
        except Unanswered as silent:
            self.note(Answer(method, url, sent, body or b"", trouble=silent.rule), aside=aside)
            raise
        self.note(answer, aside=aside)
        return answer

    def own(self, url: str) -> bool:
        """True where an address is on the target's own origin (scheme, host and port)."""
        return origin(url) == origin(self.base)

    def note(self, answer: Answer, *, aside: bool = True) -> None:
        """Let the check that runs rest on an answer, also on one that an earlier check was given."""
        noted = self.aside if aside else self.seen
        if len(noted) < _KEPT and answer not in noted:
            noted.append(answer)

    def in_pace(self) -> None:
        """Wait until the next request may go; OutOfTime where none may."""
        if self.is_over():
            raise OutOfTime
        if self.limits.pace:
            wait = self._last + 1 / self.limits.pace - self._clock()
            if wait > 0:
                self.pause(wait)
        self._last = self._clock()

    def _asked(self, method: str, url: str, sent: dict[str, str], body: bytes, begun: float) -> Answer:
        limit, answer = self.limits.seconds, None
        try:
            answer = self._connections.request(
                method, url, body=body or None, headers=sent, redirect=False, retries=False, preload_content=False,
                timeout=urllib3.Timeout(connect=min(limit, 10), read=limit),
            )  # fmt: skip
            got = bytearray()
            for part in answer.stream(65536, decode_content=False):
                got += part
                if len(got) > self.limits.length:
                    raise Unanswered("conformance-answer-endless", bytes=self.limits.length)
            answer.release_conn()
            took = round((self._clock() - begun) * 1000)
            told = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(method, url, sent, body, answer.status, told, bytes(got), took)
        except urllib3.exceptions.SSLError:
            raise Unanswered("conformance-tls") from None
        except urllib3.exceptions.NewConnectionError:  # to urllib3 a kind of timeout
            raise Unanswered("conformance-no-answer") from None
        except (urllib3.exceptions.TimeoutError, TimeoutError):
            raise Unanswered("conformance-no-answer-in-time", seconds=limit) from None
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError):
            raise Unanswered("conformance-no-answer") from None
        finally:
            if answer is not None and not answer.closed:
                answer.close()


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    try:
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        port = 0
    return parts.scheme, parts.hostname or "", port
