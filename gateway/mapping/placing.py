"""Rows at work: compiled once, each into the steps it takes, then applied to every record.

A compiled row knows its converter, its condition and how it sets its element; nothing of it
is looked up again. What it means stands in gateway.mapping.rows; a plain reading of the same
rows in tests/mapping/plain_rows.py is held equal to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.rows import Row


class Said(Protocol):
    """One repetition of a source field, whatever its value is."""

    @property
    def path(self) -> str:
        """Its full path: ``PID-3[2]``, ``XML1.HO_TEN``."""


S = TypeVar("S", bound=Said)
S_co = TypeVar("S_co", bound=Said, covariant=True)
C = TypeVar("C")  # what a record lets its converters know: the facility, whom it names


@dataclass(frozen=True, slots=True)
class Field:
    """A repetition whose value is a text."""

    path: str
    value: str


class Source(Protocol[S_co]):
    """A segment or a table row, as rows see it."""

    def repetitions(self, name: str) -> Sequence[S_co]:
        """The field's repetitions that say something, by its row name (``PID-3``); empty when it is."""

    def text(self, name: str) -> str:
        """The field as plain text for ``when``; "" when empty."""


# (a repetition, what the record lets one know) → a Piece, or None for nothing to place;
# CannotPlace when it has no place.
Convert = Callable[[S, C], Piece | None]
Put = Callable[[Draft, Piece], None]


@dataclass(frozen=True, slots=True)
class CompiledRow(Generic[S, C]):
    """A row with its converter and the way it sets its element."""

    row: Row
    field: str
    draft: str
    convert: Convert[S, C]
    put: Put


def compile_rows(rows: Iterable[Row], converter: Callable[[Row], Convert[S, C]]) -> tuple[CompiledRow[S, C], ...]:
    """The rows in their order; ``converter`` gives what a row's datatype, vocabulary and parameter ask for."""
    made = []
    for row in rows:
        convert = _fixed(row) if row.assignment is not None else converter(row)
        put = _appending(row.path) if row.appends else _setting(row)
        made.append(CompiledRow(row, row.field, row.draft, convert, put))
    return tuple(made)


def place(
    rows: Iterable[CompiledRow[S, C]], source: Source[S], drafts: Mapping[str, Draft], context: C, ledger: Ledger
) -> None:
    """Apply the rows in order. A bad field costs that field, with an issue, never the record."""
    for compiled in rows:
        said = source.repetitions(compiled.field)
        if not said:
            continue
        draft = drafts.get(compiled.draft)
        when = compiled.row.when
        if draft is None or (when is not None and not when.holds(source.text(when.field))):
            continue
        for one in said:
            try:
                piece = compiled.convert(one, context)
                if piece is not None:
                    compiled.put(draft, piece)
            except CannotPlace as why:
                why.clinical = why.clinical or compiled.row.clinical
                ledger.refuse_field(one.path, why)
            else:
                ledger.use(one.path)


def _fixed(row: Row) -> Convert[S, C]:
    """A row that says itself what is placed."""
    return lambda one, _context: Piece.of(row.assignment, one.path)


def _appending(path: str) -> Put:
    def append(draft: Draft, piece: Piece) -> None:
        draft.add(path, piece)

    return append


def _setting(row: Row) -> Put:
    """An element is set once; the same said again is no news, something else is refused."""
    path = row.path

    def put(draft: Draft, piece: Piece) -> None:
        known = draft.get(path)
        if known is None:
            draft.place(path, piece)
        elif known != piece.value:
            raise CannotPlace("element-taken", code="duplicate", element=f"{draft.type}.{path}")

    return put
