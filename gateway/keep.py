"""keep → route, inside one transaction: versions, indexes, persons, order numbers, the outbox.

Everything here takes the connection of that transaction; nothing is acknowledged before it
commits. Both our own exchanges and those of other gateways are kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.brought import Brought, again
from gateway.bundle import Resource
from gateway.delivery import retry_policy
from gateway.errors import Conflict, NotFound
from gateway.exchange import Exchange, OrderClaim
from gateway.jsontext import loads
from gateway.linking import link_person, numbers_of
from gateway.mapping.times import earliest
from gateway.outcome import Issue
from gateway.retelling import Said, changes_nothing, counting, in_order, told_again
from gateway.revision import revise
from gateway.routing import Route, routes_for
from gateway.settings import Settings
from gateway.store import (
    Connection,
    alerts,
    audit,
    deliveries,
    exchanges,
    facilities,
    index,
    orders,
    replacements,
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
    subscribes is not told of those. ``first``: nothing stood before.
    """

    rid: int
    changed: bool
    word: Word
    corrects: bool = False
    first: bool = False


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
    enqueue_all(connection, exchange_rid, routes, earlier, now, settings)


def keep_resources(
    connection: Connection, exchange_rid: int, exchange: Exchange, brought: Brought, now: datetime
) -> list[Kept]:
    """Versions, indexes and persons of every resource an exchange brings.

    Patients first: what is about them is kept as of the person they are by then linked to.
    """
    standing = versions.current_of(connection, [one.key for one, _ in brought.words])
    told = _Told(connection, exchange, brought)
    for bundle in sorted(brought.replaces):
        replacements.replace(connection, exchange.facility, bundle, exchange_rid)
    kept = []
    for patients in (True, False):
        words = [
            _composed(one, standing.get(one.key), said, told)
            for one, said in brought.words
            if (one.type == "Patient") is patients
        ]
        kept += _keep_words(connection, exchange_rid, exchange.facility, words, standing, brought.revealing, now)
        if patients:
            moved = [link_person(connection, one.rid, now, new=one.first) for one in kept if one.changed]
            if any(moved):  # whose person is another now
                standing = versions.current_of(connection, [one.key for one, _ in brought.words])
    if corrected := [one.rid for one in kept if one.corrects]:  # who reused a result must hear of it
        alerts.raise_corrected(connection, corrected, now)
    return kept


@dataclass(frozen=True, slots=True)
class _Composed:
    """A word of the exchange as a version keeps it, and when it counts as said.

    ``stands``: what stands after it, where that is another word than the version's own; None where the version
    itself stands. ``before``: what stood and said otherwise. ``last``: no word comes after it.
    """

    made: Word
    version: Word
    said: datetime
    before: Resource | None
    stands: Word | None = None
    last: bool = False


def _composed(made: Word, standing: Standing | None, said: datetime | None, told: _Told) -> _Composed:
    """The newest word is put on top of what stands. One that came late, or speaks of the same moment (as does one
    without a time), makes the gateway tell all of them again, in their order.
    """
    if standing is None:
        return _Composed(made, made, said or _NEVER_SAID, None)
    stood = standing.result_time
    when = said or stood
    if (told.again or told.overtaken) and not (made.body == standing.body and told.said_before(made)):
        return _replacing(made, standing, when, told)
    if made.body == standing.body:  # as it stands: nothing to compose, whenever it was told
        return _Composed(made, made, when, None, last=when == stood and told.is_last(standing, made, said))
    before, now = loads(standing.body), made.resource()
    if when > stood:
        return _Composed(made, word(revise(before, now)), when, before)
    if when < stood and changes_nothing(before, now):
        return _Composed(made, made, when, before, made._replace(body=standing.body))
    words = told.of(standing, made)
    after = word(told_again(words))
    if told.comes_last(words, made):
        return _Composed(made, after, stood, before, last=True)
    return _Composed(made, made, min(when, stood - timedelta(microseconds=1)), before, after)


def _replacing(made: Word, standing: Standing, when: datetime, told: _Told) -> _Composed:
    """A word of a record that was translated again. What its record said before counts no more: what stands is told
    anew, and stands from now on. One that came after what took its own place changes nothing that stands.
    """
    stood, before = standing.result_time, loads(standing.body)
    words = told.of(standing, made)
    if told.again and words:
        return _Composed(made, word(told_again(words)), max(when, stood), before, last=True)
    late = min(when, stood - timedelta(microseconds=1))
    return _Composed(made, made, late, before, made._replace(body=standing.body))


