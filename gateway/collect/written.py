"""What every collector in a file says of itself, and how a kind of collector is made known.

A kind is a table of the file (``[[folder]]``): the fields its tables have, and what makes a
collector of one. ``gateway.collect.kinds`` lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from gateway.collect.collector import Collector
from gateway.collect.door import Door
from gateway.facility import CODE
from gateway.settings import Settings

_NAME = validate.Regexp(r"[a-z0-9][a-z0-9-]{0,39}\Z", error="Letters a to z, digits and dashes are expected")
_SECONDS = validate.Range(min=1, max=86_400)


class WrittenSchema(Schema):
    """The fields of every kind. Each of ``[[folder]]``, ``[[view]]``, … adds its own."""

    class Meta:
        unknown = RAISE

    name = fields.String(required=True, validate=_NAME)
    facility = fields.String(required=True, validate=validate.Regexp(CODE.pattern, error="A facility's code expected"))
    client = fields.String(required=True, validate=validate.Length(min=1))
    adapter = fields.String(load_default="", validate=validate.Regexp(r"[A-Za-z0-9_.-]{0,60}\Z"))
    poll_seconds = fields.Integer(load_default=10, validate=_SECONDS)
    timeout_seconds = fields.Integer(load_default=90, validate=validate.Range(min=1, max=600))


@dataclass(frozen=True, slots=True)
class Place:
    """What a collector is given beside its own fields: its door, and where it may keep what it must remember.

    ``folder``: of the file, which relative paths begin at. ``state``: a folder of this collector's
    own, made when it is first needed. ``now`` gives aware UTC.
    """

    door: Door
    folder: Path
    state: Path
    settings: Settings
    now: Callable[[], datetime]

    def path(self, written: str) -> Path:
        return self.folder / written


@dataclass(frozen=True, slots=True)
class Kind:
    """``made``: a collector of one table's fields, as its schema loaded them; opens nothing yet."""

    schema: type[WrittenSchema]
    made: Callable[[dict[str, Any], Place], Collector]
