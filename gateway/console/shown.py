"""What the page of a patient shows, as words: values as their sources wrote them, never rounded, never turned round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.bundle import BHXH, BHYT, CCCD, Resource
from gateway.console.chart import Chart, chart
from gateway.messages import sentence
from gateway.person import differing, traits
from gateway.prior.answering import Answered
from gateway.prior.found import Found
from gateway.prior.record import KnownTest, Record, test_key
from gateway.reuse.result import PriorResult, PriorStudy, Quantity, ReferenceRange, Taken
from gateway.reuse.rules import Group, RuleSet
from gateway.reuse.series import Point, series, shown_both_ways
from gateway.reuse.standing import standing
from gateway.reuse.verdict import Reason, ReuseVerdict
from gateway.reuse.words import in_words

_NUMBERS = {CCCD: "cccd", BHYT: "bhyt", BHXH: "bhxh"}
_FLAGS = frozenset({"H", "HH", "HU", "L", "LL", "LU", "A", "AA", "POS", "DET", "N", "NEG", "ND"})


@dataclass(frozen=True, slots=True)
class Person:
    """As their own Patient says, the one with most said first. ``numbers``: kind (``cccd``) and value."""

    name: str
    born: str
    sex: str
    numbers: tuple[tuple[str, str], ...]
    differs: str  # the rule by which two Patients of the person contradict each other, else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One result. ``value`` as written; ``also`` in other units, with the source of the row. ``mark``: its flag.

    ``signature``: the word of the proof. ``evidence``: the exchange that brought it, "" where it is not signed.
    """

    taken: str
    unstated: bool
    facility: str
    value: str
    also: tuple[tuple[str, str], ...]
    range: str
    mark: str
    abnormal: bool
    status: str
    notes: tuple[str, ...]
    specimen: str
    signature: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Row:
    """One test of the overview: its newest result, and what the verdict comes to."""

    key: str
    name: str
    newest: Line | None
    count: int
    decision: str


@dataclass(frozen=True, slots=True)
class Told:
    """One verdict with everything that counted; ``lines``: the course, newest first. ``specimen``: of the newest;
    ``mixed``: not every line is of that one."""

    key: str
    name: str
    decision: str
    reasons: tuple[tuple[str, str], ...]  # (what it leaves possible, sentence)
    unless: str
    sources: tuple[str, ...]
    chart: Chart | None
    lines: tuple[Line, ...]
    count: int
    specimen: str
    mixed: bool


@dataclass(frozen=True, slots=True)
class Study:
    """An examination, its report and where its images are; ``decision`` "" where no list speaks of it."""

    name: str
    taken: str
    facility: str
    modalities: str
    body: str
    images: str
    instances: int | None
    report_status: str
    conclusion: str
    decision: str
    reasons: tuple[tuple[str, str], ...]
    signature: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Words:
    """A language to say things in."""

    language: str

    def say(self, key: str, /, **parameters: object) -> str:
        return sentence(key, self.language, **parameters)

    def when(self, taken: Taken | None) -> str:
        return str(in_words(taken, self.language)) if taken is not None else self.say("console-time-unknown")


def person(patients: Sequence[Resource], words: Words) -> Person:
    fullest = sorted(patients, key=lambda one: len(one.get("identifier", ())) + 2 * ("birthDate" in one), reverse=True)
    first = fullest[0] if fullest else {}
    numbers = dict.fromkeys(
        (_NUMBERS[one["system"]], str(one.get("value", "")))
        for each in fullest
        for one in each.get("identifier", ())
        if one.get("system") in _NUMBERS and one.get("use") != "old"
    )
    known = [traits(one) for one in patients]
    clash = next((rule for at, one in enumerate(known) for other in known[:at] if (rule := differing(one, other))), "")
    sex = first.get("gender", "")
    return Person(
        name_of(first) or words.say("console-no-name"),
        _birth(str(first.get("birthDate", "")), words.language),
        words.say(f"console-sex-{sex}") if sex in ("male", "female") else "",
        tuple(numbers),
        clash,
    )


def name_of(patient: Resource) -> str:
    names = [one for one in patient.get("name", ()) if one.get("use") != "old"]
    chosen = next((one for one in names if one.get("use") == "official"), names[0] if names else {})
    return str(chosen.get("text") or " ".join(filter(None, [chosen.get("family"), *chosen.get("given", ())])))


def birth_of(patient: Resource, words: Words) -> str:
    return _birth(str(patient.get("birthDate", "")), words.language)


def overview(record: Record, rules: RuleSet, words: Words) -> list[Row]:
    groups = {one.id: one for one in rules.groups}
    rows = []
    for test, verdict, count in zip(record.tests, record.results.verdicts, record.results.counted, strict=True):
        course = _course(test, verdict, record.results, rules)
        chosen = verdict.chosen if isinstance(verdict.chosen, PriorResult) and test.key in groups else None
        chosen = course[-1].prior if chosen is None and course else chosen
        newest = _line(chosen, record.results.found.get(chosen.reference), verdict, words) if chosen else None
        rows.append(Row(test.key, named(test, groups, words), newest, _count(test, count, groups), verdict.decision))
    return rows


