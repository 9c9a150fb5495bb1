"""Own data: what the checks made at the target so that there is something to ask of, and that it is gone again.

Made when a check first looks for what is there, where the target claims create, read and delete of the type, and
writing is allowed. Deleted last first; what was made without an answer is looked for by its mark. Only what bears the
mark of this run is ever deleted. https://hl7.org/fhir/R4/http.html#create, #delete
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from gateway.conformance.client import Answer, Unanswered
from gateway.conformance.own_resources import SYSTEM, Resource, drafts, is_marked, placed
from gateway.jsontext import dumps

Ask = Callable[[str, str, bytes], Answer]  # method, path below the FHIR base, body; Unanswered where nobody answers
Claims = Callable[[str, str], bool]  # type, interaction
_NEEDED = ("create", "read", "delete", "search-type")
_NOT_THERE = (404, 410)
_GONE = (200, 202, 204, *_NOT_THERE)
_ADDRESS = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})(?:/_history/.*)?\Z")
_LOOKS, _BETWEEN = 10, 0.5  # times and seconds until a target that finds what it took only later is not waited for


class OwnData:
    """``run``: the mark of this run, in meta.tag. ``left``: what is not known to be gone, ``Patient/1``.

    ``refused``: type → status of what the target claims to take and did not, 0 where it gave no answer.
    """

    def __init__(self, ask: Ask, claims: Claims, *, pause: Callable[[float], None] = time.sleep) -> None:
        self.run = uuid.uuid4().hex
        self.made: list[str] = []
        self.left: list[str] = []
        self.refused: dict[str, int] = {}
        self._ask, self._claims, self._pause = ask, claims, pause
        self._resources: list[Resource] = []
        self._unsure: dict[str, None] = {}  # types of which one may have been made whose address was not told
        self._begun = False

    def of(self, resource_type: str) -> list[Resource]:
        """What was made of a type, as the target reads it back; made now if nothing was yet."""
        if not self._begun:
            self._begun = True
            self._make()
        return [one for one in self._resources if one.get("resourceType") == resource_type]

    @property
    def by_mark(self) -> tuple[str, str]:
        """The search parameter that finds what was made, and nothing else."""
        return "_tag", f"{SYSTEM}|{self.run}"

    # ---- making -----------------------------------------------------------------------

    def _make(self) -> None:
        places: dict[str, str] = {}
        for name, draft in drafts(self.run).items():
            kind = str(draft["resourceType"])
            if kind in self.refused or not all(self._claims(kind, code) for code in _NEEDED):
                continue
            try:
                places[name] = self._created(kind, placed(draft, places))
            except KeyError:  # what it refers to was not made
                continue
            except Unanswered:
                self.refused[kind] = 0
                break  # a target that falls silent is asked no more
            if not places[name]:
                del places[name]
        if self.made and not self._found():
            self._resources = []  # to be deleted, but nothing can be asked of it

    def _created(self, kind: str, draft: Resource) -> str:
        """Where it was put; "" where it was not taken."""
        before, self._unsure[kind] = kind in self._unsure, None  # until an answer says what became of it
        answer = self._ask("POST", f"/{kind}", dumps(draft))
        found = _ADDRESS.match(answer.headers.get("location", ""))
        place = found[1] if found else f"{kind}/{answer.resource.get('id', '')}"
        told = answer.status == 201 and place.startswith(f"{kind}/") and not place.endswith("/")
        if answer.status != 201:
            self.refused[kind] = answer.status
        if not before and (told or 400 <= answer.status < 500):
            del self._unsure[kind]
        if not told:
            return ""
        self.made.append(place)
        self.left.append(place)
        read = self._ask("GET", f"/{place}", b"")
        if not self._is_ours(read):  # a server may take it for what it holds already
            return place
        first = not any(one["resourceType"] == kind for one in self._resources)
        if first and kind == "Observation" and self._claims(kind, "update"):  # one has a history
            self._ask("PUT", f"/{place}", dumps({**read.resource, "status": "corrected"}))
            read = self._ask("GET", f"/{place}", b"")
        if self._is_ours(read):
            self._resources.append(dict(read.resource))
        return place

    def _is_ours(self, read: Answer) -> bool:
        return read.status == 200 and is_marked(read.resource, self.run)

    def _found(self) -> bool:
        """A search finds all that was made; some servers take a moment for it."""
        for _ in range(_LOOKS):
            try:
                there = {place for kind in {one.partition("/")[0] for one in self.made} for place in self._marked(kind)}
            except Unanswered:
                return False
            if there >= set(self.made):
                return True
            self._pause(_BETWEEN)
        return False

    # ---- removing ---------------------------------------------------------------------

    def remove(self) -> None:
        """Delete all that was made. What remains stays in ``left``; a second call tries that again."""
        try:
            self._delete()
            for kind in list(self._unsure):
                self.left += [place for place in self._marked(kind) if place not in self.left]
                del self._unsure[kind]
            self._delete()  # once more: a server may refuse what others still referred to
        except Unanswered:
            pass  # one that fell silent is not waited for again and again
        self.left += [kind for kind in self._unsure if kind not in self.left]

    def _delete(self) -> None:
        for place in reversed(list(self.left)):
            if "/" not in place:
                continue
            there = self._ask("GET", f"/{place}", b"")
            if there.status in _NOT_THERE or (
                self._is_ours(there) and self._ask("DELETE", f"/{place}", b"").status in _GONE
            ):
                self.left.remove(place)

    def _marked(self, kind: str) -> list[str]:
        """What a search by the mark finds, and bears it: a server that ignores ``_tag`` finds everybody's."""
        answer = self._ask("GET", f"/{kind}?{urlencode([self.by_mark, ('_count', '50')])}", b"")
        found: list[Mapping[str, Any]] = []
        entries = answer.resource.get("entry")
        for entry in entries if isinstance(entries, list) else ():
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict) and is_marked(resource, self.run):
                found.append(resource)
        return [f"{one.get('resourceType')}/{one.get('id')}" for one in found]
