"""What an order says of each of its results: whose it is, what asked for it, its section, times and specimen.

Worked out once for all results of an order; each gets copies.
"""

from __future__ import annotations

from typing import Any

from adapters.hl7v2.groups import Order
from adapters.hl7v2.orders import Placed
from adapters.hl7v2.patterns import Surroundings, below
from adapters.hl7v2.remembered import remembered
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.vocabulary import vocabulary

EFFECTIVE = ("effectiveDateTime", "effectivePeriod")


def surroundings(order: Order, placed: Placed, patient: Draft, specimen: int | None, scope: Scope) -> Surroundings:
    """``specimen``: which of the order's specimens the results stand below, None for none."""
    elements: dict[str, Any] = {"subject": patient.reference}
    lineage: dict[str, str] = {}
    if placed.request is not None:
        elements["basedOn"] = [placed.request.reference]
    if (category := _category(order, scope)) is not None:
        elements["category"] = [category.value]
        category.trace("category[0]", lineage)
    if placed.report is not None:
        for name in (*EFFECTIVE, "issued"):
            if name in placed.report.resource:
                elements[name] = placed.report.resource[name]
                lineage |= below(name, placed.report.lineage)
    if (found := _specimen(placed, specimen)) is not None:
        elements["specimen"] = found.reference
    return Surroundings(elements, lineage)


def _category(order: Order, scope: Scope) -> Piece | None:
    value = order.obr.first(24) if order.obr is not None else None
    return _section(value.alone(value.path), scope) if value is not None else None  # it was not taken for this


@remembered
def _section(value: Value, _scope: Scope) -> Piece | None:
    target = vocabulary("hl7v2-section-category").translate(value.peek())
    return Piece({"coding": [target.as_fhir()]}, {"": value.path}) if target is not None else None


def _specimen(placed: Placed, specimen: int | None) -> Draft | None:
    """The specimen the result stands below, else the order's only one."""
    if specimen is not None and specimen < len(placed.specimens):
        return placed.specimens[specimen]
    return placed.specimens[0] if len(placed.specimens) == 1 else None
