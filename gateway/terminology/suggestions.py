"""Suggestions: what a code without a standard may be, for the person who decides. Never applied by themselves.

By the sender's name of it, Vietnamese or English, against the tests in mappings/loinc.toml, against codes that other
facilities decided, and against names that facilities send beside a standard's code. A test given in another kind of
unit is another code, and is not suggested. Each says what it rests on.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

from gateway.mapping import mapping_file
from gateway.mapping.units import UCUM, ucum, unit_table
from gateway.terminology.decision import LOINC, Decision

MOST = 3
_LEAST = 0.5  # of a likeness between 0 and 1
_CODE_ALONE = 0.9  # the code itself is a name of the test: GLU
_WORD = re.compile(r"[0-9a-z%#+]+")
# What a laboratory says of every test; not what it is.
_SAID_OF_ALL = frozenset({"dinh", "luong", "do", "hoat", "xet", "nghiem", "nong", "mau", "huyet", "thanh", "in", "of"})


# Not blood: a test of one is not suggested for a name that speaks of another.
_SPECIMENS = ("nieu", "nuoc tieu", "urine", "dich", "csf", "fluid", "stool", "phan")
_IN_UNITS = (("lit", "l"), ("gio", "h"), ("phut", "min"))


How = Literal["listed", "decided", "sent"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``name``: of the test in this project's words, or as a facility calls it. ``likeness``: 0 to 1.

    What it rests on: ``origin``: "loinc", "units" or a facility's code; ``how``: it is listed here, was decided there,
    or is sent from there. ``matched``: the name, or code, that is alike. ``unit``: UCUM, of the values, where it is
    known to be one of the test. ``also``: other origins that say the same.
    """

    system: str
    code: str
    name: str
    likeness: float
    origin: str
    how: How = "listed"
    matched: str = ""
    unit: str = ""
    also: tuple[str, ...] = ()

    def told(self) -> str:
        """In a line to read: what it is, how alike, on whose word."""
        unit = f", {self.unit}" if self.unit else ""
        word = " and ".join((self.origin, *self.also))
        return f"{self.system}|{self.code} {self.name} {self.likeness:.0%} ({self.how}: {word}{unit})"


@dataclass(frozen=True, slots=True)
class Named:
    """What a facility calls a standard's code that it sends. ``unit``: UCUM, of the values; "" where there is none."""

    facility: str
    system: str
    code: str
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A code that a facility decided, by the name its systems give it ("" where it never came)."""

    decision: Decision
    display: str


def suggested(
    code: str, display: str, unit: str, others: Iterable[Decided], held: Iterable[Named] = ()
) -> list[Suggestion]:
    """At most three, the likeliest first, each target once. ``unit``: of its values, as the sender writes it."""
    meant = ucum(unit) if unit else None
    found = [
        Suggestion(LOINC, test.code, test.names[0], like, "loinc", "listed", matched, meant or "")
        for test in tests()
        if not (meant and meant not in test.units)
        for like, matched in [_of_test(test, code, display)]
        if like >= _LEAST
    ]
    for other in others:
        one = other.decision
        same_name = likeness(display, other.display) if display and other.display else 0.0
        like = max(same_name, _LEAST if one.code == code and not display else 0.0)
        if one.adds and like >= _LEAST and not _of_another_unit(one.target_code, meant):
            name = other.display or one.code
            found.append(Suggestion(one.target_system, one.target_code, name, like, one.facility, "decided", name))
    for each in held:
        like = likeness(display, each.name) if display else 0.0
        if like >= _LEAST and not (meant and (each.unit or meant) != meant) and not _of_another_unit(each.code, meant):
            unit_too = meant if meant and each.unit else ""
            found.append(
                Suggestion(each.system, each.code, each.name, like, each.facility, "sent", each.name, unit_too)
            )
    return _best(found)


def suggested_unit(text: str) -> list[Suggestion]:
    """UCUM codes of texts in the table that differ little; one written alike may still mean something else."""
    wanted = _unit_letters(text)
    found = [
        Suggestion(UCUM, code, known, round(like, 2), "units", "listed", known)
        for known, code in unit_table().items()
        if (like := _dice(_pieces(wanted), _pieces(_unit_letters(known)))) >= _LEAST
    ]
    return _best(found)


def _best(found: Sequence[Suggestion]) -> list[Suggestion]:
    best: dict[tuple[str, str], list[Suggestion]] = {}
    for one in sorted(found, key=lambda one: (-one.likeness, one.system, one.code, one.how != "listed", one.origin)):
        best.setdefault((one.system, one.code), []).append(one)
    return [_with_all(first, rest) for first, *rest in list(best.values())[:MOST]]


def _with_all(first: Suggestion, rest: Iterable[Suggestion]) -> Suggestion:
    others = dict.fromkeys(one.origin for one in rest if one.origin != first.origin)
    return replace(first, also=tuple(others)) if others else first


# ---- known tests ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Test:
    code: str
    names: tuple[str, ...]
    units: tuple[str, ...]


@cache
def tests() -> tuple[Test, ...]:
    """Those of mappings/loinc.toml."""
    table = tomllib.loads(mapping_file("loinc.toml").read_text(encoding="utf-8"))["test"]
    return tuple(Test(code, (*row["en"], *row["vi"]), tuple(row["units"])) for code, row in table.items())


def _of_another_unit(code: str, meant: str | None) -> bool:
    return any(meant is not None and test.units and meant not in test.units for test in tests() if test.code == code)


def _of_test(test: Test, code: str, display: str) -> tuple[float, str]:
    """How alike, and which name of the test is."""
    plain, blood = _letters(code), not _specimen(display)
    alike = [(likeness(display, name), name) for name in test.names] if display else []
    alike += [(_CODE_ALONE, name) for name in test.names if blood and _letters(name) == plain]
    return max(alike, key=lambda one: one[0], default=(0.0, ""))


# ---- likeness of names ----------------------------------------------------------------


def likeness(one: str, other: str) -> float:
    """0 to 1: 1 for the same words in any order, with or without diacritics; by pieces of three letters else."""
    mine, theirs = _words(one), _words(other)
    if not mine or not theirs or _specimen(one) != _specimen(other):
        return 0.0
    if mine == theirs:
        return 1.0
    by_words = _dice(mine, theirs)
    by_pieces = _dice(_pieces(" ".join(sorted(mine))), _pieces(" ".join(sorted(theirs))))
    return round(min(0.99, max(by_words, by_pieces)), 2)


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    found = frozenset(_WORD.findall(_letters(text)))
    return found - _SAID_OF_ALL or found


@lru_cache(maxsize=4096)
def _letters(text: str) -> str:
    """Small letters without diacritics: ``Đường máu`` is ``duong mau``."""
    bare = unicodedata.normalize("NFKD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).strip()


@lru_cache(maxsize=4096)
def _specimen(text: str) -> bool:
    """True for a name that speaks of another specimen than blood."""
    words = f" {' '.join(_WORD.findall(_letters(text)))} "
    return any(f" {name} " in words for name in _SPECIMENS)


@lru_cache(maxsize=4096)
def _unit_letters(text: str) -> str:
    """A unit without what is written in many ways: ``x10^9/lít`` is ``109/l``."""
    letters = _letters(text)
    for word, sign in _IN_UNITS:
        letters = letters.replace(word, sign)
    return re.sub(r"[ ^*x]", "", letters)


@lru_cache(maxsize=4096)
def _pieces(text: str) -> frozenset[str]:
    padded = f" {text} "
    return frozenset(padded[at : at + 3] for at in range(max(1, len(padded) - 2)))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))
