"""A file of collectors (TOML), read and checked: every fault with its line and path.

gateway = "https://gateway.hospital.example"
state = "/var/lib/gateway-collect"       # what views and PACS must remember

[[folder]]
name = "lab"
facility = "79001"
client = "/etc/gateway/79001.json"       # what `gateway facility add` printed
path = "/srv/lab/out"
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from gateway import tomltext
from gateway.collect.collector import Collector
from gateway.collect.door import Door
from gateway.collect.kinds import KINDS
from gateway.collect.written import Place
from gateway.errors import GatewayError, SettingsError
from gateway.jsontext import loads
from gateway.outcome import Issue
from gateway.settings import Settings
from gateway.transport import check_url
from gateway.trust.client_key import GivenClient, given_client

_LARGEST_CLIENT = 64 * 1024  # bytes


class _Head(Schema):
    class Meta:
        unknown = RAISE

    gateway = fields.String(
        required=True,
        validate=validate.Regexp(r"https?://[^\s/]+(?:/[^\s]*[^\s/])?\Z", error="A URL without a slash at its end"),
    )
    state = fields.String(load_default="collect-state", validate=validate.Length(min=1))


def read_collectors(path: Path, settings: Settings, now: Callable[[], datetime]) -> list[Collector]:
    """The collectors a file lists; SettingsError with an issue for each fault. Opens no source yet."""
    text = _text(path)
    schema = _Head.from_dict({
        **_Head._declared_fields,
        **{name: fields.List(fields.Nested(kind.schema), load_default=list) for name, kind in KINDS.items()},
    })  # fmt: skip
    loaded = tomltext.checked(text, schema(unknown=RAISE))
    places = tomltext.lines(text)
    wrong = list(_contradictions(loaded, places))
    made = []
    for kind, at, table in _tables(loaded):
        where: tomltext.Path = (kind, at, "client")
        try:
            client = read_client(path.parent / table["client"])
            where = (kind, at)
            if wrong:
                continue
            door = Door(
                loaded["gateway"], table["facility"], client, settings, now,
                timeout_seconds=table["timeout_seconds"], at_once=table.get("at_once", 1),
            )  # fmt: skip
            state = path.parent / loaded["state"] / table["name"]
            made.append(KINDS[kind].made(table, Place(door, path.parent, state, settings, now)))
        except SettingsError as fault:
            told = fault.issues[0]
            wrong.append(tomltext.fault(places, where, told.rule, **told.parameters))
    if wrong:
        raise SettingsError("toml-wrong", issues=wrong)
    return made


def read_client(path: Path) -> GivenClient:
    """The client of a file; SettingsError when it cannot be read, is open to others, or is none."""
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO:
                raise SettingsError("collect-client-open")
            content = file.read(_LARGEST_CLIENT)
    except OSError as wrong:
        raise SettingsError("collect-unreadable", error=wrong.strerror or type(wrong).__name__) from None
    try:
        found = loads(content)
    except GatewayError:
        raise SettingsError("client-file-form") from None
    if not isinstance(found, dict):
        raise SettingsError("client-file-form")
    return given_client(found)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as wrong:
        raise SettingsError("collect-unreadable", path.name, error=wrong.strerror or type(wrong).__name__) from None
    except UnicodeDecodeError:
        raise SettingsError("collect-not-utf8", path.name) from None


def _tables(loaded: Mapping[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Kind, place among its kind, fields."""
    for kind in KINDS:
        for at, table in enumerate(loaded[kind]):
            yield kind, at, table


def _contradictions(loaded: Mapping[str, Any], places: Mapping[tomltext.Path, int]) -> Iterator[Issue]:
    try:
        check_url(loaded["gateway"])
    except SettingsError as fault:
        yield tomltext.fault(places, ("gateway",), fault.issues[0].rule)
    names: set[str] = set()
    for kind, at, table in _tables(loaded):
        if table["name"] in names:
            yield tomltext.fault(places, (kind, at, "name"), "collect-name-twice")
        names.add(table["name"])
    if not names:
        yield tomltext.fault(places, (), "collect-nothing", kinds=", ".join(f"[[{kind}]]" for kind in KINDS))
