"""A mapping file made ready: its rows with their converters, by whether they speak of the record or of each result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.mapping.mapped.attributes import wrong_attribute
from gateway.mapping.mapped.contradictions import contradictions
from gateway.mapping.mapped.datatypes import Manner, Target, converter, target_of
from gateway.mapping.mapped.file import MappedFile, wrong
from gateway.mapping.mapped.parts import PARTS, PATIENT, REPORT, RESULT
from gateway.mapping.mapped.results import DATATYPES, Inside
from gateway.mapping.mapped.toml_lines import Path
from gateway.mapping.placing import CompiledRow, Field, compile_rows
from gateway.mapping.rows import Row
from gateway.mapping.vocabulary import vocabulary

Rows = tuple[CompiledRow[Field, Manner, str], ...]


@dataclass(frozen=True, eq=False, slots=True)
class Compiled:
    """``head``, ``items``: rows with a field, of the record and of each result; ``fixed``: those without one.

    ``results``: by datatype (value, unit, range, low, high), the rows of the result itself; ``alone``: the field where
    there is one row alone, without a condition; ``ends``: those of low and high that have rows. ``head_fields``: placed
    once a record, ``patient_fields`` those of them that say who the patient is. ``conditional``: fields
    that every row of theirs may pass over. ``known``: all it speaks of. ``says_status``: a row gives the report's.
    ``inside``: what it says of its values, ``flag``: what a flag in one means, None where none is one.
    """

    file: MappedFile
    head: Rows
    items: Rows
    fixed: tuple[Row, ...]
    results: dict[str, tuple[Row, ...]]
    alone: dict[str, str]
    ends: tuple[str, ...]
    parts: tuple[str, ...]
    head_fields: tuple[str, ...]
    item_fields: frozenset[str]
    patient_fields: frozenset[str]
    conditional: tuple[str, ...]
    key: tuple[str, ...]
    known: frozenset[str]
    says_status: bool
    inside: Inside
    flag: Target | None


def compiled(file: MappedFile) -> Compiled:
    """SettingsError with line and path for each row that names what is not there, or contradicts another."""
    if errors := list(_unknown(file)) or list(contradictions(file.rows)):
        raise wrong(file.text, errors)
    of_results = [row for row in file.rows if row.datatype in DATATYPES]
    plain = [row for row in file.rows if row.field and row.datatype not in DATATYPES]
    head, items = _split(plain, lambda row: row.draft != RESULT)
    item_fields = frozenset([row.field for row in (*items, *of_results)] + [test.column for test in file.tests])
    parts = dict.fromkeys(row.draft for row in file.rows if row.draft != RESULT)
    when = {row.field for row in file.rows if row.when} - {row.field for row in file.rows if not row.when}
    flags = file.options.get("flags_in_values", "")
    results = {kind: tuple(row for row in of_results if row.datatype == kind) for kind in sorted(DATATYPES)}
    codes = tuple(row.field for row in items if row.path.startswith("code"))
    return Compiled(
        file,
        _rows(head, file),
        _rows(items, file),
        tuple(row for row in file.rows if not row.field),
        results,
        {kind: rows[0].field for kind, rows in results.items() if len(rows) == 1 and rows[0].when is None},
        tuple(end for end in ("low", "high") if any(row.datatype == end for row in of_results)),
        (PATIENT, *(part for part in parts if part != PATIENT)),
        tuple(dict.fromkeys([*(row.field for row in head), *file.report])),
        item_fields,
        frozenset(row.field for row in head if row.draft == PATIENT),
        tuple(sorted(field for field in when if field)),
        file.item or tuple(dict.fromkeys(codes)),
        file.fields,
        any(row.attribute == f"{REPORT}.status" for row in file.rows),
        Inside(file.options.get("units_in_values", False), _flags(flags, file)),
        target_of(flags, file.vocabularies) if flags else None,
    )


def _flags(name: str, file: MappedFile) -> frozenset[str]:
    own = file.vocabularies.get(name)
    return frozenset(own.codes if own else vocabulary(name).codes if name else ())


def _rows(rows: Iterable[Row], file: MappedFile) -> Rows:
    return compile_rows(rows, lambda row: converter(row, file.vocabularies), str)


def _split(rows: Iterable[Row], first: Callable[[Row], bool]) -> tuple[list[Row], list[Row]]:
    made: tuple[list[Row], list[Row]] = ([], [])
    for row in rows:
        made[not first(row)].append(row)
    return made


def _unknown(file: MappedFile) -> Iterator[tuple[Path, str]]:
    for index, row in enumerate(file.rows):
        if row.draft not in PARTS:
            yield ("row", index, "attribute"), f"{row.draft} is none of {', '.join(PARTS)}"
        elif row.datatype in DATATYPES:
            yield from (((("row", index, "datatype"), error)) for error in _misplaced(row))
        elif error := _unreadable(row, file):
            yield ("row", index, "datatype"), error
        elif error := wrong_attribute(PARTS[row.draft].type, row):
            yield ("row", index, "attribute"), error
    if flags := file.options.get("flags_in_values"):
        try:
            target_of(flags, file.vocabularies)
        except ValueError as error:
            yield ("reading", "flags_in_values"), str(error)
    if not any(row.draft == PATIENT for row in file.rows):
        yield ("row",), "no row says who the patient is"
    results = any(row.draft == RESULT for row in file.rows)
    if results and not file.tests and not any(row.datatype == "value" for row in file.rows):
        yield ("row",), "rows of Observation, and none with the datatype value"


def _unreadable(row: Row, file: MappedFile) -> str:
    if row.assignment is None:
        try:
            converter(row, file.vocabularies)
        except ValueError as error:
            return str(error)
    return ""


# Where the rows of a result stand in HL7's own maps; ``value[x]`` is what the value turns out to be.
_PLACES: dict[str, Any] = {
    "value": "Observation.value[x]",
    "unit": "Observation.value[x].unit",
    "range": "Observation.referenceRange[0]",
    "low": "Observation.referenceRange[0].low",
    "high": "Observation.referenceRange[0].high",
}


def _misplaced(row: Row) -> Iterator[str]:
    if row.attribute != _PLACES[row.datatype]:
        yield f"the datatype {row.datatype} has the attribute {_PLACES[row.datatype]}"
    if row.vocabulary or row.assignment is not None or not row.field:
        yield f"the datatype {row.datatype} takes a field, and neither a vocabulary nor an assignment"
