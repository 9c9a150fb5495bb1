"""Repetitions of a text are its lines (HL7 v2.5.1 section 2.A.79); those that are empty are empty lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapters.hl7v2.segments import Value

_REPETITION = re.compile(r"\[([0-9]+)\]\Z")


def text_of(values: Sequence[Value]) -> str:
    """The lines that say something, and the empty ones between them."""
    if len(values) == 1:
        return values[0].whole()
    lines: dict[int, str] = {_repetition(value): value.whole() for value in values}
    return "\n".join(lines.get(number, "") for number in range(min(lines), max(lines) + 1))


def field_path(values: Sequence[Value]) -> str:
    """The path of the field, without the repetition where there are several."""
    return values[0].path if len(values) == 1 else _REPETITION.sub("", values[0].path)


def _repetition(value: Value) -> int:
    """2 of ``OBX[1]-5[2]``."""
    found = _REPETITION.search(value.path)
    return int(found[1]) if found is not None else 1
