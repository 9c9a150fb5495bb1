"""The law of an adapter (gateway.adapter), each clause tried on samples.

A clause that holds says how much was tried; one that does not, which rule is broken where. Nothing said here holds
a value of a payload: places, rules and counts only.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from gateway.adapter import Payload, Profile, SourceAdapter
from gateway.jsontext import dumps
from gateway.mapping.made_by import tells_file
from gateway.outcome import Issue, Verdict
from gateway.r4 import check
from gateway.workbench.altered import UNMISTAKABLE, Word, alterations, is_name, without
from gateway.workbench.differences import differences
from gateway.workbench.expected import expected_file, read, tree
from gateway.workbench.fields import listed, names_of
from gateway.workbench.samples import Sample, own_program, own_samples
from gateway.workbench.seen import Seen, seen
from gateway.workbench.watched import named_in, watched

CUTS = 24  # places at which a sample is cut off
MOST = 400  # words of a sample that are altered, unless all are asked for
_TOLD = 5  # findings of one clause and sample that are told one by one


@dataclass(frozen=True, slots=True)
class Trial:
    """An adapter with a sample, and what it is tried with. ``elsewhere``: what another process made of it."""

    adapter: SourceAdapter
    sample: Sample
    others: Sequence[SourceAdapter]
    facility: Profile | None = None
    most: int = MOST
    expected: Path | None = None
    elsewhere: Mapping[str, bytes] | None = None

    def seen(self, data: bytes | None = None) -> Seen:
        return seen(self.adapter, self.sample.data if data is None else data, self.facility)


@dataclass(frozen=True, slots=True)
class Altered:
    """The sample with one word changed into ``other``, and what was logged or printed meanwhile."""

    word: Word
    other: bytes
    after: Seen
    log: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause on one sample. ``tried``: how many things, in words of the clause."""

    clause: int
    adapter: str
    sample: str
    verdict: Verdict
    tried: int


def found(trial: Trial) -> Iterator[Finding]:
    """Every clause on one sample, in order."""
    whole = trial.seen()
    altered = list(_altered(trial)) if not whole.fault else []
    for number, clause in _CLAUSES.items():
        tried, issues = clause(trial, whole, altered)
        skipped = bool(issues) and not any(issue.refuses for issue in issues)
        verdict = Verdict("fail" if any(issue.refuses for issue in issues) else "skip" if skipped else "pass", issues)
        yield Finding(number, trial.adapter.name, str(trial.sample.path), verdict, tried)


def _altered(trial: Trial) -> Iterator[Altered]:
    with _overheard() as log:
        for word, other, after in alterations(trial.adapter, trial.sample.data, trial.facility, trial.most):
            yield Altered(word, other, after, log.getvalue())
            log.seek(0)
            log.truncate()


_Tried = tuple[int, tuple[Issue, ...]]


def _broken(rule: str, at: str = "", **parameters: object) -> Issue:
    return Issue("error", "business-rule", rule, at, parameters)


def _same_every_time(trial: Trial, whole: Seen, _altered: Sequence[Altered]) -> _Tried:
    """1. The same bytes, the same resources; and nothing is asked of the world meanwhile."""
    with watched() as asked:
        again = trial.seen()
    issues = [_broken("law-1-asks", what=what) for what in sorted(set(asked))]
    issues += [
        _broken("law-1-names", f"{file.name}:{line}", what=what)
        for file, line, what in named_in(own_program(trial.adapter))
    ]
    if again.text != whole.text:
        issues.append(_broken("law-1-differs"))
    if trial.elsewhere is not None and trial.elsewhere.get(str(trial.sample.path)) != bundles(whole):
        issues.append(_broken("law-1-differs-elsewhere"))
    return 2 if trial.elsewhere is None else 3, tuple(issues)


def bundles(of: Seen) -> bytes:
    """The records' Bundles as bytes, as another process should make them."""
    return dumps([one.bundle() for one in of.made])


def _recognised(trial: Trial, _whole: Seen, _altered: Sequence[Altered]) -> _Tried:
    """2. It recognises its samples and none of the others'."""
    issues = [] if trial.adapter.recognises(trial.sample.payload) else [_broken("law-2-not-its-own")]
    tried = 1
    for other in trial.others:
        tried += 1
        if other.recognises(trial.sample.payload):
            issues.append(_broken("law-2-claimed-too", other=other.name))
        for theirs in own_samples(other):
            tried += 1
            if theirs.data != trial.sample.data and trial.adapter.recognises(Payload(theirs.data)):
                issues.append(_broken("law-2-claims-others", theirs.path.name, other=other.name))
    return tried, tuple(issues)


def _conformant(_trial: Trial, whole: Seen, _altered: Sequence[Altered]) -> _Tried:
    """3. Every resource passes the R4 check and says where it came from."""
    issues: list[Issue] = []
    tried = 0
    for made in whole.made:
        issues += [issue for issue in check(made.bundle()) if issue.refuses]
        told = {path.partition(".")[0] for path in made.lineage}
        counts: dict[str, int] = {}
        for resource in made.resources:
            kind = str(resource["resourceType"])
            name = f"{kind}[{counts.get(kind, 0)}]"
            counts[kind] = counts.get(kind, 0) + 1
            tried += 1
            if name not in told and not tells_file(resource):
                issues.append(_broken("law-3-whence", name))
    return tried, tuple(issues)


