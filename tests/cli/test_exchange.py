"""`gateway exchange` and `person`: what passed through, and what a person decides."""

from __future__ import annotations

import json

import pytest

from gateway.adapter import Payload
from gateway.cli.open import house
from tests.cli.terminal import HELD_SAMPLE, HOSPITAL, LAB, LAB_SAMPLE, Terminal


def sent(code: str, data: bytes) -> str:
    """The exchange of a payload of one record, taken in as through the door."""
    with house() as opened:
        (exchange,) = opened.intake().take(code, Payload(data), actor="test").exchanges
    return str(exchange["id"])


@pytest.fixture
def held(registered: Terminal) -> str:
    return sent(HOSPITAL, HELD_SAMPLE.read_bytes())


def test_they_are_listed_a_line_each_newest_first(registered: Terminal, held: str) -> None:
    kept = sent(LAB, LAB_SAMPLE.read_bytes())
    lines = registered.well("exchange", "list").lines
    assert [(line["id"], line["facility"], line["status"]) for line in lines] == [
        (kept, LAB, "kept"),
        (held, HOSPITAL, "held"),
    ]
    assert [one["id"] for one in registered.well("exchange", "list", "--status", "held").lines] == [held]
    assert [one["id"] for one in registered.well("exchange", "list", "--facility", LAB).lines] == [kept]
    assert [one["id"] for one in registered.well("exchange", "list", "--limit", "1").lines] == [kept]
    assert registered.well("exchange", "list", "--status", "failed").out == b""


def test_a_list_longer_than_a_page_is_told_whole_and_once(
    registered: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = LAB_SAMPLE.read_bytes()
    made = [sent(LAB, text.replace(b"LAB20261115-0001", b"LAB-%d" % number)) for number in range(5)]
    monkeypatch.setattr("gateway.cli.exchange._PAGE", 2)
    for limit, expected in ((None, 5), (1, 1), (2, 2), (4, 4), (5, 5), (9, 5)):
        options = () if limit is None else ("--limit", str(limit))
        listed = [line["id"] for line in registered.well("exchange", "list", *options).lines]
        assert listed == made[::-1][:expected]


def test_one_is_shown_with_its_bundle_outcome_unplaced_lineage_and_deliveries(registered: Terminal) -> None:
    one = sent(LAB, LAB_SAMPLE.read_bytes())
    shown = registered.well("exchange", "show", one).line
    assert (shown["id"], shown["status"], shown["adapter"]) == (one, "kept", "hl7v2")
    assert shown["bundle"]["type"] == "message"
    assert shown["outcome"]["resourceType"] == "OperationOutcome"
    assert shown["unplaced"]
    assert shown["lineage"]
    assert shown["deliveries"] == []
    assert registered("exchange", "show", "no-such").code == 1


def test_a_released_one_is_signed_and_cannot_be_decided_twice(registered: Terminal, held: str) -> None:
    assert registered("exchange", "release", held).code == 2, "a reason is needed"
    released = registered.well("exchange", "release", held, "--reason", "the laboratory confirmed the comma")
    assert released.line == {"id": held, "status": "kept"}
    shown = registered.well("exchange", "show", held).line
    assert (shown["status"], shown["decided_by"], shown["decided_reason"]) == (
        "kept",
        "cli",
        "the laboratory confirmed the comma",
    )
    assert shown["bundle"]["entry"][-1]["resource"]["signature"]
    for again in ("release", "refuse"):
        ran = registered("exchange", again, held, "--reason", "again")
        assert (ran.code, ran.out) == (1, b"")


def test_a_refused_one_stays_as_it_came_and_goes_nowhere(registered: Terminal, held: str) -> None:
    assert registered.well("exchange", "refuse", held, "--reason", "wrong patient").line["status"] == "refused"
    assert registered.well("exchange", "show", held).line["status"] == "refused"
    assert registered("exchange", "redeliver", held).code == 1


def test_one_is_delivered_again_to_the_recipient_it_went_to(registered: Terminal) -> None:
    registered.well("key", "export", "--output", "trust.json")
    registered.well("recipient", "add", "city", "--url", "http://127.0.0.1:1", "--trust", "trust.json")
    registered.well("subscription", "add", "--recipient", "city", "--basis", "consent 1")
    one = sent(LAB, LAB_SAMPLE.read_bytes())
    (before,) = registered.well("exchange", "show", one).line["deliveries"]
    assert (before["recipient"], before["basis"], before["attempts"]) == ("city", "consent 1", 0)
    assert registered.well("exchange", "redeliver", one, "--recipient", "city").line["id"] == one
    again = registered("exchange", "redeliver", one, "--recipient", "village")
    assert (again.code, again.out) == (1, b"")


def test_words_and_lines_hold_nothing_of_the_patient(registered: Terminal, held: str) -> None:
    for typed in (("list",), ("release", held, "--reason", "x"), ("release", held, "--reason", "x"), ("show", "?")):
        ran = registered("exchange", *typed)
        assert "001090000001" not in ran.err + ran.out.decode()


def test_a_link_that_needs_a_person_is_a_task_and_is_decided_once(registered: Terminal) -> None:
    text = LAB_SAMPLE.read_text(encoding="utf-8")
    sent(LAB, text.encode())
    sent(HOSPITAL, text.replace(LAB, HOSPITAL).replace("NGUYỄN^VĂN", "PHẠM^THỊ").encode())
    (task,) = registered.well("person", "tasks").lines
    assert "001090000001" not in json.dumps(task)
    assert registered("person", "decide", task["id"]).code == 2
    assert registered.well("person", "decide", task["id"], "--reason", "two persons").line["status"] == "completed"
    assert registered.well("person", "tasks").lines == []
    assert [one["id"] for one in registered.well("person", "tasks", "--all").lines] == [task["id"]]
    assert registered("person", "decide", task["id"], "--reason", "again").code == 1
