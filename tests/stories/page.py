"""docs/stories.md: each story, what was sent, what became of it, and what a doctor finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from tests.stories.story import FACILITIES, File, Story
from tests.stories.telling import Came, Told, told


def stories_page() -> str:
    """The facilities, what is said of every file, then each story."""
    everywhere = set.intersection(*(set(came.rules) for came in _of_tables()))
    files = sum(len(one.came) for one in told().values())
    return "\n\n".join([
        f"{len(told())} stories, {files} files, all in one store before the first question is asked.",
        "\n".join(["| code | facility |", "|---|---|", *(f"| {code} | {name} |" for code, name in FACILITIES.items())]),
        f"Said of every file with tables: {_codes(sorted(everywhere))}.",
        *(_story(number, one, everywhere) for number, one in enumerate(told().values(), 1)),
    ])  # fmt: skip


def _of_tables() -> Iterator[Came]:
    """What became of each file that is no health check."""
    for one in told().values():
        yield from (came for file, came in zip(one.story.files, one.came, strict=True) if file.tables)


def _story(number: int, one: Told, everywhere: set[str]) -> str:
    story = one.story
    sent = zip(story.files, one.came, strict=True)
    return "\n\n".join([
        f"## {number}. {story.title} · *{story.vietnamese}*",
        story.who,
        *_decisions(story),
        "### What is sent",
        f"Said of the person in every file: {_fields(story.person)}.",
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
    day = f"{file.written[:4]}-{file.written[4:6]}-{file.written[6:]}"
    made = ", ".join(f"{count} {kind}" for kind, count in came.made.items())
    more = [rule for rule in dict.fromkeys(came.rules) if rule not in everywhere]
    ends = [
        f"**{came.status}** as {made}.",
        *([f"Delivered to: {', '.join(came.sent_to)}."] if came.sent_to else []),
        *([f"Told: {_codes(more)}."] if more else []),
    ]
    shown = "\n".join(f"{name:<5} {_fields(row)}" for name, row in _rows(file))
    return f"**{file.facility}**, {day}. {file.says}\n\n```text\n{shown}\n```\n\n{' '.join(ends)}"


def _rows(file: File) -> list[tuple[str, Mapping[str, Any]]]:
    """The rows of its tables, or the blocks of a health check, each with its name."""
    if file.blocks:
        return [*file.blocks.items()]
    return [("XML1", file.episode), *((table, row) for table, rows in file.tables.items() for row in rows)]


def _fields(row: Mapping[str, Any]) -> str:
    """``NAME value`` of each; an element of elements in brackets, one for each of a list."""
    said = [(name, each) for name, value in row.items() for each in (value if isinstance(value, list) else [value])]
    return " · ".join(f"{name} {each if isinstance(each, str) else f'({_fields(each)})'}" for name, each in said)


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
