"""Guesses to a mapping file: TOML, each guess with its reason; what is not decided stands as "?" and is refused so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from gateway.mapping.proposal.behind import FLAGS, Behind, behind
from gateway.mapping.proposal.guessing import Guess
from gateway.mapping.proposal.names import Meaning, plain, sexes

_NOTHING: Mapping[str, str] = MappingProxyType({})
UNDECIDED = "?"  # under [unplaced]: no mapping file with it is read


def text(
    adapter: str,
    name: str,
    guesses: Sequence[Guess],
    recognised_by: Sequence[str] = (),
    record: Mapping[str, str] = _NOTHING,
    filled: Sequence[str] = (),
) -> str:
    """The mapping file. ``recognised_by``: fields all payloads have; without any, those that are placed. ``record``:
    what the form's own reader says under [record]. ``filled``: columns of [reading] fill_down."""
    return "\n".join(_lines(adapter, name, guesses, recognised_by, record, filled)) + "\n"


def undecided(guesses: Sequence[Guess]) -> list[str]:
    """The columns a person must decide of before the file is read."""
    return [one.column for one in guesses if one.meaning is None and not one.test]


def _lines(
    adapter: str,
    name: str,
    guesses: Sequence[Guess],
    recognised_by: Sequence[str],
    record: Mapping[str, str],
    filled: Sequence[str],
) -> Iterator[str]:
    placed = _placed(guesses)
    yield "# Proposed from a sample: every line is a guess. Read each, mend it, and take the mark away."
    yield f"adapter = {_said(adapter)}"
    yield f"name = {_said(name)}"
    yield 'version = "1"'
    yield ""
    yield "[recognise]"
    yield f"fields = {_said(list(recognised_by) or [one.column for one in placed])}"
    yield ""
    yield from _reading(guesses, filled)
    yield "[record]"
    if not any(one.meaning and one.meaning.kind == "report" for one in placed):
        yield "# guess: no column is named like a report's number: the same patient and the same times are one report"
    yield f"report = {_said(report(guesses))}"
    yield from (f"{key} = {_said(value)}" for key, value in record.items())
    for one in guesses:
        if one.meaning is not None and one.meaning.kind == "facility":
            yield f"facility = {_said(one.column)}"
    for one in guesses:
        if one.meaning is not None and one.meaning.attribute:
            yield from _row(one, one.meaning, one.meaning.attribute)
            if one.meaning.also and not any(
                each.meaning and each.meaning.attribute == one.meaning.also for each in guesses
            ):
                yield from _row(one, one.meaning, one.meaning.also)
    yield from _fixed(placed)
    yield from _tests(guesses)
    yield from _words(guesses)
    yield from _unplaced(guesses)


def _placed(guesses: Sequence[Guess]) -> list[Guess]:
    return [one for one in guesses if one.test or (one.meaning is not None and one.meaning.attribute)]


def report(guesses: Sequence[Guess]) -> list[str]:
    """The columns that tell one report from another."""
    placed = _placed(guesses)
    named = [one.column for one in placed if one.meaning and one.meaning.kind == "report"][:1]
    return named or [one.column for one in placed if one.meaning and _tells_reports(one.meaning)]


def _tells_reports(known: Meaning) -> bool:
    return known.datatype == "mrn" or known.attribute in (
        "DiagnosticReport.issued",
        "Specimen.collection.collectedDateTime",
    )


def _reading(guesses: Sequence[Guess], filled: Sequence[str]) -> Iterator[str]:
    forms = list(dict.fromkeys(form for one in guesses if _is_date(one) for form in one.shape.forms))
    results = [one.shape for one in guesses if one.test or _is_result(one)]
    found = behind(value for one in results for value in one.different)
    commas = sum(one.commas for one in results) + found.commas
    yield "[reading]"
    if forms:
        yield "# guess: day before month, as Vietnam writes; look at a day after the 12th"
        yield f"dates = {_said(forms)}"
    if commas:
        yield f"# guess: {commas} results are written with a comma"
        yield "decimal_comma = true"
    yield from _inside(found)
    if filled:
        yield "# guess: rows that leave these empty are of the report above. Only where each report says its patient:"
        yield "# the results of one whom nobody wrote down would be given to the patient above"
        yield f"fill_down = {_said(list(filled))}"
    yield ""


