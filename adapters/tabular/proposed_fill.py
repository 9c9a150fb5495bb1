"""Which columns of a table that nobody reads yet seem to be written on the first row of a report alone (fill_down)."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.mapping.mapped.results import DATATYPES
from gateway.mapping.proposal.guessing import Guess
from gateway.mapping.proposal.text import report

_TIMES = ("Observation.effectiveDateTime", "Observation.issued")


def filled(guesses: Sequence[Guess], rows: Sequence[Sequence[str]]) -> list[str]:
    """Those that are empty in each row that has a result and says no report; none where every row says its report.

    ``rows``: the cells of the columns guessed, cells merged with one above empty. A column of a result's own is none,
    whatever its cells are.
    """
    whose = set(report(guesses))
    keys = [at for at, one in enumerate(guesses) if one.column in whose]
    results = [at for at, one in enumerate(guesses) if one.test or (one.meaning and one.meaning.kind == "result")]
    if not rows or not any(rows[0][at] for at in keys):
        return []
    below = [row for row in rows if any(row[at] for at in results) and not any(row[at] for at in keys)]
    if not below:
        return []
    empty = (at for at, one in enumerate(guesses) if _of_report(one) and not any(row[at] for row in below))
    return [guesses[at].column for at in empty if guesses[at].shape.count]


def _of_report(one: Guess) -> bool:
    known = one.meaning
    if known is None or not known.attribute or known.datatype in DATATYPES:
        return False
    return known.attribute in _TIMES or not known.attribute.startswith("Observation")
