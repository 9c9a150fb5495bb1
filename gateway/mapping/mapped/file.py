"""A hospital's own mapping file: TOML, written by its own team, no Python. The loader refuses silence.

The rows have the columns of gateway.mapping.rows; beside them stand what a payload is recognised by, how it is read,
what makes one report, a column for each test of a wide table, and codes in the hospital's own words::

    adapter = "tabular"
    name = "xn-huyen"
    version = "1"

    [recognise]
    fields = ["SO_PHIEU", "KET_QUA"]     # a payload has all of them, or is another's

    [reading]
    decimal_comma = true                 # 7,2 is 7.2; else as the facility's registration says
    dates = ["dd/MM/yyyy HH:mm"]         # gateway.mapping.mapped.dates

    [record]
    report = ["SO_PHIEU"]                # the same in all of one report, and of no other of the patient's

    [[row]]
    field = "MA_BN"
    attribute = "Patient.identifier[]"
    datatype = "mrn"

    [[row]]                              # without a field: said by the file itself, of every record
    attribute = "DiagnosticReport.code.text"
    assignment = "Huyết học"

    [[test]]                             # of a wide table: a column a test
    column = "GLU"
    name = "Glucose"
    unit = "mmol/L"

    [vocabulary.phai]
    codes = {"Nam" = "male", "Nữ" = "female"}

    [unplaced]
    STT = "position in the table only"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from gateway.adapter import MappingText
from gateway.errors import SettingsError
from gateway.mapping.mapped.dates import pattern
from gateway.mapping.mapped.toml_lines import Path, line_of, lines
from gateway.mapping.rows import Row, RowSchema
from gateway.outcome import Issue


@dataclass(frozen=True, slots=True)
class ColumnTest:
    """A column of a wide table that holds one test's results.

    ``code``: the facility's own code, in its own system ``system``. ``unit``, ``range``: as its reports print them.
    """

    column: str
    code: str
    system: str
    name: str = ""
    unit: str = ""
    range: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The hospital's words for codes: text as written → code. ``system``: of those codes."""

    codes: Mapping[str, str]
    system: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class MappedFile:
    """A mapping file, read. ``options``: what of [reading], [recognise] and [record] only its reader knows."""

    text: MappingText
    recognise: tuple[str, ...]
    decimal_comma: bool | None
    dates: tuple[str, ...]
    report: tuple[str, ...]
    item: tuple[str, ...]
    rows: tuple[Row, ...]
    tests: tuple[ColumnTest, ...]
    vocabularies: Mapping[str, Words]
    unplaced: Mapping[str, str]
    options: Mapping[str, Any]

    @property
    def fields(self) -> frozenset[str]:
        """Every field it speaks of, and must find an account for."""
        placed = {row.field for row in self.rows if row.field} | {test.column for test in self.tests}
        return frozenset(placed | {row.when.field for row in self.rows if row.when} | set(self.unplaced))


# What cannot be placed of these holds the exchange, unless the row says ``clinical = false``.
_CLINICAL = frozenset({"DiagnosticReport", "Observation", "ServiceRequest", "Specimen"})

_NAME = validate.Length(min=1, max=200)
_TEXTS = fields.List(fields.String(validate=_NAME))


def _is_reason(text: str) -> None:
    if text == "?":  # as a proposed file says (gateway.mapping.proposal)
        raise ValidationError("not decided: give it a row, or say here why it has no place")
    if len(text) < 3:
        raise ValidationError("a reason of three letters at least")


def _is_form(text: str) -> None:
    try:
        pattern(text)
    except ValueError:
        raise ValidationError("not a form of dates: yyyy, MM or M, dd or d, HH or H, mm, ss") from None


class RecogniseSchema(Schema):
    """What a payload is recognised by; a reader adds its own keys."""

    class Meta:
        unknown = RAISE

    fields_ = fields.List(
        fields.String(validate=_NAME), required=True, data_key="fields", validate=validate.Length(min=1)
    )


class ReadingSchema(Schema):
    """How texts are read; a reader adds its own keys."""

    class Meta:
        unknown = RAISE

    decimal_comma = fields.Boolean()
    dates = fields.List(fields.String(validate=_is_form))
    units_in_values = fields.Boolean()
    flags_in_values = fields.String(validate=_NAME)


class RecordSchema(Schema):
    """What makes one report; a reader adds its own keys."""

    class Meta:
        unknown = RAISE

    report = fields.List(fields.String(validate=_NAME), required=True, validate=validate.Length(min=1))
    item = _TEXTS


class _MappedRowSchema(RowSchema):
    field = fields.String(load_default="")

    @post_load
    def _made(self, loaded: dict[str, Any], **rest: Any) -> Row:
        if not loaded["field"] and loaded.get("assignment") is None:
            raise ValidationError("a row names a field, or an assignment of its own", "field")
        loaded.setdefault("clinical", loaded["attribute"].partition(".")[0] in _CLINICAL)
        made: Row = super()._made(loaded, **rest)
        return made


