"""The door of a gateway from outside: a payload posted as a facility's own client, and what the gateway answered.

Only the gateway's own word moves anything: an answer that names this payload's digest says taken,
an OperationOutcome about this payload says refused. All else (silence, 5xx, a proxy's page, a
client that may not send) leaves everything where it is, to be tried again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.collect.collector import Fate
from gateway.errors import GatewayError, RecipientUnreachable
from gateway.jsontext import dumps, loads
from gateway.outcome import Issue, operation_outcome
from gateway.settings import Settings
from gateway.transport import Transport, check_url, not_believed, refusal
from gateway.trust.client_key import GivenClient

LONGEST_ANSWER = 64 * 1024 * 1024  # bytes; a payload of ten thousand held records is told of one by one
_SCOPE = "system/Bundle.c"
_TAKEN = frozenset({200, 201, 202})
_ABOUT_THE_PAYLOAD = frozenset({400, 403, 409, 413, 415, 422})
_NOT_ABOUT_IT = ("access-", "http-body-cut-off")  # rules: the client's rights, and a body lost on the way
_MOST_RULES = 20


@dataclass(frozen=True, slots=True)
class Payload:
    """What is posted. ``adapter``: asked for by name, "" for whoever recognises it."""

    content: bytes
    media_type: str
    adapter: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a payload. ``told``: the gateway's JSON, which holds no value of a patient."""

    fate: Fate
    status: int
    sha256: str
    told: dict[str, Any]

    @property
    def exchanges(self) -> list[str]:
        return [str(one["id"]) for one in self.told.get("exchanges", ()) if isinstance(one, Mapping) and "id" in one]

    @property
    def rules(self) -> list[str]:
        """Why it, or a record in it, is refused or held; sorted, at most twenty."""
        outcomes = [self.told] + [one.get("outcome") for one in self.told.get("exchanges", ()) if isinstance(one, dict)]
        return sorted({rule for outcome in outcomes for rule in _rules(outcome)})[:_MOST_RULES]

    @property
    def complete(self) -> bool:
        """False where a person must look at something: refused, or a record that is held or refused."""
        return self.fate is Fate.TAKEN and not any("outcome" in one for one in self.told.get("exchanges", ()))

    def as_json(self) -> bytes:
        """For a person, beside what was refused."""
        return dumps({"status": self.status, "payload_sha256": self.sha256, **_shown(self.told)}) + b"\n"


def refused_here(issue: Issue, sha256: str = "") -> Answer:
    """Of what is not even posted, because the gateway could only refuse it."""
    return Answer(Fate.REFUSED, 0, sha256, operation_outcome([issue]))


class Door:
    """One gateway, one facility, one client. Keeps its connection and its token.

    ``now`` gives aware UTC; ``at_once``: by how many threads it is used.
    """

    def __init__(
        self, url: str, facility: str, client: GivenClient, settings: Settings, now: Callable[[], datetime],
        *, timeout_seconds: int, at_once: int = 1,
    ) -> None:  # fmt: skip
        check_url(url)
        self._url = url
        self._facility = facility
        self._client = client
        patient = replace(settings, delivery_timeout_seconds=timeout_seconds, delivery_threads=at_once)
        self._transport = Transport(patient, now, most=LONGEST_ANSWER)

    def knock(self) -> None:
        """A token is given; RecipientUnreachable or RecipientRefused where none is."""
        self._authorization(renew=True)

    def post(self, payload: Payload) -> Answer:
        """What the gateway says of a payload: taken, refused, or left because it failed at this one (500).

        RecipientUnreachable where it says nothing of it: later, with whatever else there is.
        """
        headers = {"Content-Type": payload.media_type, "Accept": "application/json"}
        if payload.adapter:
            headers["X-Adapter"] = payload.adapter
        path = f"{self._url}/facilities/{self._facility}/payloads"
        for renewed in (False, True):
            headers["Authorization"] = self._authorization(renew=renewed)
            status, answer = self._transport.post(path, payload.content, headers)
            if status != 401:
                return _judged(status, answer, payload.sha256)
        raise not_believed(401)

    def _authorization(self, *, renew: bool) -> str:
        client = self._client.client_id or f"{self._facility}-client"
        return (
            f"Bearer {self._transport.bearer(self._url, client, lambda: self._client.private_jwk, _SCOPE, renew=renew)}"
        )


def _judged(status: int, answer: bytes, sha256: str) -> Answer:
    told = _object(answer)
    if status in _TAKEN:
        if told.get("payload_sha256") != sha256 or not isinstance(told.get("exchanges"), list):
            raise RecipientUnreachable("collect-answer-another")
        return Answer(Fate.TAKEN, status, sha256, told)
    of_gateway = told.get("resourceType") == "OperationOutcome" and bool(_rules(told))
    if status == 413 and not of_gateway:  # a proxy before it
        return Answer(Fate.REFUSED, status, sha256, refused_here(_too_large(status)).told)
    if status == 500 and of_gateway:
        return Answer(Fate.LEFT, status, sha256, told)
    if status in _ABOUT_THE_PAYLOAD and of_gateway and not any(rule.startswith(_NOT_ABOUT_IT) for rule in _rules(told)):
        return Answer(Fate.REFUSED, status, sha256, told)
    if 400 <= status < 500 and status not in (408, 425, 429):
        raise RecipientUnreachable("collect-not-let-in", status=status)
    raise refusal(status)


def _too_large(status: int) -> Issue:
    return Issue("error", "too-long", "collect-too-large-there", parameters={"status": status})


def _object(answer: bytes) -> dict[str, Any]:
    try:
        found = loads(answer)
    except GatewayError:
        return {}
    return found if isinstance(found, dict) else {}


def _rules(outcome: Any) -> list[str]:
    """The rules of an OperationOutcome's errors and warnings; [] where it is none."""
    issues = outcome.get("issue", ()) if isinstance(outcome, Mapping) else ()
    found = []
    for issue in issues if isinstance(issues, list) else ():
        try:
            if issue["severity"] != "information":
                found.append(str(issue["details"]["coding"][0]["code"])[:100])
        except (KeyError, IndexError, TypeError):
            continue
    return found


def _shown(told: Mapping[str, Any]) -> dict[str, Any]:
    return dict(told) if "exchanges" in told else {"outcome": dict(told)}
