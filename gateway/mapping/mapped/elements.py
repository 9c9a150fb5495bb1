"""What the rows of results make of one element, remembered by what the fields say.

A table says the same test, unit and time thousands of times. All rows of one element (``Observation.code`` has two) are
placed once for each different saying, by gateway.mapping.placing as any other row, and that is used again: the same
value, its lineage and its issues, at another place. Values made so are shared between results, and never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from gateway.mapping.draft import Draft, own_copy
from gateway.mapping.ledger import Ledger
from gateway.mapping.mapped.compiled import Compiled, Rows
from gateway.mapping.mapped.datatypes import Manner
from gateway.mapping.mapped.parts import RESULT
from gateway.mapping.mapped.record import Fields
from gateway.mapping.misread import hold_misread
from gateway.mapping.placing import Field, Source, place
from gateway.mapping.rows import Row

_NONE: frozenset[str] = frozenset()
_REMEMBERED = 4096  # sayings of one element, then all are forgotten


@dataclass(frozen=True, slots=True)
class Saying:
    """``value``: of the element, None for none. ``leaves``: (path, field with its note). ``account``: what the ledger
    says of it, None where that is nothing but that its fields were used."""

    value: Any
    leaves: tuple[tuple[str, str], ...]
    used: tuple[str, ...]
    account: Ledger | None


@dataclass(slots=True)
class Element:
    """An element of every result: its rows, the fields that decide what they make, and what is remembered of it."""

    name: str
    rows: Rows
    fixed: Sequence[Row]
    fields: tuple[str, ...]
    finish: Callable[[Draft, Manner], None] | None = None
    remembered: dict[object, Saying] = field(default_factory=dict)

    def said(self, item: Fields, manner: Manner) -> Saying:
        fields, exact = self.fields, _NONE
        key: object = item.values.get(fields[0]) if len(fields) == 1 else tuple(map(item.values.get, fields))
        if item.exact and (exact := item.exact.intersection(fields)):
            key = (key, exact)
        found = self.remembered.get(key)
        if found is None:
            if len(self.remembered) >= _REMEMBERED:
                self.remembered.clear()
            said = Fields({name: item.text(name) for name in self.fields}, "", exact)
            found = self.remembered[key] = self.made(said, manner)
        return found

    def made(self, item: Fields, manner: Manner) -> Saying:
        """Not remembered, with the item's own places."""
        draft, ledger = Draft(RESULT, ""), Ledger()
        place_fields(self.rows, item, {RESULT: draft}, manner, ledger)
        found = [one for name in self.fields for one in item.repetitions(name)]
        for one in found:
            hold_misread(one.value, manner.read_as, one.path, ledger)
        put_fixed(self.fixed, item.text, draft)
        if self.finish is not None:
            self.finish(draft, manner)
        used = tuple(one.path for one in found if ledger.used(one.path))
        account = ledger if ledger.issues or ledger.unplaced else None
        return Saying(draft.resource.get(self.name), tuple(draft.lineage.items()), used, account)


class ExactSource(Source[Field, str], Protocol):
    """Fields, some of which can be read one way only."""

    @property
    def exact(self) -> frozenset[str]: ...


def place_fields(rows: Rows, said: ExactSource, drafts: Mapping[str, Draft], manner: Manner, ledger: Ledger) -> None:
    """Rows over fields, those that can be read one way only read so."""
    if not (exact := said.exact):
        place(rows, said, drafts, manner, ledger)
        return
    for row in rows:
        place((row,), said, drafts, manner.exact if row.field in exact else manner, ledger)


def put_fixed(rows: Iterable[Row], text: Callable[[str], str], draft: Draft, source: str = "") -> None:
    """What the file itself says, where no field has said otherwise; ``source``: how the lineage calls the file."""
    for row in rows:
        if row.when is None or row.when.holds(text(row.when.field)):
            if row.appends:
                draft.add(row.path, own_copy(row.assignment))
            elif draft.get(row.path) is None:
                draft.put(row.path, own_copy(row.assignment), source)  # another row may set an element of it


def elements(mapping: Compiled) -> tuple[Element, ...]:
    """Of the rows of results, those of values apart, by the element they begin in; in the rows' order."""
    fixed = [row for row in mapping.fixed if row.draft == RESULT]
    names = dict.fromkeys([_top(each.row) for each in mapping.items] + [_top(row) for row in fixed])
    made = []
    for name in names:
        rows = tuple(each for each in mapping.items if _top(each.row) == name)
        own = [row for row in fixed if _top(row) == name]
        told = [each.row for each in rows] + own
        asked = [row.field for row in told] + [row.when.field for row in told if row.when]
        made.append(Element(name, rows, own, tuple(dict.fromkeys(one for one in asked if one))))
    return tuple(made)


def _top(row: Row) -> str:
    return row.path.partition(".")[0].partition("[")[0]


def tell(account: Ledger, place: Callable[[str], str], ledger: Ledger) -> None:
    """What was remembered of a saying, said of this place. ``place``: where a field stands."""
    for issue in account.issues:
        told = replace(issue, expression=place(issue.expression))
        ledger.issues.append(told)
        if issue in account.holds:
            ledger.holds.append(told)
    for one in account.unplaced:
        ledger.leave(place(one.field), one.reason, clinical=one.clinical)
