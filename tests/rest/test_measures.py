"""What /metrics tells: of requests and refusals, of each step, of deliveries, and of all that waits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from gateway.delivery import Settlement
from gateway.errors import StoreUnavailable
from gateway.exchange import Exchange
from gateway.facility import Recipient
from gateway.jsontext import loads
from gateway.rest.gauges import Gauges
from gateway.rest.measures import Measures
from gateway.reuse.in_force import RulesInForce
from gateway.steps import Step, reached
from gateway.store import Connection, deliveries, exchanges, facilities, pace, reviews
from tests.rest.records import patient
from tests.rest.test_payloads import SAMPLE
from tests.rest.world import FHIR, HOME, NOW, World, rule
from tests.sender import a_sender


def told(world: World, name: str, /, **labels: str) -> float | None:
    """The value of one sample of /metrics; None where there is none."""
    return sample(world.http.get("/metrics").text, name, **labels)


def sample(text: str, name: str, /, **labels: str) -> float | None:
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            if one.name == name and one.labels == labels:
                return float(one.value)
    return None


@pytest.fixture
def measures(world: World) -> Iterator[Measures]:
    """The measures behind the world's own /metrics, listening as in a serving process."""
    found = world.app.extensions["measures"]
    end = found.listen()
    yield found
    end()


def add_recipient(world: World, name: str, **more: Any) -> None:
    made = Recipient(name, "https://x.example", more.get("trust", {}))
    world.parts.store.write(lambda connection: facilities.add_recipient(connection, made, NOW))


def enqueued(world: World, recipient: str, times: int = 1) -> None:
    """Deliveries of an exchange of their own, now."""

    def work(connection: Connection) -> None:
        made = Exchange(f"e-{recipient}-{world.clock.at}", HOME, "kept", b"{}", world.clock.at)
        rid = exchanges.add(connection, made, None)
        for _ in range(times):
            deliveries.enqueue(
                connection, rid, recipient, basis="law", reason="named", now=world.clock.at,
                deadline=NOW + timedelta(hours=72),
            )  # fmt: skip

    world.parts.store.write(work)


# ---- what waits -----------------------------------------------------------------------


def test_each_recipients_queue_is_told_with_its_oldest_and_is_empty_when_it_is_done(world: World) -> None:
    for name in ("city", "north"):
        add_recipient(world, name)
    enqueued(world, "city", 2)
    world.clock.forward(seconds=90)
    enqueued(world, "city")
    world.clock.forward(seconds=10)
    assert told(world, "gateway_deliveries", recipient="city", status="ready") == 3
    assert told(world, "gateway_deliveries", recipient="north", status="ready") == 0
    assert told(world, "gateway_delivery_oldest_seconds", recipient="city") == 100
    assert told(world, "gateway_delivery_overdue_seconds", recipient="city") == 100
    assert told(world, "gateway_delivery_oldest_seconds", recipient="north") == 0

    def work(connection: Connection) -> None:
        for one in deliveries.claim(connection, "w", world.clock.at, timedelta(minutes=1), 10, 10):
            became = Settlement("complete", "accepted") if one.rid < 3 else Settlement("fail", "final")
            assert deliveries.settle(connection, one, became, world.clock.at)

    world.parts.store.write(work)
    later(world)
    assert told(world, "gateway_deliveries", recipient="city", status="ready") == 0
    assert told(world, "gateway_delivery_oldest_seconds", recipient="city") == 0
    assert told(world, "gateway_deliveries_given_up", recipient="city") == 1
    world.clock.forward(hours=25)
    later(world)
    assert told(world, "gateway_deliveries_given_up", recipient="city") == 0
    assert told(world, "gateway_deliveries", recipient="city", status="failed") == 1


