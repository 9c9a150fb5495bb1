"""Who sends, and what is decided of how it is read: its vocabulary, its mapping files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.adapter import MappingText
from gateway.facility import Facility
from gateway.store import Connection, facilities, mapping_files, vocabulary
from gateway.terminology.terms import NONE, NOTHING_DECIDED, Decisions, Terms, terms


@dataclass(frozen=True, slots=True)
class Sender:
    """A facility, what was decided of its codes and units, and its mapping files in force."""

    facility: Facility
    terms: Terms = NOTHING_DECIDED
    mappings: Sequence[MappingText] = ()


class Senders:
    """Read for each payload; what was decided, only when somebody has decided since."""

    def __init__(self) -> None:
        self._decided: dict[str, tuple[int, Decisions]] = {}  # by owner, "" for every facility
        self._terms: dict[str, Terms] = {}
        self._mappings: dict[str, tuple[int, Sequence[MappingText]]] = {}

    def read(self, connection: Connection, code: str) -> Sender | None:
        """As it stands now; None for a facility that is not registered."""
        found = facilities.sender(connection, code)
        if found is None:
            return None
        facility, decision, mapping = found
        if not decision and not mapping:
            return Sender(facility)
        return Sender(facility, self._decisions(connection, code, decision), self._files(connection, code, mapping))

    def _decisions(self, connection: Connection, code: str, newest: int) -> Terms:
        if not newest:
            return NOTHING_DECIDED
        own, of_all = (self._in_force(connection, owner, newest) for owner in (code, ""))
        held = self._terms.get(code, NOTHING_DECIDED)
        if held.own is not own or held.of_all is not of_all:
            held = self._terms[code] = terms(own, of_all)
        return held

    def _in_force(self, connection: Connection, owner: str, newest: int) -> Decisions:
        """The same object while the same decisions are in force; ``newest``: the number of the newest of all."""
        held = self._decided.get(owner, (0, NONE))
        if held[0] != newest:
            found = vocabulary.decisions_of(connection, owner)
            held = self._decided[owner] = (newest, held[1] if found == held[1] else found)
        return held[1]

    def _files(self, connection: Connection, code: str, newest: int) -> Sequence[MappingText]:
        """``newest``: the number of the newest word on anybody's."""
        if not newest:
            return ()
        held = self._mappings.get(code, (0, ()))
        if held[0] != newest:
            held = self._mappings[code] = (newest, mapping_files.in_force(connection, code))
        return held[1]
