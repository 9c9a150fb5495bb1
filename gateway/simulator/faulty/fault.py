"""Fault: one thing a broken endpoint does, as a change of a request before it goes on, or of the answer to it.

``FAULTS`` is the table of all: by its name, each with the requirement whose check must fail because of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from gateway.errors import PayloadError
from gateway.jsontext import dumps, loads
from gateway.simulator.faulty.wire import Wire


@dataclass(frozen=True)
class Asked:
    """A request as it came. ``target``: path and query; header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def names(self) -> set[str]:
        """Of its search parameters, without modifier or chain."""
        return {name.partition(":")[0].partition(".")[0] for name, _ in self.query}

    @property
    def is_search(self) -> bool:
        """GET [base]/[type]."""
        return self.method == "GET" and len(self.steps) == 1 and self.steps[0][:1].isupper()

    @property
    def is_read(self) -> bool:
        return self.method == "GET" and len(self.steps) == 2 and self.steps[0][:1].isupper()

    @property
    def is_vread(self) -> bool:
        return len(self.steps) == 4 and self.steps[2] == "_history"

    @property
    def is_history(self) -> bool:
        return len(self.steps) == 3 and self.steps[2] == "_history"

    @property
    def steps(self) -> list[str]:
        """What follows the FHIR base: ``["Patient", "1"]``; [] elsewhere."""
        return self.path.removeprefix("/fhir/").split("/") if self.path.startswith("/fhir/") else []

    def asking(self, query: list[tuple[str, str]]) -> Asked:
        """The same with another query."""
        return replace(self, target=f"{self.path}?{urlencode(query)}" if query else self.path)

    def without(self, *names: str) -> Asked:
        """The same without these search parameters."""
        return self.asking([(name, value) for name, value in self.query if name.partition(":")[0] not in names])


@dataclass(frozen=True)
class Told:
    """An answer; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        """{} where it is no JSON object."""
        try:
            value = loads(self.body)
        except PayloadError:
            return {}
        return value if isinstance(value, dict) else {}

    def saying(self, value: Any) -> Told:
        """The same with another JSON value."""
        return replace(self, body=dumps(value))

    def with_headers(self, **headers: str | None) -> Told:
        """Header names with ``_`` for ``-``; None takes one away."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in self.headers.items() if name not in named}
        return replace(self, headers=kept | {name: value for name, value in named.items() if value is not None})


Forward = Callable[[Asked], Told]


@dataclass(frozen=True, slots=True)
class Fault:
    """``breaks``: the id of the requirement whose check must fail. ``does``: what is wrong, in words. ``answer``: the
    broken endpoint, given a request and the right one to ask. ``wire``: its connections over MLLP. ``tls``: what of
    its TLS is wrong (gateway.simulator.faulty.secured)."""

    name: str
    breaks: str
    does: str
    answer: Callable[[Asked, Forward], Told]
    wire: type[Wire] | None = None
    tls: str = ""


FAULTS: dict[str, Fault] = {}


def broken(name: str, breaks: str, does: str) -> Callable[[Callable[[Asked, Forward], Told]], Callable[..., Told]]:
    """Enters a function into the table of faults."""

    def entered(answer: Callable[[Asked, Forward], Told]) -> Callable[[Asked, Forward], Told]:
        if name in FAULTS:
            raise ValueError(f"two faults named {name}")
        FAULTS[name] = Fault(name, breaks, does, answer)
        return answer

    return entered


def outcome(code: str = "not-found") -> bytes:
    """An OperationOutcome's bytes, valid."""
    return dumps({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]})


FHIR = {"content-type": "application/fhir+json; charset=utf-8"}
EMPTY = Told(200, FHIR, dumps({"resourceType": "Bundle", "type": "searchset", "total": 0}))
NOT_FOUND = Told(404, FHIR, outcome())
