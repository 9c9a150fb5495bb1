"""The second flow, whole: authorise → search → judge → (audit) → answer.

Every question for patients' data comes through here. No answer leaves before its audit line is
durable: the line is committed, then the answer is returned, and when it cannot be committed
there is no answer. The line names who, on which legal basis, which resources or patients;
never what was searched for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from gateway import search
from gateway.access import Grant, Requester, authorise
from gateway.errors import NotFound
from gateway.search import STORED_TYPES, Hit, Page
from gateway.settings import Settings
from gateway.store import Connection, Store, audit, resources
from gateway.store import search as store_search
from gateway.store.resources import Version

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}\Z")  # https://hl7.org/fhir/R4/datatypes.html#id
_VID = re.compile(r"[1-9][0-9]{0,8}\Z")


class Answers:
    """``now`` gives aware UTC. Raises Forbidden, NotFound, SearchRefused, StoreUnavailable."""

    def __init__(self, store: Store, settings: Settings, now: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._now = now

    def read(self, requester: Requester, resource_type: str, logical_id: str) -> Version:
        """The current version, by the source's own result time."""
        grant = authorise(requester, "r", _known(resource_type))
        with self._store.read() as connection:
            found = resources.current(connection, resource_type, _identity(logical_id))
        return self._disclosed(grant, "read", found)

    def vread(self, requester: Requester, resource_type: str, logical_id: str, vid: str) -> Version:
        """One version by its number, current or not."""
        grant = authorise(requester, "r", _known(resource_type))
        if not _VID.match(vid):
            raise NotFound("resource-unknown")
        with self._store.read() as connection:
            found = resources.version(connection, resource_type, _identity(logical_id), int(vid))
        return self._disclosed(grant, "vread", found)

    def history(self, requester: Requester, resource_type: str, logical_id: str) -> Sequence[Version]:
        """Every version, the current one first."""
        grant = authorise(requester, "r", _known(resource_type))
        with self._store.read() as connection:
            found = resources.history(connection, resource_type, _identity(logical_id))
        if not found:
            raise NotFound("resource-unknown")
        self._note(grant, "history", {"type": resource_type, "id": logical_id, "versions": len(found)})
        return found

    def search(
        self, requester: Requester, resource_type: str, pairs: Sequence[tuple[str, str]], *, lenient: bool = False
    ) -> Page:
        """One page of what matches ``pairs``; with ``lenient`` unknown parameters are named, not refused."""
        grant = authorise(requester, "s", _known(resource_type))
        query = search.parse(resource_type, pairs, base_url=f"{self._settings.public_url}/fhir", lenient=lenient)
        with self._store.read() as connection:
            page = store_search.search(connection, query, now=self._now(), limit=self._settings.page_limit)
        self._note(
            grant,
            "search",
            {
                "type": resource_type,
                "parameters": sorted({name for name, _ in query.understood}),
                "matches": len(page.matches),
                "includes": len(page.includes),
                "about": _about([*page.matches, *page.includes]),
            },
        )
        return page

    def _disclosed(self, grant: Grant, action: str, found: Version | None) -> Version:
        # A sensitive resource is not found at all: that it exists is itself sensitive.
        if found is None:
            raise NotFound("resource-unknown")
        self._note(grant, action, {"type": found.type, "id": found.id, "vid": found.vid})
        return found

    def _note(self, grant: Grant, action: str, detail: dict[str, Any]) -> None:
        now = self._now()

        def work(connection: Connection) -> None:
            audit.append(connection, now, grant.actor, action, grant.basis, detail)

        self._store.write(work, soon=True)


def _known(resource_type: str) -> str:
    if resource_type not in STORED_TYPES:
        raise NotFound("resource-type-unknown")
    return resource_type


def _identity(logical_id: str) -> str:
    if not _ID.match(logical_id):
        raise NotFound("resource-unknown")
    return logical_id


def _about(hits: Iterable[Hit]) -> list[str]:
    """Whose data this is: the Patients concerned, and what concerns no Patient kept here."""
    return sorted({hit.about or hit.reference for hit in hits})
