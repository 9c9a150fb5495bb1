"""What a search finds, on each database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from gateway.bundle import BHXH, BHYT, CCCD
from gateway.jsontext import Number
from gateway.search import parse
from gateway.store import Store
from gateway.store.search import search
from tests.store.conftest import add_exchange
from tests.store.search_records import BASE, HBA1C, LOINC, NOW, ask, found, keep, observation, patient, person

MRN = "urn:vn:cskcb:01001:mrn"


@pytest.fixture
def filled(store: Store) -> Store:
    """Two Patients of one person at two hospitals, one stranger, and results of each."""

    def work(conn: Connection) -> None:
        exchange = add_exchange(conn)
        here = keep(
            conn,
            exchange,
            patient("p1", identifier=[{"system": CCCD, "value": "079080000001"}, {"system": MRN, "value": "7"}]),
        )
        there = keep(
            conn, exchange, patient("p2", identifier=[{"system": MRN.replace("01001", "79001"), "value": "7"}])
        )
        keep(
            conn,
            exchange,
            patient("p3", identifier=[{"system": MRN, "value": "70"}], birthDate="1980-02", gender="male"),
        )
        person(conn, {CCCD: "079080000001", BHXH: "7912345678"}, here, there)
        keep(conn, exchange, observation("o1", effectiveDateTime="2026-01-05T08:00:00+07:00"))
        keep(conn, exchange, observation("o2", "Patient/p2", effectiveDateTime="2026-03-05"))
        keep(conn, exchange, observation("o3", "Patient/p3", effectiveDateTime="2026-02-05"))
        keep(conn, exchange, observation("o4", code="2345-7", issued="2026-02-01T00:00:00Z", status="preliminary"))
        keep(conn, exchange, observation("o5"), sensitive=True)

    store.write(work)
    return store


def test_a_citizen_id_finds_the_results_of_every_linked_patient_newest_first(filled: Store) -> None:
    with filled.read() as conn:
        asked = (("patient.identifier", f"{CCCD}|079080000001"), ("code", f"{LOINC}|{HBA1C}"), ("_sort", "-date"))
        assert found(conn, "Observation", *asked) == ["o2", "o1"]


def test_another_guides_name_of_the_citizen_id_finds_the_same(filled: Store) -> None:
    with filled.read() as conn:
        for alias in (
            "http://fhir.ehealth.gov.vn/core/sid/national_id",
            "https://basespecs.vn/NamingSystem/NationalID",
        ):
            assert found(conn, "Observation", ("subject.identifier", f"{alias}|079080000001")) == ["o1", "o2", "o4"]


def test_a_card_finds_the_person_by_the_insurance_number_in_it(filled: Store) -> None:
    with filled.read() as conn:
        assert found(conn, "Patient", ("identifier", f"{BHYT}|DN4797912345678")) == ["p1", "p2"]


def test_a_local_record_number_finds_its_own_facilitys_patient_alone(filled: Store) -> None:
    with filled.read() as conn:
        assert found(conn, "Observation", ("patient.identifier", f"{MRN}|7")) == ["o1", "o4"]
        assert found(conn, "Patient", ("identifier", f"{MRN}|7")) == ["p1"]
        assert found(conn, "Patient", ("identifier", "7")) == ["p1", "p2"]


def test_a_citizen_id_as_patient_identifier_finds_the_linked_patient_whose_record_lacks_it(filled: Store) -> None:
    with filled.read() as conn:
        assert found(conn, "Patient", ("identifier", f"{CCCD}|079080000001")) == ["p1", "p2"]


def test_a_number_nobody_holds_finds_nobody(filled: Store) -> None:
    with filled.read() as conn:
        assert found(conn, "Observation", ("patient.identifier", f"{CCCD}|079080000009"), ("code", HBA1C)) == []


@pytest.mark.parametrize("value", ["Patient/p1", "p1", f"{BASE}/Patient/p1", "urn:uuid:p1", "Patient/p9,Patient/p1"])
def test_a_patient_is_named_in_each_form_a_reference_has(filled: Store, value: str) -> None:
    with filled.read() as conn:
        assert found(conn, "Observation", ("patient", value)) == ["o1", "o4"]
        assert found(conn, "Observation", ("subject:Patient", value), ("code", HBA1C)) == ["o1"]


def test_another_servers_patient_of_the_same_id_is_not_ours(filled: Store) -> None:
    with filled.read() as conn:
        assert found(conn, "Observation", ("patient", "https://elsewhere.example/fhir/Patient/p1")) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (HBA1C, ["o1", "o2", "o3"]),
        (f"{LOINC}|{HBA1C}", ["o1", "o2", "o3"]),
        (f"|{HBA1C}", []),
        (f"{LOINC}|", ["o1", "o2", "o3", "o4"]),
        (f"{HBA1C},2345-7", ["o1", "o2", "o3", "o4"]),
        (f"http://other|{HBA1C}", []),
        ("4548", []),
    ],
)
def test_a_token_is_a_code_a_system_or_both(filled: Store, value: str, expected: list[str]) -> None:
    with filled.read() as conn:
        assert found(conn, "Observation", ("code", value)) == expected
        about = [name for name in expected if name in ("o1", "o4")]
        assert found(conn, "Observation", ("code", value), ("patient", "p1")) == about


def test_the_code_of_one_coding_and_the_system_of_another_do_not_match(filled: Store) -> None:
    made = observation("o8", "Patient/p3")
    made["code"] = {"coding": [{"system": "urn:a", "code": "1"}, {"system": "urn:b", "code": "2"}]}
    filled.write(lambda conn: keep(conn, add_exchange(conn, "x2"), made))
    with filled.read() as conn:
        for about in ([], [("patient", "p3")]):
            assert found(conn, "Observation", ("code", "urn:a|2"), *about) == []
            assert found(conn, "Observation", ("code", "urn:a|1"), ("code", "urn:b|2"), *about) == ["o8"]


def test_repeating_is_and_a_comma_is_or(filled: Store) -> None:
    with filled.read() as conn:
        assert found(conn, "Observation", ("patient", "p1"), ("status", "preliminary")) == ["o4"]
        assert found(conn, "Observation", ("patient", "p1"), ("status", "preliminary,final")) == ["o1", "o4"]
        assert found(conn, "Observation", ("date", "ge2026-01"), ("date", "lt2026-02")) == ["o1"]


def test_not_and_missing_turn_a_criterion_around(filled: Store) -> None:
    with filled.read() as conn:
        assert found(conn, "Observation", ("status:not", "final")) == ["o4"]
        assert found(conn, "Observation", ("code:not", f"{LOINC}|{HBA1C}")) == ["o4"]
        assert found(conn, "Observation", ("date:missing", "true")) == ["o4"]
        assert found(conn, "Observation", ("date:missing", "false"), ("patient", "p1")) == ["o1"]
        assert found(conn, "Patient", ("birthdate:missing", "false")) == ["p3"]
        assert found(conn, "Observation", ("patient:missing", "true")) == []
        assert found(conn, "Observation", ("encounter:missing", "true"), ("_id", "o1,o2")) == ["o1", "o2"]


def test_a_status_is_found_with_the_system_its_element_implies(filled: Store) -> None:
    with filled.read() as conn:
        assert found(conn, "Observation", ("status", "http://hl7.org/fhir/observation-status|preliminary")) == ["o4"]
        assert found(conn, "Patient", ("gender", "http://hl7.org/fhir/administrative-gender|male")) == ["p3"]
        assert found(conn, "Patient", ("gender", "urn:other|male")) == []


def test_what_is_sensitive_is_not_found_unless_the_query_says_so(filled: Store) -> None:
    with filled.read() as conn:
        assert ask(conn, "Observation", ("_id", "o5")).total == 0
        query = replace(parse("Observation", [("_id", "o5")], base_url=BASE), include_sensitive=True)
        assert [hit.resource["id"] for hit in search(conn, query, now=NOW).matches] == ["o5"]


def test_newest_first_puts_a_result_known_only_by_its_release_where_it_was_released(filled: Store) -> None:
    with filled.read() as conn:
        assert found(conn, "Observation", ("_sort", "-date")) == ["o2", "o3", "o4", "o1"]
        assert found(conn, "Observation", ("_sort", "date")) == ["o1", "o4", "o3", "o2"]
        assert found(conn, "Observation", ("date", "2026-02")) == ["o3"]


def test_a_result_without_any_time_comes_last_either_way(store: Store) -> None:
    def work(conn: Connection) -> None:
        exchange = add_exchange(conn)
        keep(conn, exchange, patient("p1"))
        keep(conn, exchange, observation("a"))
        keep(conn, exchange, observation("b", effectiveDateTime="2026"))

    store.write(work)
    with store.read() as conn:
        assert found(conn, "Observation", ("_sort", "date")) == ["b", "a"]
        assert found(conn, "Observation", ("_sort", "-date"), ("patient", "p1"), ("code", HBA1C)) == ["b", "a"]


def test_several_sort_keys_are_taken_in_their_order(filled: Store) -> None:
    with filled.read() as conn:
        assert found(conn, "Observation", ("_sort", "-_id")) == ["o4", "o3", "o2", "o1"]
        assert found(conn, "Observation", ("_sort", "-_lastUpdated,-_id")) == ["o4", "o3", "o2", "o1"]
        assert found(conn, "Observation", ("_sort", "_lastUpdated,_id"), ("code", HBA1C)) == ["o1", "o2", "o3"]


def test_last_updated_is_when_the_version_came(filled: Store) -> None:
    filled.write(lambda conn: keep(conn, add_exchange(conn, "x2"), observation("o9"), later=60))
    with filled.read() as conn:
        assert found(conn, "Observation", ("_lastUpdated", "gt2026-11-22T03:04:10Z")) == ["o9"]
        assert "o9" not in found(conn, "Observation", ("_lastUpdated", "le2026-11-22T03:04:05Z"))


def test_a_new_version_is_found_by_what_it_says_and_no_longer_by_what_it_replaced(filled: Store) -> None:
    corrected = observation("o1", code="9999-9", status="corrected", effectiveDateTime="2026-01-06")
    filled.write(lambda conn: keep(conn, add_exchange(conn, "x2"), corrected, later=60))
    with filled.read() as conn:
        assert found(conn, "Observation", ("code", HBA1C), ("patient", "p1")) == []
        assert found(conn, "Observation", ("code", "9999-9"), ("patient", "p1")) == ["o1"]
        assert found(conn, "Observation", ("date", "2026-01-05")) == []
        (hit,) = ask(conn, "Observation", ("status", "corrected")).matches
        assert hit.resource["meta"]["versionId"] == "2"


def test_a_value_is_served_with_the_digits_it_came_with(filled: Store) -> None:
    made = observation("o7", valueQuantity={"value": Number("5.10")})
    filled.write(lambda conn: keep(conn, add_exchange(conn, "x2"), made))
    with filled.read() as conn:
        (hit,) = ask(conn, "Observation", ("_id", "o7")).matches
        assert hit.resource["valueQuantity"]["value"].token == "5.10"


def test_an_include_brings_what_matches_refer_to_once_and_counts_no_match(filled: Store) -> None:
    with filled.read() as conn:
        page = ask(conn, "Observation", ("code", HBA1C), ("_include", "Observation:subject"), ("patient", "p1,p2"))
        assert [hit.resource["id"] for hit in page.matches] == ["o1", "o2"]
        assert [hit.resource["id"] for hit in page.includes] == ["p1", "p2"]
        assert page.total == 2


def test_an_include_never_brings_what_is_sensitive(store: Store) -> None:
    def work(conn: Connection) -> None:
        exchange = add_exchange(conn)
        keep(conn, exchange, patient("p1"))
        keep(conn, exchange, observation("o1"))
        keep(conn, exchange, observation("o2"), sensitive=True)
        report = observation("d1", result=[{"reference": "Observation/o1"}, {"reference": "Observation/o2"}])
        keep(conn, exchange, {**report, "resourceType": "DiagnosticReport"})

    store.write(work)
    with store.read() as conn:
        page = ask(conn, "DiagnosticReport", ("_include", "DiagnosticReport:result"))
        assert [hit.resource["id"] for hit in page.includes] == ["o1"]
        assert found(conn, "DiagnosticReport", ("result", "Observation/o1")) == ["d1"]


def test_count_zero_is_the_total_alone(filled: Store) -> None:
    with filled.read() as conn:
        for pair in (("_count", "0"), ("_summary", "count")):
            page = ask(conn, "Observation", pair, ("code", HBA1C))
            assert (page.matches, page.total, page.next_cursor) == ((), 3, None)


def test_the_total_is_counted_unless_nobody_wants_it(filled: Store) -> None:
    with filled.read() as conn:
        assert ask(conn, "Observation", ("_count", "1")).total == 4
        assert ask(conn, "Observation", ("_count", "1"), ("_total", "accurate")).total == 4
        assert ask(conn, "Observation", ("_count", "1"), ("_total", "none")).total is None


def test_a_page_is_no_larger_than_the_limit(filled: Store) -> None:
    with filled.read() as conn:
        page = ask(conn, "Observation", ("_count", "1000"), limit=3)
        assert len(page.matches) == 3
        assert page.next_cursor


def test_the_value_of_one_element_is_not_found_by_the_parameter_of_another(filled: Store) -> None:
    with filled.read() as conn:
        assert found(conn, "Observation", ("category", "final")) == []
        assert found(conn, "Observation", ("encounter", "Encounter/p1")) == []
        assert found(conn, "DiagnosticReport", ("status", "final")) == []
        assert found(conn, "DiagnosticReport", ("date", "2026")) == []


def test_a_result_about_a_patient_who_is_not_stored_is_found_by_patient_and_code(filled: Store) -> None:
    filled.write(lambda conn: keep(conn, add_exchange(conn, "x2"), observation("o9", "Patient/p9")))
    with filled.read() as conn:
        assert found(conn, "Observation", ("patient", "Patient/p9"), ("code", HBA1C)) == ["o9"]
        assert found(conn, "Observation", ("patient", "p1,p9"), ("code", HBA1C)) == ["o1", "o9"]
