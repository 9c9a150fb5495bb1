"""Who shares, what, how late, and how often others use it: over all facilities of this gateway.

What others use is told by what is written down here anyway: deliveries, the audit trail, accepted reuses. The trail is
read as a stream, from the first line of the period on; it is never held whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select

from gateway.jsontext import loads
from gateway.quality.figures import Heard, Lag, Period, added
from gateway.quality.sharing import Shared, Sharing, Used, who_needs_help_first
from gateway.store import facilities, quality_figures
from gateway.store.reuse_tables import reuse, reuse_source
from gateway.store.tables import audit_event, client, delivery, exchange, resource
from gateway.store.times import micros
from gateway.store.user_tables import console_user

_READS = (
    "read", "vread", "history", "search", "prior-results", "prior-studies", "evidence-read",
)  # fmt: skip
_AT_ONCE = 500  # lines of the trail
_MOST_NAMES = 400  # of one question: databases bound how many values it may have
_SLACK = timedelta(hours=1)  # lines that wait to be written together are not quite in the order of their times


def sharing(connection: Connection, period: Period, late_after: timedelta) -> Sharing:
    """Every facility that is registered here, and those whose messages came from other gateways."""
    cells = defaultdict(list)
    for cell in quality_figures.cells(connection, period, late_after):
        cells[cell.facility].append(cell)
    lags, heard = quality_figures.lags(connection, period), quality_figures.heard(connection, period)
    delivered, read, reused = (of(connection, period) for of in (_delivered, _read, _reused))
    names = {one.code: one.name for one in facilities.list_facilities(connection)}
    found = []
    for code in sorted({*names, *cells}):
        formats: Counter[str] = Counter()
        for cell in cells[code]:
            formats[cell.adapter] += cell.counts.records
        found.append(
            Shared(
                code,
                names.get(code, ""),
                added(cell.counts for cell in cells[code]),
                dict(formats.most_common()),
                lags.get(code, Lag()),
                heard.get(code, Heard()),
                Used(delivered[code], read[code], reused[code]),
            )
        )
    return Sharing(period, late_after, who_needs_help_first(found))


def _delivered(connection: Connection, period: Period) -> Counter[str]:
    """Deliveries of what was enqueued in the period, by whose they are."""
    query = (
        select(exchange.c.facility, func.count())
        .join_from(delivery, exchange, exchange.c.rid == delivery.c.exchange_rid)
        .where(
            delivery.c.rid >= _first(connection, delivery, delivery.c.created, period.since),
            delivery.c.created >= micros(period.since),
            delivery.c.created < micros(period.until),
            delivery.c.status == "completed",
        )
        .group_by(exchange.c.facility)
    )
    return Counter({code: int(number) for code, number in connection.execute(query)})


def _reused(connection: Connection, period: Period) -> Counter[str]:
    """Accepted reuses by another facility, by whose result it was."""
    query = (
        select(resource.c.facility, func.count(reuse.c.rid.distinct()))
        .join_from(reuse, reuse_source, reuse_source.c.reuse_rid == reuse.c.rid)
        .join(resource, resource.c.rid == reuse_source.c.resource_rid)
        .where(
            reuse.c.accepted >= micros(period.since),
            reuse.c.accepted < micros(period.until),
            resource.c.facility != reuse.c.facility,
        )
        .group_by(resource.c.facility)
    )
    return Counter({code: int(number) for code, number in connection.execute(query)})


def _read(connection: Connection, period: Period) -> Counter[str]:
    """Answers to others that held data of a facility, each once for each facility."""
    readers = {f"{name}": code for name, code in connection.execute(select(client.c.client_id, client.c.facility))}
    users = connection.execute(select(console_user.c.name, console_user.c.facility))
    readers |= {f"user:{name}": code for name, code in users}
    counted: Counter[str] = Counter()
    for lines in _lines(connection, period):
        named = [(readers.get(actor, ""), set(_named(loads(detail)))) for actor, detail in lines]
        whose = _whose(connection, {name for _, names in named for name in names})
        for reader, names in named:
            counted.update({whose[name] for name in names if name in whose} - {reader})
    return counted


def _lines(connection: Connection, period: Period) -> Iterator[Sequence[Any]]:
    query = (
        select(audit_event.c.actor, audit_event.c.detail)
        .where(
            audit_event.c.rid >= _first(connection, audit_event, audit_event.c.recorded, period.since - _SLACK),
            audit_event.c.recorded >= micros(period.since),
            audit_event.c.recorded < micros(period.until),
            audit_event.c.action.in_(_READS),
        )
        .order_by(audit_event.c.rid)
    )
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        yield from rows.partitions(_AT_ONCE)


def _named(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an answer held, as the trail names it: (type, id); of an exchange ("", id)."""
    if "type" in detail and "id" in detail:
        yield detail["type"], detail["id"]
    if "exchange" in detail:
        yield "", detail["exchange"]
    for reference in detail.get("results", detail.get("about", ())):
        kind, _, name = str(reference).partition("/")
        yield kind, name


def _whose(connection: Connection, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    by_type: dict[str, list[str]] = defaultdict(list)
    for kind, name in names:
        by_type[kind].append(name)
    found: dict[tuple[str, str], str] = {}
    for kind, ids in by_type.items():
        table = resource if kind else exchange
        for start in range(0, len(ids), _MOST_NAMES):
            query = select(table.c.id, table.c.facility).where(table.c.id.in_(ids[start : start + _MOST_NAMES]))
            rows = connection.execute(query.where(resource.c.type == kind) if kind else query)
            found |= {(kind, name): facility for name, facility in rows}
    return found


def _first(connection: Connection, table: Table, when: Column[int], since: datetime) -> int:
    """The first row that can be of ``since`` or later, by halving: rows are added in the order of their times."""
    low, high = (
        int(one or 0) for one in connection.execute(select(func.min(table.c.rid), func.max(table.c.rid))).one()
    )
    sought = micros(since)
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(
            select(table.c.rid, when).where(table.c.rid >= middle).order_by(table.c.rid).limit(1)
        ).one()
        if int(row[1]) < sought:
            low = int(row[0]) + 1
        else:
            high = middle
    return low
