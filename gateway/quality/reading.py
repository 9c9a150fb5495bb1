"""Judge: what a record counts as, from its resources and the issues it raised. Pure: no clock, no store."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.bundle import Resource
from gateway.mapping.times import earliest
from gateway.outcome import Issue
from gateway.quality.missing import lacks_by_result, results, rows
from gateway.quality.placing import placed

MOST_CAUSES = 40  # rules kept of one record: those that kept it out first
_REPORTED = ("DiagnosticReport", "Observation")
_PAPERS = frozenset(
    {"Composition", "DocumentReference", "Appointment", "Immunization"}
)  # letters, slips, records of shots
_OF_RESULTS = frozenset({"Observation.code", "Observation.valueQuantity"})  # whose code and unit reuse compares


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule that touched a record. ``number``: how often; ``keeps_out``: it refused the record, or held it.

    ``place``: where it was first, a path and never a value; ``said``: what its sentence is filled with there.
    """

    rule: str
    number: int
    keeps_out: bool
    place: str
    said: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """What one record counts as. ``clean``: None of one that could not be read at all.

    ``results``: finished results it holds, ``complete`` of them with all that reuse asks for. ``issued``: of its newest
    result, None where none says it. ``told``: the same for records that tell the same reports again, of which only
    the newest counts; b"" for one that tells none.
    """

    correct: bool
    clean: bool | None
    results: int = 0
    complete: int = 0
    reports: int = 0
    studies: int = 0
    papers: int = 0
    issued: datetime | None = None
    told: bytes = b""
    causes: tuple[Cause, ...] = ()


def read(
    made: Sequence[Resource],
    issues: Sequence[Issue],
    holds: Sequence[Issue],
    *,
    refused: bool,
    sightings: Iterable[Sequence[str]] = (),
    lineage: Mapping[str, str] | None = None,
) -> Read:
    """Of a judged record. ``sightings``: its codes and units without a standard (gateway.terminology). ``lineage``:
    element → field of the payload, so that a cause can say where."""
    found = results(made)
    lacks = lacks_by_result(made, found)
    told = rows(made, lineage or {}) if any(lacks) else {}
    missing = _missing(lacks, [told.get(str(one.get("id", "")), "") for one in found])
    causes = [*_raised(issues, holds, refused), *_local(sightings), *missing]
    of_record = sum(one.number for one in causes if _dimension(one) == "complete" and not _of_a_result(one.rule))
    whole = sum(1 for each in lacks if not each)
    times = [earliest(one["issued"]) for one in (*found, *_of(made, "DiagnosticReport")) if "issued" in one]
    return Read(
        correct=not refused and not holds and all(_dimension(one) != "correct" for one in causes),
        clean=all(_dimension(one) != "clean" for one in causes),
        results=len(found),
        complete=min(whole, max(0, len(found) - of_record)),
        reports=len(_of(made, "DiagnosticReport")),
        studies=len(_of(made, "ImagingStudy")),
        papers=sum(1 for one in made if one.get("resourceType") in _PAPERS),
        issued=max(times, default=None),
        told=_told(made),
        causes=tuple(sorted(causes, key=lambda one: not one.keeps_out)[:MOST_CAUSES]),
    )


def read_refused(issues: Sequence[Issue]) -> Read:
    """Of a payload that was refused whole: nothing of it could be read."""
    return Read(correct=False, clean=None, causes=tuple(_raised(issues, (), refused=True)[:MOST_CAUSES]))


def held_by(before: Read, holds: Sequence[Issue]) -> Read:
    """What could only be seen beside what is stored already holds the record."""
    causes = (*_raised(holds, holds, refused=False), *before.causes)[:MOST_CAUSES]
    return replace(before, correct=False, causes=causes)


def _raised(issues: Sequence[Issue], holds: Sequence[Issue], refused: bool) -> list[Cause]:
    """Each rule once. A hold that another issue of the same place explains is that issue's."""
    waits = {one.expression for one in holds if one.expression}
    explained = {one.expression for one in issues if one.severity == "warning" and one.expression}
    held, told = {_same(one) for one in holds}, {_same(one) for one in issues}
    every = [*issues, *(one for one in holds if _same(one) not in told and one.expression not in explained)]
    numbers: Counter[str] = Counter()
    first: dict[str, Issue] = {}
    out: dict[str, bool] = {}
    for one in every:
        if one.severity == "information":
            continue
        keeps_out = one.refuses if refused else _same(one) in held or one.expression in waits
        if placed(one.rule, keeps_out=keeps_out).dimension == "none":
            continue
        numbers[one.rule] += 1
        first.setdefault(one.rule, one)
        out[one.rule] = out.get(one.rule, False) or keeps_out
    return [
        Cause(rule, numbers[rule], out[rule], one.source or one.expression, one.parameters)
        for rule, one in first.items()
    ]


def _same(one: Issue) -> tuple[str, str, str, str]:
    """The same for the same finding at the same place; a record can have thousands, so none is compared with each."""
    return one.rule, one.severity, one.expression, one.source


def _local(sightings: Iterable[Sequence[str]]) -> list[Cause]:
    """Results whose code or unit no standard has; nobody decided on it yet."""
    seen: Counter[tuple[str, str]] = Counter()
    for kind, _system, _code, _display, element, _unit in sightings:
        if element in _OF_RESULTS:
            seen[f"quality-{kind}-local", element] += 1
    return [Cause(rule, number, False, element) for (rule, element), number in seen.items()]


def _missing(lacks: Sequence[Mapping[str, str]], where: Sequence[str]) -> list[Cause]:
    """``where``: of each result, the row of the payload that told of it, "" where none is known."""
    numbers: Counter[str] = Counter(rule for each in lacks for rule in each)
    first: dict[str, str] = {}
    for each, row in zip(lacks, where, strict=True):
        for rule, element in each.items():
            first.setdefault(rule, f"{row}: {element}" if row else element)
    return [Cause(rule, number, False, first[rule]) for rule, number in numbers.items()]


def _dimension(one: Cause) -> str:
    return placed(one.rule, keeps_out=one.keeps_out).dimension


def _of_a_result(rule: str) -> bool:
    return rule.startswith("quality-")


def _told(made: Sequence[Resource]) -> bytes:
    """By the ids of its reports; of its results, where it has no report."""
    for kind in _REPORTED:
        if names := sorted(str(one.get("id", "")) for one in _of(made, kind)):
            return hashlib.sha256("\n".join((kind, *names)).encode()).digest()[:16]
    return b""


def _of(made: Iterable[Resource], kind: str) -> list[Resource]:
    return [one for one in made if one.get("resourceType") == kind]