def _nothing_dropped(trial: Trial, whole: Seen, altered: Sequence[Altered]) -> _Tried:
    """4. A word that is changed shows: in a resource, in what is not placed, or in an issue. Gone, it shows too."""
    if whole.fault:
        return 0, whole.refusals
    data, before = trial.sample.data, whole.text
    known = listed(field for made in whole.made for field in made.unplaced)
    unseen = (one.word for one in altered if one.after.text == before and not is_name(data, one.word))
    unlisted = (word for word in unseen if not names_of(data, word) & known)
    silent = [word for word in unlisted if trial.seen(without(data, word)).text == before]
    issues = [_broken("law-4-silent", word.place(data)) for word in silent[:_TOLD]]
    if len(silent) > _TOLD:
        issues.append(_broken("law-4-silent-more", count=len(silent) - _TOLD))
    return len(altered), tuple(issues)


def _broken_input(trial: Trial, whole: Seen, _altered: Sequence[Altered]) -> _Tried:
    """5. What is broken is refused or asks for a person: never a fault of the program, never less in silence."""
    data = trial.sample.data
    cut = [(f"{at}/{CUTS}", _cut(data, len(data) * at // CUTS)) for at in range(1, CUTS)]
    utf16 = data.decode("utf-8", "replace").encode("utf-16")
    odd = [("UTF-16", utf16), ("NUL", data[:50] + b"\0" + data[50:]), ("0xFF", data[:90] + b"\xff\xff" + data[90:])]
    issues: list[Issue] = []
    for name, broken in [("0", b""), *cut, *odd]:
        after = trial.seen(broken)
        if after.fault:
            issues += [_broken("law-5-fault", name, error=_error(after))]
        elif name[0].isdigit() and not after.asks and _less(after, whole):
            issues += [_broken("law-5-less", name)]
    return 1 + len(cut) + len(odd), tuple(issues)


def _cut(data: bytes, at: int) -> bytes:
    """Cut off inside a line: where one ends, a format without an end mark cannot tell that more was to come."""
    while at and data[at - 1 : at + 1].strip(b"\r\n") != data[at - 1 : at + 1]:
        at -= 1
    return data[:at]


def _less(after: Seen, whole: Seen) -> bool:
    """Fewer resources than there were, and nothing new that says so."""
    count = sum(len(one.resources) for one in whole.made)
    said = {issue.rule for issue in whole.issues}
    return sum(len(one.resources) for one in after.made) < count and not {issue.rule for issue in after.issues} - said


def _error(of: Seen) -> str:
    parameters = of.refusals[0].parameters
    return f"{parameters.get('error', '')}:{parameters.get('line', '')}"


def _nothing_said(trial: Trial, whole: Seen, altered: Sequence[Altered]) -> _Tried:
    """6. No value of a payload in an error or a log line: a word that stands nowhere else is looked for in both."""
    data, names = trial.sample.data, _names(whole)
    tried, repeated = 0, []
    for one in altered:
        if len(one.other) < UNMISTAKABLE or one.word.of(data) in names or is_name(data, one.word):
            continue
        tried += 1
        said = [one.log, *(f"{issue.expression} {issue.text()} {issue.text('vi')}" for issue in one.after.issues)]
        if any(one.other.decode() in text for text in said):
            repeated.append(one.word)
    return tried, tuple(_broken("law-6-repeated", word.place(data)) for word in repeated[:_TOLD])


@contextmanager
def _overheard() -> Iterator[StringIO]:
    """What is logged or printed meanwhile."""
    log = StringIO()
    handler, root = logging.StreamHandler(log), logging.getLogger()
    root.addHandler(handler)
    try:
        with redirect_stdout(log), redirect_stderr(log):
            yield log
    finally:
        root.removeHandler(handler)


def _names(whole: Seen) -> frozenset[bytes]:
    """Words that name a field, so that an issue may say them."""
    told = [source for made in whole.made for source in made.lineage.values()]
    told += [field.field for made in whole.made for field in made.unplaced]
    told += [issue.expression for issue in whole.issues]
    return frozenset(word.encode() for text in told for word in re.findall(r"[0-9]+|[^\W\d_]+", text))


def _version(trial: Trial, whole: Seen, _altered: Sequence[Altered]) -> _Tried:
    """7. ``version`` changes when an expected output changes."""
    before = read(expected_file(trial.sample, trial.expected))
    if before is None:
        return 0, (Issue("information", "informational", "law-7-nothing-expected"),)
    after = tree(trial.adapter, whole)
    changed = differences(before, after)
    if not changed:
        return 1, ()
    rule = "law-7-version-stays" if before.get("adapter") == after["adapter"] else "law-7-expected-older"
    return 1, (_broken(rule, changed[0].place, count=len(changed)),)


_CLAUSES: dict[int, Callable[[Trial, Seen, Sequence[Altered]], _Tried]] = {
    1: _same_every_time,
    2: _recognised,
    3: _conformant,
    4: _nothing_dropped,
    5: _broken_input,
    6: _nothing_said,
    7: _version,
}
