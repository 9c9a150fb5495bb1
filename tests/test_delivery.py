"""A delivery's statuses, and the decision to try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery import (
    PENDING,
    TRANSITIONS,
    Delivery,
    Event,
    RetryPolicy,
    Status,
    accepted,
    after,
    diagram,
)
from gateway.errors import Conflict
from gateway.outcome import TRANSIENT_CODES, Issue

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
UNREACHABLE = Issue("error", "transient", "recipient-unreachable")
REFUSED = Issue("error", "processing", "recipient-refused")

# https://hl7.org/fhir/R4/valueset-issue-type.html: transient and what is below it
R4_TRANSIENT = {"transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"}
# https://hl7.org/fhir/R4/valueset-task-status.html
R4_TASK_STATUS = {
    "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress",
    "on-hold", "failed", "completed", "entered-in-error",
}  # fmt: skip


def delivery(attempts: int = 1, deadline: datetime = NOW + HOUR) -> Delivery:
    return Delivery(1, 1, "x1", "north", "law", "s1", "in-progress", attempts, NOW, deadline, NOW)


def test_every_status_is_a_word_of_fhir_task_and_can_be_reached() -> None:
    statuses = set(get_args(Status))
    assert statuses <= R4_TASK_STATUS
    assert {"ready"} | set(TRANSITIONS.values()) == statuses
    assert {event for _, event in TRANSITIONS} == set(get_args(Event))


def test_what_has_ended_never_changes_again() -> None:
    assert {status for status, _ in TRANSITIONS} == PENDING
    for status in set(get_args(Status)) - PENDING:
        for event in get_args(Event):
            with pytest.raises(Conflict):
                after(status, event)


def test_only_the_table_changes_a_status() -> None:
    assert after("ready", "claim") == "in-progress"
    assert after("in-progress", "retry") == "ready"
    with pytest.raises(Conflict) as refused:
        after("ready", "complete")
    assert refused.value.issues[0].rule == "delivery-transition"


def test_a_receipt_completes() -> None:
    settled = accepted(b"receipt")
    assert (settled.event, settled.reason, settled.receipt) == ("complete", "accepted", b"receipt")


def test_the_transient_branch_is_r4s() -> None:
    assert TRANSIENT_CODES == R4_TRANSIENT


@pytest.mark.parametrize("code", sorted(R4_TRANSIENT))
def test_a_transient_failure_is_retried(code: str) -> None:
    settled = RetryPolicy().judge(delivery(), Issue("error", code, "r"), NOW, 0.0)
    assert (settled.event, settled.reason, settled.issue) == ("retry", "transient", "r")
    assert settled.due is not None
    assert settled.due > NOW


@pytest.mark.parametrize("code", ["processing", "security", "not-found", "structure", "invalid", "business-rule"])
def test_any_other_failure_is_final(code: str) -> None:
    settled = RetryPolicy().judge(delivery(), Issue("error", code, "r"), NOW, 0.0, b"no")
    assert (settled.event, settled.reason, settled.due, settled.receipt) == ("fail", "final", None, b"no")


def test_a_transient_failure_past_its_budget_fails_and_says_so() -> None:
    settled = RetryPolicy().judge(delivery(deadline=NOW), UNREACHABLE, NOW, 0.0)
    assert (settled.event, settled.reason, settled.issue) == ("fail", "budget-spent", "recipient-unreachable")


def test_the_budget_is_fixed_at_enqueue() -> None:
    policy = RetryPolicy(budget=timedelta(hours=2))
    deadline = policy.deadline(NOW)
    assert deadline == NOW + 2 * HOUR
    assert policy.next_due(50, NOW + 2 * HOUR, 0.0, deadline) is None


def test_waits_grow_to_the_ceiling() -> None:
    policy = RetryPolicy(first=timedelta(seconds=10), factor=3, ceiling=timedelta(seconds=100), jitter=0)
    far = NOW + timedelta(days=365)
    dues = [policy.next_due(attempts, NOW, 0.5, far) for attempts in (1, 2, 3, 4, 1000)]
    assert [(due - NOW).total_seconds() for due in dues if due] == [10, 30, 90, 100, 100]


@given(
    attempts=st.integers(1, 10_000),
    random=st.floats(0, 1, exclude_max=True),
    jitter=st.floats(0, 1),
    factor=st.floats(1, 10),
)
def test_a_wait_stands_between_its_jittered_floor_and_its_ceiling(
    attempts: int, random: float, jitter: float, factor: float
) -> None:
    policy = RetryPolicy(timedelta(seconds=1), factor, timedelta(minutes=5), timedelta(days=1), jitter)
    due = policy.next_due(attempts, NOW, random, NOW + timedelta(days=1))
    assert due is not None
    tick = timedelta(microseconds=2)
    assert policy.first * (1 - jitter) - tick <= due - NOW <= policy.ceiling + tick


def test_two_draws_give_two_waits() -> None:
    far = NOW + timedelta(days=1)
    policy = RetryPolicy()
    assert policy.next_due(3, NOW, 0.1, far) != policy.next_due(3, NOW, 0.9, far)


@pytest.mark.parametrize(
    "broken",
    [
        {"first": timedelta(0)},
        {"factor": 0.5},
        {"ceiling": timedelta(seconds=1)},
        {"budget": timedelta(0)},
        {"jitter": 1.5},
    ],
)
def test_a_policy_that_does_not_wait_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="retry policy"):
        RetryPolicy(**broken)  # type: ignore[arg-type]  # one wrong field at a time


def test_the_diagram_shows_every_transition() -> None:
    drawn = diagram()
    assert drawn.startswith("stateDiagram-v2\n")
    for (status, event), following in TRANSITIONS.items():
        assert f"{status.replace('-', '')} --> {following.replace('-', '')}: {event}\n" in drawn
    assert drawn.count("--> [*]") == 3
