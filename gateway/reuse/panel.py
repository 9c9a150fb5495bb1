"""A panel (a blood count, electrolytes, lipids) is ordered as one: what the verdicts on its tests come to together.

    reuse              every test has a result that may stand, and all are of one sampling at one laboratory: the tests
                       of a panel are read against each other
    repeat             a test's result is past its window, unsafe or otherwise ruled out: the panel is made as one, so
                       it is made again; or no test of it has a result
    clinician-decides  everything else; which tests stand, which are missing and which are doubtful is said

What all tests have in common is said once, in its own words; what one has is said with its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from gateway.reuse.elapsed import elapsed_reasons
from gateway.reuse.proof import proof_reasons
from gateway.reuse.question import Question
from gateway.reuse.reasons import reason, worst
from gateway.reuse.result import Code, PriorResult
from gateway.reuse.standing import Prior, readable, standing
from gateway.reuse.verdict import Considered, Reason, ReuseVerdict

TOGETHER = timedelta(hours=1)  # of one sampling: its tubes are filled and labelled within it

Member = tuple[Question, ReuseVerdict]

# A test without a result does not rule the others out: it is missing.
_MISSING = frozenset({"reuse-no-prior", "reuse-only-withdrawn", "reuse-other-quantity", "reuse-no-value"})
_OF_A_MEMBER = {
    "reuse": "reuse-panel-member",
    "clinician-decides": "reuse-panel-doubtful",
    "repeat": "reuse-panel-repeat",
}


def panel_verdict(panel: Question, members: Sequence[Member]) -> ReuseVerdict:
    """``panel``: its priors are those that bear the panel's own code. ``members``: each test with its verdict."""
    verdicts = tuple(verdict for _, verdict in members)
    whole = _whole(panel, verdicts)
    found = list(_reasons(panel, members, whole))
    return ReuseVerdict(
        panel.order,
        worst(found),
        tuple(found),
        whole if whole is not None and not any(one.chosen for one in verdicts) else None,
        () if whole is None else (_considered(whole),),
        rules=tuple(dict.fromkeys(rule for one in verdicts for rule in one.rules)),
        rules_digest=panel.context.rules.digest,
        illustrative=any(one.illustrative for one in verdicts),
        unless=tuple(dict.fromkeys(condition for one in verdicts for condition in one.unless)),
        group=panel.group,
        members=verdicts,
    )


def _reasons(panel: Question, members: Sequence[Member], whole: Prior | None) -> Iterator[Reason]:
    verdicts = [verdict for _, verdict in members]
    missing = [one for one in members if _is_missing(one[1])]
    if len(missing) == len(members):
        yield from _of_the_whole(panel, members, whole)
        return
    if whole is not None:
        yield from _considered(whole).reasons
    usable = [one for one in members if one[1].decision == "reuse"]
    if len(usable) == len(members):
        chosen = [one.chosen for one in verdicts if one.chosen is not None]
        alike = "reuse-panel-one-set" if one_sampling(chosen) else "reuse-panel-several-sets"
        yield reason(alike, count=len(members), taken=chosen[0].taken, facility=_laboratory(chosen[0]))
        yield from _named(members, frozenset({"reuse"}))
        return
    if missing:
        yield reason("reuse-panel-missing", tests=_names(missing))
    yield from _named(members, frozenset({"clinician-decides", "repeat"}))
    if usable:
        yield reason("reuse-panel-stands", tests=_names(usable))


def one_sampling(chosen: Sequence[Prior]) -> bool:
    """By one laboratory, within an hour; where the time leaves more than that open, by one report besides."""
    if len({one.facility for one in chosen}) != 1 or not chosen[0].facility:
        return False
    taken = [readable(one.taken) for one in chosen]
    known = [one for one in taken if one is not None]
    if len(known) < len(taken):
        return False
    if max(one.latest for one in known) - min(one.earliest for one in known) <= TOGETHER:
        return True
    reports = {one.report for one in chosen}
    return len({(one.earliest, one.latest) for one in known}) == 1 == len(reports) and "" not in reports


def _is_missing(verdict: ReuseVerdict) -> bool:
    against = [one.code for one in verdict.reasons if one.decision == "repeat"]
    return bool(against) and _MISSING.issuperset(against)


def _whole(panel: Question, verdicts: Sequence[ReuseVerdict]) -> Prior | None:
    """A result under the panel's own code that says something, unless every test's result is surely newer."""
    of_members = frozenset[Code]().union(*(one.order.codes for one in verdicts))
    stand = standing([one for one in panel.priors if _says(one) and one.codes.isdisjoint(of_members)])
    if not stand.newest:
        return None
    newest, times = stand.newest[0], [readable(one.chosen.taken) for one in verdicts if one.chosen is not None]
    taken = readable(newest.taken)
    if times and taken is not None and all(time is not None and taken.latest < time.earliest for time in times):
        return None
    return newest


def _considered(whole: Prior) -> Considered:
    """That it is there, and what speaks against believing it: whose it is, whose word, whether that is final."""
    told = reason("reuse-panel-whole-told", taken=whole.taken, facility=_laboratory(whole))
    reasons = (told, *(one for one in proof_reasons(whole) if one.decision != "reuse"))
    return Considered(whole, worst(reasons), reasons)


def _says(prior: Prior) -> bool:
    """What only groups the results of a panel has no value and no word of its own."""
    if not isinstance(prior, PriorResult):
        return True
    said = prior.quantity is not None or prior.value_codes or prior.notes
    return bool(said) or any(text.strip() for text in prior.texts)


def _of_the_whole(panel: Question, members: Sequence[Member], whole: Prior | None) -> Iterator[Reason]:
    """Where no test has a result of its own."""
    if whole is None:
        codes = {one.code for _, verdict in members for one in verdict.reasons}
        yield reason("reuse-only-withdrawn" if "reuse-only-withdrawn" in codes else "reuse-no-prior")
        return
    windows = [question.asked.window for question, _ in members if question.asked.window is not None]
    longest = max(windows, default=None) if len(windows) == len(members) else None
    context = panel.context
    past = [one for one in elapsed_reasons(whole, context.now, longest, "", context.born) if one.decision == "repeat"]
    told, *against = _considered(whole).reasons
    yield from (*(past or [told]), *against)


def _named(members: Sequence[Member], decisions: frozenset[str]) -> Iterator[Reason]:
    """Each reason of those decisions once: in its own words where it is every test's, else with the tests' names."""
    found: dict[tuple[str, str], tuple[Reason, list[Member]]] = {}
    for member in members:
        if _is_missing(member[1]):
            continue
        for one in member[1].reasons:
            if one.decision in decisions and one.code not in _MISSING:
                found.setdefault((one.code, one.text("en")), (one, []))[1].append(member)
    for one, whose in found.values():
        if len(whose) == len(members):
            yield one
        else:
            because = {"en": one.text("en"), "vi": one.text("vi")}
            yield reason(_OF_A_MEMBER[one.decision], one.rule, tests=_names(whose), because=because)


def _names(members: Iterable[Member]) -> dict[str, str]:
    verdicts = [verdict for _, verdict in members]
    return {
        "en": ", ".join(one.group.name_en if one.group else one.order.name for one in verdicts),
        "vi": ", ".join(one.group.name_vi if one.group else one.order.name for one in verdicts),
    }


def _laboratory(prior: Prior) -> str:
    return prior.facility_name or prior.facility
