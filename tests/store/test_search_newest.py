"""The doctor's question has statements of its own; they find exactly what the general way finds."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Connection

from gateway.bundle import BHXH, BHYT, CCCD
from gateway.jsontext import loads
from gateway.search import Page, parse, searchset
from gateway.store import Store, persons, results
from gateway.store.search import search
from tests.store.conftest import add_exchange
from tests.store.search_records import BASE, HBA1C, LOINC, NOW, keep, observation, patient, person

MRN = "urn:vn:cskcb:01001:mrn"
CODES = (HBA1C, "2345-7")
DATES = (None, "2024", "2026-01", "2026-01-05", "2026-01-05T08:00:00+07:00", "2026-02-01T00:00:00Z")
NEWEST = ("_sort", "-date")
ABOUT = (
    ("patient.identifier", f"{CCCD}|079080000001"),  # two linked Patients
    ("patient.identifier", f"{BHXH}|7912345678,{MRN}|70"),  # and another's
    ("patient.identifier", f"{BHYT}|DN4797912345678"),  # the card, by the number in it
    ("patient.identifier", "https://basespecs.vn/NamingSystem/NationalID|079080000001"),  # another guide's name
    ("subject:Patient.identifier", f"{MRN}|7"),
    ("patient.identifier", f"{CCCD}|079080000009"),  # nobody's
    ("patient", "p1"),
    ("patient", "Patient/p2,Patient/p3"),
    ("subject:Patient", "p3"),
    ("patient", "p3,nobody"),
)


@pytest.fixture
def filled(store: Store) -> Store:
    """Three Patients, two of them one person; many results of equal times, some sensitive, some corrected."""
    random = Random(7)  # noqa: S311  # the same results each time

    def made(number: int) -> dict[str, object]:
        one = observation(f"o{number}", f"Patient/p{random.randint(1, 4)}", random.choice(CODES))
        if random.random() < 0.2:
            one["code"]["coding"].append({"system": "urn:local", "code": HBA1C})
        for element in ("effectiveDateTime", "issued"):
            date = random.choice(DATES)
            if date:
                one[element] = date
        return one

    def work(conn: Connection) -> None:
        exchange = add_exchange(conn)
        here = keep(conn, exchange, patient("p1", identifier=[{"system": MRN, "value": "7"}]))
        there = keep(conn, exchange, patient("p2"))
        keep(conn, exchange, patient("p3", identifier=[{"system": MRN, "value": "70"}]))
        person(conn, {CCCD: "079080000001", BHXH: "7912345678"}, here, there)
        for number in range(60):
            keep(conn, exchange, made(number), sensitive=random.random() < 0.1)
        for number in range(0, 60, 7):
            keep(conn, exchange, made(number), later=60)

    store.write(work)
    return store


def walk(conn: Connection, pairs: list[tuple[str, str]]) -> list[tuple[list[str], int | None]]:
    """The ids and the total of every page."""
    pages: list[tuple[list[str], int | None]] = []
    while True:
        page = search(conn, parse("Observation", pairs, base_url=BASE), now=NOW)
        pages.append(([hit.id for hit in page.matches], page.total))
        links = {link["relation"]: link["url"] for link in loads(searchset(page, BASE))["link"]}
        if "next" not in links:
            return pages
        pairs = parse_qsl(urlsplit(links["next"]).query)


def answered(conn: Connection, *pairs: tuple[str, str]) -> Page | None:
    return results.newest(conn, parse("Observation", pairs, base_url=BASE), None, 50)


@pytest.mark.parametrize("about", ABOUT)
def test_it_finds_page_by_page_what_the_general_way_finds(
    filled: Store, about: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [[about, ("code", f"{LOINC}|{code}"), NEWEST, count] for code in CODES for count in (("_count", "4"),)]
    asked += [[*asked[0], ("_total", "accurate")], [*asked[1], ("_total", "none")]]
    asked.append([NEWEST, ("code", f"urn:local|{HBA1C}"), about])
    with filled.read() as conn:
        found = [walk(conn, pairs) for pairs in asked]
        monkeypatch.setattr(results, "newest", lambda *_: None)
        assert [walk(conn, pairs) for pairs in asked] == found
    if "079080000009" not in about[1]:
        assert sum(len(ids) for ids, _ in found[0]) > 4


def test_what_arrives_between_two_pages_is_on_none_of_them(filled: Store) -> None:
    asked = [("patient", "p1"), ("code", f"{LOINC}|{HBA1C}"), NEWEST, ("_count", "2")]
    with filled.read() as conn:
        before = walk(conn, asked)
        first = search(conn, parse("Observation", asked, base_url=BASE), now=NOW)
    late = observation("late", "Patient/p1", effectiveDateTime="1999")  # its place would be on a later page
    filled.write(lambda conn: keep(conn, add_exchange(conn, "x2"), late))
    with filled.read() as conn:
        asked.append(("_cursor", first.next_cursor or ""))
        assert walk(conn, asked) == before[1:]
        assert "late" in [name for names, _ in walk(conn, asked[:-1]) for name in names]


def test_it_is_asked_that_way_by_number_and_by_id(filled: Store) -> None:
    with filled.read() as conn:
        for about in ABOUT[:-1]:
            assert answered(conn, about, ("code", f"{LOINC}|{HBA1C}"), NEWEST) is not None, about
        assert answered(conn, ABOUT[-1], ("code", f"{LOINC}|{HBA1C}"), NEWEST) is None


@pytest.mark.parametrize(
    "pairs",
    [
        [("patient", "p1"), NEWEST],
        [("patient", "p1"), ("code", HBA1C), NEWEST],
        [("patient", "p1"), ("code", f"{LOINC}|"), NEWEST],
        [("patient", "p1"), ("code", f"{LOINC}|{HBA1C},{LOINC}|2345-7"), NEWEST],
        [("patient", "p1"), ("code:not", f"{LOINC}|{HBA1C}"), NEWEST],
        [("patient:missing", "false"), ("code", f"{LOINC}|{HBA1C}"), NEWEST],
        [("patient", "p1"), ("code", f"{LOINC}|{HBA1C}"), ("status", "final"), NEWEST],
        [("patient", "p1"), ("code", f"{LOINC}|{HBA1C}"), ("_sort", "date")],
        [("patient", "p1"), ("code", f"{LOINC}|{HBA1C}"), ("_sort", "-date,_id")],
        [("patient", "p1"), ("code", f"{LOINC}|{HBA1C}")],
        [("subject", "p1"), ("code", f"{LOINC}|{HBA1C}"), NEWEST],
        [("patient.identifier", "7"), ("code", f"{LOINC}|{HBA1C}"), NEWEST],
    ],
)
def test_every_other_question_goes_the_general_way(filled: Store, pairs: list[tuple[str, str]]) -> None:
    with filled.read() as conn:
        assert answered(conn, *pairs) is None


def test_what_is_sensitive_takes_the_general_way_when_it_is_asked_for(filled: Store) -> None:
    query = parse("Observation", [("patient", "p1"), ("code", f"{LOINC}|{HBA1C}"), NEWEST], base_url=BASE)
    with filled.read() as conn:
        assert results.newest(conn, replace(query, include_sensitive=True), None, 50) is None


def test_a_hit_says_whom_it_is_about(filled: Store) -> None:
    with filled.read() as conn:
        page = answered(conn, ABOUT[0], ("code", f"{LOINC}|{HBA1C}"), NEWEST)
        assert page is not None
        assert {hit.about for hit in page.matches} == {"Patient/p1", "Patient/p2"}
        assert all(hit.resource["subject"]["reference"] == hit.about for hit in page.matches)


def test_a_link_taken_back_leaves_each_patient_its_own_results(filled: Store) -> None:
    with filled.read() as conn:
        there = persons.patients_of(conn, list(persons.holders(conn, [(BHXH, "7912345678")]).values()))[1][0]
        before = walk(conn, [("patient", "p2"), ("code", f"{LOINC}|{HBA1C}"), NEWEST])
    filled.write(lambda conn: persons.link_patient(conn, there, None))
    with filled.read() as conn:
        assert walk(conn, [("patient", "p2"), ("code", f"{LOINC}|{HBA1C}"), NEWEST]) == before
        page = answered(conn, ABOUT[0], ("code", f"{LOINC}|{HBA1C}"), NEWEST)
        assert page is not None
        assert {hit.about for hit in page.matches} == {"Patient/p1"}
