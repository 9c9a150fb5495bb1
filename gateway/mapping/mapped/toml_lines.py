"""On which line of a TOML text a key stands: tomllib reads values and forgets where they were."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]


def lines(text: str) -> dict[Path, int]:
    """The path of every table and key → its line, from 1. ``text`` must be TOML (tomllib has read it)."""
    found: dict[Path, int] = {}
    arrays: dict[Path, int] = {}
    table: Path = ()
    for number, statement in _statements(text):
        plain = statement.strip()
        loaded = tomllib.loads(statement)
        if plain.startswith("["):
            table = _table(loaded, arrays, plain.startswith("[["))
            found.setdefault(table, number)
        else:
            for path in _paths(loaded):
                found.setdefault(table + path, number)
    return found


def line_of(found: dict[Path, int], path: Path) -> int:
    """The line of the path, or of the nearest thing around it that has one; 1 for the file."""
    while path:
        if path in found:
            return found[path]
        path = path[:-1]
    return 1


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each header and each key with its whole value, and the line it begins on: what reads alone is whole."""
    begun, number = "", 0
    for at, one in enumerate(text.splitlines(), 1):
        if not begun:
            if not one.strip() or one.lstrip().startswith("#"):
                continue
            number = at
        begun += one + "\n"
        try:
            tomllib.loads(begun)
        except tomllib.TOMLDecodeError:
            continue
        yield number, begun
        begun = ""


def _table(loaded: dict[str, Any], arrays: dict[Path, int], is_array: bool) -> Path:
    """The path a header opens; in arrays of tables the newest one."""
    names: list[str] = []
    inner: Any = loaded
    while isinstance(inner, dict) and inner:
        ((name, inner),) = inner.items()
        names.append(name)
    path: Path = ()
    for position, name in enumerate(names):
        path = (*path, name)
        if is_array and position == len(names) - 1:
            arrays[path] = arrays.get(path, -1) + 1
        if path in arrays:
            path = (*path, arrays[path])
    return path


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _paths(inner, (*path, key))
