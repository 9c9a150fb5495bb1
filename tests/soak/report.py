"""A soak's report in words."""

from __future__ import annotations

from gateway.steps import Step
from tests.soak.judge import unkilled
from tests.soak.soak import Report
from tests.soak.world import SETTINGS


def told(report: Report) -> str:
    """Lines for people, the five figures first."""
    figures, journal = report.figures, report.journal
    lines = [
        f"{report.store}: acknowledged {figures.acknowledged}, stored {figures.stored}, delivered {figures.delivered}, "
        f"duplicates {figures.duplicates}, lost {figures.lost} ({report.seconds:.0f} s)",
        f"  killed (-9) at random: {report.killed.total()} ({_counted(report.killed)})",
        f"  killed (-9) by step: {', '.join(f'{step.value} {report.kills[step]}' for step in Step)}",
        *(f"  {what}" for what in report.happened),
        f"  told not now: {_counted(journal.refused)}",
        f"  told the first answer again: {journal.repeated}",
        f"  settings not at their default: {', '.join(f'{name}={value}' for name, value in SETTINGS.items())}",
    ]
    lines += [f"  NOT GREEN: {what}" for what in report.broken]
    lines += [f"  NOT GREEN: nothing died at {step.value}" for step in unkilled(report.kills)]
    lines.append(f"  {'green' if report.green else 'NOT GREEN'}")
    return "\n".join(lines)


def _counted(things: object) -> str:
    assert isinstance(things, dict)
    return ", ".join(f"{name} {number}" for name, number in sorted(things.items())) or "none"
