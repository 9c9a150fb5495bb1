"""Every field of the newest decision: honoured, and at which element; deliberately not; or not yet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.bhyt.account import NOT_YET
from adapters.bhyt.coverage.trial import shown_at
from adapters.bhyt.coverage.witnesses import witnesses
from adapters.bhyt.layouts import layouts
from adapters.bhyt.roles import element
from adapters.bhyt.table_maps import table_maps
from gateway.coverage import Covered, State

_INDEX = re.compile(r"\[[0-9]*\]")
# How the mapping files begin where Python only reads a field, to hold it against another or to find its place.
_WITHOUT_AN_ELEMENT = ("compared ", "joins ")
NOTHING_SHOWN = "no record shows it"


def covered(table: str = "") -> Iterator[Covered]:
    """Every field of every table, in the decision's order; with a ``table`` (``XML2``) its fields alone."""
    layout = layouts()[-1]
    for name, fields in layout.listed.items():
        if table in ("", name):
            for field in fields:
                yield _covered(layout.decision, name, field)


def _covered(decision: str, table: str, field: str) -> Covered:
    mapping = table_maps().get(table)
    if mapping is None:
        return Covered(decision, table, field, State.NOT_YET, NOT_YET)
    if why := mapping.unplaced.get(field):
        return Covered(decision, table, field, State.DELIBERATELY_NOT, why)
    showing = [record for record in witnesses(table) if field in record.changed]
    if not showing:
        why = mapping.finish.get(field, "")
        if why.startswith(_WITHOUT_AN_ELEMENT):
            return Covered(decision, table, field, State.DELIBERATELY_NOT, why)
        return Covered(decision, table, field, State.NOT_YET, NOTHING_SHOWN)
    seen = list(dict.fromkeys(at for record in showing for at in shown_at(table, record, field)))
    asked = [row.attribute for row in mapping.rows if row.field == field and row.assignment is None]
    missed = [attribute for attribute in asked if not _seen(attribute, seen)]
    if missed or not seen:
        return Covered(decision, table, field, State.NOT_YET, f"its change is not seen at {', '.join(missed) or 'any'}")
    return Covered(decision, table, field, State.HONOURED, at=", ".join(seen))


def _seen(attribute: str, seen: list[str]) -> bool:
    """True when an element is the row's attribute, or inside it."""
    plain = element(_INDEX.sub("", attribute))
    return any(at == plain or at.startswith(f"{plain}.") for at in seen)