def test_what_waits_for_a_person_is_told_until_a_person_decided(world: World) -> None:
    def work(connection: Connection) -> str:
        exchanges.add(connection, Exchange("h", HOME, "held", b"{}", NOW), None)
        return reviews.add_review(connection, kind="person-link", rule="r", detail={}, now=NOW)

    task = world.parts.store.write(work)
    world.clock.forward(hours=1)
    assert told(world, "gateway_exchanges", status="held") == 1
    assert told(world, "gateway_held_oldest_seconds") == 3600
    assert told(world, "gateway_review_tasks") == 1
    assert told(world, "gateway_review_oldest_seconds") == 3600

    def decided(connection: Connection) -> None:
        exchanges.decide(connection, "h", "refused", who="x", why="y")
        reviews.decide_review(connection, task, who="x", why="y", now=world.clock.at)

    world.parts.store.write(decided)
    later(world)
    assert told(world, "gateway_exchanges", status="held") == 0
    assert told(world, "gateway_held_oldest_seconds") == 0
    assert told(world, "gateway_review_tasks") == 0
    assert told(world, "gateway_review_oldest_seconds") == 0


def test_keys_and_trust_files_tell_how_old_they_are(door: World) -> None:
    door.sign_here()
    add_recipient(door, "city", trust=door.parts.keyring.public_trust().as_json())
    whole = told(door, "gateway_key_days_left", facility=HOME)
    assert whole is not None
    assert whole > 300
    door.clock.forward(days=10)
    later(door)
    assert told(door, "gateway_key_days_left", facility=HOME) == whole - 10
    assert told(door, "gateway_trust_age_days", kind="recipient", name="city") == 10


