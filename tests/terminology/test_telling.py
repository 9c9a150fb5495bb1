"""What another process knows of the decisions: told once, and again when it changes."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

from gateway.terminology.decision import LOINC, Decision
from gateway.terminology.telling import Hearer, Teller, Told
from gateway.terminology.terms import NOTHING_DECIDED, Decisions, Terms, decisions, terms

AT = datetime(2026, 11, 22, tzinfo=UTC)
A, B = "79001", "01999"


def of(facility: str, target: str) -> Decisions:
    return decisions([Decision(1, facility, "code", "", "GLU", LOINC, target, "", "equivalent", "Thu", AT)])


class Pair:
    def __init__(self) -> None:
        self.teller, self.hearer = Teller(), Hearer()

    def told(self, facility: str, known: Terms) -> Told:
        """What travelled; and what is known behind it is what was known before it."""
        told = self.teller.tell(facility, known)
        assert self.hearer.hear(facility, pickle.loads(pickle.dumps(told))) == known  # noqa: S301  # our own, just made
        return told


def test_what_was_told_does_not_travel_again() -> None:
    pair, own, of_all = Pair(), of(A, "14749-6"), of("", "2345-7")
    assert pair.told(A, terms(own, of_all)) == (own, of_all)
    assert pair.told(A, terms(own, of_all)) == (None, None)
    assert pair.told(B, terms(decisions([]), of_all)) == (None, None)


def test_what_changed_travels_and_what_was_taken_back_is_no_longer_known() -> None:
    pair, of_all = Pair(), of("", "2345-7")
    pair.told(A, terms(of(A, "14749-6"), of_all))
    assert pair.told(A, terms(of(A, "15074-8"), of_all))[1] is None
    assert pair.told(A, terms(decisions([]), of_all))[0] == decisions([])
    assert pair.told(B, NOTHING_DECIDED)[1] == decisions([])
    pair.told(A, NOTHING_DECIDED)
