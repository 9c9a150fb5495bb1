"""The answer flow by itself: nothing unauthorised is looked up, nothing leaves unaudited or sensitive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.access import Requester
from gateway.answer import Answers
from gateway.bundle import Resource
from gateway.errors import Forbidden, GatewayError, NotFound, SearchRefused
from gateway.exchange import Exchange
from gateway.settings import Settings
from gateway.store import Connection, Store, audit, exchanges, index, open_store, resources

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
DOCTOR = Requester("north", "01001", ("system/*.rs",), "treatment, Law on Examination and Treatment")
STRANGER = Requester("south", "79010", ("system/*.rs",), "")


@pytest.fixture
def store(tables_url: str) -> Iterator[Store]:
    opened = open_store(tables_url)
    opened.write(_fill)
    yield opened
    opened.close()


@pytest.fixture
def answers(store: Store, tmp_path: Path) -> Answers:
    return Answers(store, Settings(data_dir=tmp_path, page_limit=3), lambda: NOW)


def _result(logical_id: str) -> Resource:
    return {
        "resourceType": "Observation", "id": logical_id, "status": "final",
        "code": {"text": "x"}, "subject": {"reference": "Patient/p1"},
    }  # fmt: skip


def _fill(connection: Connection) -> None:
    rid = exchanges.add(connection, Exchange("x1", "79001", "kept", b"{}", NOW), None)
    made = [({"resourceType": "Patient", "id": "p1"}, False), ({"resourceType": "Organization", "id": "lab"}, False)]
    made += [(_result(f"o{number}"), False) for number in range(5)]
    made += [(_result("apart"), True)]
    for one, sensitive in made:
        kept = resources.keep_version(connection, rid, "79001", one, NOW, NOW, sensitive=sensitive)
        index.index(connection, kept.resource_rid, one, resources.subject_of(connection, kept.resource_rid))


def lines(store: Store) -> list[tuple[str, str, dict[str, object]]]:
    with store.read() as connection:
        return [(line.action, line.basis, line.detail) for line in audit.lines(connection)]


def test_a_search_answers_a_page_and_says_whose_data_left(answers: Answers, store: Store) -> None:
    page = answers.search(DOCTOR, "Observation", [("patient", "p1"), ("_include", "Observation:subject")])
    assert len(page.matches) == 3  # the setting's page
    assert page.next_cursor
    detail = {
        "type": "Observation", "parameters": ["_include", "patient"], "matches": 3, "includes": 1,
        "about": ["Patient/p1"],
    }  # fmt: skip
    assert lines(store) == [("search", DOCTOR.basis, detail)]


def test_what_is_about_no_patient_is_named_itself(answers: Answers, store: Store) -> None:
    answers.search(DOCTOR, "Organization", [])
    assert lines(store)[0][2]["about"] == ["Organization/lab"]


def test_who_may_not_is_told_so_before_anything_is_looked_up(answers: Answers, store: Store) -> None:
    asked = (
        lambda: answers.search(STRANGER, "Observation", [("patient", "p1")]),
        lambda: answers.read(STRANGER, "Observation", "o1"),
        lambda: answers.read(STRANGER, "Observation", "nothing"),  # the same words whether it exists or not
        lambda: answers.vread(STRANGER, "Observation", "o1", "1"),
        lambda: answers.history(STRANGER, "Observation", "o1"),
    )
    for ask in asked:
        with pytest.raises(Forbidden, match="legal basis"):
            ask()
    assert lines(store) == []


def test_what_is_set_apart_is_not_found_and_not_counted(answers: Answers, store: Store) -> None:
    for ask in (
        lambda: answers.read(DOCTOR, "Observation", "apart"),
        lambda: answers.vread(DOCTOR, "Observation", "apart", "1"),
        lambda: answers.history(DOCTOR, "Observation", "apart"),
    ):
        with pytest.raises(NotFound):
            ask()
    assert answers.search(DOCTOR, "Observation", [("_total", "accurate")]).total == 5
    assert answers.search(DOCTOR, "Observation", [("_id", "apart")]).matches == ()


def test_a_question_that_is_refused_leaves_no_audit_line_of_a_disclosure(answers: Answers, store: Store) -> None:
    for ask, kind in (
        (lambda: answers.search(DOCTOR, "Observation", [("colour", "red")]), SearchRefused),
        (lambda: answers.search(DOCTOR, "Nothing", []), NotFound),
        (lambda: answers.read(DOCTOR, "Patient", "p1\x00"), NotFound),
        (lambda: answers.vread(DOCTOR, "Patient", "p1", "1e0"), NotFound),
    ):
        with pytest.raises(GatewayError) as caught:
            ask()
        assert isinstance(caught.value, kind)
    assert lines(store) == []
