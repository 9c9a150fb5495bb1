"""Told: a message with what its rooms make in common: patient and visits. Each family's room begins from it."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.hl7v2.groups import Groups
from adapters.hl7v2.message import Message
from adapters.hl7v2.scope import Scope
from gateway.mapping.draft import Draft


@dataclass(frozen=True, slots=True)
class Told:
    """``number``: what the facility knows the patient by, for the ids of everything else. ``visits``: the Encounters;
    ``own``: for each of ``groups.orders`` the Encounter it hangs on, None for none.
    """

    message: Message
    groups: Groups
    scope: Scope
    patient: Draft
    number: tuple[str, str]
    visits: tuple[Draft, ...] = ()
    own: tuple[Draft | None, ...] = ()

    @property
    def event(self) -> str:
        """MSH-9.2: ``A01``."""
        kind = self.message.header.first(9)
        return kind.peek(2) if kind is not None else ""

    @property
    def visit(self) -> Draft | None:
        """The message's only visit; None where it speaks of none, or of several."""
        return self.visits[0] if len(self.visits) == 1 else None
