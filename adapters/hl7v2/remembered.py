"""Conversions made before: a laboratory writes the same codes, units and names in result after result.

What a conversion makes of a field follows from the field's text, the delimiters, and what the
scope says of the sender: together they are the key, so an answer remembered is the answer it
would give again. The field's path is not in the key: lineage is remembered relative to it.
Whoever recalls an answer gets a copy, never what another resource holds.

Not remembered: conversions that failed or had something to remark, and long texts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

from adapters.hl7v2.copies import copier
from adapters.hl7v2.memory import Answer
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Account, Value
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace, Ledger

_HERE = "?"  # stands for the field's path; not empty, since an empty source means that there is none
LONGEST = 300  # characters of a field's text


class _Recalled(Piece):
    """A piece whose lineage is known leaf by leaf."""

    __slots__ = ("_leaves", "_path")

    def __init__(self, value: Any, leaves: tuple[tuple[str, str], ...], path: str) -> None:
        self.value = value
        self._leaves = leaves
        self._path = path

    @property
    def sources(self) -> dict[str, str]:
        return {inner.removeprefix("."): self._path + end for inner, end in self._leaves}

    def trace(self, at: str, lineage: dict[str, str]) -> None:
        path = self._path
        for inner, end in self._leaves:
            lineage[at + inner] = path + end


class _Conversion(Protocol):
    def __call__(self, value: Value, scope: Scope, /, *parameters: str) -> Piece | None: ...


C = TypeVar("C", bound=Callable[..., Piece | None])


def remembered(convert: C) -> C:
    """A conversion of (value, scope, *parameters) that asks nothing else, neither ledger nor directory."""

    @wraps(convert)
    def recall(value: Value, scope: Scope, *parameters: str) -> Piece | None:
        if len(value.raw) > LONGEST:
            return convert(value, scope, *parameters)
        key = (convert, value.raw, parameters)
        try:
            answer = scope.memory.answers[key]
        except KeyError:
            answer = _learn(cast(_Conversion, convert), value, scope, parameters)
            scope.memory.keep(key, answer)
        if answer is None:
            return convert(value, scope, *parameters)
        value.account_for(answer.account)
        return None if answer.value is None else _Recalled(answer.copy(), answer.leaves, value.path)

    return cast(C, recall)


def _learn(convert: _Conversion, value: Value, scope: Scope, parameters: tuple[str, ...]) -> Answer | None:
    """The conversion tried on the text at no field's path; None when it is to be made anew each time."""
    trial, ledger = value.alone(_HERE), Ledger()
    try:
        piece = convert(trial, replace(scope, ledger=ledger), *parameters)
    except CannotPlace:
        return None
    if ledger.issues or ledger.unplaced:
        return None
    leaves: dict[str, str] = {}
    if piece is not None:
        piece.trace("", leaves)
    account = Account(frozenset(trial.taken), tuple(map(_end, trial.left())))
    ends = tuple((inner, _end(source)) for inner, source in leaves.items())
    made = piece.value if piece is not None else None
    return Answer(made, copier(made), ends, account)


def _end(path: str) -> str:
    """What follows the field's own path: ``.4.2`` of ``OBX[3]-15.4.2``."""
    return path.removeprefix(_HERE)
