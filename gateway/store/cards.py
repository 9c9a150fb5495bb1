"""Cards that CDS Hooks showed and what their readers did with them; each once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, select

from gateway.jsontext import dumps, loads
from gateway.store.card_tables import cds_card, cds_feedback
from gateway.store.times import micros

Code = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Card:
    """``chosen``: "Observation/id" with its version, "" and 0 for none. ``suggestion``: its uuid, "" for none.

    ``account``: reason codes, rules and setting of the verdict, without a value. ``asked``: the draft order and who
    makes it, as an acceptance needs them. ``sameness``: what makes another card the same one (any words; only a digest
    of them is kept).
    """

    uuid: str
    client_id: str
    facility: str
    hook: str
    hook_instance: str
    person: int
    order_codes: Sequence[Code]
    decision: str
    chosen: str
    chosen_version: int
    rules_digest: str
    suggestion: str
    account: dict[str, object]
    sameness: Sequence[str]
    asked: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offered:
    """A card's offer of a result in place of a draft order, as it was shown. ``rid``: the card's row; ``result``: ""
    of a panel."""

    rid: int
    person: int
    decision: str
    result: str
    version: int
    rules_digest: str
    account: dict[str, Any]
    asked: dict[str, Any]

    @property
    def shown(self) -> list[tuple[str, int]]:
        """Each result with its version; of a panel those of its tests."""
        if self.result:
            return [(self.result, self.version)]
        return [(result, int(version)) for result, version in self.account.get("results", ())]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader did with a card. ``happened``: aware, as the client says; ``reason``: ("", "") for none."""

    card: str
    outcome: Literal["accepted", "overridden"]
    happened: datetime
    suggestions: Sequence[str] = ()
    reason: Code = ("", "")
    comment: str = ""


def show(connection: Connection, cards: Sequence[Card], now: datetime, since: datetime) -> set[str]:
    """Keep those of which the same was not shown after ``since``; returns their uuids."""
    shown = set()
    for card in cards:
        same = _digest(list(card.sameness))
        again = select(cds_card.c.rid).where(cds_card.c.sameness == same, cds_card.c.shown > micros(since)).limit(1)
        if connection.execute(again).first() is not None:
            continue
        row = {name: getattr(card, name) for name in _PLAIN}
        codes = dumps(sorted(list(one) for one in card.order_codes)).decode()
        told = {"account": dumps(card.account).decode(), "asked": dumps(card.asked).decode()}
        made = {"order_codes": codes, "sameness": same, "shown": micros(now)}
        connection.execute(insert(cds_card).values(row | made | told))
        shown.add(card.uuid)
    return shown


_PLAIN = (
    "uuid", "client_id", "facility", "hook", "hook_instance", "person", "decision", "chosen", "chosen_version",
    "rules_digest", "suggestion",
)  # fmt: skip


def withdraw(connection: Connection, uuids: Sequence[str]) -> None:
    """Forget cards whose answer came too late to be sent: nobody has seen them."""
    connection.execute(delete(cds_card).where(cds_card.c.uuid.in_(uuids)))


def offered(connection: Connection, client_id: str, uuid: str) -> Offered | None:
    """What the client's card offered; None when it was shown no such card."""
    columns = (
        cds_card.c.rid, cds_card.c.person, cds_card.c.decision, cds_card.c.chosen, cds_card.c.chosen_version,
        cds_card.c.rules_digest, cds_card.c.account, cds_card.c.asked,
    )  # fmt: skip
    found = connection.execute(
        select(*columns).where(cds_card.c.uuid == uuid, cds_card.c.client_id == client_id)
    ).first()
    if found is None:
        return None
    rid, person, decision, chosen, version, digest, account, asked = found
    return Offered(rid, person, decision, chosen, version, digest, loads(account), loads(asked))


def told(connection: Connection, client_id: str, feedback: Feedback, now: datetime) -> bool | None:
    """Keep it; False when it was told before, None when the client was shown no such card, or no such suggestion."""
    found = connection.execute(
        select(cds_card.c.rid, cds_card.c.suggestion).where(
            cds_card.c.uuid == feedback.card, cds_card.c.client_id == client_id
        )
    ).first()
    if found is None or any(one != found.suggestion for one in feedback.suggestions):
        return None
    system, code = feedback.reason
    at = micros(feedback.happened)
    same = _digest([feedback.outcome, system, code, feedback.comment, str(at)])
    known = select(cds_feedback.c.rid).where(cds_feedback.c.card_rid == found.rid, cds_feedback.c.sha256 == same)
    if connection.execute(known).first() is not None:
        return False
    connection.execute(
        insert(cds_feedback).values(
            card_rid=found.rid,
            outcome=feedback.outcome,
            reason_system=system,
            reason_code=code,
            comment=feedback.comment,
            happened=at,
            received=micros(now),
            sha256=same,
        )
    )
    return True


def acceptances(connection: Connection, card_rid: int) -> int:
    """How often it was told, at different times, that the card's offer was accepted."""
    told_so = select(func.count()).where(cds_feedback.c.card_rid == card_rid, cds_feedback.c.outcome == "accepted")
    return int(connection.execute(told_so).scalar_one())


def _digest(words: list[str]) -> str:
    return hashlib.sha256(dumps(words)).hexdigest()
