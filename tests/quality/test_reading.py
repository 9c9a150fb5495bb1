"""What a record counts as is worked out at the same pace however much it raised."""

from __future__ import annotations

from gateway.outcome import Issue
from gateway.quality.reading import read

MANY = 300


class Counting(str):
    """A place that counts how often it is compared with another."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counting.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_thousands_of_findings_are_not_each_compared_with_every_other() -> None:
    told = [Issue("warning", "value", "code-unmapped", Counting(f"OBX[{number}]-3")) for number in range(MANY)]
    holds = [
        Issue("warning", "value", "value-number-ambiguous", Counting(f"OBX[{number}]-5")) for number in range(MANY)
    ]
    Counting.compared = 0
    made = read([], told, holds, refused=False)
    assert {one.rule: (one.number, one.keeps_out) for one in made.causes} == {
        "code-unmapped": (MANY, False), "value-number-ambiguous": (MANY, True),
    }  # fmt: skip
    assert Counting.compared < 10 * MANY
