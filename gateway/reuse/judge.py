"""judge(results, order, context): may what was found stand for what is ordered? Pure: no clock, no store, no guess.

    1  whose order it is: the group of tests, and what all lists together ask of a result of it
    2  what stands: the last version of each result, without those withdrawn (standing.py)
    3  the newest of them, or all that may be the newest, is what the verdict speaks of
    4  everything that counts for or against it (proof, elapsed, laboratory, comparability, microbiology, imaging)
    5  what stands beside it: another of the same time, an older one that alone would do, a withdrawn one
    6  the decision: the worst of all reasons
    7  of a panel: 1 to 6 for each of its tests, then what they come to together (panel.py)

The doctor always decides; nothing here is an order. What is not known, contradicts itself or was never thought of
leaves the decision to the clinician or asks for a new test; only a result every guard lets through is ``reuse``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import nlargest
from operator import itemgetter

from gateway.reuse.beside import beside_reasons
from gateway.reuse.comparability import comparability_reasons
from gateway.reuse.elapsed import elapsed_reasons
from gateway.reuse.imaging import report_alone_reasons, study_reasons
from gateway.reuse.laboratory import laboratory_reasons
from gateway.reuse.microbiology import positivity_reason
from gateway.reuse.order import Context, OrderedTest
from gateway.reuse.panel import panel_verdict
from gateway.reuse.proof import proof_reasons
from gateway.reuse.question import Question, Questions
from gateway.reuse.reasons import reason, worst
from gateway.reuse.result import PriorResult
from gateway.reuse.situation import unspoken
from gateway.reuse.standing import Prior, Standing, newness, readable, standing
from gateway.reuse.verdict import Considered, Reason, ReuseVerdict

CONSIDERED = 6  # of what stands beside the newest, of one kind; the course holds all

_YEARS = range(1900, 3000)  # of a clock that can be believed


def judge(results: Iterable[Prior], order: OrderedTest, context: Context) -> ReuseVerdict:
    """The verdict on one ordered test, whatever the order and number of ``results``; never an exception."""
    return judge_all(results, (order,), context)[0]


def judge_all(results: Iterable[Prior], orders: Sequence[OrderedTest], context: Context) -> tuple[ReuseVerdict, ...]:
    """One verdict for each order, in their order; the results are sorted out once for all of them."""
    if context.now.utcoffset() is None or context.now.year not in _YEARS:
        return tuple(ReuseVerdict(one, "clinician-decides", (reason("reuse-time-contradictory"),)) for one in orders)
    questions = Questions(results, context)
    return tuple(_answer(order, questions) for order in orders)


def _answer(order: OrderedTest, questions: Questions) -> ReuseVerdict:
    question = questions.of(order)
    if question.group is None or not question.group.members:
        return _verdict(question)
    return panel_verdict(question, [(one, _verdict(one)) for one in questions.of_parts(order)])


def _verdict(question: Question) -> ReuseVerdict:
    stand = standing(question.priors)
    others = _set_aside(question.other_quantities, "reuse-other-quantity")
    gone = _set_aside(stand.withdrawn, "reuse-withdrawn")
    if not stand.newest:
        found = list(question.surely(question.reasons))
        if question.group is not None or question.order.codes:
            found.append(reason("reuse-only-withdrawn" if gone else "reuse-no-prior"))
        found += [reason("reuse-other-quantity")] if others else []
        return _told(question, found, None, (*gone, *others))
    newest = tuple(_considered(one, question) for one in stand.newest)
    older = _older(newest[0], stand, question)
    usable = older[-1].prior if older and older[-1].decision == "reuse" else None
    found = [*newest[0].reasons, *beside_reasons(newest, usable, stand.withdrawn, question.rows)]
    if worst(found) == "reuse" and _withheld(question, newest[0].prior):
        found.append(reason("reuse-newest-unsure"))
    return _told(question, found, stand, (*newest, *older, *gone, *others))


def _withheld(question: Question, chosen: Prior) -> bool:
    """Something of the test may be as new and may not be shown. Said where it changes the decision, and nowhere else:
    that it is there is told to nobody who would not rely on an older one."""
    taken, until = readable(chosen.taken), question.withheld
    return until is not None and (taken is None or until >= taken.earliest)


def _set_aside(priors: Sequence[Prior], code: str) -> tuple[Considered, ...]:
    """The newest few of those that are told and cannot be used."""
    why = (reason(code),)
    return tuple(Considered(one, "repeat", why) for one in nlargest(CONSIDERED, priors, key=newness))


def _older(chosen: Considered, stand: Standing, question: Question) -> tuple[Considered, ...]:
    """Where the newest will not do: those before it, newest first, as far as one that would do alone."""
    if chosen.decision == "reuse" or (question.reasons and worst(question.reasons) != "reuse"):
        return ()
    looked_at = list[Considered]()
    for _, one in nlargest(CONSIDERED, stand.older, key=itemgetter(0)):
        looked_at.append(_considered(one, question))
        past = any(each.code == "reuse-window-passed" for each in looked_at[-1].reasons)
        if past or looked_at[-1].decision == "reuse":  # what is older still is past the window too
            break
    return tuple(looked_at)


def _considered(prior: Prior, question: Question) -> Considered:
    reasons = question.surely(_weighed(prior, question))
    return Considered(prior, worst(reasons), reasons)


def _weighed(prior: Prior, question: Question) -> list[Reason]:
    """Everything that counts for this one alone, the order's own reasons first."""
    asked, context, group = question.asked, question.context, question.group
    rule = asked.asked_by.get("window", "")
    found = [
        *question.reasons,
        *proof_reasons(prior),
        *elapsed_reasons(prior, context.now, asked.window, rule, context.born),
    ]
    if _wanted_later(question, prior):
        found.append(reason("reuse-order-later"))
    if question.ambiguous(prior):
        found.append(reason("reuse-result-ambiguous"))
    found += laboratory_reasons(prior, asked, context)
    if group is None:
        return found
    if isinstance(prior, PriorResult):
        if group.kind == "imaging":
            found += report_alone_reasons(prior, asked)
        else:
            found += comparability_reasons(prior, question.order, asked, question.rows)
        if asked.positives_only:
            found.append(positivity_reason(prior, asked.asked_by.get("positives_only", "")))
    elif group.kind == "imaging":
        found += study_reasons(prior, question.order, asked, group)
    else:
        found.append(reason("reuse-kind-different"))
    return found


def _wanted_later(question: Question, prior: Prior) -> bool:
    """Ordered for a time when this one will be past its window, or for several times: the next is what is asked."""
    order, window, taken = question.order, question.asked.window, readable(prior.taken)
    if order.repeated or order.wanted_from is None or window is None or taken is None:
        return order.repeated
    return order.wanted_from.utcoffset() is None or order.wanted_from - min(taken.earliest, taken.latest) > window


def _told(
    question: Question, found: Sequence[Reason], stand: Standing | None, considered: tuple[Considered, ...]
) -> ReuseVerdict:
    chosen = stand.newest[0] if stand else None
    every = (*stand.newest, *(one for _, one in stand.older)) if stand else ()
    return ReuseVerdict(
        question.order,
        worst(found),
        tuple(found),
        chosen,
        considered,
        tuple(rule.id for rule in question.asked.rules),
        question.context.rules.digest,
        question.asked.illustrative,
        tuple(one for one in every if isinstance(one, PriorResult)),
        question.rows,
        unspoken(question.asked, question.context),
        question.group,
    )
