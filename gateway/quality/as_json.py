"""The figures as JSON: docs/quality.md says each field. No value of a patient stands in any."""

from __future__ import annotations

from typing import Any

from gateway.messages import LANGUAGES, sentence
from gateway.quality.figures import COSTLIEST, Cost, Counts, Lag, Quality, Ratio, week_name
from gateway.quality.sharing import Sharing, Used


def as_json(made: Quality) -> dict[str, Any]:
    """Of one facility. Times with their zone; ``share`` null where there are too few."""
    return {
        "facility": made.facility,
        "name": made.name,
        "from": made.period.since,
        "to": made.period.until,
        "late_after_hours": made.late_after.total_seconds() / 3600,
        "total": {**counts(made.total), **_lag(made.lag)},
        "formats": [
            {"adapter": name, **counts(one), **_lag(made.lag_by_format.get(name, Lag()))}
            for name, one in made.by_format.items()
        ],
        "weeks": [{"week": week_name(week), "monday": str(week), **counts(one)} for week, one in made.by_week.items()],
        "days": made.period.days,
        "silent_days": made.silent_days,
        "last": made.heard.last,
        "causes": [cost(one) for one in made.costs[:COSTLIEST]],
        "more_causes": max(0, len(made.costs) - COSTLIEST),
    }


def sharing_as_json(made: Sharing) -> dict[str, Any]:
    """Of all facilities, who needs help first."""
    return {
        "from": made.period.since,
        "to": made.period.until,
        "late_after_hours": made.late_after.total_seconds() / 3600,
        "total": {**counts(made.total), **_used(made.used)},
        "silent": made.silent,
        "facilities": [
            {
                "facility": one.facility,
                "name": one.name,
                **counts(one.counts),
                **_lag(one.lag),
                "formats": dict(one.formats),
                "days_heard": one.heard.days,
                "last": one.heard.last,
                "worst": one.worst,
                **_used(one.used),
            }
            for one in made.facilities
        ],
    }


def _used(one: Used) -> dict[str, Any]:
    return {"delivered": one.delivered, "read_by_others": one.read, "reused_by_others": one.reused}


def counts(one: Counts) -> dict[str, Any]:
    return {
        "records": one.records,
        "results": one.results,
        "reports": one.reports,
        "studies": one.studies,
        "papers": one.papers,
        **{name: ratio(each) for name, each in one.four.items()},
    }


def ratio(one: Ratio) -> dict[str, Any]:
    return {"met": one.met, "of": one.of, "share": None if one.share is None else round(one.share, 4)}


def cost(one: Cost) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "dimension": one.where.dimension,
        "records": one.records,
        "number": one.number,
        "kept_out": one.kept_out,
        "results_kept_out": one.results,
        "adapters": list(one.adapters),
        "place": one.place,
        "text": {language: sentence(one.rule, language, **one.said) for language in LANGUAGES},
        "change": {language: change(one, language) for language in LANGUAGES},
    }


def change(one: Cost, language: str) -> str:
    """What the hospital can change; "" where the rule's own sentence says it."""
    return sentence(one.where.fix, language) if one.where.fix else ""


def _lag(one: Lag) -> dict[str, Any]:
    return {"lag_median_seconds": one.median, "lag_p90_seconds": one.p90}
