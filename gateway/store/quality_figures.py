"""What records count as, added up by the database: nothing is read row by row, however many there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, case, func, literal_column, select

from gateway.facility import Facility
from gateway.jsontext import loads
from gateway.quality.figures import (
    Cell,
    Cost,
    Counts,
    Heard,
    Lag,
    Period,
    Quality,
    Ratio,
    added,
    costliest_first,
    late,
    monday_of,
)
from gateway.store.quality_tables import quality_cause, quality_record
from gateway.store.times import micros, moment

_record = quality_record.c
_DAY = 86_400_000_000  # microseconds
_OFFSET = 7 * 3_600_000_000  # Viet Nam's time, all the year
_THURSDAY = 3  # 1970-01-01, days after its Monday
# Whole days and weeks: both databases divide integers so. Written out, since what is grouped by must be the very same.
_day: ColumnElement[int] = literal_column(f"((quality_record.received + {_OFFSET}) / {_DAY})", BigInteger)
_week: ColumnElement[int] = literal_column(
    f"(((quality_record.received + {_OFFSET}) / {_DAY} + {_THURSDAY}) / 7)", BigInteger
)


def of_facility(connection: Connection, facility: Facility, period: Period, late_after: timedelta) -> Quality:
    """All there is to tell of one facility, in five statements and one for each rule."""
    found = tuple(cells(connection, period, late_after, facility.code))
    caused = costs(connection, period, facility.code)
    too_late = late(added(one.counts for one in found))
    return Quality(
        facility=facility.code,
        name=facility.name,
        period=period,
        late_after=late_after,
        cells=found,
        lag=lags(connection, period, facility.code).get(facility.code, Lag()),
        lag_by_format=lags(connection, period, facility.code, by_format=True),
        costs=costliest_first([*caused, *([too_late] if too_late else [])]),
        heard=heard(connection, period, facility.code).get(facility.code, Heard()),
    )


def is_known(connection: Connection, facility: str) -> bool:
    """Whether anything of the facility was ever counted here."""
    return connection.execute(select(_record.rid).where(_record.facility == facility).limit(1)).first() is not None


def cells(connection: Connection, period: Period, late_after: timedelta, facility: str = "") -> list[Cell]:
    """By facility, format and week; of all facilities with ""."""
    late = int(late_after.total_seconds())
    columns = (
        func.count(),
        *(func.sum(_record[name]) for name in ("results", "reports", "studies", "papers", "correct", "complete")),
        func.count(_record.clean),
        func.sum(_record.clean),
        func.count(_record.lag),
        func.sum(case((_record.lag <= late, 1), else_=0)),
    )
    by = (_record.facility, _record.adapter, _week)
    query = _counted(select(*by, *columns), period, facility).group_by(*by).order_by(*by)
    return [
        Cell(row[0], row[1], monday_of(int(row[2])), _counts(*(int(one or 0) for one in row[3:])))
        for row in connection.execute(query)
    ]


def lags(connection: Connection, period: Period, facility: str = "", *, by_format: bool = False) -> dict[str, Lag]:
    """Of each facility, or of each format (adapter): nearest rank of the half and of nine in ten."""
    by = _record.adapter if by_format else _record.facility
    ranked = _counted(
        select(
            by.label("one"),
            _record.lag.label("lag"),
            func.row_number().over(partition_by=by, order_by=_record.lag).label("place"),
            func.count().over(partition_by=by).label("number"),
        ),
        period,
        facility,
    ).where(_record.lag.is_not(None))
    found = ranked.subquery().c
    half, nine = (found.number + 1) // 2, (found.number * 9 + 9) // 10
    query = select(
        found.one,
        func.max(case((found.place == half, found.lag))),
        func.max(case((found.place == nine, found.lag))),
    ).group_by(found.one)
    return {name: Lag(int(median), int(p90)) for name, median, p90 in connection.execute(query)}


def heard(connection: Connection, period: Period, facility: str = "") -> dict[str, Heard]:
    """Of each facility; what a newer message took the place of was heard, too."""
    query = _in(select(_record.facility, func.count(_day.distinct()), func.max(_record.received)), period, facility)
    rows = connection.execute(query.group_by(_record.facility))
    return {name: Heard(int(days), moment(int(last))) for name, days, last in rows}


def costs(connection: Connection, period: Period, facility: str = "") -> list[Cost]:
    """Of each rule, in no order. The place is of the newest record that it touched."""
    out = quality_cause.c.keeps_out
    columns = (
        func.count(),
        func.sum(quality_cause.c.number),
        func.sum(out),
        func.sum(out * _record.results),
        func.max(_record.rid),
    )
    by = (quality_cause.c.rule, _record.adapter)
    joined = select(*by, *columns).join_from(quality_record, quality_cause, quality_cause.c.record_rid == _record.rid)
    rules: dict[str, list[tuple[Any, ...]]] = {}
    for rule, adapter, *numbers in connection.execute(_counted(joined, period, facility).group_by(*by)):
        rules.setdefault(rule, []).append((*(int(one) for one in numbers), adapter))
    return [_cost(connection, rule, rows) for rule, rows in rules.items()]


def _cost(connection: Connection, rule: str, rows: list[tuple[Any, ...]]) -> Cost:
    records, number, out, results, newest, adapters = zip(*rows, strict=True)
    query = select(quality_cause.c.place, quality_cause.c.said).where(
        quality_cause.c.record_rid == max(newest), quality_cause.c.rule == rule
    )
    place, said = connection.execute(query).one()
    told: Mapping[str, object] = loads(said)
    return Cost(rule, sum(records), sum(number), sum(out), sum(results), place, told, tuple(sorted({*adapters} - {""})))


def _counts(
    records: int,
    results: int,
    reports: int,
    studies: int,
    papers: int,
    correct: int,
    complete: int,
    read: int,
    clean: int,
    timed: int,
    live: int,
) -> Counts:
    return Counts(
        records,
        results,
        reports,
        studies,
        papers,
        correct=Ratio(correct, records),
        complete=Ratio(complete, results),
        clean=Ratio(clean, read),
        live=Ratio(live, timed),
    )


def _counted(query: Select[Any], period: Period, facility: str) -> Select[Any]:
    """Of the records that no newer one took the place of."""
    return _in(query, period, facility).where(_record.counted == 1)


def _in(query: Select[Any], period: Period, facility: str) -> Select[Any]:
    inside: ColumnElement[bool] = and_(
        _record.received >= micros(period.since), _record.received < micros(period.until)
    )
    return query.where(inside, _record.facility == facility) if facility else query.where(inside)
