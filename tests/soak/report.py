"""A soak's report in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from gateway.bench.machine import machine
from gateway.steps import OF_THE_GATEWAY
from tests.soak.judge import Figures, unkilled
from tests.soak.soak import Report
from tests.soak.world import SETTINGS

_PART = re.compile(r"(<!-- soak: begin -->\n).*?(<!-- soak: end -->)", re.DOTALL)


def told(report: Report) -> tuple[str, bool]:
    """Lines for people, the five figures first, and whether all of it is green."""
    journal = report.journal
    lines = [
        f"{report.store}: {_figures(report.figures)} ({report.seconds:.0f} s)",
        f"  killed (-9) at random: {report.killed.total()} ({_counted(report.killed)})",
        f"  killed (-9) by step: {', '.join(f'{step.value} {report.kills[step]}' for step in OF_THE_GATEWAY)}",
        *(f"  {what}" for what in report.happened),
        f"  told not now: {_counted(journal.refused)}",
        f"  told the first answer again: {journal.repeated}",
        f"  settings not at their default: {', '.join(f'{name}={value}' for name, value in SETTINGS.items())}",
    ]
    lines += [f"  NOT GREEN: {what}" for what in report.broken]
    lines += [f"  NOT GREEN: nothing died at {step.value}" for step in unkilled(report.kills)]
    lines.append(f"  {'green' if report.green else 'NOT GREEN'}")
    return "\n".join(lines), report.green


def told_of_hosts(found: tuple[Figures, Sequence[str]]) -> tuple[str, bool]:
    """The same of two hosts, one of them lost; what was told of the run may say that it is not green."""
    figures, what = found
    green = figures.hold and not any(line.startswith("NOT GREEN") for line in what)
    lines = [f"two hosts on one PostgreSQL, one lost: {_figures(figures)}", *(f"  {line}" for line in what)]
    return "\n".join([*lines, f"  {'green' if green else 'NOT GREEN'}"]), green


def machine_told(on: date, seed: int) -> str:
    """Where, when and from which seed."""
    here = machine()
    return (
        f"{on.isoformat()}, seed {seed}: {here.cpu}, {here.cores} cores, load {here.load} at the start, "
        f"{here.os}, {here.python}"
    )


def written(document: str, report: str) -> str:
    """The document with the report between its marks; ValueError when it has not exactly one such place."""
    made, times = _PART.subn(lambda found: f"{found.group(1)}```text\n{report}\n```\n{found.group(2)}", document)
    if times != 1:
        raise ValueError("one part between 'soak: begin' and 'soak: end' expected")
    return made


def _figures(figures: Figures) -> str:
    return (
        f"acknowledged {figures.acknowledged}, stored {figures.stored}, delivered {figures.delivered}, "
        f"duplicates {figures.duplicates}, lost {figures.lost}"
    )


def _counted(things: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(things.items())) or "none"
