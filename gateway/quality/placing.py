"""Which of the four a rule belongs to, and what the hospital's IT can change: placed.toml, read.

A rule of an adapter that is not the project's own is placed by how bad it is: what refuses or holds is ``correct``,
another warning ``clean``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Dimension = Literal["correct", "complete", "clean", "live", "none"]
DIMENSIONS: tuple[Dimension, ...] = ("correct", "complete", "clean", "live")

_TABLE = Path(__file__).parent / "placed.toml"


@dataclass(frozen=True, slots=True)
class Place:
    """Of the four; ``none`` for what says nothing of a facility's data. ``fix``: key of the sentence that says what to
    change, "" where the rule's own sentence says it."""

    dimension: Dimension
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rules placed together: by name, or by a pattern that the whole key fits (``families``)."""

    place: Place
    rules: frozenset[str]
    families: tuple[re.Pattern[str], ...]

    def has(self, rule: str) -> bool:
        return rule in self.rules or any(family.fullmatch(rule) for family in self.families)


def placed(rule: str, *, keeps_out: bool = False) -> Place:
    """``keeps_out``: it refused the record, or held it; asked of rules that the table does not have."""
    return _placed(rule) or Place("correct" if keeps_out else "clean")


def in_table(rule: str) -> list[Group]:
    """Every group that has the rule: exactly one for each that an exchange of ours can raise. A rule named in one
    group is not of another's families."""
    named = [group for group in groups() if rule in group.rules]
    return named or [group for group in groups() if group.has(rule)]


@cache
def groups() -> Sequence[Group]:
    """The table, in its order."""
    read = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["group"]
    return [
        Group(
            Place(one["dimension"], one.get("fix", "")),
            frozenset(one.get("rules", ())),
            tuple(re.compile(family) for family in one.get("families", ())),
        )
        for one in read
    ]


@cache
def _placed(rule: str) -> Place | None:
    found = in_table(rule)
    return found[0].place if found else None
