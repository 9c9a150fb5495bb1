"""Mapping rows read as they are written, word for word and without any preparation: what compiled ones must equal."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.placing import Source
from gateway.mapping.rows import Row
from gateway.r4.extension_definitions import extension_definition


def place_plainly(
    rows: Sequence[Row],
    source: Source[Any, str],
    drafts: Mapping[str, Draft],
    converter: Callable[[Row], Callable[[Any, Any], Piece | None]],
    context: Any,
    ledger: Ledger,
) -> None:
    """Row after row: its draft, its condition, its field, its converter, its element."""
    for row in rows:
        if row.draft not in drafts:
            continue
        if row.when is not None and not row.when.holds(source.text(row.when.field)):
            continue
        for one in source.repetitions(row.field):
            try:
                if row.assignment is not None:
                    piece: Piece | None = Piece(row.assignment, {"": one.path})
                else:
                    piece = converter(row)(one, context)
                if piece is not None:
                    _put(drafts[row.draft], row, piece)
                ledger.use(one.path)
            except CannotPlace as why:
                why.clinical = why.clinical or row.clinical
                ledger.refuse_field(one.path, why)


def _put(draft: Draft, row: Row, piece: Piece) -> None:
    steps = _steps(row.path)
    known = _found(draft.resource, steps)
    if row.path == "extension":
        url = piece.value["url"]
        alike = [one for one in known or [] if one["url"] == url]
        definition = extension_definition(url)
        if definition and definition.most is not None and len(alike) >= definition.most:
            if piece.value not in alike:
                raise CannotPlace(
                    "element-taken", code="duplicate", element=f"{draft.type}.extension:{definition.name}"
                )
            return
    if row.appends:
        steps.append(len(known) if isinstance(known, list) else 0)
    elif known is not None:
        if known != piece.value:
            raise CannotPlace("element-taken", code="duplicate", element=f"{draft.type}.{row.path}")
        return
    _set(draft.resource, steps, piece.value)
    at = row.path + (f"[{steps[-1]}]" if row.appends else "")
    for inner, source in piece.sources.items():
        _trace(f"{at}.{inner}" if inner else at, _found(piece.value, _steps(inner)), source, draft)


def _trace(at: str, value: Any, source: str, draft: Draft) -> None:
    """The source is that of every leaf."""
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            _trace(f"{at}.{key}" if isinstance(value, dict) else f"{at}[{key}]", item, source, draft)
    else:
        draft.lineage[at] = source


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for name, index in re.findall(r"([A-Za-z_0-9]+)(?:\[([0-9]+)\])?", path):
        steps += [name, int(index)] if index else [name]
    return steps


def _found(value: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _set(target: Any, steps: Sequence[str | int], value: Any) -> None:
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        item: Any = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int) and step == len(target):
            target.append(item)
        elif following is None or (isinstance(step, str) and step not in target):
            target[step] = item
        target = target[step]
