"""What columns are called: names without case and marks to what such a column is, mostly."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Meaning:
    """A row of mappings/proposal/columns.toml. ``also``: a second element the same column says."""

    names: tuple[str, ...]
    attribute: str = ""
    datatype: str = ""
    vocabulary: str = ""
    also: str = ""
    unplaced: str = ""
    holds: str = ""
    kind: str = ""


def plain(name: str) -> str:
    """``KẾT_QUẢ`` is ``ket qua``; of a path in nested records the last name is asked."""
    last = name.removesuffix("[]").rpartition(".")[2]
    apart = unicodedata.normalize("NFD", last.lower().replace("đ", "d"))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", "".join(one for one in apart if not unicodedata.combining(one))).split())


def meaning(name: str) -> Meaning | None:
    """What a column of that name is, by its name alone; a ``name`` or ``ten`` in an object is that object's."""
    above = name.removesuffix("[]").rpartition(".")[0]
    asked = plain(above) if above and plain(name) in ("ten", "name") else plain(name)
    return _known()[0].get(asked) or _known()[0].get(asked.replace(" ", ""))


def sexes() -> Mapping[str, str]:
    """A word, without case and marks, to the code of administrative gender."""
    return _known()[1]


@cache
def _known() -> tuple[dict[str, Meaning], dict[str, str]]:
    read = tomllib.loads(files("mappings").joinpath("proposal", "columns.toml").read_text("utf-8"))
    known = {field.name for field in fields(Meaning)}
    found: dict[str, Meaning] = {}
    for row in read["column"]:
        if unknown := set(row) - known:
            raise ValueError(f"mappings/proposal/columns.toml: {', '.join(sorted(unknown))}")
        one = Meaning(**{**row, "names": tuple(row["names"])})
        for name in one.names:
            for spelt in {name, name.replace(" ", "")}:
                if spelt in found:
                    raise ValueError(f"mappings/proposal/columns.toml: {spelt} stands twice")
                found[spelt] = one
    return found, {word: code for code, words in read["sex"].items() for word in words}
