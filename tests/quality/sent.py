"""Messages of a laboratory, with all that is asked for or less, and what they count as."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.quality.figures import LATE_AFTER, Counts, Period, Quality
from gateway.store import facilities, quality_figures
from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import LAB, World

NUMBER = "001090000001^^^CCCD^NI"
MONTH = Period(datetime(2026, 10, 26, 17, tzinfo=UTC), datetime(2026, 12, 1, 17, tzinfo=UTC))
_LOCAL = timedelta(hours=7)


def written(at: datetime) -> str:
    """As HL7 v2 writes a time of Viet Nam."""
    return (at + _LOCAL).strftime("%Y%m%d%H%M%S")


def report(number: int = 1, issued: datetime | None = None, changed: dict[str, str] | None = None) -> bytes:
    """A report of one glucose. ``number``: which one, of which patient. ``issued``: aware UTC, an hour before the
    world's clock begins without it. ``{"obx5": "8"}`` changes a field."""
    at = issued or datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    fields: dict[str, dict[str, str]] = {
        "msh": {"f7": written(at), "f10": f"M{number}-{written(at)}"},
        "pid": {"f3": f"BN{number}^^^79001^MR~{NUMBER}"},
        "obr": {
            "f2": f"P{number}^HIS", "f3": f"F{number}^LIS", "f7": written(at - timedelta(hours=1)), "f22": written(at),
        },
        "obx": {"f3": "GLU^Glucose^L^2345-7^Glucose^LN", "f6": "mmol/L", "f7": "3.9-6.4", "f16": "BS1^LÊ^VĂN MẪU"},
    }  # fmt: skip
    for name, text in (changed or {}).items():
        fields[name[:3]][f"f{name[3:]}"] = text
    return message(
        header(**fields["msh"]),
        patient(**fields["pid"]),
        order(**fields["obr"]),
        result(**{"value": fields["obx"].pop("f5", "5.1"), **fields["obx"]}),
    )


def quality(world: World, period: Period = MONTH, facility: str = LAB, late_after: timedelta = LATE_AFTER) -> Quality:
    with world.store.read() as connection:
        found = facilities.get_facility(connection, facility)
        assert found is not None
        return quality_figures.of_facility(connection, found, period, late_after)


def total(world: World, **more: Any) -> Counts:
    return quality(world, **more).total


def ratios(counts: Counts) -> list[tuple[int, int]]:
    """correct, complete, clean, live: how many of how many."""
    return [(one.met, one.of) for one in counts.four.values()]


def causes(made: Quality) -> dict[str, tuple[int, int]]:
    """Rule → records touched, records kept out."""
    return {one.rule: (one.records, one.kept_out) for one in made.costs}
