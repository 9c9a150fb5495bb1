"""Whatever is asked: an answer, ``reuse`` only where every guard holds, and nothing that makes it looser."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gateway.reuse.judge import judge, judge_all
from gateway.reuse.order import Context, OrderedTest
from gateway.reuse.reasons import DECISIONS, worst
from gateway.reuse.result import LaboratoryLevel, PriorResult, Taken
from gateway.reuse.standing import Prior
from gateway.reuse.verdict import ReuseVerdict
from tests.reuse.arbitrary import ADULT, CONTEXTS, ORDERS, PRIORS, RESULTS
from tests.reuse.reusable import CONTEXT, GLUCOSE, HBA1C, HBA1C_IFCC, NOW, ORDER, PRIOR, ago, measured, verdict

DAY = timedelta(days=1)


@settings(max_examples=50)
@given(PRIORS, st.lists(ORDERS, max_size=2), CONTEXTS)
def test_anything_is_answered_and_the_worst_reason_decides(
    priors: list[Prior], orders: list[OrderedTest], context: Context
) -> None:
    told = judge_all(priors, orders, context)
    assert [one.order for one in told] == orders
    for one in told:
        assert one.decision == worst(one.reasons)
        assert one.reasons
        assert all(reason.text("vi") and reason.text("en") for reason in one.reasons)


@settings(max_examples=50)
@given(PRIORS, ORDERS, CONTEXTS, st.randoms())
def test_the_order_of_the_results_does_not_matter(
    priors: list[Prior], order: OrderedTest, context: Context, shuffle: random.Random
) -> None:
    other = priors.copy()
    shuffle.shuffle(other)
    assert repr(judge(priors, order, context)) == repr(judge(other, order, context))


@settings(max_examples=30)
@given(PRIORS, ORDERS, CONTEXTS)
def test_many_orders_are_judged_as_each_alone(priors: list[Prior], order: OrderedTest, context: Context) -> None:
    assert repr(judge_all(priors, (ORDER, order), context)[1]) == repr(judge(priors, order, context))


GOOD = st.builds(
    lambda days, minutes, identity, status, version, facility: replace(
        PRIOR, taken=ago(days=days, minutes=minutes), identity=identity, status=status, version=version,
        facility=facility, issued=None,
    ),
    st.integers(0, 58),
    st.integers(0, 1439),
    st.sampled_from(["certain", "person"]),
    st.sampled_from(["final", "amended", "corrected"]),
    st.integers(1, 9),
    st.sampled_from(["01777", "79001"]),
)  # fmt: skip


# -- reuse only where every guard holds: said here in words of its own -------------------------------------------------


def may_stand(one: PriorResult, others: list[PriorResult], order: OrderedTest, context: Context) -> bool:
    """An HbA1c by tests/reuse/reusable.py's list: 60 days, a level as high as the requester's, the same specimen."""
    taken, value, levels = one.taken, one.quantity, context.rules.laboratories
    if not timed(taken) or taken is None or context.born is None:
        return False
    requester = context.level if context.level.level is not None else levels.get(context.facility)
    days = (context.now.date(), taken.earliest.date())
    return all([
        one.identity in ("certain", "person"),
        one.signature == "valid",
        one.status in ("final", "amended", "corrected", "available"),
        taken.meaning in ("sampling", "performance"),
        timedelta() <= context.now - taken.earliest <= 60 * DAY,
        taken.earliest <= taken.latest,
        one.issued is None or one.issued.tzinfo is None or taken.earliest <= one.issued,
        not any(text.strip() for text in (*one.notes, *one.specimen_remarks)),
        one.absent == "",
        value is not None or any(text.strip() for text in one.texts),
        value is None or (value.number.is_finite() and value.unit == (order.unit or value.unit) != "" and one.ranges),
        HBA1C_IFCC not in one.codes and GLUCOSE not in one.codes,
        one.specimen & order.specimen,
        one.facility == context.facility != ""
        or level(levels.get(one.facility), days) >= level(requester, days[:1]) > 0,
        context.setting not in ("emergency", "monitoring"),
        context.conditions <= {"contrast"},
        (context.now.date() - max(context.born)).days >= 27,
        not any(newer_or_other(other, one) for other in others),
    ])  # fmt: skip


def timed(taken: Taken | None) -> bool:
    return taken is not None and taken.earliest.tzinfo is not None and taken.latest.tzinfo is not None


def level(one: LaboratoryLevel | None, days: tuple[date, ...]) -> int:
    """0 where it is not known, not dated or not in force on each of the days."""
    if one is None or one.level is None or not 1 <= one.level <= 5 or one.assessed is one.expires:
        return 0
    in_force = all((one.assessed or day) <= day < (one.expires or date.max) for day in days)
    return one.level if in_force else 0


def newer_or_other(other: PriorResult, one: PriorResult) -> bool:
    """It stands and is surely newer, or may be as new and says something else, or would not do."""
    if other.status in ("cancelled", "entered-in-error") or HBA1C not in other.codes:
        return False
    assert one.taken is not None
    if not timed(other.taken) or other.taken is None:
        issued = other.issued
        return issued is None or issued.tzinfo is None or issued >= one.taken.earliest
    first, last = sorted((other.taken.earliest, other.taken.latest))
    if first > one.taken.latest:
        return True
    overlaps = last >= one.taken.earliest
    return overlaps and (other.signature != "valid" or (other.quantity is None) != (one.quantity is None))


_FACTS = sorted(set(PriorResult.__dataclass_fields__) - {"reference", "version"})


@st.composite
def nearly(draw: st.DrawFn) -> PriorResult:
    """A reusable result with up to two of its facts drawn anew."""
    good, other = draw(GOOD), draw(RESULTS)
    facts = draw(st.lists(st.sampled_from(_FACTS), max_size=2))
    return replace(good, **{name: getattr(other, name) for name in facts})


@st.composite
def nearly_asked(draw: st.DrawFn) -> Context:
    """The reusable case's context with up to one of its facts drawn anew."""
    other = draw(CONTEXTS)
    facts = draw(st.lists(st.sampled_from(["setting", "born", "conditions", "facility", "level"]), max_size=1))
    return replace(CONTEXT, **{name: getattr(other, name) for name in facts})


