"""Columns to rows: by what a column is called and what its values are; where both do not agree nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.mapping.proposal.names import Meaning, meaning, plain, sexes
from gateway.mapping.proposal.shapes import Shape, shape

_TEST = 12  # letters a test's name has at most where a column is named for it, without spaces: GLU, HbA1c


@dataclass(frozen=True, slots=True)
class Guess:
    """A column: ``meaning`` None where nothing is known of it; ``test``: its cells are one test's results."""

    column: str
    shape: Shape
    meaning: Meaning | None
    test: bool = False

    @property
    def why(self) -> str:
        """For the author, beside the row."""
        if self.meaning is not None:
            seen = f"{self.shape.count} values" if self.shape.count else "no values"
            return f'guess: by its name, "{plain(self.column)}"; {seen}'
        if self.test:
            return f"guess: {self.shape.numbers} of {self.shape.count} values are numbers: a test's column"
        return f"nothing known of it: {self.shape.count} values, {len(self.shape.different)} different"


def guesses(columns: Mapping[str, Sequence[str]]) -> list[Guess]:
    """A guess for each column, its values given in the order of the rows. Two columns never say the same one thing."""
    found: list[Guess] = []
    said: set[str] = set()
    long = any(one is not None and one.kind == "result" for one in map(meaning, columns))
    for name, values in columns.items():
        seen, known = shape(values), meaning(name)
        if known is not None and not _agrees(known, seen):
            known = None
        if known is not None and known.attribute and not known.attribute.endswith("[]"):
            known = None if known.attribute in said else known
        if known is not None:
            said.add(known.attribute)
        test = known is None and not long and seen.results and _like_a_test(name)
        found.append(Guess(name, seen, known, test))
    return found


def _agrees(known: Meaning, seen: Shape) -> bool:
    if known.holds == "date" or known.datatype in ("date", "dateTime", "instant"):
        return not seen.count or bool(seen.forms)
    if known.vocabulary == "sex":
        return all(plain(value) in sexes() for value in seen.different)
    return known.holds != "few" or not seen.count or seen.few


def _like_a_test(name: str) -> bool:
    name = name.rpartition(".")[2]
    return 0 < len(name) <= _TEST and any(letter.isalpha() for letter in name)
