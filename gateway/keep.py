"""keep → route, inside one transaction: versions, indexes, persons, order numbers, the outbox.

Everything here takes the connection of that transaction; nothing is acknowledged before it
commits. Both our own exchanges and those of other gateways are kept here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.brought import Brought
from gateway.bundle import Resource
from gateway.delivery import retry_policy
from gateway.errors import Conflict, NotFound
from gateway.exchange import Exchange, OrderClaim
from gateway.jsontext import loads
from gateway.linking import link_person, numbers_of
from gateway.mapping.times import earliest
from gateway.outcome import Issue
from gateway.revision import goes_back, revise
from gateway.routing import Route, routes_for
from gateway.settings import Settings
from gateway.store import (
    Connection,
    audit,
    deliveries,
    exchanges,
    facilities,
    index,
    orders,
    reviews,
    versions,
)
from gateway.store.versions import Standing
from gateway.store.words import Word, word

_NEVER_SAID = datetime(1970, 1, 1, tzinfo=UTC)  # before any time a source may say
_RESULTS = frozenset({"Observation", "DiagnosticReport", "ImagingStudy", "Media", "DocumentReference"})
_GROWS = frozenset({"result", "issued", "identifier", "status", "meta", "basedOn", "specimen", "performer"})
_RESTATED = frozenset({"meta", "issued"})  # the same word said again later corrects nothing
_TAKEN_BACK = frozenset({"amended", "corrected", "cancelled", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class Kept:
    """A resource as it now stands: its row, whether this exchange changed it, and what is read of it.

    ``corrects``: it changed what a result said before, so whoever holds the earlier word must
    hear of it. A report that only grew by new results corrects nothing: who no longer
    subscribes is not told of those.
    """

    rid: int
    changed: bool
    word: Word
    corrects: bool = False


def keep(
    connection: Connection,
    exchange_rid: int,
    exchange: Exchange,
    brought: Brought,
    now: datetime,
    settings: Settings,
    named: Sequence[str],
) -> None:
    """One of our own exchanges: what it brings, and its deliveries. ``named``: facility codes the payload addresses."""
    kept = keep_resources(connection, exchange_rid, exchange, brought, now)
    earlier = deliveries.recipients_of_earlier_versions(
        connection, [one.rid for one in kept if one.corrects], exchange_rid
    )
    if exchange.sensitive:
        if earlier:  # what they hold is no longer so, and the law keeps the reason from them
            detail = {"exchange": exchange.id, "recipients": sorted({name for name, _ in earlier})}
            reviews.add_review(connection, kind="delivery", rule="correction-kept-apart", detail=detail, now=now)
        return
    patients = [one.rid for one in kept if one.word.type == "Patient"]
    person = [number for rid in patients for number in numbers_of(connection, rid)]
    routes, _ = routes_for(
        brought.content,
        exchange.facility,
        facilities.list_subscriptions(connection, now),
        facilities.list_recipients(connection),
        named,
        person,
    )
    _enqueue_all(connection, exchange_rid, routes, earlier, now, settings)


def keep_resources(
    connection: Connection, exchange_rid: int, exchange: Exchange, brought: Brought, now: datetime
) -> list[Kept]:
    """Versions, indexes and persons of every resource an exchange brings.

    Patients first: what is about them is kept as of the person they are by then linked to.
    """
    standing = versions.current_of(connection, [one.key for one, _ in brought.words])
    told = _Told(connection, exchange)
    kept = []
    for patients in (True, False):
        words = [
            _composed(one, standing.get(one.key), said, exchange.id, told)
            for one, said in brought.words
            if (one.type == "Patient") is patients
        ]
        kept += _keep_words(connection, exchange_rid, exchange.facility, words, standing, brought.revealing, now)
        if patients:
            for one in kept:
                link_person(connection, one.rid, one.word.resource(), now)
    return kept


@dataclass(frozen=True, slots=True)
class _Composed:
    """A word of the exchange, composed with what only the earlier word said, and when it counts as said.

    ``before``: what stood and said otherwise.
    """

    made: Word
    composed: Word
    said: datetime
    before: Resource | None


def _composed(made: Word, standing: Standing | None, said: datetime | None, exchange_id: str, told: _Told) -> _Composed:
    """``said``: the source's own result time. Without one the word counts as said with what
    stands; of words said at one time the last that its own gateway took is read, also where
    deliveries overtook each other or a person let an old one go.
    """
    if standing is None:
        return _Composed(made, made, said or _NEVER_SAID, None)
    when = said or standing.result_time
    if made.body == standing.body:  # as it stands: nothing to compose, whenever it was told
        return _Composed(made, made, when, None)
    before, now = loads(standing.body), made.resource()
    if when == standing.result_time and (goes_back(before, now) or told.later_than(exchange_id, standing)):
        when -= timedelta(microseconds=1)
    return _Composed(made, word(revise(before, now)), when, before)


def _keep_words(
    connection: Connection,
    exchange_rid: int,
    facility: str,
    words: Sequence[_Composed],
    standing: Mapping[tuple[str, str], Standing],
    revealing: frozenset[str],
    now: datetime,
) -> list[Kept]:
    """The later word stands; a late earlier one fills gaps of what stands, no more."""
    brought = [(one.composed, one.said, one.made.id in revealing) for one in words]
    found = versions.keep_versions(connection, exchange_rid, facility, brought, now, standing)
    late = [one for one, kept in zip(words, found, strict=True) if not kept.is_current]
    filled = {one.made.key: word(revise(one.made.resource(), one.before or {})) for one in late}
    filling = [(filled[one.made.key], standing[one.made.key].result_time, one.made.id in revealing) for one in late]
    again = dict(zip(filled, versions.keep_versions(connection, exchange_rid, facility, filling, now), strict=True))
    kept, indexed = [], []
    for one, this in zip(words, found, strict=True):
        shown = filled.get(one.made.key, one.composed)
        last = again.get(one.made.key, this)
        changed = this.changed or last.changed
        corrects = one.before is not None and _corrects(one.before, shown.resource())
        kept.append(Kept(this.resource_rid, changed, shown, corrects))
        if changed:
            indexed.append(index.Indexed(this.resource_rid, shown.rows, last.subject, this.first, last.person))
    index.index_all(connection, indexed)
    return kept


def _corrects(before: Resource, after: Resource) -> bool:
    if after["resourceType"] not in _RESULTS:
        return False
    grows = _GROWS if after["resourceType"] == "DiagnosticReport" else _RESTATED
    if after["resourceType"] == "DiagnosticReport" and after.get("status") in _TAKEN_BACK:
        grows -= {"status"}
    return any(before.get(key) != after.get(key) for key in (before.keys() | after.keys()) - grows)


class _Told:
    """When each exchange was told first: its message's timestamp, by the gateway its facility sends to."""

    def __init__(self, connection: Connection, exchange: Exchange) -> None:
        self._connection = connection
        self._exchange = exchange
        self._known: dict[str, datetime] = {}

    def later_than(self, exchange_id: str, standing: Standing) -> bool:
        """True when a version of the same resource was told after this exchange."""
        told_by = versions.exchanges_of(self._connection, standing.resource_rid)
        return any(self._at(other) > self._at(exchange_id) for other in told_by)

    def _at(self, exchange_id: str) -> datetime:
        if exchange_id not in self._known:
            own = exchange_id == self._exchange.id
            found = self._exchange if own else exchanges.get(self._connection, exchange_id)
            self._known[exchange_id] = earliest(loads(found.bundle)["timestamp"]) if found else _NEVER_SAID
        return self._known[exchange_id]