def told(tests: Sequence[KnownTest], answered: Answered, rules: RuleSet, words: Words) -> list[Told]:
    """``answered``: on these tests, in their order, its signatures checked."""
    groups = {one.id: one for one in rules.groups}
    made = []
    for test, verdict, count in zip(tests, answered.verdicts, answered.counted, strict=True):
        valid = frozenset(name for name, one in answered.found.items() if one.prior.signature == "valid")
        points = _course(test, verdict, answered, rules)
        lines = tuple(_of_point(one, answered, verdict, words) for one in reversed(points))
        specimen = points[-1].prior.specimen_text if points else ""
        name = named(test, groups, words)
        made.append(
            Told(
                test.key,
                name,
                verdict.decision,
                _reasons(verdict, words),
                _unless(verdict, words),
                tuple(dict.fromkeys(one.source for one in rules.rules if one.id in verdict.rules)),
                chart(points, verdict.conversions, valid, words.language),
                lines,
                _count(test, count, groups),
                specimen,
                any(one.prior.specimen_text != specimen for one in points),
            )
        )
    return made


def studies(record: Record, words: Words) -> list[Study]:
    made, seen = [], set[str]()
    for verdict in record.studies:
        for one in verdict.considered:
            if one.prior.reference not in seen:
                seen.add(one.prior.reference)
                chosen = verdict.chosen is not None and verdict.chosen.reference == one.prior.reference
                reasons = _reasons(verdict, words) if chosen else _each(one.reasons, words)
                decision = verdict.decision if chosen else one.decision
                made.append(_study(record.imaging.found[one.prior.reference], decision, reasons, record, words))
    return made + [_study(one, "", (), record, words) for one in record.loose]


def report_lines(record: Record, words: Words) -> list[Study]:
    """Those that say something beside results and are not of a study above."""
    above = {one.prior.reference for one in record.imaging.found.values()}
    above |= {one.prior.report for one in record.imaging.found.values()}
    told_there = [one for one in record.reports if one.prior.reference not in above]
    told = [one for one in told_there if _told(_reports_of(one), record) or one.prior.notes]
    return [_study(one, "", (), record, words) for one in told]


def named(test: KnownTest, groups: dict[str, Group], words: Words) -> str:
    group = groups.get(test.key)
    if group is None:
        return test.order.name or test.key.rpartition("|")[2]
    return group.name_vi if words.language == "vi" else group.name_en


def written(value: Quantity) -> str:
    """As its source wrote it, with its comparator."""
    sign = {"<=": "≤", ">=": "≥"}.get(value.comparator, value.comparator)
    return " ".join(f"{sign}{value.text} {value.unit_text or value.unit}".split())


def _course(test: KnownTest, verdict: ReuseVerdict, answered: Answered, rules: RuleSet) -> tuple[Point, ...]:
    """Oldest first: of a panel what bears its own code, of a test that no list knows what is of no other test."""
    if verdict.group is None:
        return tuple(one for one in verdict.series if test_key(rules, one.prior.codes) == test.key)
    if not verdict.group.members:
        return verdict.series
    found = [one.prior for one in answered.found.values() if isinstance(one.prior, PriorResult)]
    stand = standing([one for one in found if not one.codes.isdisjoint(verdict.group.codes)])
    every = (*stand.newest, *(one for _, one in stand.older))
    return series([one for one in every if isinstance(one, PriorResult)], "", ())


def _count(test: KnownTest, counted: int | None, groups: dict[str, Group]) -> int:
    """Of its results: those of a panel's tests stand with them, and a code of two tests counts for neither."""
    group = groups.get(test.key)
    return test.count if group is None or group.members else counted or test.count


def notices(answered: Answered, words: Words) -> tuple[str, ...]:
    """What is said of every verdict, once."""
    said = [[one for one in each.notices(words.language) if one != _unless(each, words)] for each in answered.verdicts]
    return tuple(dict.fromkeys(one for each in said for one in each))


def _unless(verdict: ReuseVerdict, words: Words) -> str:
    """What the doctor must know to be otherwise, of this test."""
    if not verdict.unless or verdict.decision == "repeat":
        return ""
    names = "; ".join(one.name_vi if words.language == "vi" else one.name_en for one in verdict.unless)
    return words.say("reuse-unless", conditions=names)


def _of_point(point: Point, answered: Answered, verdict: ReuseVerdict, words: Words) -> Line:
    return _line(point.prior, answered.found.get(point.prior.reference), verdict, words)


def _line(prior: PriorResult, found: Found | None, verdict: ReuseVerdict, words: Words) -> Line:
    proof = found.prior.signature if found is not None else prior.signature
    flags = sorted(prior.interpretation & _FLAGS)
    return Line(
        taken=words.when(prior.taken),
        unstated=prior.taken is not None and prior.taken.meaning == "unstated",
        facility=prior.facility_name or prior.facility,
        value=_value(prior, words),
        also=tuple(_also(prior, verdict)),
        range="; ".join(text for one in prior.ranges if (text := _range(one, prior.quantity))),
        mark=", ".join(_flags(prior, words)),
        abnormal=bool(set(flags) - {"N", "NEG", "ND"}),
        status="" if prior.status == "final" and not prior.amended else words.say(f"console-status-{_status(prior)}"),
        notes=(*prior.notes, *prior.specimen_remarks),
        specimen=prior.specimen_text,
        signature=proof,
        evidence=found.kept.exchange if found is not None and found.kept.kid else "",
    )


