"""Witnesses: what a message says in a row's field, and what must then be seen (mappings/hl7v2/coverage).

One TOML file a segment map; see docs/adapters/hl7v2.md#coverage for what stands in it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from adapters.hl7v2.coverage.ig import ig_rows, structures
from gateway.errors import SettingsError
from gateway.mapping import mapping_file
from gateway.mapping.rows import TextOrList


@dataclass(frozen=True, slots=True)
class Witness:
    """A row, and how to see it: the field says ``says[0]``, then ``says[1]``; ``at`` shows the one, then the other.

    ``says`` is the field as it stands in the message. "" in ``says`` leaves the field empty, "" in ``shows`` asks
    that what the other showed is not there. ``field`` is set to ``says`` where it is not the row's own. ``given``
    are other fields of the same segment, or of the first segment of another name. ``besides`` stand behind the
    segment; ``behind`` names the segment it stands behind when it has not its usual place.
    """

    ig: str
    says: tuple[str, str]
    at: str
    shows: tuple[str, str]
    field: str = ""
    given: tuple[tuple[str, str], ...] = ()
    besides: tuple[str, ...] = ()
    behind: str = ""
    messages: tuple[str, ...] = ()

    @property
    def asked(self) -> str:
        """The field that is set: ``PID-8``."""
        return self.field or self.ig.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Reason:
    """A row that is not honoured, and why."""

    ig: str
    why: str
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Witnesses:
    """A segment map's file."""

    map: str
    rows: tuple[Witness, ...] = ()
    no: tuple[Reason, ...] = ()
    later: tuple[Reason, ...] = ()

    def of(self, row: str, message: str) -> tuple[tuple[Witness, ...], tuple[Reason, ...], tuple[Reason, ...]]:
        """What the file says of a row in a message: witnesses, noes, laters."""
        return _chosen(self.rows, row, message), _chosen(self.no, row, message), _chosen(self.later, row, message)


def _chosen(given: tuple[Any, ...], row: str, message: str) -> tuple[Any, ...]:
    return tuple(one for one in given if one.ig == row and (not one.messages or message in one.messages))


_PAIR = validate.Length(equal=2)
_FIELD_NAME = re.compile(r"[A-Z][A-Z0-9]{2}-\d+\Z")
_FIELD = validate.Regexp(_FIELD_NAME.pattern)


class _ReasonSchema(Schema):
    class Meta:
        unknown = RAISE

    ig = fields.String(required=True)
    why = fields.String(required=True, validate=validate.Length(min=10))
    message = TextOrList(fields.String(), load_default=list)

    @post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> Reason:
        return Reason(loaded["ig"], loaded["why"], tuple(loaded["message"]))


class _RowSchema(Schema):
    class Meta:
        unknown = RAISE

    ig = fields.String(required=True)
    says = fields.List(fields.String(), required=True, validate=_PAIR)
    at = fields.String(required=True, validate=validate.Regexp(r"[A-Z][A-Za-z]+\."))
    shows = fields.List(fields.String(), required=True, validate=_PAIR)
    field = fields.String(load_default="", validate=_FIELD)
    given = fields.Dict(fields.String(validate=_FIELD), fields.String(), data_key="with", load_default=dict)
    besides = fields.List(fields.String(), load_default=list)
    behind = fields.String(load_default="")
    message = TextOrList(fields.String(), load_default=list)

    @post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> Witness:
        if loaded["says"][0] == loaded["says"][1] or loaded["shows"][0] == loaded["shows"][1]:
            raise ValidationError("says and shows are two different texts each")
        made = Witness(
            loaded["ig"],
            tuple(loaded["says"]),
            loaded["at"],
            tuple(loaded["shows"]),
            loaded["field"],
            tuple(loaded["given"].items()),
            tuple(loaded["besides"]),
            loaded["behind"],
            tuple(loaded["message"]),
        )
        if not _FIELD_NAME.match(made.asked):
            raise ValidationError("the row is the segment's own: field says which field is set")
        return made


class _FileSchema(Schema):
    class Meta:
        unknown = RAISE

    map = fields.String(required=True)
    row = fields.List(fields.Nested(_RowSchema), load_default=list)
    no = fields.List(fields.Nested(_ReasonSchema), load_default=list)
    later = fields.List(fields.Nested(_ReasonSchema), load_default=list)

    @post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> Witnesses:
        return Witnesses(loaded["map"], tuple(loaded["row"]), tuple(loaded["no"]), tuple(loaded["later"]))


def load_witnesses(file: Traversable) -> Witnesses:
    """Read a witness file. SettingsError names the file, and the path of each error or the rows it is about."""
    try:
        made: Witnesses = _FileSchema().load(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as broken:
        error = str(broken.messages) if isinstance(broken, ValidationError) else str(broken)
        raise SettingsError("mapping-malformed", file.name, error=error) from None
    if found := "; ".join(_contradictions(made)):
        raise SettingsError("mapping-malformed", file.name, error=found)
    return made


def _contradictions(made: Witnesses) -> Iterator[str]:
    """A map, row or message nobody knows; a row in two lists for one message."""
    if made.map not in ig_rows():
        yield f"map: no segment map {made.map}"
        return
    known = {row.key for row in ig_rows()[made.map]}
    using = [message for message, maps in structures().items() if made.map in maps]
    entries: tuple[Witness | Reason, ...] = (*made.rows, *made.no, *made.later)
    yield from (f"no row of {made.map}: {one.ig}" for one in entries if one.ig not in known)
    yield from (
        f"{one.ig}: {message} does not use {made.map}"
        for one in entries
        for message in one.messages
        if message not in using
    )
    for key in dict.fromkeys(one.ig for one in entries):
        for message in using:
            if sum(map(bool, made.of(key, message))) > 1:
                yield f"in two lists: {key} ({message})"


@cache
def all_witnesses() -> dict[str, Witnesses]:
    """Segment map → its witness file; SettingsError when two files are of one map."""
    made: dict[str, Witnesses] = {}
    folder = mapping_file("hl7v2", "coverage")
    for file in sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name):
        found = load_witnesses(file)
        if found.map in made:
            raise SettingsError("mapping-malformed", file.name, error=f"a second file of {found.map}")
        made[found.map] = found
    return made
