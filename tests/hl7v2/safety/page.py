"""docs/adapters/hl7v2-value-safety.md: every case with what came of it."""

from __future__ import annotations

from gateway.messages import sentence
from tests.hl7v2.safety.cases import Case, Subject, subjects
from tests.hl7v2.safety.outcomes import Outcome, outcomes


def value_safety() -> str:
    """How many cases there are, a table for each subject, and what its rules say."""
    found = outcomes()
    cases = [case for subject in subjects() for case in subject.cases]
    stopped = sum(bool(found[case.name].held or found[case.name].refused) for case in cases)
    return "\n\n".join([
        f"{len(cases)} inputs, of which {stopped} are held for a person or refused.",
        *map(_subject, subjects()),
        "## What the rules say",
        _rules({rule for one in found.values() for rule in (*one.held, *one.told, *one.refused.split()[:1])}),
    ])  # fmt: skip


def _subject(subject: Subject) -> str:
    rows = [
        f"| {_cell(case.words)} | {_cell(case.danger)} | {_cell(_came(outcomes()[case.name], case))} |"
        for case in subject.cases
    ]
    table = "\n".join(["| sent | danger | what came out |", "|---|---|---|", *rows])
    return "\n\n".join([f"## {subject.title}", *([subject.said] if subject.said else []), table])


def _came(one: Outcome, case: Case) -> str:
    """Lines of what came out, then what became of the message."""
    if one.refused:
        rule, _, place = one.refused.partition(" ")
        return f"**refused**: {rule} ({place})"
    lines = [*one.out] or ["nothing"]
    lines += [
        f"{number}. {'**held**: ' + why if (why := text.partition(': ')[2]) else text}"
        for number, text in enumerate(one.comes, 1)
    ]
    lines += [f"**held**: {', '.join(dict.fromkeys(one.held))}"] if one.held else []
    lines += [f"told: {', '.join(dict.fromkeys(one.told))}"] if one.told else []
    lines += [f"listed: {', '.join(one.listed)}"] if one.listed else []
    return "<br>".join(lines)


def _rules(rules: set[str]) -> str:
    return "\n".join(["| rule | |", "|---|---|", *(f"| {rule} | {_cell(sentence(rule))} |" for rule in sorted(rules))])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
