"""Hit: one resource that a search found."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.bundle import Resource
from gateway.jsontext import loads


@dataclass(frozen=True, slots=True)
class Hit:
    """One resource found. ``rid``: its row in the store. ``content``: its JSON as served, never parsed on the way.

    ``about``: the Patient it concerns (``Patient/id``), "" when none.
    """

    rid: int
    type: str
    id: str
    about: str
    content: bytes

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"

    @property
    def resource(self) -> Resource:
        """``content`` parsed, numbers keeping their tokens."""
        parsed: Resource = loads(self.content)
        return parsed
