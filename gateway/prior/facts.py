"""The stored results of a person, read into what the judge knows of them.

Few statements, whatever is asked: times and rows of all codes, the newest of each test with their bodies, former
versions where there are any, reports, and what a result refers to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as midnight

from gateway.bundle import Resource
from gateway.jsontext import loads_stored
from gateway.prior.found import Around, Found, performers
from gateway.prior.people import People
from gateway.prior.question import considered
from gateway.reuse.precedence import VIET_NAM
from gateway.reuse.reading import prior_result
from gateway.reuse.result import Code
from gateway.search.dates import BEGINNING
from gateway.store import Connection, prior
from gateway.store.prior import Kept, Timed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).astimezone(VIET_NAM)  # where every date is read
_DAY = 24 * 3600 * 1_000_000
_AS_NEW = 100  # results of one test beside those that are looked at anyway


@dataclass(frozen=True, slots=True)
class Facts:
    """``of_test``: newest first, test by test as they were asked; ``counted``: how many there are of each in all."""

    of_test: tuple[tuple[Found, ...], ...]
    counted: tuple[int, ...]


def facts(connection: Connection, people: People, tests: Sequence[frozenset[Code]], around: Around) -> Facts:
    """The newest results of each test's codes, over all facilities."""
    every = prior.timed(connection, people.keys, frozenset().union(*tests))
    most = considered(len(tests))
    newest = [_newest({one for code in codes for one in every.get(code, ())}, most) for codes in tests]
    kept = prior.kept(connection, {row for rows, _ in newest for row in rows})
    found = _read(connection, kept, around)
    return Facts(
        tuple(tuple(found[rid] for _, rid in rows if rid in found) for rows, _ in newest),
        tuple(count for _, count in newest),
    )


def _newest(tested: AbstractSet[Timed], most: int) -> tuple[list[tuple[int, int]], int]:
    """(person, row) of the newest, and of those that may be as new: of the same time as the last of them, dated by a
    day, month or year that reaches as far, or of a time that nobody knows; and how many there are in all."""
    times = sorted(tested)
    rest, edge = times[most:], -times[0][0] if times else 0
    last = -times[most - 1][0] if rest else 0
    as_new = [one for one in rest if -one[0] == last or (-one[0] > BEGINNING and _reaches(-one[0]) >= edge)][:_AS_NEW]
    untimed = [one for one in rest if one[0] >= -BEGINNING][:most]
    return [(person, rid) for _, person, rid in dict.fromkeys((*times[:most], *as_new, *untimed))], len(times)


def _reaches(time: int) -> int:
    """Where a time may end that was written as a date: a result is sorted by its beginning (gateway.search.dates)."""
    try:
        begins = _EPOCH + time * timedelta(microseconds=1)
        if begins.time() != midnight():
            return time
        days = 366 if begins.timetuple().tm_yday == 1 else 31 if begins.day == 1 else 1
        return time + days * _DAY
    except OverflowError:
        return time


def _read(connection: Connection, kept: Sequence[Kept], around: Around) -> dict[int, Found]:
    resources: dict[int, Resource] = {one.rid: loads_stored(one.body) for one in kept}
    beside = around.beside(connection, kept, resources)
    reports = _reports(connection, kept)
    named = around.named(connection, kept, resources)
    found = {}
    for one in kept:
        resource = resources[one.rid]
        specimen = named.get(resource.get("specimen", {}).get("reference", ""))
        read = prior_result(
            resource,
            beside[one.rid],
            specimen=specimen,
            performers=[named[name] for name in performers(resource) if name in named],
            reports=reports.get(f"Observation/{one.id}", ()),
        )
        found[one.rid] = Found(read, one, resource, specimen=specimen)
    return found


def _reports(connection: Connection, kept: Sequence[Kept]) -> Mapping[str, Sequence[Resource]]:
    """By the result's reference, newest row first; each report is read once, however many results it lists."""
    rows = prior.reports_of(connection, {(one.person, f"Observation/{one.id}") for one in kept}, "result")
    people = {f"Observation/{one.id}": one.person for one in kept}
    wanted = {(people[target], rid) for target, rids in rows.items() for rid in rids}
    read = {one.rid: loads_stored(one.body) for one in prior.kept(connection, wanted)}
    return {target: [read[rid] for rid in sorted(rids, reverse=True) if rid in read] for target, rids in rows.items()}
