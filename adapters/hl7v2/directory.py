"""Directory: the organisations and people a message names, each made once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece


@dataclass(frozen=True, slots=True)
class Performed:
    """Whom a segment names. ``shape``: the ends of the paths they came from, and what of them has no place."""

    references: tuple[str, ...]
    shape: tuple[object, ...]

    def elements(self) -> dict[str, Any]:
        """Observation.performer, where there is one; the caller's own."""
        return {"performer": [{"reference": one} for one in self.references]} if self.references else {}


class Directory:
    """Keeps the drafts of Organization, Practitioner and PractitionerRole in the order first named.

    Whoever has a number is known by it, others by all that is said of them. Two mentions of
    one number that say different things stay two resources: neither overwrites the other.
    """

    def __init__(self, facility: str) -> None:
        self._facility = facility
        self._known: dict[tuple[str, ...], Draft] = {}  # by type and key, as said in this message
        self.drafts: dict[str, Draft] = {}
        # By the texts that name them; None where there is something to tell of them each time.
        self.performed: dict[tuple[str, ...], Performed | None] = {}

    def enter(self, resource_type: str, piece: Piece, key: tuple[str, ...] = ()) -> Draft:
        """The draft of what the piece describes; ``key`` is what it is known by, if not by its first number."""
        known = self._draft(resource_type, piece, key or self._key(piece.value))
        if all(known.resource.get(name) == item for name, item in piece.value.items()):
            return known
        return self._draft(resource_type, piece, (str(piece.value),))

    def _draft(self, resource_type: str, piece: Piece, key: tuple[str, ...]) -> Draft:
        known = self._known.get((resource_type, *key))
        if known is None:
            made = Draft(resource_type, deterministic_id(self._facility, resource_type, *key))
            known = self.drafts.setdefault(made.id, made)
            if known is made:
                _describe(made, piece)
            self._known[resource_type, *key] = known
        return known

    @staticmethod
    def _key(value: dict[str, Any]) -> tuple[str, ...]:
        for identifier in value.get("identifier", ()):
            return str(identifier.get("system", "")), str(identifier["value"])
        return (str(value),)


def _describe(draft: Draft, piece: Piece) -> None:
    sources = piece.sources
    for name, item in piece.value.items():
        inner = {
            path[len(name) :].removeprefix("."): source
            for path, source in sources.items()
            if path == name or path.startswith((f"{name}.", f"{name}["))
        }
        draft.place(name, Piece(item, inner))
