"""Reads rule lists: the shipped ones of mappings/reuse, and a site's own folder. One file is one list.

A site's list with the name of a shipped one stands in its place: so an official list replaces the illustrative one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from gateway import tomltext
from gateway.errors import SettingsError
from gateway.mapping import mapping_file
from gateway.outcome import Issue
from gateway.reuse.forms import ListForm
from gateway.reuse.result import LaboratoryLevel
from gateway.reuse.rules import Condition, Conversion, Group, Kind, Layer, Rule, Tariff

LARGEST = 4 * 1024 * 1024  # bytes of one list


@dataclass(frozen=True, slots=True)
class Sentence:
    """One ``[[rule]]`` as it was read: the rule, and the groups it is about by id or all of one kind."""

    rule: Rule
    groups: tuple[str, ...]
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class RuleList:
    """One list as it was read. ``places`` finds the line of each table and key; ``digest`` is of its bytes."""

    file: str
    places: Mapping[tomltext.Path, int]
    digest: str
    name: str
    version: str
    layer: Layer
    applies_to: str
    valid_from: date
    valid_to: date | None
    approved: bool
    groups: tuple[Group, ...]
    sentences: tuple[Sentence, ...]
    conditions: tuple[Condition, ...]
    conversions: tuple[Conversion, ...]
    tariffs: tuple[Tariff, ...]
    laboratories: tuple[tuple[str, LaboratoryLevel], ...]

    def fault(self, where: tomltext.Path, rule: str, **parameters: object) -> Issue:
        """An issue at ``clinic.toml line 12, rule[0].window``."""
        return _in_file(self.file, tomltext.fault(self.places, where, rule, **parameters))


@lru_cache(maxsize=1)
def shipped_lists() -> tuple[RuleList, ...]:
    """Those of mappings/reuse, which do not change while a gateway runs."""
    return _read(mapping_file("reuse").iterdir())


def lists_in_force(folder: Path | None) -> tuple[RuleList, ...]:
    """The shipped ones and a folder's; SettingsError with an issue for each fault, with file, line and path."""
    return lists_with(() if folder is None else site_lists(folder))


def lists_with(own: Sequence[RuleList]) -> tuple[RuleList, ...]:
    """The shipped ones that ``own`` does not replace, and ``own``."""
    replaced = {one.name for one in own}
    return (*(one for one in shipped_lists() if one.name not in replaced), *own)


def site_lists(folder: Path) -> tuple[RuleList, ...]:
    """The ``*.toml`` of a folder, in the order of their names."""
    try:
        return _read(folder.iterdir())
    except OSError as wrong:
        raise SettingsError("reuse-unreadable", str(folder), error=wrong.strerror or type(wrong).__name__) from None


def _read(found: Iterable[Traversable]) -> tuple[RuleList, ...]:
    lists: list[RuleList] = []
    wrong: list[Issue] = []
    for file in sorted(found, key=lambda one: one.name):
        if file.name.endswith(".toml") and not file.name.startswith("."):
            try:
                lists.append(read_list(file))
            except SettingsError as faults:
                wrong += faults.issues
    if wrong:
        raise SettingsError("reuse-list-wrong", issues=wrong)
    return tuple(lists)


def read_list(file: Traversable) -> RuleList:
    """One list; SettingsError with an issue for each fault."""
    content = _content(file)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise SettingsError("reuse-not-utf8", file.name) from None
    try:
        loaded = tomltext.checked(text, ListForm())
    except SettingsError as wrong:
        raise SettingsError("toml-wrong", issues=[_in_file(file.name, issue) for issue in wrong.issues]) from None
    return _made(loaded, file.name, tomltext.lines(text), hashlib.sha256(content).hexdigest())


def _content(file: Traversable) -> bytes:
    try:
        with file.open("rb") as opened:
            content: bytes = opened.read(LARGEST + 1)
    except OSError as wrong:
        raise SettingsError("reuse-unreadable", file.name, error=wrong.strerror or type(wrong).__name__) from None
    if len(content) > LARGEST:
        raise SettingsError("reuse-too-large", file.name, limit=LARGEST)
    return content


def _in_file(name: str, issue: Issue) -> Issue:
    return replace(issue, expression=f"{name} {issue.expression}".strip())


def _made(loaded: Mapping[str, Any], file: str, places: Mapping[tomltext.Path, int], digest: str) -> RuleList:
    of_list = {"author": loaded["author"], "source": loaded["source"], "valid_from": loaded["valid_from"]}
    if "valid_to" in loaded:
        of_list["valid_to"] = loaded["valid_to"]
    known = {
        "layer": loaded["layer"],
        "applies_to": loaded["applies_to"],
        "list_name": f"{loaded['name']} {loaded['version']}",
        "approved": loaded["approved"],
    }
    return RuleList(
        file,
        places,
        digest,
        **{one: loaded[one] for one in ("name", "version", "layer", "applies_to", "valid_from", "approved")},
        valid_to=loaded.get("valid_to"),
        groups=tuple(_group(table) for table in loaded["group"]),
        sentences=tuple(_sentence({**of_list, **known, **table}) for table in loaded["rule"]),
        conditions=tuple(Condition(table["id"], table["en"], table["vi"]) for table in loaded["condition"]),
        conversions=tuple(Conversion(**table) for table in loaded["conversion"]),
        tariffs=tuple(Tariff(**table) for table in loaded["tariff"]),
        laboratories=tuple(_laboratory(table) for table in loaded["laboratory"]),
    )


def _sentence(table: Mapping[str, Any]) -> Sentence:
    about = {key: table.get(key) for key in ("group", "groups", "kind")}
    rest = {key: value for key, value in table.items() if key not in about}
    groups = (about["group"],) if about["group"] else tuple(about["groups"] or ())
    return Sentence(Rule(group="", **_sets(rest, "settings", "unsafe")), groups, about["kind"])


def _group(table: Mapping[str, Any]) -> Group:
    rest = {key: value for key, value in table.items() if key not in ("en", "vi")}
    return Group(
        name_en=table["en"],
        name_vi=table["vi"],
        **_sets(
            {**rest, "members": tuple(rest["members"])},
            "codes",
            "other_quantities",
            "modalities",
            "body_sites",
            "units",
        ),
    )


def _laboratory(table: Mapping[str, Any]) -> tuple[str, LaboratoryLevel]:
    return table["facility"], LaboratoryLevel(**{key: value for key, value in table.items() if key != "facility"})


def _sets(table: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: frozenset(value) if key in names else value for key, value in table.items()}
