"""Pages: none repeats, none skips, whatever arrives in between."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Connection

from gateway.errors import SearchRefused
from gateway.jsontext import loads
from gateway.search import parse, searchset
from gateway.store import Store
from gateway.store.search import search
from tests.store.conftest import add_exchange
from tests.store.search_records import BASE, HBA1C, NOW, ask, found, keep, observation, patient

# Many of equal date and of none, so that ties are broken by the row alone.
DATES = ["2026-01-05", "2026-01-05", "2026-01-05T08:00:00Z", None, "2026-02", None, "2025", "2026-01-05", None]


@pytest.fixture
def filled(store: Store) -> Store:
    def work(conn: Connection) -> None:
        exchange = add_exchange(conn)
        keep(conn, exchange, patient("p1"))
        for place, date in enumerate(DATES):
            made = observation(f"o{place}", **({"effectiveDateTime": date} if date else {}))
            keep(conn, exchange, made, later=place % 3)

    store.write(work)
    return store


def walk(
    store: Store, *pairs: tuple[str, str], count: int, between: Callable[[int], None] = lambda _: None
) -> list[list[str]]:
    """Every page, following the Bundle's next link as a client does."""
    pages: list[list[str]] = []
    asked = [*pairs, ("_count", str(count))]
    while True:
        with store.read() as conn:
            page = search(conn, parse("Observation", asked, base_url=BASE), now=NOW)
        pages.append([hit.resource["id"] for hit in page.matches])
        links = {link["relation"]: link["url"] for link in loads(searchset(page, BASE))["link"]}
        if "next" not in links:
            return pages
        assert len(pages) < 20, "pages without end"
        asked = parse_qsl(urlsplit(links["next"]).query)
        between(len(pages))


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("_sort", "date")],
        [("_sort", "-date")],
        [("_sort", "-date,-_lastUpdated,_id")],
        [("_sort", "_lastUpdated,-date")],
        [("_sort", "-_id")],
        [("patient", "p1"), ("code", HBA1C), ("_sort", "-date")],
        [("date:missing", "true")],
    ],
)
def test_pages_put_together_are_the_whole_answer_in_its_order(filled: Store, pairs: list[tuple[str, str]]) -> None:
    with filled.read() as conn:
        whole = found(conn, "Observation", *pairs)
    assert len(whole) >= 3
    for count in (1, 2, 4):
        pages = walk(filled, *pairs, count=count)
        assert [one for page in pages for one in page] == whole
        assert all(len(page) == count for page in pages[:-1])
        assert pages[-1]


def test_what_arrives_between_pages_shifts_none_of_them(filled: Store) -> None:
    with filled.read() as conn:
        whole = found(conn, "Observation", ("_sort", "-date"))

    def arrive(page: int) -> None:
        def work(conn: Connection) -> None:
            exchange = add_exchange(conn, f"later{page}")
            for place, date in enumerate(("2027", "2026-01-05", "2024")):
                keep(conn, exchange, observation(f"new{page}-{place}", effectiveDateTime=date))

        filled.write(work)

    pages = walk(filled, ("_sort", "-date"), count=2, between=arrive)
    assert [one for page in pages for one in page] == whole


def test_the_total_stays_that_of_the_first_page(filled: Store) -> None:
    with filled.read() as conn:
        first = ask(conn, "Observation", ("_count", "2"))
    filled.write(lambda conn: keep(conn, add_exchange(conn, "x2"), observation("new")))
    with filled.read() as conn:
        second = ask(conn, "Observation", ("_count", "2"), ("_cursor", first.next_cursor or ""))
        assert (first.total, second.total) == (9, 9)
        assert ask(conn, "Observation").total == 10


def test_a_last_page_that_is_full_has_no_next(filled: Store) -> None:
    with filled.read() as conn:
        assert ask(conn, "Observation", ("_count", "9")).next_cursor is None
        assert ask(conn, "Observation", ("_count", "8")).next_cursor


def test_a_cursor_changed_in_any_character_is_refused(filled: Store) -> None:
    with filled.read() as conn:
        cursor = ask(conn, "Observation", ("_sort", "-date"), ("_count", "2")).next_cursor or ""
        for place in range(len(cursor)):
            changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
            with pytest.raises(SearchRefused):
                ask(conn, "Observation", ("_sort", "-date"), ("_cursor", changed))
        for wrong in (cursor[:-1], cursor + "A", "é", "====", "a"):
            with pytest.raises(SearchRefused):
                ask(conn, "Observation", ("_sort", "-date"), ("_cursor", wrong))


def test_a_cursor_belongs_to_its_own_search(filled: Store) -> None:
    with filled.read() as conn:
        cursor = ask(conn, "Observation", ("_sort", "-date"), ("_count", "2")).next_cursor or ""
        for others in ([("_sort", "date")], [("_sort", "-date"), ("status", "final")], []):
            with pytest.raises(SearchRefused):
                ask(conn, "Observation", *others, ("_cursor", cursor))
