"""What a column's values have in common: the form of its dates, numbers and their comma, few words said often."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.mapping.mapped.dates import pattern

# Day before month, as Vietnam writes; a month first is a form only where no day first can be.
_DAYS = ("dd/MM/yyyy", "d/M/yyyy", "dd-MM-yyyy", "dd.MM.yyyy", "yyyy-MM-dd", "yyyy/MM/dd", "MM/dd/yyyy", "yyyyMMdd")
_CLOCKS = ("", " HH:mm", " HH:mm:ss", " H:mm", "THH:mm", "THH:mm:ss")
FORMS = (*(f"{day}{clock}" for day in _DAYS for clock in _CLOCKS), "yyyyMMddHHmm", "yyyyMMddHHmmss", "yyyy")
_NUMBER = re.compile(r"[<>≤≥]?=?\s*-?[0-9]+(?:[.,][0-9]+)?\Z")
_RESULT = re.compile(r"[<>≤≥]?=?\s*-?(?:0|[1-9][0-9]{0,3})(?:[.,][0-9]{1,4})?\Z")
_LONG = re.compile(r"[0-9]{4}\Z")  # as an integer a record's number, or a year, as well as a result
_COMMA = re.compile(r"[0-9],[0-9]")
_FEW = 8  # words a column of codes has at most


@dataclass(frozen=True, slots=True)
class Shape:
    """``forms``: of dates, fewest first, [] where one value is none. ``numbers``: how many values are numbers."""

    count: int
    different: tuple[str, ...]
    forms: tuple[str, ...]
    numbers: int
    commas: int

    @property
    def results(self) -> bool:
        """At least half are numbers, and none of those is rather somebody's: a phone, a card, a record, a year."""
        numbers = [value for value in self.different if _NUMBER.match(value)]
        named = all(_LONG.match(value) for value in numbers) and len(self.different) == self.count
        plain = all(like_a_result(value) for value in numbers)
        return 0 < self.count <= self.numbers * 2 and plain and not named and not self.forms

    @property
    def few(self) -> bool:
        return 0 < len(self.different) <= _FEW


def like_a_result(value: str) -> bool:
    """A number with fewer than five digits on either side of its decimal sign and no zero before them."""
    return bool(_RESULT.match(value))


def shape(values: Iterable[str]) -> Shape:
    said = [value for value in values if value]
    different = tuple(dict.fromkeys(said))
    numbers = [value for value in said if _NUMBER.match(value)]
    return Shape(
        len(said), different, _forms(different), len(numbers), sum(bool(_COMMA.search(one)) for one in numbers)
    )


def _forms(values: Sequence[str]) -> tuple[str, ...]:
    """The forms by which every value is a date: one that reads them all, else those that read the most left."""
    left, chosen = list(values), []
    while left:
        read = {form: [value for value in left if _day(form, value)] for form in FORMS}
        best = max(FORMS, key=lambda form: len(read[form]))
        if not read[best]:
            return ()
        chosen.append(best)
        left = [value for value in left if value not in read[best]]
    return tuple(chosen)


def _day(form: str, value: str) -> bool:
    matched = pattern(form).match(value)
    if matched is None:
        return False
    part = matched.groupdict()
    return 1900 <= int(part["y"]) <= 2100 and 1 <= int(part.get("m") or 1) <= 12 and 1 <= int(part.get("d") or 1) <= 31
