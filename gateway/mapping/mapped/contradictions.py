"""Rows of a mapping file that contradict each other whatever a record says: told when the file is read, not with every
record, and never by taking one of them in silence.

Two columns may share an element, the number in one and the text in the other: where both speak, that record says so
(``element-taken``). What the file itself says twice, or as two types of one choice element, is nobody's to choose from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gateway.mapping.mapped.parts import PARTS, RESULT
from gateway.mapping.mapped.toml_lines import Path
from gateway.mapping.rows import Row
from gateway.r4.schema import Type, type_named

_NAME = re.compile(r"[A-Za-z0-9]+")
_VALUE = f"{RESULT}.value[x]"


def contradictions(rows: Sequence[Row]) -> Iterator[tuple[Path, str]]:
    """The path of each row that says something else than one above it, or the same again, and what is wrong."""
    for index, row in enumerate(rows):
        at: Path = ("row", index, "attribute")
        if row.draft == RESULT and row.datatype != "value" and _element(row) == _VALUE:
            yield at, "a result's value is the datatype value at Observation.value[x], whatever type it turns out to be"
            continue
        for number, other in enumerate(rows[:index], 1):
            if error := _between(other, row):
                yield at, f"row {number} {error}"
                break


def _between(other: Row, row: Row) -> str:
    if (other.field, other.attribute, other.when, other.assignment) == (
        row.field, row.attribute, row.when, row.assignment,
    ):  # fmt: skip
        return "says the same"
    if other.draft != row.draft or _element(other) != _element(row) or row.appends or (other.when and row.when):
        return ""
    if not other.field and not row.field and not other.when and not row.when:
        return "says it of every record"
    if other.attribute != row.attribute:
        return f"says it as {other.attribute}: a record has one of them"
    return ""


def _element(row: Row) -> str:
    """The attribute with its choice elements by R4's name: ``Patient.deceased[x]`` for ``Patient.deceasedBoolean``."""
    here: Type | None = type_named(PARTS[row.draft].type)
    steps = [row.draft]
    for step in row.attribute.removesuffix("[]").split(".")[1:]:
        name = _NAME.match(step)
        found = here.properties.get(name[0]) if here is not None and name else None
        choice = found is not None and found.path.endswith("[x]")
        steps.append(f"{found.element}[x]" if found is not None and choice else step)
        here = found.type if found is not None and isinstance(found.type, Type) else None
    return ".".join(steps)
