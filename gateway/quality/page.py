"""The figures as an HTML page that needs nothing else: of one facility, and of all for the authority."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway.messages import sentence
from gateway.quality import words
from gateway.quality.as_json import change
from gateway.quality.figures import COSTLIEST, FEW, Period, Quality, Ratio, week_name
from gateway.quality.placing import DIMENSIONS
from gateway.quality.sharing import Sharing
from gateway.reuse.precedence import VIET_NAM

_HERE = Path(__file__).parent
_GOOD, _FAIR = 0.95, 0.8  # shares from which a bar is shown as good, and as fair


def page(made: Quality, at: datetime, language: str = "vi") -> str:
    """Of one facility. ``at``: when it was reckoned, aware; times are shown in Viet Nam's."""
    return (
        _environment()
        .get_template("page.html")
        .render(
            **_told(language, made.period, at),
            made=made,
            hours=f"{made.late_after.total_seconds() / 3600:g}",
            weeks=[(week_name(week), week, one) for week, one in made.by_week.items()],
            costs=made.costs[:COSTLIEST],
            more=max(0, len(made.costs) - COSTLIEST),
            most=max((one.records for one in made.by_week.values()), default=0),
        )
    )


def sharing_page(made: Sharing, at: datetime, language: str = "vi") -> str:
    """Of all facilities, who needs help first."""
    return (
        _environment()
        .get_template("sharing.html")
        .render(**_told(language, made.period, at), made=made, hours=f"{made.late_after.total_seconds() / 3600:g}")
    )


def level(one: Ratio) -> str:
    """How a share is shown: ``good``, ``fair``, ``poor``; ``few`` where it is not told."""
    if one.share is None:
        return "few"
    return "good" if one.share >= _GOOD else "fair" if one.share >= _FAIR else "poor"


def typed(text: str) -> Markup:
    """What stands between backquotes is something to type."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def _told(language: str, period: Period, at: datetime) -> dict[str, Any]:
    def say(key: str, **more: object) -> str:
        return sentence(f"quality-{key}", language, **more)

    return {
        "language": language,
        "say": say,
        "rule": lambda one: sentence(one.rule, language, **one.said),
        "change": lambda one: change(one, language),
        "cost": lambda one: words.cost_words(one, language),
        "share": lambda one: words.share(one, language),
        "length": lambda seconds: words.length(seconds, language),
        "number": lambda value: words.number(value, language),
        "moment": words.moment,
        "level": level,
        "typed": typed,
        "four": DIMENSIONS,
        "few": FEW,
        "since": words.moment(period.since),
        "until": words.moment(period.until),
        "at": at.astimezone(VIET_NAM).isoformat(timespec="seconds"),
        "at_shown": words.moment(at),
        "style": (_HERE / "page.css").read_text("utf-8"),
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