# ---- order numbers --------------------------------------------------------------------


def claim_orders(connection: Connection, facility: str, claims: Sequence[OrderClaim]) -> list[Issue]:
    """Keep the order numbers of a record; [] when done, else why they hold it for a person (and nothing is kept)."""
    try:
        orders.claim_orders(connection, facility, claims)
    except Conflict:
        return [Issue("warning", "conflict", "order-number-reused")]
    return []


# ---- route ----------------------------------------------------------------------------


def _enqueue_all(
    connection: Connection,
    exchange_rid: int,
    routes: Sequence[Route],
    earlier: Sequence[tuple[str, str]],
    now: datetime,
    settings: Settings,
) -> None:
    """One delivery for each recipient: by a route, or because it holds an earlier word."""
    chosen = {route.recipient: (route.basis, route.reason) for route in routes}
    for recipient, basis in earlier:
        chosen.setdefault(recipient, (basis, "follow-up"))
    for recipient, (basis, reason) in chosen.items():
        _enqueue(connection, exchange_rid, recipient, basis, reason, now, settings)


def _enqueue(
    connection: Connection,
    exchange_rid: int,
    recipient: str,
    basis: str,
    reason: str,
    now: datetime,
    settings: Settings,
) -> None:
    deadline = retry_policy(settings).deadline(now)
    deliveries.enqueue(connection, exchange_rid, recipient, basis=basis, reason=reason, now=now, deadline=deadline)


def redeliver(
    connection: Connection, exchange_id: str, recipient: str | None, actor: str, now: datetime, settings: Settings
) -> None:
    """Deliver an exchange again to a recipient it went to before, or to all of them, on the same basis.

    NotFound for an unknown exchange or a recipient that never had it; Conflict for one that is
    not signed.
    """
    rid = exchanges.rid_of(connection, exchange_id)
    line = exchanges.line(connection, exchange_id)
    if rid is None or line is None:
        raise NotFound("exchange-unknown")
    if line.status in ("held", "refused") or line.sensitive:
        raise Conflict("exchange-not-deliverable")
    before = {one.recipient: one.basis for one in deliveries.for_exchange(connection, rid)}
    chosen = {recipient: before[recipient]} if recipient in before else before if recipient is None else {}
    if not chosen:
        raise NotFound("recipient-never-had-it")
    for name, basis in chosen.items():
        _enqueue(connection, rid, str(name), basis, "redeliver", now, settings)
    detail = {"exchange": exchange_id, "recipients": sorted(map(str, chosen))}
    audit.append(connection, now, actor, "exchange-redelivered", "", detail)


# ---- a person's decision --------------------------------------------------------------


def replace_held(connection: Connection, exchange: Exchange) -> int:
    """The held exchange's collection gives way to its signed message; returns its row."""
    exchanges.set_signed(
        connection,
        exchange.id,
        bundle=exchange.bundle,
        message_id=exchange.message_id,
        jws_sha256=exchange.jws_sha256,
        kid=exchange.kid,
    )
    rid = exchanges.rid_of(connection, exchange.id)
    if rid is None:
        raise NotFound("exchange-unknown")
    return rid