def test_a_store_that_does_not_answer_is_told_as_that_and_its_queues_not_as_empty(
    door: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(door, "gateway_store_up") == 1

    def gone() -> None:
        raise StoreUnavailable("store-unreachable")

    later(door)
    monkeypatch.setattr(door.parts.store, "read", gone)
    assert told(door, "gateway_store_up") == 0
    assert told(door, "gateway_exchanges", status="held") is None
    assert told(door, "gateway_disk_free_bytes") is not None


def test_lists_of_reuse_rules_that_are_refused_while_it_runs_are_told(door: World, tmp_path: Path) -> None:
    parts = door.parts
    rules = RulesInForce(tmp_path, every=0)
    gauges = Gauges(parts.settings, parts.store, parts.keyring, parts.now, list, rules)

    def refused() -> float:
        gauges.forget()
        return next(one.samples[0].value for one in gauges() if one.name == "gateway_reuse_rules_refused")

    assert refused() == 0
    (tmp_path / "own.toml").write_text("name =", encoding="utf-8")
    assert refused() == 1


def test_the_queues_are_asked_once_in_a_while_however_many_ask(door: World, monkeypatch: pytest.MonkeyPatch) -> None:
    door.http.get("/metrics")
    monkeypatch.setattr(door.parts.store, "read", lambda: pytest.fail("asked again"))
    assert told(door, "gateway_store_up") == 1


def later(world: World) -> None:
    """What was asked is not fresh any more."""
    world.app.extensions["measures"].asked.forget()


# ---- what happens ---------------------------------------------------------------------


def test_refusals_are_told_by_door_and_rule(door: World) -> None:
    door.http.post("/facilities/79001/payloads", data=b"x")
    door.http.post("/oauth/token", data={"grant_type": "password"})
    door.http.get("/fhir/Patient/1")
    door.http.get("/nowhere/1")
    for at, why in (
        ("payload", "token-missing"), ("token", "token-grant-type"), ("search", "token-missing"),
        ("other", "http-not-found"),
    ):  # fmt: skip
        assert told(door, "gateway_refusals_total", door=at, rule=why) == 1


def test_a_request_is_under_way_only_until_it_is_answered(door: World) -> None:
    for path in ("/fhir/metadata", "/nowhere", "/fhir/Patient?x=%ff", "/fhir/Patient?" + "x" * 8100):
        door.http.get(path)
    assert told(door, "gateway_requests_under_way") == 1  # the one that asks


def test_steps_are_timed_from_the_one_before_in_the_same_thread(world: World, measures: Measures) -> None:
    for step in (Step.INTAKE_TRANSLATED, Step.INTAKE_RECEIVED, Step.INTAKE_TRANSLATED, Step.INTAKE_WRITTEN):
        reached(step)  # the first has none before it
    for step in (Step.INTAKE_COMMITTED, Step.DELIVERY_CLAIMED):
        reached(step)
    for name in ("intake-translated", "intake-committed"):
        assert told(world, "gateway_step_seconds_count", step=name) == 1
    for name in ("intake-received", "intake-written", "delivery-claimed"):
        assert told(world, "gateway_step_seconds_count", step=name) == 0


def test_commits_are_counted_with_the_works_in_them(world: World, measures: Measures) -> None:
    before = told(world, "gateway_commit_seconds_count")
    world.parts.store.write(lambda connection: None)
    assert before is not None
    assert told(world, "gateway_commit_seconds_count") == before + 1
    assert told(world, "gateway_commit_works_sum") == before + 1


def test_a_failing_listener_takes_nothing_back(world: World) -> None:
    def broken(_commit: pace.Commit) -> None:
        raise RuntimeError

    end = pace.listen(broken)
    try:
        add_recipient(world, "city")
    finally:
        end()
    assert told(world, "gateway_deliveries", recipient="city", status="ready") == 0


def test_no_metric_is_labelled_by_a_path_a_number_or_a_client(world: World) -> None:
    world.keep(patient())
    world.get("/fhir/Patient/p1")
    world.get("/exchanges/0d8f2b1c-0000-4000-8000-000000000000")
    labels = set(re.findall(r'[{,]([a-z_]+)="', world.http.get("/metrics").text))
    bounded = {
        "le",
        "route",
        "method",
        "status",
        "door",
        "rule",
        "step",
        "recipient",
        "became",
        "facility",
        "kind",
        "name",
    }
    assert labels <= bounded | {"version", "python", "database"}


def test_an_attempt_is_told_by_what_it_led_to_and_a_receipt_not_believed_is_a_refusal(world: World) -> None:
    add_recipient(world, "city")
    enqueued(world, "city")
    measures: Measures = world.app.extensions["measures"]
    (one,) = world.parts.store.write(
        lambda connection: deliveries.claim(connection, "w", NOW, timedelta(minutes=1), 1, 1)
    )
    measures.delivered(one, Settlement("retry", "transient", issue="receipt-not-believed"), NOW)
    measures.delivered(one, Settlement("complete", "accepted"), NOW + timedelta(seconds=40))
    attempts = "gateway_delivery_attempts_total"
    assert told(world, attempts, recipient="city", became="retry", rule="receipt-not-believed") == 1
    assert told(world, attempts, recipient="city", became="complete", rule="") == 1
    assert told(world, "gateway_refusals_total", door="delivery", rule="receipt-not-believed") == 1
    assert told(world, "gateway_delivery_seconds_sum", recipient="city") == 40


# ---- one line an exchange -------------------------------------------------------------


def test_each_record_taken_held_or_refused_is_a_line_and_a_count(world: World) -> None:
    world.sign_here()
    with capture_logs() as lines:
        kept = world.post(SAMPLE)
        held = world.post(SAMPLE.replace(b"||7.20|G/L|", b"||1,234|G/L|").replace(b"20261115-0001", b"20261115-0002"))
        again = world.post(SAMPLE)
        refused = world.post(b"MSH|broken")
    assert [answer.status_code for answer in (kept, held, again, refused)] == [201, 202, 200, 400]
    taken = [line for line in lines if line["event"] == "exchange"]
    assert [line["exchange"] for line in taken] == [loads(answer.data)["exchanges"][0]["id"] for answer in (kept, held)]
    assert [(line["status"], bool(line["rules"]), line["facility"], line["adapter"]) for line in taken] == [
        ("kept", False, HOME, "hl7v2"), ("held", True, HOME, "hl7v2"),
    ]  # fmt: skip
    (line,) = [line for line in lines if line["event"] == "payload-refused"]
    assert line["rules"] == [rule(refused)]
    assert told(world, "gateway_records_total", status="kept") == 1
    assert told(world, "gateway_records_total", status="held") == 1
    assert told(world, "gateway_refusals_total", door="payload", rule=rule(refused)) == 1


def test_a_message_refused_in_its_receipt_is_a_line_and_a_count_too(world: World) -> None:
    world.sign_here()
    message = a_sender().sent()  # of a gateway whose keys nobody here believes
    with capture_logs() as lines:
        answer = world.http.post("/fhir/$process-message", data=message, headers=world.bearer() | FHIR)
    assert answer.status_code == 200
    (line,) = [line for line in lines if line["event"] == "message-refused"]
    assert line["rules"]
    for name in line["rules"]:
        assert told(world, "gateway_refusals_total", door="message", rule=name) == 1