def _inside(found: Behind) -> Iterator[str]:
    if found.flags:
        yield f"# guess: in {found.flags} results a flag stands behind the number"
        yield f"flags_in_values = {_said(FLAGS)}"
    if found.units:
        yield f"# guess: in {found.units} results a unit that is not known stands behind the number"
        if found.either:
            yield f"# in {found.either} more stands what may be a unit or a flag, as in 3.1 L: look at them"
        yield "units_in_values = true"


def _is_date(one: Guess) -> bool:
    return one.meaning is not None and one.meaning.datatype in ("date", "dateTime", "instant")


def _is_result(one: Guess) -> bool:
    return one.meaning is not None and one.meaning.kind == "result"


def _row(one: Guess, known: Meaning, attribute: str) -> Iterator[str]:
    yield ""
    yield f"# {one.why}"
    yield "[[row]]"
    yield f"field = {_said(one.column)}"
    yield f"attribute = {_said(attribute)}"
    if known.datatype:
        yield f"datatype = {_said(known.datatype)}"
    if known.vocabulary:
        yield f"vocabulary = {_said(known.vocabulary)}"


def _fixed(placed: Sequence[Guess]) -> Iterator[str]:
    """What a report has and no column says."""
    said = {one.meaning.attribute for one in placed if one.meaning}
    yield ""
    yield "# guess: a laboratory's export"
    for attribute, system, code in (
        ("DiagnosticReport.category[0]", "http://terminology.hl7.org/CodeSystem/v2-0074", "LAB"),
        ("Observation.category[0]", "http://terminology.hl7.org/CodeSystem/observation-category", "laboratory"),
    ):
        yield "[[row]]"
        yield f"attribute = {_said(attribute)}"
        yield f"assignment = {{coding = [{{system = {_said(system)}, code = {_said(code)}}}]}}"
    if "DiagnosticReport.code.text" not in said:
        yield "[[row]]"
        yield 'attribute = "DiagnosticReport.code.text"'
        yield 'assignment = "Kết quả xét nghiệm"'


def _tests(guesses: Sequence[Guess]) -> Iterator[str]:
    for one in guesses:
        if one.test:
            yield ""
            yield f"# {one.why}; its unit is in no cell: write it here, as the reports print it"
            yield "[[test]]"
            yield f"column = {_said(one.column)}"
            yield f"name = {_said(one.column)}"


def _words(guesses: Sequence[Guess]) -> Iterator[str]:
    for one in guesses:
        if one.meaning is not None and one.meaning.vocabulary == "sex":
            words = {value: sexes()[plain(value)] for value in one.shape.different}
            yield ""
            yield f"# guess: {', '.join(words)} say the sex"
            yield "[vocabulary.sex]"
            yield "codes = {" + ", ".join(f"{_said(word)} = {_said(code)}" for word, code in words.items()) + "}"


def _unplaced(guesses: Sequence[Guess]) -> Iterator[str]:
    left = [one for one in guesses if not one.test and (one.meaning is None or one.meaning.unplaced)]
    if not left:
        return
    yield ""
    yield f"# {UNDECIDED}: not decided. Give the column a row, or say here why it has no place."
    yield "[unplaced]"
    for one in left:
        if one.meaning is None:
            yield f"# {one.why}"
        yield f"{_said(one.column)} = {_said(one.meaning.unplaced if one.meaning else UNDECIDED)}"


def _said(value: object) -> str:
    """A text or a list of texts in TOML, whose basic strings are JSON's."""
    return json.dumps(value, ensure_ascii=False)