class _TestSchema(Schema):
    class Meta:
        unknown = RAISE

    column = fields.String(required=True, validate=_NAME)
    code = fields.String(validate=_NAME)
    system = fields.String(load_default="test", validate=validate.Regexp(r"[a-z0-9]+(-[a-z0-9]+)*\Z"))
    name = fields.String(validate=_NAME)
    unit = fields.String()
    range = fields.String()

    @post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> ColumnTest:
        loaded.setdefault("code", loaded["column"])
        return ColumnTest(**loaded)


class _WordsSchema(Schema):
    class Meta:
        unknown = RAISE

    system = fields.String(validate=_NAME)
    codes = fields.Dict(fields.String(), fields.String(validate=_NAME), required=True)

    @post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> Words:
        return Words(**loaded)


@dataclass(frozen=True, slots=True)
class Shape:
    """The tables of a mapping file whose keys depend on who reads the payload."""

    recognise: type[RecogniseSchema] = RecogniseSchema
    reading: type[ReadingSchema] = ReadingSchema
    record: type[RecordSchema] = RecordSchema


def _schema(shape: Shape) -> Schema:
    reason = fields.String(validate=_is_reason)
    return Schema.from_dict(
        {
            "adapter": fields.String(required=True),
            "name": fields.String(required=True),
            "version": fields.String(required=True),
            "comment": fields.String(),
            "recognise": fields.Nested(shape.recognise, required=True),
            "reading": fields.Nested(shape.reading, load_default=dict),
            "record": fields.Nested(shape.record, required=True),
            "row": fields.List(fields.Nested(_MappedRowSchema), load_default=list),
            "test": fields.List(fields.Nested(_TestSchema), load_default=list),
            "vocabulary": fields.Dict(fields.String(), fields.Nested(_WordsSchema), load_default=dict),
            "unplaced": fields.Dict(fields.String(), reason, load_default=dict),
        }
    )(unknown=RAISE)


def read_mapped(text: MappingText, shape: Shape) -> MappedFile:
    """The mapping file; SettingsError with an issue for each error, ``expression``: file, line and path."""
    raw = tomllib.loads(text.text)
    try:
        loaded = _schema(shape).load(raw)
    except ValidationError as broken:
        raise wrong(text, _flat(broken.messages_dict)) from None
    recognise, reading, record = loaded["recognise"], loaded["reading"], loaded["record"]
    made = MappedFile(
        text,
        tuple(recognise.pop("fields_")),
        reading.pop("decimal_comma", None),
        tuple(reading.pop("dates", ())),
        tuple(record.pop("report")),
        tuple(record.pop("item", ())),
        tuple(loaded["row"]),
        tuple(loaded["test"]),
        loaded["vocabulary"],
        loaded["unplaced"],
        {**recognise, **reading, **record},
    )
    if errors := list(_contradictions(made)):
        raise wrong(text, errors)
    return made


def wrong(text: MappingText, errors: Iterable[tuple[Path, str]]) -> SettingsError:
    """The error that names each path with its line."""
    found = lines(text.text)
    issues = [
        Issue("error", "invalid", "mapping-file", f"{text.name}, line {line}, {_written(path)}", {"error": error})
        for line, path, error in sorted((line_of(found, path), path, error) for path, error in errors)
    ]
    return SettingsError("mapping-file", text.name, issues=issues, error="")


def _written(path: Path) -> str:
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _flat(messages: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Each of marshmallow's messages with its path; of a dict's entry it says ``key`` or ``value`` between."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _flat(inner, path if key in ("_schema", "value") else (*path, key))
    else:
        for one in messages if isinstance(messages, list) else [messages]:
            yield path, str(one)


def _contradictions(made: MappedFile) -> Iterator[tuple[Path, str]]:
    """What each table alone cannot know of the others."""
    columns = [test.column for test in made.tests]
    placed = {row.field for row in made.rows} | set(columns)
    for name in made.unplaced:
        if name in placed:
            yield ("unplaced", name), "it has a row, and stands here too"
    for index, name in enumerate(columns):
        if name in columns[:index]:
            yield ("test", index, "column"), "another test has this column"
    known = made.fields
    for key, names in (("recognise", made.recognise), ("record", made.report), ("record", made.item)):
        for name in names:
            if name not in known:
                yield (key,), f"{name} has neither a row nor a reason under [unplaced]"
    if made.tests and any(row.draft == "Observation" and row.path.startswith("code") for row in made.rows):
        yield ("test", 0), "the tests say what each result is, and a row of Observation.code says it too"
