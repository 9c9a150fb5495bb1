"""Told: a record with what its parts make in common. Each table's part begins from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adapters.bhyt.blocks import Block
from adapters.bhyt.episode import Episode
from adapters.bhyt.tables import TableRow
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import Ledger

# The root elements of the forms whose layout is known in part.
HEALTH_CHECK = "KHAMSUCKHOE"
RECORD_EXPORT = "HoSoBenhAn"


@dataclass(frozen=True, slots=True)
class Told:
    """``tables``: the rows of each table present that are of this episode.

    ``orders``: XML3 row → its ServiceRequest, and ``answered``: the XML3 rows whose results are surely known, once
    the parts of XML3 and XML4 have run. ``results``: XML4 row → its Observation. ``relatives``: whom the papers name,
    by patient, role and name. ``blocks``: what a ``form`` of a layout known in part (HEALTH_CHECK, RECORD_EXPORT) says
    beside the tables.
    """

    tables: Mapping[str, Sequence[TableRow]]
    episode: Episode
    patient: Draft
    encounter: Draft
    orders: dict[int, Draft] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)
    results: dict[int, Draft] = field(default_factory=dict)
    form: str = ""
    blocks: Sequence[Block] = ()
    relatives: dict[tuple[str, ...], Draft] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        return self.episode.ledger

    def rows(self, table: str) -> Sequence[TableRow]:
        """The rows of ``XML5``; none where the record has no such table."""
        return self.tables.get(table, ())

    @property
    def services(self) -> Sequence[TableRow]:
        """The rows of XML3 that are services; the others are supplies."""
        return [row for row in self.rows("XML3") if not is_supply(row)]

    @property
    def supplies(self) -> Sequence[TableRow]:
        return [row for row in self.rows("XML3") if is_supply(row)]

    def tie(self, draft: Draft) -> Draft:
        """The same draft, about this patient in this encounter."""
        draft.put("subject", self.patient.reference)
        draft.put("encounter", self.encounter.reference)
        return draft


def is_supply(row: TableRow) -> bool:
    """True for an XML3 row of a supply, which may name the service it was used in."""
    return bool(row.text("MA_VAT_TU") or (row.text("TEN_VAT_TU") and not row.text("MA_DICH_VU")))
