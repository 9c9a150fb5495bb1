"""Read back what is stored, part by part, in small steps, beside a gateway that serves.

    file       SQLite's own check of its pages, and of what rows point to
    audit      every line of the trail follows from the one before it
    resources  the current version is the one with the highest (result time, vid); index rows say what it says
    exchanges  bundle and digest, signature and record, receipts, and the outbox against the exchange's status

Each step reads one short snapshot, so the log of a serving gateway is not held up and memory stays
flat. What came after the beginning is left to the next check. Signatures are ``gateway.trust``'s
to verify: the caller passes what to do with each exchange. Nothing is repaired; index rows are by ``reindex``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select, text

from gateway.outcome import Issue
from gateway.store import audit, readback
from gateway.store.contract import Store
from gateway.store.readback import Stored
from gateway.store.reindex import differing
from gateway.store.tables import audit_event, exchange, resource, resource_version

PARTS = ("file", "audit", "resources", "exchanges")
STEP = {"audit": 2000, "resources": 500, "exchanges": 100}  # rows of one step
_TABLES = {"audit": audit_event, "resources": resource, "exchanges": exchange}
_SAMPLED = 100  # index rows of one resource in so many are compared, unless all are asked for

Verify = Callable[[Stored], Iterable[Issue]]


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a check has come: up to row ``after`` of ``part``. ``upto``: each part's newest row when it began."""

    part: str = PARTS[0]
    after: int = 0
    upto: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """One step: row ``done`` of ``total`` rows of ``part``, what was found in it, and where to go on from."""

    part: str
    done: int
    total: int
    issues: tuple[Issue, ...]
    mark: Mark


def check(
    store: Store, verify: Verify | None = None, *, begin: Mark | None = None, whole: bool = False
) -> Iterator[Progress]:
    """Read everything back from ``begin`` on; ``whole``: the index rows of every resource, not of one in a hundred.

    ``verify`` is asked about every exchange. An issue's expression is the exchange's id or the
    resource's Type/id.
    """
    mark = begin or Mark()
    if not mark.upto:
        with store.read() as connection:
            mark = Mark(mark.part, mark.after, {part: _newest(connection, part) for part in _TABLES})
    for part in PARTS[PARTS.index(mark.part) :]:
        after = mark.after if part == mark.part else 0
        if part == "file":
            with store.read() as connection:
                yield Progress(part, 1, 1, tuple(_file(connection)), Mark("audit", 0, mark.upto))
            continue
        total = mark.upto[part]
        while after < total:
            end = min(after + STEP[part], total)
            with store.read() as connection:
                found = tuple(_step(connection, part, after, end, verify, whole))
            yield Progress(part, end, total, found, Mark(part, end, mark.upto))
            after = end


def _newest(connection: Connection, part: str) -> int:
    return int(connection.execute(select(func.max(_TABLES[part].c.rid))).scalar() or 0)


def _step(
    connection: Connection, part: str, after: int, end: int, verify: Verify | None, whole: bool
) -> Iterator[Issue]:
    if part == "audit":
        broken = audit.check(connection, after=after, upto=end)
        if broken is not None:
            yield Issue("error", "incomplete", "check-audit-broken", parameters={"line": broken})
    elif part == "resources":
        yield from _not_current(connection, after, end)
        yield from _misindexed(connection, after, end, 1 if whole else _SAMPLED)
    else:
        for one in readback.stored(connection, after, end):
            yield from readback.contradictions(one)
            if verify is not None:
                yield from verify(one)


def _file(connection: Connection) -> Iterator[Issue]:
    """PostgreSQL holds both itself."""
    if connection.dialect.name == "sqlite":
        if connection.execute(text("PRAGMA integrity_check(1)")).scalar_one() != "ok":
            yield Issue("fatal", "incomplete", "check-file-damaged")
        for row in connection.execute(text("PRAGMA foreign_key_check")):
            yield Issue("error", "incomplete", "check-row-points-nowhere", str(row[0]))


def _not_current(connection: Connection, after: int, end: int) -> Iterator[Issue]:
    version = resource_version
    newest = (
        select(version.c.rid)
        .where(version.c.resource_rid == resource.c.rid)
        .order_by(version.c.result_time.desc(), version.c.vid.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(resource.c.type, resource.c.id).where(
        resource.c.rid > after, resource.c.rid <= end, resource.c.current.is_distinct_from(newest)
    )
    for row in connection.execute(query.order_by(resource.c.rid)):
        yield Issue("error", "incomplete", "check-not-current", f"{row.type}/{row.id}")


def _misindexed(connection: Connection, after: int, end: int, every: int) -> Iterator[Issue]:
    for one in differing(connection, after, end, every):
        yield Issue("error", "incomplete", "check-misindexed", one.name)