def _status(prior: PriorResult) -> str:
    known = ("registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error")
    if prior.status == "final" and prior.amended:
        return "corrected"
    return prior.status if prior.status in known else "unknown"


def _value(prior: PriorResult, words: Words) -> str:
    told = [written(prior.quantity)] if prior.quantity is not None else []
    return "; ".join((*told, *prior.texts)) or words.say("console-no-value")


def _flags(prior: PriorResult, words: Words) -> Iterator[str]:
    """In words; a code that has none here (S, I, R of a culture) stands as it is."""
    for one in sorted(prior.interpretation - {"N", "NEG", "ND"}):
        known = {"<": "below", ">": "above"}.get(one) or (one.lower() if one in _FLAGS else "")
        yield words.say(f"console-flag-{known}") if known else one


def _also(prior: PriorResult, verdict: ReuseVerdict) -> Iterator[tuple[str, str]]:
    """In every other unit that a row of the test leads to, each with the row's source."""
    unit = prior.quantity.unit if prior.quantity else ""
    for row in verdict.conversions:
        if unit and unit in (row.unit, row.other):
            other = row.other if row.unit == unit else row.unit
            for one in shown_both_ways(prior, other, (row,))[1:]:
                yield written(one.value), one.converted_by


def _range(one: ReferenceRange, value: Quantity | None) -> str:
    """With its unit, where that is not the value's."""
    low, high = one.low, one.high
    told = dict.fromkeys(_unit(end, value) for end in (low, high) if end is not None)
    unit = "".join(f" {text}" for text in told if text)
    if low is not None and high is not None:
        return f"{low.text}–{high.text}{unit}"
    if low is not None:
        return f"≥ {low.text}{unit}"
    if high is not None:
        return f"{high.comparator if high.comparator == '<' else '≤'} {high.text}{unit}"
    return one.text.strip()


def _unit(end: Quantity, value: Quantity | None) -> str:
    text = end.unit_text or end.unit
    if value is None:
        return text
    same = end.unit == value.unit if end.unit and value.unit else text in ("", value.unit_text, value.unit)
    return "" if same else text


def _reasons(verdict: ReuseVerdict, words: Words) -> tuple[tuple[str, str], ...]:
    return _each(verdict.reasons, words)


def _each(reasons: Sequence[Reason], words: Words) -> tuple[tuple[str, str], ...]:
    """The gravest first: what stands against it is read before what speaks for it."""
    order = {"repeat": 0, "clinician-decides": 1, "reuse": 2}
    told_once = dict.fromkeys((one.decision, one.text(words.language)) for one in reasons)
    return tuple(sorted(told_once, key=lambda one: order[one[0]]))


def _study(found: Found, decision: str, reasons: tuple[tuple[str, str], ...], record: Record, words: Words) -> Study:
    prior = found.prior
    study = prior if isinstance(prior, PriorStudy) else None
    status = study.report_status if study is not None else prior.status
    return Study(
        name=prior.name or words.say("console-no-name-of-study"),
        taken=words.when(prior.taken),
        facility=prior.facility_name or prior.facility,
        modalities=", ".join(sorted(study.modalities)) if study else "",
        body=" ".join(filter(None, [study.body_site_text, study.laterality])) if study else "",
        images=study.images if study and study.images.startswith(("https://", "http://")) else "",
        instances=study.instances if study else None,
        report_status=words.say(f"console-report-{status}") if status in _REPORTS else "",
        conclusion=_conclusion(found, record),
        decision=decision,
        reasons=reasons,
        signature=prior.signature,
        evidence=found.kept.exchange if found.kept.kid else "",
    )


_REPORTS = frozenset({"registered", "partial", "preliminary", "final", "amended", "corrected", "appended",
                      "cancelled", "entered-in-error"})  # fmt: skip


def _conclusion(found: Found, record: Record) -> str:
    """What still holds: a report that was withdrawn is named with its status, and what it said is not repeated."""
    return _told([one for one in _reports_of(found) if one.get("status") != "entered-in-error"], record)


def _reports_of(found: Found) -> list[Resource]:
    return [resource for _, resource in found.with_it] or [found.resource]


def _told(reports: Sequence[Resource], record: Record) -> str:
    """As they say it, then what they say in parts of their own."""
    told = [str(one["conclusion"]) for one in reports if str(one.get("conclusion", "")).strip()]
    told += [text for one in reports for text in record.words.get(f"DiagnosticReport/{one['id']}", ())]
    return "\n".join(dict.fromkeys(told))


def _birth(text: str, language: str) -> str:
    parts = text.split("-")
    return "/".join(reversed(parts)) if language == "vi" and text else text
