"""What a mapping file for JSON says beside what every mapping file says, and what of it cannot be.

A field is a path from the record's object: ``benh_nhan.ho_ten``, ``ket_qua[].ten_xn``, ``dien_thoai[]``; ``[]`` stands
for each element of an array. A key with a dot or a bracket is written ``["a.b"]``::

    [record]
    records = "phieu[]"             # the array whose elements are a report each; without it the whole object is one
    results = "phieu[].ket_qua[]"   # the array whose elements are a result each; without it the record is one
    report = ["phieu[].so_phieu"]
    facility = "ma_cskcb"
"""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import fields, validate

from gateway.adapter import MappingText
from gateway.mapping.mapped.compiled import Compiled, compiled
from gateway.mapping.mapped.file import (
    MappedFile,
    ReadingSchema,
    RecogniseSchema,
    RecordSchema,
    Shape,
    read_mapped,
    wrong,
)
from gateway.mapping.mapped.parts import PATIENT
from gateway.mapping.mapped.results import DATATYPES
from gateway.mapping.mapped.toml_lines import Path

_ARRAY = validate.Regexp(
    r'[^.\[\]"]+(\[\])?(\.[^.\[\]"]+(\[\])?)*(?<=\[\])\Z', error="the path of an array, which ends in []"
)


class _Record(RecordSchema):
    records = fields.String(load_default="", validate=_ARRAY)
    results = fields.String(load_default="", validate=_ARRAY)
    facility = fields.String(load_default="", validate=validate.Length(min=1, max=200))


_SHAPE = Shape(RecogniseSchema, ReadingSchema, _Record)


def read(text: MappingText) -> Compiled:
    """The mapping file, ready; SettingsError with line and path for each error."""
    file = read_mapped(text, _SHAPE)
    if errors := list(_impossible(file)):
        raise wrong(text, errors)
    return compiled(file)


def arrays(field: str) -> list[str]:
    """The arrays around a field, outermost first: ``a[].b[].c`` stands in ``a[]`` and ``a[].b[]``."""
    return [field[: at + 2] for at in range(len(field)) if field.startswith("[]", at)]


def _impossible(file: MappedFile) -> Iterator[tuple[Path, str]]:
    records, results = file.options["records"], file.options["results"]
    around_record, around_result = arrays(records), arrays(results or records)
    if records and results and not results.startswith(f"{records}."):
        yield ("record", "results"), f"it does not stand in {records}"
    for name in file.report:
        if arrays(name) != around_record:
            yield ("record", "report"), f"{name} does not stand in the record itself: another may have another"
    for path, name in _single(file):
        inside = arrays(name)
        if inside != around_result[: len(inside)]:
            yield path, f"{name} stands in an array that is not around [record] results: it may say several things"
    for index, row in enumerate(file.rows):
        inside = arrays(row.field)
        if row.field and inside[: len(around_record)] != around_record:
            if inside:
                yield ("row", index, "field"), f"{row.field} stands in an array outside of the record"
            elif row.draft == PATIENT:
                yield ("row", index, "field"), f"{row.field} stands outside of the record, which must name its patient"


def _single(file: MappedFile) -> Iterator[tuple[Path, str]]:
    """The fields that must say one thing: who the patient is, what a result is, what tells results apart."""
    for index, row in enumerate(file.rows):
        if row.field and (row.draft == PATIENT or row.datatype in DATATYPES):
            yield ("row", index, "field"), row.field
        if row.when is not None:
            yield ("row", index, "when"), row.when.field
    for index, test in enumerate(file.tests):
        yield ("test", index, "column"), test.column
    for name in file.item:
        yield ("record", "item"), name
    if sender := file.options["facility"]:
        yield ("record", "facility"), sender
