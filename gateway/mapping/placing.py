"""Rows at work: compiled once, each into the steps it takes, then applied to every record.

A compiled row knows its converter, its condition and how it sets its element; nothing of it
is looked up again. What it means stands in gateway.mapping.rows; a plain reading of the same
rows in tests/mapping/plain_rows.py is held equal to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from gateway.mapping.draft import Draft, Piece, own_copy
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.rows import Row, When
from gateway.r4.extension_definitions import extension_definition


class Said(Protocol):
    """One repetition of a source field, whatever its value is."""

    @property
    def path(self) -> str:
        """Its full path: ``PID-3[2]``, ``XML1.HO_TEN``."""


S = TypeVar("S", bound=Said)
S_co = TypeVar("S_co", bound=Said, covariant=True)
K = TypeVar("K")  # how a source finds a field: its name, or a number made of it once
K_contra = TypeVar("K_contra", contravariant=True)
C = TypeVar("C")  # what a record lets its converters know: the facility, whom it names


class Field(NamedTuple):
    """A repetition whose value is a text."""

    path: str
    value: str


class Source(Protocol[S_co, K_contra]):
    """A segment or a table row, as rows see it."""

    def repetitions(self, field: K_contra, /) -> Sequence[S_co]:
        """The field's repetitions that say something; empty when it is."""

    def text(self, field: K_contra, /) -> str:
        """The field as plain text for ``when``; "" when empty."""


# (a repetition, what the record lets one know) → a Piece, or None for nothing to place;
# CannotPlace when it has no place.
Convert = Callable[[S, C], Piece | None]
Put = Callable[[Draft, Piece], None]


@dataclass(frozen=True, slots=True)
class CompiledRow(Generic[S, C, K]):
    """A row with where its field is found, its converter, its condition and the way it sets its element."""

    row: Row
    field: K
    draft: str
    convert: Convert[S, C]
    put: Put
    when: tuple[K, When] | None


def compile_rows(
    rows: Iterable[Row], converter: Callable[[Row], Convert[S, C]], locate: Callable[[str], K]
) -> tuple[CompiledRow[S, C, K], ...]:
    """The rows in their order.

    ``converter`` gives what a row's datatype, vocabulary and parameter ask for, ``locate`` how
    the source finds a field by its name (``PID-3``).
    """
    made = []
    for row in rows:
        convert = _fixed(row) if row.assignment is not None else converter(row)
        put = _appending(row.path) if row.appends else _setting(row)
        when = (locate(row.when.field), row.when) if row.when is not None else None
        made.append(CompiledRow(row, locate(row.field), row.draft, convert, put, when))
    return tuple(made)


def place(
    rows: Iterable[CompiledRow[S, C, K]], source: Source[S, K], drafts: Mapping[str, Draft], context: C, ledger: Ledger
) -> None:
    """Apply the rows in order. A bad field costs that field, with an issue, never the record."""
    for compiled in rows:
        said = source.repetitions(compiled.field)
        if not said:
            continue
        draft = drafts.get(compiled.draft)
        if draft is None or (compiled.when is not None and not compiled.when[1].holds(source.text(compiled.when[0]))):
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
    """A row that says itself what is placed; each time its own copy, since another row may set an element of it."""
    if isinstance(row.assignment, dict | list):
        return lambda one, _context: Piece.of(own_copy(row.assignment), one.path)
    return lambda one, _context: Piece.of(row.assignment, one.path)


def _appending(path: str) -> Put:
    if path == "extension":
        return _extend

    def append(draft: Draft, piece: Piece) -> None:
        draft.add(path, piece)

    return append


def _extend(draft: Draft, piece: Piece) -> None:
    """An extension stands as often as its definition allows: a second mother's maiden name has no place."""
    alike = [each for each in draft.resource.get("extension", ()) if each["url"] == piece.value["url"]]
    definition = extension_definition(piece.value["url"]) if alike else None
    if definition is None or definition.most is None or len(alike) < definition.most:
        draft.add("extension", piece)
    elif piece.value not in alike:
        raise CannotPlace("element-taken", code="duplicate", element=f"{draft.type}.extension:{definition.name}")


def _setting(row: Row) -> Put:
    """An element is set once; the same said again is no news, something else is refused."""
    path = row.path
    if path.isalnum():  # an element of the resource itself, as most are

        def put_top(draft: Draft, piece: Piece) -> None:
            known = draft.resource.get(path)
            if known is None:
                draft.resource[path] = piece.value
                piece.trace(path, draft.lineage)
            elif known != piece.value:
                raise CannotPlace("element-taken", code="duplicate", element=f"{draft.type}.{path}")

        return put_top

    def put(draft: Draft, piece: Piece) -> None:
        known = draft.get(path)
        if known is None:
            draft.place(path, piece)
        elif known != piece.value:
            raise CannotPlace("element-taken", code="duplicate", element=f"{draft.type}.{path}")

    return put