def _keep_words(
    connection: Connection,
    exchange_rid: int,
    facility: str,
    words: Sequence[_Composed],
    standing: Mapping[tuple[str, str], Standing],
    revealing: frozenset[str],
    now: datetime,
) -> list[Kept]:
    """Each version, and what stands after a late one where that is no longer what stood."""
    brought = [(one.version, one.said, one.made.id in revealing) for one in words]
    latest = frozenset(one.made.key for one in words if one.last)
    found = versions.keep_versions(connection, exchange_rid, facility, brought, now, standing, latest)
    after = {
        one.made.key: one.stands
        for one in words
        if one.stands is not None and one.stands.body != standing[one.made.key].body
    }
    retold = {}
    for key, stood_again in after.items():  # what stands comes from the last word of all, as before
        again = (stood_again, standing[key].result_time, stood_again.id in revealing)
        (retold[key],) = versions.keep_versions(connection, standing[key].exchange_rid, facility, [again], now)
    kept, indexed = [], []
    for one, this in zip(words, found, strict=True):
        shown = one.stands or one.version
        last = retold.get(one.made.key, this)
        changed = this.changed or last.changed
        corrects = one.before is not None and _corrects(one.before, shown.resource())
        kept.append(Kept(this.resource_rid, changed, shown, corrects, this.first))
        if changed and (one.stands is None or one.made.key in after):
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
    """All words of a resource, each from the exchange that told it: those kept before, and the one being kept."""

    def __init__(self, connection: Connection, exchange: Exchange, brought: Brought) -> None:
        self.exchange = exchange
        self.again = bool(brought.replaces)
        # Another gateway's messages overtake one another; ours are kept in the order in which they are made.
        self.overtaken = bool(exchange.origin) and replacements.is_replaced(
            connection, exchange.facility, brought.message
        )
        self._connection = connection
        self._brought: dict[str, tuple[datetime, Brought]] = {exchange.id: (_told(exchange), brought)}

    def said_before(self, made: Word) -> bool:
        """Whether the exchange whose place is taken said the same of the resource: then nothing is to be told anew of
        what thousands of exchanges tell of, as of the hospital."""
        if self.exchange.origin:  # a message of another gateway's has another id here than its Bundle's
            return False
        before = [
            one.body
            for name in self._brought[self.exchange.id][1].replaces
            if exchanges.rid_of(self._connection, name) is not None
            for one, _ in self._read(name)[1].words
            if one.key == made.key
        ]
        return bool(before) and all(body == made.body for body in before)

    def of(self, standing: Standing, made: Word) -> list[Said]:
        """Of the resource as it stands, and of this exchange's own word of it."""
        names = {*versions.exchanges_of(self._connection, standing.resource_rid), self.exchange.id}
        return self._words(names, made)

    def is_last(self, standing: Standing, made: Word, said: datetime | None) -> bool:
        """Whether this exchange's word comes after the last one of what stands, which says the same of the same moment.

        What is nobody's is said by thousands of exchanges alike: of those of one moment the last is the one
        with the greatest id, which is known without reading any.
        """
        name = versions.exchange_of(self._connection, standing)
        if not made.patient:
            return self.exchange.id > name and (said is not None or standing.result_time == _NEVER_SAID)
        return self.comes_last(self._words((name, self.exchange.id), made), made)

    def comes_last(self, words: Sequence[Said], made: Word) -> bool:
        """Whether the last of the words is this exchange's."""
        last = (
            in_order(words)[-1] if made.patient else max(words, key=lambda one: (one.at or _NEVER_SAID, one.exchange))
        )
        return last.exchange == self.exchange.id

    def _words(self, names: Iterable[str], made: Word) -> list[Said]:
        words = []
        for name in names:
            told, brought = self._read(name)
            for one, at in brought.words:
                if one.key == made.key:
                    words.append(
                        Said(
                            one.resource(),
                            at,
                            brought.recorded,
                            told,
                            name,
                            brought.number,
                            brought.message,
                            brought.replaces,
                        )
                    )
        return counting(words)

    def _read(self, name: str) -> tuple[datetime, Brought]:
        if name not in self._brought:
            found = exchanges.get(self._connection, name)
            if found is None:
                raise NotFound("exchange-unknown")
            self._brought[name] = _told(found), again(found)
        return self._brought[name]


def _told(exchange: Exchange) -> datetime:
    """When it was told first: its message's timestamp, by the gateway its facility sends to."""
    return earliest(loads(exchange.bundle)["timestamp"])


# ---- order numbers --------------------------------------------------------------------


def claim_orders(connection: Connection, facility: str, claims: Sequence[OrderClaim]) -> list[Issue]:
    """Keep the order numbers of a record; [] when done, else why they hold it for a person (and nothing is kept)."""
    try:
        orders.claim_orders(connection, facility, claims)
    except Conflict:
        return [Issue("warning", "conflict", "order-number-reused")]
    return []


# ---- route ----------------------------------------------------------------------------


def enqueue_all(
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