@given(st.lists(nearly(), min_size=1, max_size=2), nearly_asked(), st.sampled_from(["", "%", "mmol/L"]))
@example([PRIOR], CONTEXT, "%")
def test_reuse_is_said_only_of_what_every_guard_lets_through(
    priors: list[PriorResult], context: Context, unit: str
) -> None:
    priors = [replace(one, reference=f"Observation/{number}") for number, one in enumerate(priors)]
    told = judge(priors, replace(ORDER, unit=unit), context)
    if told.decision == "reuse":
        assert isinstance(told.chosen, PriorResult)
        others = [one for one in priors if one.reference != told.chosen.reference]
        assert may_stand(told.chosen, others, told.order, context)


# -- one bad fact is enough --------------------------------------------------------------------------------------------


def _also(**facts: Any) -> Callable[[PriorResult], list[PriorResult]]:
    """Another result beside the good one, with these facts of its own."""
    return lambda one: [one, replace(one, reference="Observation/9", **facts)]


def _with(**facts: Any) -> Callable[[PriorResult], list[PriorResult]]:
    return lambda one: [replace(one, **facts)]


BAD: dict[str, Callable[[PriorResult], list[PriorResult]]] = {
    "another person's, perhaps": _with(identity="conflicting"),
    "a broken signature": _with(signature="invalid"),
    "a signature nobody can verify": _with(signature="unverifiable"),
    "no signature": _with(signature="absent"),
    "not final": _with(status="preliminary"),
    "withdrawn": _with(status="entered-in-error"),
    "withdrawn in a later version": lambda one: [one, replace(one, version=one.version + 1, status="cancelled")],
    "too old": _with(taken=ago(days=60, seconds=1)),
    "no time": _with(taken=None),
    "still to come": _with(taken=ago(seconds=-1)),
    "a time of nobody knows what": lambda one: [replace(one, taken=replace(one.taken, meaning="unstated"))],  # type: ignore[type-var]
    "a month without a day": _with(taken=Taken(NOW - 62 * DAY, NOW - 31 * DAY, "sampling")),
    "issued before it was taken": _with(issued=NOW - 90 * DAY),
    "a lower laboratory": _with(facility="01888"),
    "a laboratory nobody knows": _with(facility="99999"),
    "no specimen said": _with(specimen=frozenset()),
    "a note": _with(notes=("xem lại",)),
    "a remark on the specimen": _with(specimen_remarks=("tan máu",)),
    "no value": _with(quantity=None),
    "no unit": _with(quantity=measured("6.5", "")),
    "another unit": _with(quantity=measured("48", "mmol/mol")),
    "no range": _with(ranges=()),
    "two tests in one": _with(codes=frozenset({HBA1C, HBA1C_IFCC})),
    "another value at the same time": _also(quantity=measured("9.9", "%")),
    "a newer one, preliminary": _also(taken=ago(), status="preliminary"),
    "a newer one, of somebody else perhaps": _also(taken=ago(), identity="conflicting"),
    "a newer one without a time": _also(taken=None),
    "told twice, once with a remark": _also(notes=("tan máu",)),
}


@pytest.mark.parametrize("fact", BAD)
@settings(max_examples=8)
@given(good=GOOD)
def test_one_bad_fact_is_enough(fact: str, good: PriorResult) -> None:
    assert verdict(good).decision == "reuse"
    assert verdict(*BAD[fact](good)).decision != "reuse"


@pytest.mark.parametrize(
    "context",
    [
        {"conditions": frozenset({"transfusion"})}, {"conditions": frozenset({"unheard of"})}, {"born": None},
        {"setting": "emergency"}, {"setting": "monitoring"}, {"facility": "99999"},
    ],
)  # fmt: skip
@settings(max_examples=8)
@given(good=GOOD.filter(lambda one: one.facility == "01777"))
def test_one_bad_fact_of_the_order_is_enough(context: dict[str, Any], good: PriorResult) -> None:
    assert verdict(good, **context).decision != "reuse"


# -- age ---------------------------------------------------------------------------------------------------------------


def rank(told: ReuseVerdict) -> int:
    return DECISIONS.index(told.decision)


@given(RESULTS | GOOD, st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**6))
def test_a_result_that_is_older_never_fares_better(one: PriorResult, first: int, more: int, width: int) -> None:
    assume(one.issued is None or one.issued.tzinfo is not None)
    meaning = one.taken.meaning if one.taken else "sampling"

    def aged(seconds: int) -> PriorResult:
        latest = NOW.astimezone(UTC) - timedelta(seconds=seconds)
        return replace(one, taken=Taken(latest - timedelta(seconds=width), latest, meaning), issued=NOW)

    assert rank(verdict(aged(first + more), born=ADULT)) >= rank(verdict(aged(first), born=ADULT))
