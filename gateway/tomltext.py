"""TOML whose faults are told with line and path: what a hospital's own team wrote by hand.

tomllib knows the line of broken syntax and forgets all others. Where a table or key begins is found
again by a look at the lines, which suffices for files that people write: one key a line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from gateway.errors import SettingsError
from gateway.outcome import Issue

Path = tuple[str | int, ...]  # ("folder", 0, "facility")

_TABLE = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(?:#.*)?\Z")
_KEY = re.compile(
    r"""\s*(?P<name>(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_SYNTAX = re.compile(r" \(at (?:line (?P<line>[0-9]+), column [0-9]+|end of document)\)\Z")


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a text; SettingsError ``toml-syntax`` with the line where it is none."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as wrong:  # also a number too long to read, arrays nested too deep
        found = _SYNTAX.search(str(wrong))
        line = found["line"] if found and found["line"] else str(text.count("\n") + 1)
        raise SettingsError("toml-syntax", f"line {line}", error=_SYNTAX.sub("", str(wrong))) from None


def checked(text: str, schema: Schema) -> Any:
    """What a schema makes of a text; SettingsError with an issue for each fault, with its line and path."""
    loaded = read_toml(text)
    try:
        return schema.load(loaded)
    except ValidationError as wrong:
        found: dict[str | int, Any] = wrong.normalized_messages()  # type: ignore[no-untyped-call]  # left untyped there
        places = lines(text)
        issues = [fault(places, where, "toml-wrong", error=said) for where, said in faults(found)]
        raise SettingsError("toml-wrong", issues=issues) from None


def fault(places: Mapping[Path, int], where: Path, rule: str, **parameters: object) -> Issue:
    """An issue at a path of a text: ``line 12, folder[0].facility``."""
    path = f", {written(where)}" if where else ""
    return Issue("error", "invalid", rule, f"line {line_of(places, where)}{path}", parameters)


def written(where: Path) -> str:
    """``folder[0].facility``."""
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def line_of(places: Mapping[Path, int], where: Path) -> int:
    """From 1: of the path itself, or of what it would stand in."""
    for length in range(len(where), 0, -1):
        if where[:length] in places:
            return places[where[:length]]
    return 1


def lines(text: str) -> dict[Path, int]:
    """Path → line, from 1, of each table and key."""
    found: dict[Path, int] = {}
    tables: dict[Path, int] = {}  # how often [[name]] came
    here: Path = ()
    for number, line in _beginnings(text):
        if table := _TABLE.match(line):
            here = _placed(tables, _parts(table["name"]), array=table["open"] == "[[")
            found.setdefault(here, number)
            if table["open"] == "[[":
                found.setdefault(here[:-1], number)
        elif key := _KEY.match(line):
            found.setdefault((*here, *_parts(key["name"])), number)
    return found


def _placed(tables: dict[Path, int], names: tuple[str, ...], *, array: bool) -> Path:
    """The path of a header: a name that stands for an array means its latest table."""
    where: Path = ()
    for place, name in enumerate(names):
        where = (*where, name)
        if array and place == len(names) - 1:
            tables[where] = tables.get(where, -1) + 1
        if where in tables:
            where = (*where, tables[where])
    return where


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(name))


def _beginnings(text: str) -> Iterator[tuple[int, str]]:
    """Number and text of each line that is not inside a value which began above it."""
    quote, depth = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if not quote and not depth:
            yield number, line
            if _TABLE.match(line):
                continue
        quote, depth = _after(line, quote, depth)


_MARK = re.compile(r"""\"\"\"|'''|"(?:[^"\\]|\\.)*"|'[^']*'|[\[\]#]""")
_ENDS = {'"""': re.compile(r'(?:\\.|(?!""").)*"""'), "'''": re.compile(r".*?'''")}


def _after(line: str, quote: str, depth: int) -> tuple[str, int]:
    """Which long quotation and how many brackets are open at the end of a line."""
    at = 0
    while at < len(line):
        found = _ENDS[quote].match(line, at) if quote else _MARK.search(line, at)
        if found is None:
            break
        at, mark = found.end(), found.group()
        if quote:
            quote = ""
        elif mark in _ENDS:
            quote = mark
        elif mark == "#":
            break
        elif mark in "[]":
            depth = max(0, depth + (1 if mark == "[" else -1))
    return quote, depth


def faults(found: Mapping[str | int, Any], where: Path = ()) -> Iterator[tuple[Path, str]]:
    """Path and sentence of each fault marshmallow found (its normalized messages)."""
    for name, under in found.items():
        if isinstance(under, Mapping):
            yield from faults(under, (*where, name))
        else:
            for said in under if isinstance(under, list) else [under]:
                yield where if name == "_schema" else (*where, name), str(said).rstrip(".")
