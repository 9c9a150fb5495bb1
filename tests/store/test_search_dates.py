"""Every date prefix, in SQL, against the words of R4 read naively in Python.

https://hl7.org/fhir/R4/search.html#prefix
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, insert, select
from sqlalchemy.engine import make_url

from gateway.search.dates import PREFIXES, interval
from gateway.search.query import Moment
from gateway.store import times
from gateway.store.criteria import moment_fits
from gateway.store.tables import index_date
from tests.store.search_records import NOW

DAY = 86_400_000_000
TODAY = times.micros(NOW)
Span = tuple[int, int]


def contains(outer: Span, inner: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def overlaps(one: Span, other: Span) -> bool:
    return max(one[0], other[0]) <= min(one[1], other[1])


EVER = 2**62


def above(span: Span) -> Span:
    return span[1] + 1, EVER


def below(span: Span) -> Span:
    return -EVER, span[0] - 1


def widened(span: Span) -> Span:
    gap = 0 if span[0] <= TODAY <= span[1] else min(abs(TODAY - span[0]), abs(TODAY - span[1]))
    return span[0] - gap // 10, span[1] + gap // 10


# search value's range, resource's range → is it a match?
ORACLE: dict[str, Callable[[Span, Span], bool]] = {
    "eq": contains,
    "ne": lambda asked, held: not contains(asked, held),
    "gt": lambda asked, held: overlaps(above(asked), held),
    "lt": lambda asked, held: overlaps(below(asked), held),
    "ge": lambda asked, held: overlaps(above(asked), held) or contains(asked, held),
    "le": lambda asked, held: overlaps(below(asked), held) or contains(asked, held),
    "sa": lambda asked, held: not overlaps(asked, held) and contains(above(asked), held),
    "eb": lambda asked, held: not overlaps(asked, held) and contains(below(asked), held),
    "ap": lambda asked, held: overlaps(widened(asked), held),
}

# Near each other and near now, so that edges meet; in steps, so that they meet exactly.
_edge = st.integers(-40, 40).map(lambda step: TODAY + step * DAY // 4)
_span = st.tuples(_edge, _edge).map(lambda pair: (min(pair), max(pair)))
_far = st.tuples(st.integers(-(2**50), 2**50), st.integers(0, 2**48)).map(lambda pair: (pair[0], pair[0] + pair[1]))
_open = st.sampled_from([(-EVER, TODAY), (TODAY, EVER), (-EVER, EVER)])
spans = st.one_of(_span, _far, _open)


@pytest.fixture
def dates(database_url: str) -> Iterator[Connection]:
    """The date index alone, without its foreign key's table's rows."""
    engine = create_engine(make_url(database_url.replace("postgresql://", "postgresql+psycopg://")))
    with engine.connect() as conn:
        bare = "CREATE TEMPORARY TABLE index_date (param smallint, low bigint, high bigint, resource_rid bigint)"
        conn.exec_driver_sql(bare)
        yield conn
    engine.dispose()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.one_of(_span, _far), held=st.lists(spans, min_size=1, max_size=12))
def test_each_prefix_finds_what_the_specification_says(dates: Connection, asked: Span, held: list[Span]) -> None:
    dates.exec_driver_sql("DELETE FROM index_date")
    dates.execute(
        insert(index_date),
        [{"param": 1, "low": low, "high": high, "resource_rid": place} for place, (low, high) in enumerate(held)],
    )
    for prefix in PREFIXES:
        fits = moment_fits(index_date.c.low, index_date.c.high, Moment(prefix, *asked), TODAY)
        got = set(dates.scalars(select(index_date.c.resource_rid).where(fits)))
        assert got == {place for place, span in enumerate(held) if ORACLE[prefix](asked, span)}, prefix


def test_the_oracle_itself_says_what_the_specifications_examples_say() -> None:
    """The examples that stand beside each prefix in R4."""
    held = interval("2013-01-14T10:00:00+07:00")
    day = interval("2013-01-14")
    assert held is not None
    assert day is not None
    assert ORACLE["eq"](day, held)
    assert not ORACLE["ne"](day, held)
    assert not ORACLE["gt"](day, held)
    assert ORACLE["gt"](interval("2013-01-14T09:00") or day, held)
    assert ORACLE["ge"](day, held)
    since, until = interval("2013-03-14"), interval("2013-01-21")
    assert since is not None
    assert until is not None
    assert ORACLE["sa"](since, (until[0] + 60 * DAY, EVER))
    assert not ORACLE["sa"](since, (until[0], EVER))
    assert ORACLE["gt"](since, (until[0], EVER))
    assert list(PREFIXES) == list(ORACLE)
    assert widened((TODAY - 20 * DAY, TODAY - 10 * DAY))[1] == TODAY - 9 * DAY


@pytest.mark.parametrize(("far", "near"), [(10, 9), (-10, -9), (1000, 900), (-1000, -900)])
def test_about_is_within_a_tenth_of_the_gap_to_now(dates: Connection, far: int, near: int) -> None:
    """Asked about a moment ``far`` days from now, what stands at ``near`` days is the last that fits."""
    asked, edge = TODAY + far * DAY, TODAY + near * DAY
    beyond = edge - 1 if far > 0 else edge + 1
    dates.execute(
        insert(index_date),
        [{"param": 1, "low": at, "high": at, "resource_rid": rid} for rid, at in enumerate((edge, beyond))],
    )
    fits = moment_fits(index_date.c.low, index_date.c.high, Moment("ap", asked, asked), TODAY)
    assert list(dates.scalars(select(index_date.c.resource_rid).where(fits))) == [0]
