"""The same table with nobody's data in it: a sample that may be kept, shown and sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from gateway.mapping.mapped.dates import pattern
from gateway.mapping.proposal.guessing import Guess
from gateway.mapping.proposal.shapes import like_a_result

ROWS = 12  # of a sample; enough for every way a value is written to be looked for by a person
_PEOPLE = ("NGUYỄN THỊ MẪU", "TRẦN VĂN THỬ", "LÊ THỊ VÍ DỤ", "PHẠM VĂN GIẢ ĐỊNH")
_DAYS = timedelta(days=1001)  # by which the times of a sample are earlier
_NUMBERS = ("mrn", "card", "bhxh", "own-number so-phieu")  # their letters are their issuer's
_DIGIT = re.compile(r"[0-9]")


_TIMES = ("date", "dateTime", "instant")


class MadeUp:
    """Other values for a table's: results, tests and units as they are, everything of a person's replaced.

    A column nothing is known of may hold a person's data, so its values are replaced too, and so is what is no plain
    number in a column guessed to be a test's. What was the same in two
    rows is the same again, and a text keeps its length and form.
    """

    def __init__(self, guesses: Sequence[Guess]) -> None:
        self._of = {one.column: one for one in guesses}
        self._numbers: dict[str, dict[str, int]] = {}  # column → value → its number, from 1

    def cell(self, column: str, text: str) -> str:
        known = self._numbers.setdefault(column, {})
        return _replaced(self._of[column], text, known.setdefault(text, len(known) + 1))


def made_up(guesses: Sequence[Guess], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The first rows of a table, in their order, with nobody's data in them."""
    other = MadeUp(guesses)
    columns = [one.column for one in guesses]
    return [[other.cell(*told) for told in zip(columns, row, strict=False)] for row in rows[:ROWS]]


def _replaced(one: Guess, cell: str, number: int) -> str:
    if not cell or (one.test and like_a_result(cell)):
        return cell
    if one.test:
        return _scrambled(cell, number, kept=False)
    if one.shape.forms and (one.meaning is None or one.meaning.datatype in _TIMES):
        form = next(form for form in one.shape.forms if pattern(form).match(cell))
        return _another_birth(form, number) if one.meaning and one.meaning.kind == "person" else _shifted(form, cell)
    if one.meaning is not None and one.meaning.kind not in ("person", "report"):
        return cell
    if one.meaning is not None and one.meaning.attribute.endswith("name[0].text"):
        return _PEOPLE[(number - 1) % len(_PEOPLE)]
    if one.meaning is not None and one.meaning.datatype == "person-number" and len(cell) == 12:
        return f"001190{number:06d}"  # as a citizen id is built: place, century and sex, year, number
    return _scrambled(cell, number, kept=one.meaning is not None and one.meaning.datatype in _NUMBERS)


def _another_birth(form: str, number: int) -> str:
    return _written(form, datetime(1950 + number * 7 % 50, number % 12 + 1, number % 28 + 1, tzinfo=UTC))


def _shifted(form: str, cell: str) -> str:
    """The same hour of another day, all of a table by as many days, so that what came first still does."""
    found = pattern(form).match(cell)
    part = {name: int(text) for name, text in (found.groupdict() if found else {}).items() if text}
    day = [part.get(name, 1) for name in "ymd"]
    clock = timedelta(hours=part.get("h", 0), minutes=part.get("n", 0), seconds=part.get("s", 0))
    try:
        then = datetime(day[0], day[1], day[2], tzinfo=UTC) + clock
    except ValueError:  # no day of the calendar: as it is, so that the sample shows it
        return cell
    return _written(form, then - _DAYS)


def _written(form: str, then: datetime) -> str:
    parts = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
    parts |= {"M": "%-m", "d": "%-d", "H": "%-H"}
    return then.strftime(re.sub("|".join(parts), lambda part: parts[part[0]], form))


def _scrambled(cell: str, number: int, *, kept: bool) -> str:
    """The same length and kinds of signs: BN000451 is BN000001 where its letters are ``kept``, words are Xs."""
    digits = iter(f"{number:0{len(_DIGIT.findall(cell))}d}")
    return _DIGIT.sub(lambda _: next(digits, "0"), cell if kept else re.sub(r"[^\W\d_]", "X", cell))
