"""The outbox: nothing lost, nothing claimed twice, nobody waits for somebody else's recipient."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from gateway.delivery import Delivery, Settlement, Status, accepted
from gateway.errors import Conflict, NotFound
from gateway.facility import Recipient
from gateway.store import Connection, Store, exchanges
from gateway.store.deliveries import (
    anything_due,
    change,
    claim,
    enqueue,
    exchange_status,
    expire_leases,
    for_exchange,
    queue_depth,
    recipients_of_earlier_versions,
    settle,
)
from gateway.store.facilities import add_recipient
from gateway.store.resources import keep_version
from tests.store.conftest import NOW, add_exchange

LEASE = timedelta(minutes=5)
BUDGET = NOW + timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def outbox(store: Store) -> Store:
    """A store that knows three recipients."""

    def work(connection: Connection) -> None:
        for name in ("north", "south", "west"):
            add_recipient(connection, Recipient(name, "https://x", {}), NOW)

    store.write(work)
    return store


def put(connection: Connection, exchange_rid: int, name: str, at: datetime = NOW, reason: str = "s1") -> int:
    return enqueue(connection, exchange_rid, name, basis="law", reason=reason, now=at, deadline=BUDGET)


def fill(store: Store, **numbers: int) -> None:
    """So many exchanges for each recipient, one after the other."""

    def work(connection: Connection) -> None:
        for name, number in numbers.items():
            for position in range(number):
                put(connection, add_exchange(connection, f"{name}-{position}"), name)

    store.write(work)


def take(store: Store, worker: str = "w1", at: datetime = NOW, limit: int = 10, each: int = 10) -> list[Delivery]:
    return store.write(lambda connection: claim(connection, worker, at, LEASE, limit, each))


def end(store: Store, taken: Delivery, settlement: Settlement, at: datetime = NOW) -> bool:
    return store.write(lambda connection: settle(connection, taken, settlement, at))


def status_of(store: Store, exchange_id: str) -> str:
    with store.read() as connection:
        found = exchanges.get(connection, exchange_id)
    assert found is not None
    return found.status


def test_a_delivery_commits_with_its_exchange_or_not_at_all(outbox: Store) -> None:
    def work(connection: Connection) -> None:
        put(connection, add_exchange(connection), "north")
        raise ValueError("after both")

    with pytest.raises(ValueError, match="after both"):
        outbox.write(work)
    with outbox.read() as connection:
        assert exchanges.get(connection, "x1") is None
        assert queue_depth(connection) == {}
    assert take(outbox) == []


def test_an_unregistered_recipient_takes_the_exchange_back_too(outbox: Store) -> None:
    with pytest.raises(Conflict):
        outbox.write(lambda connection: put(connection, add_exchange(connection), "nobody"))
    with outbox.read() as connection:
        assert exchanges.get(connection, "x1") is None


def test_a_claim_is_a_lease_and_counts_the_attempt(outbox: Store) -> None:
    fill(outbox, north=1)
    [taken] = take(outbox)
    assert (taken.recipient, taken.exchange_id, taken.status, taken.attempts) == ("north", "north-0", "in-progress", 1)
    assert (taken.claimed_by, taken.claimed_until, taken.deadline) == ("w1", NOW + LEASE, BUDGET)
    assert (taken.basis, taken.reason) == ("law", "s1")
    assert take(outbox, "w2") == []


def test_two_workers_at_once_never_hold_the_same_delivery(outbox: Store) -> None:
    fill(outbox, north=30, south=30, west=30)

    def work(worker: str) -> list[int]:
        taken: list[int] = []
        while found := take(outbox, worker, limit=4, each=1000):
            taken.extend(one.rid for one in found)
        return taken

    with ThreadPoolExecutor(4) as pool:
        counted = Counter(rid for rids in pool.map(work, ("w1", "w2", "w3", "w4")) for rid in rids)
    while late := take(outbox, limit=50, each=1000):  # what two workers both looked at and neither took
        counted.update(one.rid for one in late)
    assert set(counted.values()) == {1}
    assert len(counted) == 90


def test_a_lease_that_expired_is_claimed_again_and_its_first_holder_can_no_longer_settle(outbox: Store) -> None:
    fill(outbox, north=1)
    [first] = take(outbox)
    assert take(outbox, "w2", NOW + LEASE - SECOND) == []
    [second] = take(outbox, "w2", NOW + LEASE)
    assert (second.rid, second.attempts, second.claimed_by) == (first.rid, 2, "w2")
    assert not end(outbox, first, Settlement("fail", "final", issue="r"))
    assert status_of(outbox, "north-0") == "kept"
    assert end(outbox, second, accepted(b"receipt"))
    assert status_of(outbox, "north-0") == "delivered"


def test_a_gateway_that_starts_alone_takes_over_what_a_killed_one_was_sending(outbox: Store) -> None:
    fill(outbox, north=1)
    [first] = take(outbox)
    outbox.write(lambda connection: expire_leases(connection, NOW + SECOND))
    [second] = take(outbox, "w2", NOW + SECOND)
    assert second.rid == first.rid


def test_settling_twice_writes_once(outbox: Store) -> None:
    fill(outbox, north=1)
    [taken] = take(outbox)
    assert end(outbox, taken, accepted(b"first"))
    assert not end(outbox, taken, accepted(b"second"))
    with outbox.read() as connection:
        [kept] = for_exchange(connection, taken.exchange_rid)
    assert (kept.status, kept.receipt, kept.settled, kept.claimed_by) == ("completed", b"first", NOW, None)


def test_a_retry_waits_until_it_is_due(outbox: Store) -> None:
    fill(outbox, north=1)
    [taken] = take(outbox)
    assert end(outbox, taken, Settlement("retry", "transient", NOW + 10 * SECOND, "recipient-unreachable"))
    assert take(outbox, at=NOW + 9 * SECOND) == []
    [again] = take(outbox, at=NOW + 10 * SECOND)
    assert (again.attempts, again.issue, again.deadline) == (2, "recipient-unreachable", BUDGET)


def test_recipients_take_turns(outbox: Store) -> None:
    fill(outbox, north=20, south=2, west=2)
    taken = take(outbox, limit=6)
    assert Counter(one.recipient for one in taken) == {"north": 2, "south": 2, "west": 2}


def test_a_recipient_that_answers_slowly_holds_up_only_itself(outbox: Store) -> None:
    fill(outbox, north=20)
    assert len(take(outbox, limit=10, each=3)) == 3
    assert take(outbox, limit=10, each=3) == []
    fill(outbox, south=2)
    assert [one.recipient for one in take(outbox, limit=10, each=3)] == ["south", "south"]


def test_one_recipients_deliveries_come_in_the_order_they_came(outbox: Store) -> None:
    fill(outbox, north=5)
    taken = [one.exchange_id for _ in range(5) for one in take(outbox, limit=1)]
    assert taken == [f"north-{position}" for position in range(5)]


def test_a_small_limit_reaches_whoever_waits_longest(outbox: Store) -> None:
    def work(connection: Connection) -> None:
        put(connection, add_exchange(connection, "late"), "north", NOW + SECOND)
        put(connection, add_exchange(connection, "early"), "west", NOW)

    outbox.write(work)
    assert [one.exchange_id for one in take(outbox, limit=1, at=NOW + SECOND)] == ["early"]


def test_an_exchange_is_delivered_when_all_have_it(outbox: Store) -> None:
    def work(connection: Connection) -> None:
        rid = add_exchange(connection)
        put(connection, rid, "north")
        put(connection, rid, "south")

    outbox.write(work)
    north, south = take(outbox)
    end(outbox, north, accepted(b"r"))
    assert status_of(outbox, "x1") == "kept"
    end(outbox, south, accepted(b"r"))
    assert status_of(outbox, "x1") == "delivered"


def test_an_exchange_has_failed_when_none_is_pending_and_one_failed(outbox: Store) -> None:
    def work(connection: Connection) -> None:
        rid = add_exchange(connection)
        put(connection, rid, "north")
        put(connection, rid, "south")

    outbox.write(work)
    north, south = take(outbox)
    end(outbox, north, Settlement("fail", "final", issue="recipient-refused"))
    assert status_of(outbox, "x1") == "kept"
    end(outbox, south, accepted(b"r"))
    assert status_of(outbox, "x1") == "failed"


def test_delivering_again_is_a_new_delivery_and_the_latest_counts(outbox: Store) -> None:
    fill(outbox, north=1)
    [taken] = take(outbox)
    end(outbox, taken, Settlement("fail", "final", issue="recipient-refused"))
    outbox.write(lambda connection: put(connection, taken.exchange_rid, "north", reason="redeliver"))
    assert status_of(outbox, "north-0") == "kept"
    [again] = take(outbox)
    end(outbox, again, accepted(b"r"))
    assert status_of(outbox, "north-0") == "delivered"
    with outbox.read() as connection:
        assert [one.status for one in for_exchange(connection, taken.exchange_rid)] == ["failed", "completed"]


def test_two_settled_at_once_leave_the_exchange_delivered(outbox: Store) -> None:
    def work(connection: Connection) -> None:
        for number in range(10):
            rid = add_exchange(connection, f"x{number}")
            put(connection, rid, "north")
            put(connection, rid, "south")

    outbox.write(work)
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda one: end(outbox, one, accepted(b"r")), take(outbox, limit=20)))
    assert {status_of(outbox, f"x{number}") for number in range(10)} == {"delivered"}


def test_a_held_exchange_stays_held_whatever_its_deliveries_do(outbox: Store) -> None:
    outbox.write(lambda connection: put(connection, add_exchange(connection, status="held"), "north"))
    [taken] = take(outbox)
    end(outbox, taken, accepted(b"r"))
    assert status_of(outbox, "x1") == "held"


def test_a_person_holds_resumes_and_cancels(outbox: Store) -> None:
    rid = outbox.write(lambda connection: put(connection, add_exchange(connection), "north"))
    assert outbox.write(lambda connection: change(connection, rid, "hold", NOW)) == "on-hold"
    assert take(outbox) == []
    assert outbox.write(lambda connection: change(connection, rid, "resume", NOW)) == "ready"
    assert outbox.write(lambda connection: change(connection, rid, "cancel", NOW)) == "cancelled"
    with pytest.raises(Conflict):
        outbox.write(lambda connection: change(connection, rid, "resume", NOW))
    with pytest.raises(NotFound):
        outbox.write(lambda connection: change(connection, rid + 1, "hold", NOW))
    assert take(outbox) == []
    assert status_of(outbox, "x1") == "kept"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], "kept"),
        (["cancelled"], "kept"),
        (["completed", "cancelled"], "delivered"),
        (["completed", "ready"], "kept"),
        (["failed", "on-hold"], "kept"),
        (["failed", "completed"], "failed"),
    ],
)
def test_the_status_of_an_exchange_follows_from_its_deliveries(statuses: list[Status], expected: str) -> None:
    assert exchange_status(statuses) == expected


def test_a_correction_goes_to_whoever_got_any_earlier_version_even_one_said_twice(outbox: Store) -> None:
    def work(connection: Connection) -> tuple[int, int]:
        def keep(exchange_id: str, value: str, hours: int, resource_id: str = "o1") -> tuple[int, int]:
            rid = add_exchange(connection, exchange_id)
            made = {"resourceType": "Observation", "id": resource_id, "valueString": value}
            kept = keep_version(connection, rid, "01001", made, NOW + timedelta(hours=hours), NOW)
            return rid, kept.resource_rid

        first, resource = keep("x1", "a", 0)
        put(connection, first, "north")
        again, _ = keep("x2", "a", 1)  # the same, word for word
        put(connection, again, "south")
        other, _ = keep("x3", "a", 0, "o2")
        put(connection, other, "west")
        correction, _ = keep("x4", "b", 2)
        put(connection, correction, "west")
        return resource, correction

    resource, correction = outbox.write(work)
    with outbox.read() as connection:
        assert recipients_of_earlier_versions(connection, [resource], correction) == [
            ("north", "law"),
            ("south", "law"),
        ]
        assert recipients_of_earlier_versions(connection, [], correction) == []


def test_a_cancelled_delivery_never_left_so_no_correction_follows_it(outbox: Store) -> None:
    def work(connection: Connection) -> int:
        rid = add_exchange(connection)
        made = {"resourceType": "Observation", "id": "o1"}
        change(connection, put(connection, rid, "north"), "cancel", NOW)
        return keep_version(connection, rid, "01001", made, NOW, NOW).resource_rid

    resource = outbox.write(work)
    with outbox.read() as connection:
        assert recipients_of_earlier_versions(connection, [resource], 99) == []


def test_the_depth_of_each_queue_is_known(outbox: Store) -> None:
    fill(outbox, north=3, south=1)
    take(outbox, limit=2)
    with outbox.read() as connection:
        assert queue_depth(connection) == {
            ("north", "ready"): 2,
            ("north", "in-progress"): 1,
            ("south", "in-progress"): 1,
        }


def test_who_only_looks_learns_whether_a_claim_would_find_anything(outbox: Store) -> None:
    def due(at: datetime) -> bool:
        with outbox.read() as connection:
            return anything_due(connection, at)

    def take(at: datetime) -> list[Delivery]:
        return outbox.write(lambda connection: claim(connection, "w1", at, LEASE, 10, 10))

    assert not due(NOW)
    outbox.write(
        lambda connection: enqueue(
            connection, add_exchange(connection), "north", basis="law", reason="s1", now=NOW, deadline=BUDGET
        )
    )
    assert not due(NOW - SECOND)
    assert due(NOW)
    assert due(NOW - timedelta(days=2))  # due later than anything may be: a clock was ahead
    assert len(take(NOW)) == 1
    assert not due(NOW)
    assert due(NOW + LEASE)  # its worker is gone
