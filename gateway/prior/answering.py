"""The flow: authorise → person → facts → judge → (audit) → answer.

1. The requester may search results, on a legal basis (gateway.access).
2. Who the patient is, across facilities, and how sure that is of each Patient.
3. Their newest results of the codes that may answer the tests, with everything the judge weighs.
4. The judge. What would become ``reuse`` has its stored Bundle checked whole, then it is judged again: the standing
   of a key alone may forbid a reuse, it never permits one.
5. The audit line is durable, then the answer is returned. It names who, on which basis, whose and which results;
   never what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Literal

from gateway.access import Grant, Requester, authorise
from gateway.keyring import Keyring
from gateway.prior.facts import facts
from gateway.prior.found import Around, Found
from gateway.prior.imaging import studies
from gateway.prior.people import People, people
from gateway.prior.question import Question
from gateway.prior.signatures import Signatures, Today
from gateway.reuse.judge import judge_all
from gateway.reuse.order import Context, OrderedTest
from gateway.reuse.precedence import groups_of, parts_of
from gateway.reuse.result import Code, LaboratoryLevel
from gateway.reuse.rules import RuleSet
from gateway.reuse.verdict import ReuseVerdict
from gateway.store import Connection, Store, audit

_PROVINCE = 2  # digits of MA_CSKCB that are the province's


@dataclass(frozen=True, slots=True)
class Answered:
    """``verdicts``: one a test, as asked. ``found``: what they speak of, by reference. ``counted``: of each test, how
    many results there are in all, more of them perhaps than were looked at; None for imaging, where all are."""

    question: Question
    at: datetime
    rules: RuleSet
    patients: Sequence[str]
    verdicts: tuple[ReuseVerdict, ...]
    counted: tuple[int | None, ...]
    found: Mapping[str, Found]


class Priors:
    """``now`` gives aware UTC; ``rules`` the lists in force. Raises Forbidden, NotFound, StoreUnavailable."""

    def __init__(
        self, store: Store, keyring: Keyring, now: Callable[[], datetime], rules: Callable[[], RuleSet]
    ) -> None:
        self._store = store
        self._now = now
        self._rules = rules
        self._signatures = Signatures(keyring, now)
        self.told: Callable[[str], None] = lambda decision: None  # hears of each verdict that was given

    def results(self, requester: Requester, question: Question) -> Answered:
        """The verdict on each ordered test, from stored Observations."""
        return self._answered(requester, question, "Observation")

    def studies(self, requester: Requester, question: Question) -> Answered:
        """The verdict on each ordered examination, from stored imaging studies and reports."""
        return self._answered(requester, question, "ImagingStudy")

    def _answered(
        self, requester: Requester, question: Question, kind: Literal["Observation", "ImagingStudy"]
    ) -> Answered:
        grant = authorise(requester, "s", kind)
        rules, today = self._rules(), self._signatures.today()
        asked = [tests_of(rules, one) for one in question.orders]
        tests = [codes for one in asked for codes in one]
        with self._store.read() as connection:
            who = people(connection, question.about)
            around = Around(who, today)
            counted: tuple[int | None, ...] = (None,) * len(asked)
            if kind == "Observation":
                known = facts(connection, who, tests, around)
                listed, withheld = [one for tested in known.of_test for one in tested], known.withheld
                each = iter(known.counted)
                counted = tuple(sum(islice(each, len(one))) for one in asked)
            else:
                listed, withheld = studies(connection, who, frozenset().union(*tests), around)
            found = {one.prior.reference: one for one in listed}
            context = replace(context_of(question, requester.facility, rules, who, self._now()), withheld=withheld)
            verdicts = _judged(connection, found, question.orders, context, today)
        answered = Answered(question, context.now, rules, who.names, verdicts, counted, found)
        self._note(grant, "prior-results" if kind == "Observation" else "prior-studies", answered)
        for verdict in verdicts:
            self.told(verdict.decision)
        return answered

    def rules(self) -> RuleSet:
        """The lists in force."""
        return self._rules()

    def conditions(self) -> frozenset[str]:
        """What a requester may name as making reuse unsafe: the conditions that a list in force knows."""
        return frozenset(one.id for one in self._rules().conditions)

    def _note(self, grant: Grant, action: str, answered: Answered) -> None:
        told = {
            one.prior.reference for verdict in answered.verdicts for part in verdict.each for one in part.considered
        }
        decisions = [verdict.decision for verdict in answered.verdicts]
        detail = {
            "about": list(answered.patients),
            "results": sorted(told),
            "verdicts": {one: decisions.count(one) for one in sorted(set(decisions))},
            "rules": answered.rules.digest,
        }

        def work(connection: Connection) -> None:
            audit.append(connection, answered.at, grant.actor, action, grant.basis, detail)

        self._store.write(work, soon=True)


def tests_of(rules: RuleSet, order: OrderedTest) -> list[frozenset[Code]]:
    """The codes whose results are looked for: the order's, and of a panel each of its tests' beside them."""
    return [codes_of(rules, one) for one in (order, *parts_of(rules, order))]


def codes_of(rules: RuleSet, order: OrderedTest) -> frozenset[Code]:
    """All codes whose results the judge may want to see: the order's own, and those of its groups."""
    groups = groups_of(rules, order)
    return order.codes.union(*(group.codes | group.other_quantities for group in groups))


def context_of(question: Question, facility: str, rules: RuleSet, who: People, now: datetime) -> Context:
    """What the judge is told of who asks. ``facility``: the requester's code."""
    return Context(
        now=now,
        rules=rules,
        setting=question.setting,
        born=who.born,
        conditions=question.conditions,
        facility=facility,
        province=facility[:_PROVINCE] if facility.isdecimal() else "",
        specialty=question.specialty,
        level=rules.laboratories.get(facility, LaboratoryLevel()),
    )


def _judged(
    connection: Connection, found: dict[str, Found], orders: Sequence[OrderedTest], context: Context, today: Today
) -> tuple[ReuseVerdict, ...]:
    """Judged until every result that is to be reused has had its Bundle checked: each at most once."""
    checked: set[str] = set()
    while True:
        verdicts = judge_all([one.prior for one in found.values()], orders, context)
        each = [one for verdict in verdicts for one in verdict.each]
        wanted = {one.chosen.reference for one in each if one.decision == "reuse" and one.chosen} - checked
        changed = False
        for reference in sorted(wanted):
            before, found[reference] = found[reference], found[reference].proved(connection, today)
            changed |= found[reference].prior.signature != before.prior.signature
        checked |= wanted
        if not changed:
            return verdicts
