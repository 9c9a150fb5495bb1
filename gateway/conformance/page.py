"""The report as one HTML page that needs nothing else: its sum for who decides, each failure for who mends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from gateway.conformance.report import WORDS, Change, Line, counted
from gateway.conformance.requirement import families
from gateway.messages import sentence

_HERE = Path(__file__).parent
_GRAVEST = ("shall", "should", "may")
_LOCAL = timezone(timedelta(hours=7))  # Viet Nam's time


def page(
    lines: Sequence[Line],
    target: str,
    at: datetime,
    language: str = "vi",
    changed: Sequence[Change] = (),
    own: Line | None = None,
    sent: Line | None = None,
) -> str:
    """``at``: when the run ended, aware; it is shown in Viet Nam's time. ``changed``: since an earlier run. ``own``:
    what became of what was made at the target to ask with."""
    local = at.astimezone(_LOCAL)
    return _template().render(
        language=language,
        say=lambda rule, **parameters: sentence(rule, language, **parameters),
        called=lambda verdict: sentence(f"conformance-word-{verdict}", language),
        severity=lambda severity: sentence(f"conformance-severity-{severity}", language),
        target=target,
        at=local.isoformat(timespec="seconds"),
        at_shown=local.strftime("%d.%m.%Y %H:%M"),
        lines=lines,
        tally=counted(lines),
        words=WORDS,
        families=list(_by_family(lines, language)),
        mend=sorted(
            (one for one in lines if one["verdict"] == "fail"), key=lambda one: _GRAVEST.index(one["severity"])
        ),
        unasked=_unasked(lines, language),
        changed=changed,
        own=own["own_data"] if own else None,
        sent=sent["over_mllp"] if sent else None,
        style=(_HERE / "page.css").read_text("utf-8"),
    )


def _unasked(lines: Sequence[Line], language: str) -> list[tuple[str, list[str]]]:
    """Why something was not asked, and the requirements it kept from being asked, the reason of most first."""
    found: dict[str, list[str]] = {}
    for one in lines:
        if one["verdict"] in ("skip", "omit"):
            found.setdefault(one["findings"][0][language] if one["findings"] else "", []).append(one["requirement"])
    return sorted(found.items(), key=lambda reason: -len(reason[1]))


def _by_family(lines: Sequence[Line], language: str) -> Iterator[tuple[str, str, list[Line], dict[str, int]]]:
    """Name, title, verdicts (those that failed first) and counts of each family that was asked."""
    titles = {family.name: family.title[language] for family in families()}
    for name, of_it in groupby(lines, key=lambda one: str(one["family"])):
        found = list(of_it)
        yield name, titles.get(name, name), sorted(found, key=lambda one: WORDS.index(one["verdict"])), counted(found)


@cache
def _template() -> Template:
    found = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return found.get_template("page.html")
