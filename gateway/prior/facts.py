"""The stored results of a person, read into what the judge knows of them.

Few statements, whatever is asked: times and rows of all codes, the newest of each test with their bodies, former
versions where there are any, reports, and what a result refers to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from gateway.prior.found import REMEMBERED, Around, Found, parsed, performers
from gateway.prior.people import People
from gateway.prior.question import considered
from gateway.reuse.reading import Beside, prior_result
from gateway.reuse.result import Code, PriorResult
from gateway.search.dates import BEGINNING
from gateway.store import Connection, prior
from gateway.store.prior import Kept, Timed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AS_NEW = 100  # results of one test beside those that are looked at anyway


@dataclass(frozen=True, slots=True)
class Facts:
    """``of_test``: newest first, test by test as they were asked; ``counted``: how many there are of each in all.

    ``withheld``: by code, until when something was taken that may not be shown.
    """

    of_test: tuple[tuple[Found, ...], ...]
    counted: tuple[int, ...]
    withheld: Mapping[Code, datetime]


def facts(connection: Connection, people: People, tests: Sequence[frozenset[Code]], around: Around) -> Facts:
    """The newest results of each test's codes, over all facilities."""
    every = prior.timed(connection, people.keys, frozenset().union(*tests))
    most = considered(len(tests))
    newest = [_newest(_shown(every, codes), most) for codes in tests]
    kept = prior.kept(connection, {row for rows, _ in newest for row in rows})
    found = _read(connection, kept, around)
    return Facts(
        tuple(tuple(found[rid] for _, rid in rows if rid in found) for rows, _ in newest),
        tuple(count for _, count in newest),
        withheld(every),
    )


def _shown(every: Mapping[Code, Sequence[Timed]], codes: frozenset[Code]) -> Collection[Timed]:
    """Each result once, whichever of the codes it bears."""
    return {one.row: one for code in codes for one in every.get(code, ()) if not one.apart}.values()


def _newest(tested: Collection[Timed], most: int) -> tuple[list[tuple[int, int]], int]:
    """(person, row) of the newest, and of those that may be as new: of the same time as the last of them, of a day, a
    month or a period that ends after the newest began, or of a time nobody knows; and how many there are in all."""
    times = sorted(tested)
    rest, edge = times[most:], -times[0].minus_begin if times else 0
    last = times[most - 1].minus_begin if rest else 0
    begun = [one for one in rest if one.minus_begin < -BEGINNING]
    as_new = [one for one in begun if one.minus_begin == last or one.end >= edge][:_AS_NEW]
    untimed = rest[len(begun) :][:most]
    return [(one.person, one.row) for one in dict.fromkeys((*times[:most], *as_new, *untimed))], len(times)


def withheld(every: Mapping[Code, Sequence[Timed]]) -> dict[Code, datetime]:
    """By code, until when something was taken that may not be shown; the end of time where nobody knows."""
    until: dict[Code, int] = {}
    for one in (one for listed in every.values() for one in listed if one.apart):
        until[one.system, one.code] = max(one.end, until.get((one.system, one.code), one.end))
    return {code: _moment(end) for code, end in until.items()}


def _moment(end: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=end)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _read(connection: Connection, kept: Sequence[Kept], around: Around) -> dict[int, Found]:
    resources = {one.rid: parsed(one.body) for one in kept}
    beside = around.beside(connection, kept, resources)
    reports = _reports(connection, kept)
    named = around.named(connection, kept, resources)
    found = {}
    for one in kept:
        resource = resources[one.rid]
        specimen = named.get(resource.get("specimen", {}).get("reference", ""))
        did = tuple(named[name] for name in performers(resource) if name in named)
        read = _told(one.body, beside[one.rid], specimen, did, reports.get(f"Observation/{one.id}", ()))
        found[one.rid] = Found(read, one, resource, specimen=None if specimen is None else parsed(specimen))
    return found


@lru_cache(maxsize=REMEMBERED)
def _told(
    body: bytes, beside: Beside, specimen: bytes | None, performers: tuple[bytes, ...], reports: tuple[bytes, ...]
) -> PriorResult:
    """Read once for as long as nothing of it changes: an order is asked about when it is chosen, then when it is
    signed. Identity and signature are of the moment, and part of ``beside``."""
    return prior_result(
        parsed(body),
        beside,
        specimen=None if specimen is None else parsed(specimen),
        performers=[parsed(one) for one in performers],
        reports=[parsed(one) for one in reports],
    )


def _reports(connection: Connection, kept: Sequence[Kept]) -> Mapping[str, tuple[bytes, ...]]:
    """By the result's reference, newest row first; each report is fetched once, however many results it lists."""
    rows = prior.reports_of(connection, {(one.person, f"Observation/{one.id}") for one in kept}, "result")
    people = {f"Observation/{one.id}": one.person for one in kept}
    wanted = {(people[target], rid) for target, rids in rows.items() for rid in rids}
    read = {one.rid: one.body for one in prior.kept(connection, wanted)}
    return {
        target: tuple(read[rid] for rid in sorted(rids, reverse=True) if rid in read) for target, rids in rows.items()
    }
