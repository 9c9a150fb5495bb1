"""The figures as tables in a document: each benchmark between marks of its own, the rest of the text left alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from gateway.bench.figures import Figure, rounded
from gateway.bench.machine import Machine

_HEAD = ("figure", "value", "target", "times the target", "n", "median", "p99", "quartiles", "data", "settings, notes")


def written(text: str, benchmark: str, figures: Sequence[Figure], machine: Machine, on: date) -> str:
    """The document with that benchmark's part replaced; ValueError when it has not exactly one."""
    begin, end = (f"<!-- bench {benchmark}: {word} -->\n" for word in ("begin", "end"))
    part = f"{begin}{section(figures, machine, on)}{end}"
    made, times = re.subn(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: part, text, flags=re.DOTALL)
    if times != 1:
        raise ValueError(f"one part between the marks {begin.strip()} and {end.strip()} expected")
    return made


def parts(benchmark: str, figures: Sequence[Figure]) -> dict[str, list[Figure]]:
    """The document's parts that a benchmark's figures are for: exchanges have one for each database, since each
    takes its time to fill and may be measured by itself."""
    made: dict[str, list[Figure]] = {}
    for one in figures:
        database = one.figure.split(" ")[0].rstrip(":").lower()
        name = f"{benchmark} {database}" if benchmark in ("exchange", "mllp") else benchmark
        made.setdefault(name, []).append(one)
    return made


def section(figures: Sequence[Figure], machine: Machine, on: date) -> str:
    """Where and when, then a row a figure."""
    busy = " Something else was at work: the machine was not quiet." if machine.busy else ""
    where = (
        f"Measured on {on.isoformat()}: {machine.cpu}, {machine.cores} cores, {machine.memory_gb} GB, {machine.os}, "
        f"{machine.python}; load at the start {machine.load}.{busy}\n\n"
    )
    rows = [_HEAD, ("---",) * len(_HEAD), *(_row(one) for one in figures)]
    return where + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(one: Figure) -> tuple[str, ...]:
    settings = ", ".join(f"{name}={value}" for name, value in one.settings.items())
    return (
        one.figure,
        f"{_number(one.value)} {one.unit}" if one.value is not None else "–",
        f"{'≥' if one.target.better == 'higher' else '≤'} {one.target.value:g}" if one.target else "",
        _number(one.ratio),
        str(one.n),
        _number(one.median),
        _number(one.p99),
        f"{_number(one.spread[0])} – {_number(one.spread[1])}" if one.spread else "",
        one.size,
        "; ".join(filter(None, (settings, one.note))),
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{rounded(value):g}"
