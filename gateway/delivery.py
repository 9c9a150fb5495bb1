"""Delivery: one exchange on its way to one recipient; the only file where its status may change.

Statuses are words of FHIR Task.status (https://hl7.org/fhir/R4/valueset-task-status.html).
A delivery is claimed, sent, settled. Whether a failure is tried again is a value with a
reason (:class:`Settlement`): retried if and only if the failure's issue code stands in the
transient branch of R4's IssueType and the budget, fixed when it was enqueued, is not spent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from gateway.errors import Conflict
from gateway.outcome import TRANSIENT_CODES, Issue
from gateway.settings import Settings

Status = Literal["ready", "in-progress", "on-hold", "completed", "failed", "cancelled"]
Event = Literal["claim", "complete", "retry", "fail", "hold", "resume", "cancel"]
Reason = Literal["accepted", "transient", "final", "budget-spent"]

# Every change of status there is. A claim on what is in progress takes over an expired lease.
# What is completed, failed or cancelled stays so: delivering again is a new delivery.
TRANSITIONS: Mapping[tuple[Status, Event], Status] = {
    ("ready", "claim"): "in-progress",
    ("in-progress", "claim"): "in-progress",
    ("in-progress", "complete"): "completed",
    ("in-progress", "retry"): "ready",
    ("in-progress", "fail"): "failed",
    ("ready", "hold"): "on-hold",
    ("on-hold", "resume"): "ready",
    ("ready", "cancel"): "cancelled",
    ("on-hold", "cancel"): "cancelled",
}

PENDING: frozenset[Status] = frozenset({"ready", "in-progress", "on-hold"})


def after(status: Status, event: Event) -> Status:
    """The status an event leads to; Conflict (409) where the table has no such transition."""
    following = TRANSITIONS.get((status, event))
    if following is None:
        raise Conflict("delivery-transition", status=status, event=event)
    return following


@dataclass(frozen=True, slots=True)
class Delivery:
    """One exchange for one recipient, as stored. Times are aware UTC.

    ``basis``: the legal basis it is disclosed on. ``reason``: the subscription's id,
    "named" (by the payload), "follow-up" (a correction to whoever got the earlier version)
    or "redeliver". ``attempts``: claims so far, the present one included. ``due``: not
    before. ``deadline``: the end of its budget. ``issue``: the rule of the last failure.
    ``receipt``: the recipient's signed response, when there is one.
    """

    rid: int
    exchange_rid: int
    exchange_id: str
    recipient: str
    basis: str
    reason: str
    status: Status
    attempts: int
    due: datetime
    deadline: datetime
    created: datetime
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    issue: str = ""
    receipt: bytes | None = None
    settled: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of a claimed delivery, and why. ``due`` is set when it is retried."""

    event: Event
    reason: Reason
    due: datetime | None = None
    issue: str = ""
    receipt: bytes | None = None


def accepted(receipt: bytes) -> Settlement:
    """The recipient took it; its receipt is the proof."""
    return Settlement("complete", "accepted", receipt=receipt)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait between attempts, and for how long to try at all.

    The wait before attempt n+1 is drawn from the upper part of ``first * factor**(n-1)``,
    never over ``ceiling``. ``jitter`` is the part of it that is drawn: 1 is AWS's "full
    jitter", 0.5 its "equal jitter"
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/): after an
    outage the waiting deliveries do not all come back in one second.
    """

    first: timedelta = timedelta(seconds=10)
    factor: float = 2.0
    ceiling: timedelta = timedelta(minutes=30)
    budget: timedelta = timedelta(days=3)
    jitter: float = 0.5

    def __post_init__(self) -> None:
        positive = self.first > timedelta(0) and self.ceiling >= self.first and self.budget > timedelta(0)
        if not (positive and self.factor >= 1 and 0 <= self.jitter <= 1):
            raise ValueError("a retry policy waits longer each time, within its ceiling and budget")

    def deadline(self, enqueued: datetime) -> datetime:
        """The end of the budget of a delivery enqueued now; fixed from then on."""
        return enqueued + self.budget

    def next_due(self, attempts: int, now: datetime, random: float, deadline: datetime) -> datetime | None:
        """When to try again after ``attempts`` (from 1); None when that would be past the deadline.

        ``random`` is in [0, 1).
        """
        # Growth stops at the ceiling long before a float overflows.
        growth = min(self.factor ** min(attempts - 1, 64), self.ceiling / self.first)
        wait = self.first * growth
        due = now + wait * (1 - self.jitter) + wait * (self.jitter * random)
        return due if due <= deadline else None

    def judge(
        self, delivery: Delivery, failure: Issue, now: datetime, random: float, receipt: bytes | None = None
    ) -> Settlement:
        """What a failed attempt leads to. ``receipt``: a signed refusal, kept as proof of it."""
        if failure.code not in TRANSIENT_CODES:
            return Settlement("fail", "final", issue=failure.rule, receipt=receipt)
        due = self.next_due(delivery.attempts, now, random, delivery.deadline)
        if due is None:
            return Settlement("fail", "budget-spent", issue=failure.rule, receipt=receipt)
        return Settlement("retry", "transient", due, failure.rule, receipt)


def retry_policy(settings: Settings) -> RetryPolicy:
    """The policy the settings describe."""
    first = timedelta(seconds=settings.delivery_first_retry_seconds)
    return RetryPolicy(
        first=first,
        ceiling=max(first, timedelta(seconds=settings.delivery_longest_retry_seconds)),
        budget=timedelta(hours=settings.delivery_budget_hours),
    )


def diagram() -> str:
    """TRANSITIONS as a Mermaid state diagram; the docs show this text and a test holds it so."""
    # Mermaid's state names cannot hold a hyphen.
    lines = ["stateDiagram-v2", '    inprogress: "in-progress"', '    onhold: "on-hold"', "    [*] --> ready"]
    for (status, event), following in TRANSITIONS.items():
        lines.append(f"    {status.replace('-', '')} --> {following.replace('-', '')}: {event}")
    ends = set(TRANSITIONS.values()) - {status for status, _ in TRANSITIONS}
    lines.extend(f"    {status} --> [*]" for status in sorted(ends))
    return "\n".join(lines) + "\n"
