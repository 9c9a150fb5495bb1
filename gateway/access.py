"""Who may do what: authorise(requester, …) → Grant, or Forbidden with the reason.

A judge: no clock, no database. Scopes are SMART v2 system scopes
(https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html): ``system/Type.cruds`` with
the letters in that order; ``*`` is every type. A v1 scope (``system/*.read``) is no scope here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from gateway.errors import Forbidden

# One letter each, as SMART v2 writes them: create, read, search. Nothing here updates or deletes.
Interaction = Literal["c", "r", "s"]

_SCOPE = re.compile(r"system/(\*|[A-Z][A-Za-z]{0,63})\.(c?r?u?d?s?)\Z")


@dataclass(frozen=True, slots=True)
class Scope:
    """``type`` is a resource type or ``*``; ``letters`` of ``cruds``, never empty."""

    type: str
    letters: frozenset[str]

    def covers(self, other: Scope) -> bool:
        return self.type in ("*", other.type) and self.letters >= other.letters


@dataclass(frozen=True, slots=True)
class Requester:
    """A client that proved who it is. ``scopes``: what its token was granted.

    ``facility``: the code of the facility it belongs to. ``basis``: the legal basis on which
    results are disclosed to it, "" when none is registered.
    """

    client_id: str
    facility: str
    scopes: tuple[str, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What was allowed, as the audit line names it: who, and on which legal basis."""

    actor: str
    facility: str
    basis: str


@lru_cache(maxsize=1024)
def scope(text: str) -> Scope | None:
    """A scope read; None when it is not one of the form understood here."""
    found = _SCOPE.match(text)
    if found is None or not found.group(2):
        return None
    return Scope(found.group(1), frozenset(found.group(2)))


def granted_scopes(asked: Iterable[str], registered: Iterable[str]) -> tuple[str, ...] | None:
    """The scopes a token gets: those asked for, each within a registered one; None when one is not.

    Nothing is widened and nothing is silently dropped: a client that asks for more than it
    may have is told so (``invalid_scope``), instead of failing later without knowing why.
    """
    allowed = [found for text in registered if (found := scope(text))]
    wanted = tuple(dict.fromkeys(asked))
    for text in wanted:
        found = scope(text)
        if found is None or not any(one.covers(found) for one in allowed):
            return None
    return wanted


def authorise(requester: Requester, interaction: Interaction, resource_type: str) -> Grant:
    """The grant for one interaction on one type; Forbidden (403) says which condition is not met.

    1. A scope of the token covers the interaction and the type.
    2. What discloses results (read, search) to anyone needs a stored legal basis; what a
       client brings (create) and its own facility's exchanges do not.
    """
    _within_scope(requester, interaction, resource_type)
    if interaction in ("r", "s") and not requester.basis.strip():
        raise Forbidden("access-without-basis")
    return Grant(requester.client_id, requester.facility, requester.basis)


def authorise_own(requester: Requester, interaction: Interaction, facility: str) -> Grant:
    """The grant on a facility's own payloads and exchanges (scope ``system/Bundle``); Forbidden for another's."""
    _within_scope(requester, interaction, "Bundle")
    if requester.facility != facility:
        raise Forbidden("access-other-facility")
    return Grant(requester.client_id, requester.facility, requester.basis)


def _within_scope(requester: Requester, interaction: Interaction, resource_type: str) -> None:
    needed = Scope(resource_type, frozenset(interaction))
    held = (scope(text) for text in requester.scopes)
    if not any(one.covers(needed) for one in held if one):
        raise Forbidden("access-scope-missing", scope=f"system/{resource_type}.{interaction}")
