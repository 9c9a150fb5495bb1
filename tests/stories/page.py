"""docs/stories.md: each story, what was sent, what became of it, and what a doctor finds."""

from __future__ import annotations

from itertools import groupby

from tests.bhyt.building import Row
from tests.stories.story import FACILITIES, File, Story
from tests.stories.telling import Came, Told, told


def stories_page() -> str:
    """The facilities, what is said of every file, then each story."""
    everywhere = set.intersection(*(set(came.rules) for one in told().values() for came in one.came))
    files = sum(len(one.came) for one in told().values())
    return "\n\n".join([
        f"{len(told())} stories, {files} files, all in one store before the first question is asked.",
        "\n".join(["| code | facility |", "|---|---|", *(f"| {code} | {name} |" for code, name in FACILITIES.items())]),
        f"Said of every file: {_codes(sorted(everywhere))}.",
        *(_story(number, one, everywhere) for number, one in enumerate(told().values(), 1)),
    ])  # fmt: skip


def _story(number: int, one: Told, everywhere: set[str]) -> str:
    story = one.story
    sent = zip(story.files, one.came, strict=True)
    return "\n\n".join([
        f"## {number}. {story.title} · *{story.vietnamese}*",
        story.who,
        *_decisions(story),
        "### What is sent",
        f"In XML1 of every file: {_fields(story.person)}.",
        *(_file(file, came, everywhere) for file, came in sent),
        *_questions(one),
    ])  # fmt: skip


def _decisions(story: Story) -> list[str]:
    """What a person decided of local codes ([vocabulary](vocabulary.md))."""
    if not story.decisions:
        return []
    said = [
        f"- {one['facility'] or 'every facility'}: `{one['system']}|{one['code']}` is `http://loinc.org|{one['loinc']}`"
        for one in story.decisions
    ]
    return ["\n".join(["Decided before by a person who knows the test ([vocabulary.md](vocabulary.md)):", "", *said])]


def _file(file: File, came: Came, everywhere: set[str]) -> str:
    rows = [("XML1", file.episode), *((table, row) for table, told_rows in file.tables.items() for row in told_rows)]
    day = f"{file.written[:4]}-{file.written[4:6]}-{file.written[6:]}"
    made = ", ".join(f"{count} {kind}" for kind, count in came.made.items())
    ends = [
        f"**{came.status}** as {made}.",
        *([f"Delivered to: {', '.join(came.sent_to)}."] if came.sent_to else []),
        *([f"Told: {_codes(more)}."] if (more := [rule for rule in came.rules if rule not in everywhere]) else []),
    ]
    shown = "\n".join(f"{table:<5} {_fields(row)}" for table, row in rows)
    return f"**{file.facility}**, {day}. {file.says}\n\n```text\n{shown}\n```\n\n{' '.join(ends)}"


def _fields(row: Row) -> str:
    return " · ".join(f"{name} {value}" for name, value in row.items())


def _codes(words: list[str]) -> str:
    return ", ".join(f"`{each}`" for each in words)


def _questions(one: Told) -> list[str]:
    made = []
    for by, asked in groupby(one.story.questions, lambda question: question.by):
        made.append(f"### What the doctor at {by} finds")
        for question in asked:
            answer = one.answers[question.name]
            found = "\n".join(answer.lines) or "nothing"
            made.append(f"{question.why}\n\n```text\nGET /fhir/{answer.asked}\n\n{found}\n```")
    return made
