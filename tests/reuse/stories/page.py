"""docs/reuse-stories.md: every story as a doctor reads it, in both languages, with what it follows from."""

from __future__ import annotations

from itertools import groupby

from tests.reuse.stories.story import HERE, Story, stories


def reuse_stories() -> str:
    """A table for each theme."""
    themes = groupby(stories(), lambda one: one.theme)
    return "\n\n".join([f"{len(stories())} stories.", *(_theme(name, list(told)) for name, told in themes)])


def _theme(name: str, told: list[Story]) -> str:
    says = (HERE / f"{name}.toml").read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    return "\n".join([f"## {says}", "", "| story | verdict | because |", "|---|---|---|", *map(_row, told)])


def _row(one: Story) -> str:
    reasons = ", ".join(f"`{code}`" for code in sorted(one.reasons))
    return f"| {one.en}<br>*{one.vi}* | **{one.decision}**: {reasons} | {one.because} |"
