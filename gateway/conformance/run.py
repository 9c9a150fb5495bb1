"""A run: requirement by requirement, each check fenced off, a target that falls silent given up in time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

import structlog

from gateway.conformance.client import OutOfTime, Unanswered
from gateway.conformance.requirement import Requirement
from gateway.conformance.target import Target
from gateway.conformance.verdict import Finding, Verdict, fault, omit, skip
from gateway.logs import frames
from gateway.outcome import VerdictWord

_SILENCES = 3  # checks in a row without an answer in time: nobody is there, and the rest would wait as long
_LIKE = 10  # findings of one kind that are told; a server of 140 types can fail in one thing 140 times
_log = structlog.get_logger("gateway.conformance")


def run(
    target: Target,
    asked: Iterable[Requirement],
    *,
    most_seconds: float = 600,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Verdict, None, None]:
    """The verdict on each requirement as soon as it stands; what is left after ``most_seconds`` is skipped.

    What the checks made at the target to ask with is deleted at the end, also of a run that is broken off."""
    try:
        yield from _judged(target, asked, most_seconds, clock)
    finally:
        target.client.is_over = lambda: False
        target.own.remove()


def _judged(
    target: Target, asked: Iterable[Requirement], most_seconds: float, clock: Callable[[], float]
) -> Iterator[Verdict]:
    silent, ends = 0, clock() + most_seconds
    target.client.is_over = lambda: clock() > ends
    for requirement in asked:
        target.client.seen, target.client.aside = [], []
        begun = clock()
        if silent >= _SILENCES:
            findings: list[Finding] = [skip("conformance-target-silent")]
        elif begun > ends:
            findings = [_out_of_time(most_seconds)]
        else:
            findings = list(_found(target, requirement, most_seconds))
        late = any(one.rule in ("conformance-no-answer-in-time", "conformance-answer-endless") for one in findings)
        silent = silent + 1 if late or silent >= _SILENCES else 0
        took = round((clock() - begun) * 1000)
        yield Verdict(requirement, tuple(findings), (*target.client.seen, *target.client.aside), took)


def _out_of_time(most_seconds: float) -> Finding:
    return skip("conformance-out-of-time", seconds=round(most_seconds))


def _found(target: Target, requirement: Requirement, most_seconds: float) -> Iterator[Finding]:
    if not requirement.check:
        yield omit("conformance-no-check")
        return
    if requirement.writes and target.client.read_only:
        yield skip("conformance-read-only")
        return
    found: list[Finding] = []
    try:
        for finding in requirement.function()(target):
            found.append(finding)
    except Unanswered as silent:
        found.append(fault(silent.rule, **silent.parameters))
    except OutOfTime:  # what was found by then stands
        found.append(_out_of_time(most_seconds))
    except Exception as wrong:  # whatever it is, it is ours: never the target's failing
        _log.error(
            "check-broken", requirement=requirement.id, error=type(wrong).__name__, at=frames(wrong.__traceback__)
        )
        found = [Finding("error", "conformance-check-broken", {"error": type(wrong).__name__})]
    if not found and not (target.client.seen or target.client.aside):
        found = [Finding("error", "conformance-nothing-asked")]  # a check that asked nothing has shown nothing
    yield from _few(found)


def _few(found: Sequence[Finding]) -> Iterator[Finding]:
    """The first findings of each kind, and how many more there are."""
    told: Counter[tuple[VerdictWord, str]] = Counter()
    for one in found:
        told[one.word, one.rule] += 1
        if told[one.word, one.rule] <= _LIKE:
            yield one
    for (word, _), count in told.items():
        if count > _LIKE:
            yield Finding(word, "conformance-more", {"count": count - _LIKE})
