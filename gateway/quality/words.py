"""The figures for a terminal: lines of at most 100 columns that a tired person can read."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from gateway.messages import sentence
from gateway.quality.as_json import change
from gateway.quality.figures import COSTLIEST, FEW, Cost, Counts, Lag, Quality, Ratio, week_name
from gateway.quality.placing import DIMENSIONS
from gateway.quality.sharing import Sharing
from gateway.reuse.precedence import VIET_NAM

_WIDE = 100
_UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


def lines(made: Quality, language: str) -> list[str]:
    """Of one facility: the four, by format, by week, and the costliest causes."""

    def say(key: str, **parameters: object) -> str:
        return sentence(f"quality-{key}", language, **parameters)

    since, until = (moment(at) for at in (made.period.since, made.period.until))
    found = [f"{made.facility} {made.name}".strip(), say("period", since=since, until=until), ""]
    if not made.total.records:
        return [*found, say("nothing")]
    for name in DIMENSIONS:
        one = made.total.four[name]
        found.append(
            f"  {say(f'name-{name}'):20} {share(one, language):>9}  {one.met:>9} / {one.of:<9} {say(f'means-{name}')}"
        )
    found += ["", *_told(made, say, language), ""]
    found += table(say("format"), _rows(made), language)
    found += ["", *table(say("week"), [(week_name(week), each, None) for week, each in made.by_week.items()], language)]
    found += ["", say("causes"), *_causes(made, language)]
    return [line.rstrip() for line in found]


def sharing_lines(made: Sharing, language: str) -> list[str]:
    """Of all facilities: a line each, who needs help first, and beneath it what it shares and who uses it."""

    def say(key: str, **parameters: object) -> str:
        return sentence(f"quality-{key}", language, **parameters)

    def told(value: int) -> str:
        return number(value, language)

    used, total = made.used, made.total
    found = [
        say("period", since=moment(made.period.since), until=moment(made.period.until)),
        say(
            "sharing-sum", facilities=told(len(made.facilities)), silent=told(made.silent),
            records=told(total.records), results=told(total.results),
        ),
        say("sharing-used", delivered=told(used.delivered), read=told(used.read), reused=told(used.reused)),
        say("sharing-order"),
        "",
    ]  # fmt: skip
    rows = [(one.facility, one.counts, one.lag) for one in made.facilities]
    head, *lines = table(say("facility"), rows, language)
    found.append(head)
    for one, line in zip(made.facilities, lines, strict=True):
        found.append(line)
        name = f"{one.name}: " if one.name else ""
        if one.counts.records:
            shared = {kind: told(getattr(one.counts, kind)) for kind in ("results", "reports", "studies", "papers")}
            formats = ", ".join(f"{adapter or '?'} {told(records)}" for adapter, records in one.formats.items())
            found.append(f"      {name}{say('shared', **shared)} ({formats})")
        else:
            found.append(f"      {name}{say('nothing-came')}")
        each = say(
            "used-short", delivered=told(one.used.delivered), read=told(one.used.read), reused=told(one.used.reused)
        )
        found.append(f"      {each}" + (f" {say('last', at=moment(one.heard.last))}" if one.heard.last else ""))
    return [line.rstrip() for line in found]


def _rows(made: Quality) -> list[tuple[str, Counts, Lag | None]]:
    every = [(name or "?", one, made.lag_by_format.get(name)) for name, one in made.by_format.items()]
    return [*every, ("=", made.total, made.lag)]


def _told(made: Quality, say: Callable[..., str], language: str) -> list[str]:
    last = made.heard.last
    lag = say("lag", median=length(made.lag.median, language), p90=length(made.lag.p90, language))
    return [
        f"  {lag}" if made.lag.median is not None else f"  {say('lag-none')}",
        f"  {say('silent', days=made.silent_days, of=made.period.days)}"
        + (f" {say('last', at=moment(last))}" if last else ""),
        f"  {say('few', few=FEW)}",
    ]


def table(first: str, rows: Iterable[tuple[str, Counts, Lag | None]], language: str) -> list[str]:
    """A line each: its name, records, the four, and how late."""
    head = [sentence(f"quality-short-{name}", language) for name in DIMENSIONS]
    names = f"  {first:16} {sentence('quality-records', language):>9}" + "".join(f" {name:>9}" for name in head)
    told = [names]
    for name, one, lag in rows:
        shares = "".join(f" {share(each, language):>9}" for each in one.four.values())
        late = (
            f"  {length(lag.median, language)} / {length(lag.p90, language)}" if lag and lag.median is not None else ""
        )
        told.append(f"  {name:16} {one.records:>9}{shares}{late}")
    return told


def _causes(made: Quality, language: str) -> list[str]:
    shown: Sequence[Cost] = made.costs[:COSTLIEST]
    if not shown:
        return [f"  {sentence('quality-no-causes', language)}"]
    told: list[str] = []
    for place, one in enumerate(shown, 1):
        told.append(f"  {place:>2}. {sentence(f'quality-name-{one.where.dimension}', language)} [{one.rule}]")
        told += _wrapped(cost_words(one, language))
        told += _wrapped(sentence(one.rule, language, **one.said))
        if one.place:
            told += _wrapped(sentence("quality-place", language, place=one.place))
        if said := change(one, language):
            told += _wrapped(sentence("quality-change", language, change=said))
    return told


def cost_words(one: Cost, language: str) -> str:
    """How many records it touched and kept out, and how often."""
    touched = {"records": number(one.records, language), "times": number(one.number, language)}
    if not one.kept_out:
        return sentence("quality-cost", language, **touched)
    out = {"kept_out": number(one.kept_out, language), "results": number(one.results, language)}
    return sentence("quality-cost-out", language, **touched, **out)


def number(value: int, language: str) -> str:
    """``1,234``; in Vietnamese ``1.234``."""
    text = f"{value:,}"
    return text.replace(",", ".") if language == "vi" else text


def share(one: Ratio, language: str) -> str:
    """``98.4 %``; ``too few`` in words. Never rounded up to 100 nor down to 0."""
    if one.share is None:
        return sentence("quality-too-few" if one.of else "quality-none", language)
    percent = round(100 * one.share, 1)
    if one.met < one.of:
        percent = min(percent, 99.9)
    if one.met:
        percent = max(percent, 0.1)
    text = f"{percent:.1f} %"
    return text.replace(".", ",") if language == "vi" else text


def length(seconds: int | None, language: str) -> str:
    """``2 d 3 h``: the two greatest units of a time."""
    if seconds is None:
        return "–"
    told: list[str] = []
    for unit, size in _UNITS:
        number, seconds = divmod(seconds, size)
        if number or told or size == 1:
            told.append(f"{number} {sentence(f'quality-{unit}', language)}" if number or not told else "")
        if len(told) == 2:
            break
    return " ".join(told).strip()


def moment(at: datetime) -> str:
    """In Viet Nam's time: ``24.11.2026 09:05``."""
    return at.astimezone(VIET_NAM).strftime("%d.%m.%Y %H:%M")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDE - 6, initial_indent="      ", subsequent_indent="      ")
