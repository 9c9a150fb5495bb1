"""Told: a record with what its parts make in common. Each table's part begins from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adapters.bhyt.episode import Episode
from adapters.bhyt.tables import TableRow
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Told:
    """``tables``: the rows of each table present that are of this episode. ``orders``: XML3 row → its ServiceRequest,
    once XML3's part has run.
    """

    tables: Mapping[str, Sequence[TableRow]]
    episode: Episode
    patient: Draft
    encounter: Draft
    orders: dict[int, Draft] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        return self.episode.ledger

    def rows(self, table: str) -> Sequence[TableRow]:
        """The rows of ``XML5``; none where the record has no such table."""
        return self.tables.get(table, ())

    def tie(self, draft: Draft) -> Draft:
        """The same draft, about this patient in this encounter."""
        draft.put("subject", self.patient.reference)
        draft.put("encounter", self.encounter.reference)
        return draft
