"""MA_BAC_SI, who ordered it."""

from __future__ import annotations

from adapters.bhyt.episode import refer
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft


def place_requester(told: Told, row: TableRow, order: Draft) -> None:
    """The first of those named; an order of R4 has one requester, so the others are listed."""
    for index, found in enumerate(row.repetitions("MA_BAC_SI")):
        if index:
            told.ledger.leave(found.path, "an order has one requester; the first is placed")
        else:
            refer(order, "requester", told.episode.practitioner(found), found.path)
            told.ledger.use(found.path)
