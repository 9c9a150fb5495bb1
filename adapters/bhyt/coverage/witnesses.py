"""Records that show where a table's fields go (mappings/bhyt/coverage).

One TOML file a table, ``XML2.toml``::

    [[record]]                              # a row of the table
    [record.says]
    MA_LK = "LK1"                           # one value: what the row needs besides
    MA_THUOC = ["40.1", "40.2"]             # two: the field is set to the first, then to the second
    [record.with.XML3]                      # a row of another table beside it
    MA_DICH_VU = "22.0001.0001"

Without ``with.XML1`` the first record of XML1's file stands beside it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load

from adapters.bhyt.layouts import known_fields
from gateway.errors import SettingsError
from gateway.mapping import mapping_file
from gateway.mapping.rows import TextOrList


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of a table: ``says`` with each field's first value, ``changed`` with the second of those that have one."""

    says: Mapping[str, str]
    changed: Mapping[str, str]
    beside: Mapping[str, Mapping[str, str]]


class _RecordSchema(Schema):
    class Meta:
        unknown = RAISE

    says = fields.Dict(fields.String(), TextOrList(fields.String()), required=True)
    beside = fields.Dict(fields.String(), fields.Dict(fields.String(), fields.String()), data_key="with")

    @post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> Shown:
        says: dict[str, list[str]] = loaded["says"]
        if wrong := [name for name, texts in says.items() if len(texts) not in (1, 2) or len(set(texts)) < len(texts)]:
            raise ValidationError(f"one value, or two different ones: {', '.join(wrong)}")
        changed = {name: texts[1] for name, texts in says.items() if len(texts) == 2}
        return Shown({name: texts[0] for name, texts in says.items()}, changed, loaded.get("beside", {}))


class _FileSchema(Schema):
    class Meta:
        unknown = RAISE

    record = fields.List(fields.Nested(_RecordSchema), required=True)


def load_witnesses(file: Traversable, table: str) -> tuple[Shown, ...]:
    """The records of a file. SettingsError names the file, and what is wrong in it: also a field no decision has."""
    try:
        records: list[Shown] = _FileSchema().load(tomllib.loads(file.read_text(encoding="utf-8")))["record"]
    except (tomllib.TOMLDecodeError, ValidationError) as broken:
        error = str(broken.messages) if isinstance(broken, ValidationError) else str(broken)
        raise SettingsError("mapping-malformed", file.name, error=error) from None
    named = {(table, name) for one in records for name in one.says}
    named |= {(other, name) for one in records for other, row in one.beside.items() for name in row}
    if unknown := sorted(f"{where}.{name}" for where, name in named if name not in known_fields(where)):
        raise SettingsError("mapping-malformed", file.name, error=", ".join(unknown))
    return tuple(records)


@cache
def witnesses(table: str) -> tuple[Shown, ...]:
    """The records that show a table's fields; none where it has no file yet."""
    file = mapping_file("bhyt", "coverage", f"{table}.toml")
    return load_witnesses(file, table) if file.is_file() else ()
