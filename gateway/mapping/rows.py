"""Mapping rows: which field goes to which element. The loader refuses silence.

A mapping file is TOML, one for each segment or table::

    source = "PID"                       # what the fields belong to
    version = "1"

    [[row]]
    field = "PID-7"
    attribute = "Patient.birthDate"      # draft, then element path; "[]" at the end appends
    datatype = "date"                    # the converter's name
    vocabulary = "…"                     # a ConceptMap in mappings/vocabularies/
    assignment = "…"                     # a fixed value instead of the field's own
    when = {field = "PID-8", equals = "M"}
    clinical = true                      # a value that cannot be placed holds the exchange
    ig = "PID[Patient] PID-7 birthDate"  # the rows of a published map it honours, a text or a list
    comment = "why it is so, and not as the map says"

    [unplaced]
    "PID-1" = "position of the segment only"

    [finish]                             # placed by the adapter's Python, with the reason why rows cannot
    "OBX-5" = "its type stands in OBX-2"

The columns are those of HL7's own v2-to-FHIR maps. ``when`` tests one field one way:
``present``, ``equals``, ``in`` or ``longer_than``; more than that is Python, where it can be tested.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from gateway.errors import SettingsError


@dataclass(frozen=True, slots=True)
class When:
    """A test of one field, one way."""

    field: str
    present: bool | None = None
    equals: str | None = None
    among: tuple[str, ...] | None = None
    longer_than: int | None = None

    def holds(self, text: str) -> bool:
        if self.present is not None:
            return bool(text) is self.present
        if self.equals is not None:
            return text == self.equals
        if self.among is not None:
            return text in self.among
        return len(text) > (self.longer_than or 0)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a mapping file.

    Of its attribute, ``draft``: the name of the draft it goes to (``Patient`` of ``Patient.birthDate``); ``path``: the
    element inside the draft, without the ``[]`` of one that ``appends``.
    """

    field: str
    attribute: str
    datatype: str = "text"
    vocabulary: str = ""
    assignment: Any = None
    when: When | None = None
    clinical: bool = False
    ig: tuple[str, ...] = ()
    comment: str = ""
    draft: str = dataclasses.field(init=False, repr=False, compare=False)
    path: str = dataclasses.field(init=False, repr=False, compare=False)
    appends: bool = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        draft, _, path = self.attribute.partition(".")
        object.__setattr__(self, "draft", draft)
        object.__setattr__(self, "path", path.removesuffix("[]"))
        object.__setattr__(self, "appends", path.endswith("[]"))


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A segment's or table's rows, and the reasons for every field without one."""

    source: str
    version: str
    rows: tuple[Row, ...]
    unplaced: Mapping[str, str] = dataclasses.field(default_factory=dict)
    finish: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({row.field for row in self.rows} | set(self.unplaced) | set(self.finish))


class _WhenSchema(Schema):
    class Meta:
        unknown = RAISE

    field = fields.String(required=True)
    present = fields.Boolean()
    equals = fields.String()
    among = fields.List(fields.String(), data_key="in")
    longer_than = fields.Integer(validate=validate.Range(min=0))

    @post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> When:
        if len(loaded) != 2:
            raise ValidationError("one field, tested one way: present, equals, in or longer_than")
        if "among" in loaded:
            loaded["among"] = tuple(loaded["among"])
        return When(**loaded)


class TextOrList(fields.List[Any]):
    """A list of texts; a text alone is a list of one."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> list[Any]:
        return super()._deserialize([value] if isinstance(value, str) else value, *rest, **more)


class RowSchema(Schema):
    class Meta:
        unknown = RAISE

    field = fields.String(required=True)
    attribute = fields.String(required=True, validate=validate.Regexp(r"[A-Za-z]+\.[A-Za-z0-9_.\[\]]+\Z"))
    datatype = fields.String()
    vocabulary = fields.String()
    assignment = fields.Raw()
    when = fields.Nested(_WhenSchema)
    clinical = fields.Boolean()
    ig = TextOrList(fields.String())
    comment = fields.String()

    @post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> Row:
        loaded["ig"] = tuple(loaded.get("ig", ()))
        return Row(**loaded)


class _FileSchema(Schema):
    class Meta:
        unknown = RAISE

    source = fields.String(required=True)
    version = fields.String(required=True)
    row = fields.List(fields.Nested(RowSchema), load_default=list)
    unplaced = fields.Dict(fields.String(), fields.String(validate=validate.Length(min=3)), load_default=dict)
    finish = fields.Dict(fields.String(), fields.String(validate=validate.Length(min=3)), load_default=dict)


def load_mapping(file: Traversable, known: Collection[str] = ()) -> MappingFile:
    """Read a mapping file; ``known`` are all fields its source has, none of which may be passed over.

    SettingsError names the file and the path of each error.
    """
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        loaded = _FileSchema().load(raw)
    except tomllib.TOMLDecodeError as broken:
        raise SettingsError("mapping-malformed", file.name, error=str(broken)) from None
    except ValidationError as broken:
        raise SettingsError("mapping-malformed", file.name, error=str(broken.messages)) from None
    made = MappingFile(loaded["source"], loaded["version"], tuple(loaded["row"]), loaded["unplaced"], loaded["finish"])
    if silent := sorted(set(known) - made.fields):
        raise SettingsError("mapping-silent", file.name, fields=", ".join(silent))
    if twice := sorted(set(made.unplaced) & ({row.field for row in made.rows} | set(made.finish))):
        raise SettingsError("mapping-contradicts", file.name, fields=", ".join(twice))
    return made
