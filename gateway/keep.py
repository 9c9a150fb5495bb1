"""keep → route, inside one transaction: versions, indexes, persons, order numbers, the outbox.

Everything here takes the connection of that transaction; nothing is acknowledged before it
commits. Both our own exchanges and those of other gateways are kept here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.bundle import Resource, resources, served
from gateway.delivery import retry_policy
from gateway.errors import Conflict, NotFound
from gateway.exchange import Exchange, OrderClaim
from gateway.jsontext import loads
from gateway.linking import link_person, numbers_of
from gateway.mapping.times import earliest
from gateway.outcome import Issue
from gateway.revision import goes_back, result_times, revise
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

# Signed with the Bundle, but about it and not about the patient: not served as resources.
_ENVELOPE = frozenset({"MessageHeader", "Provenance"})
_NEVER_SAID = datetime(1970, 1, 1, tzinfo=UTC)  # before any time a source may say
_RESULTS = frozenset({"Observation", "DiagnosticReport", "ImagingStudy", "Media", "DocumentReference"})
_GROWS = frozenset({"result", "issued", "identifier", "status", "meta", "basedOn", "specimen", "performer"})
_RESTATED = frozenset({"meta", "issued"})  # the same word said again later corrects nothing
_TAKEN_BACK = frozenset({"amended", "corrected", "cancelled", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class Kept:
    """A resource as it now stands: its row, whether this exchange changed it, and what is read.

    ``corrects``: it changed what a result said before, so whoever holds the earlier word must
    hear of it. A report that only grew by new results corrects nothing: who no longer
    subscribes is not told of those.
    """

    rid: int
    changed: bool
    resource: Resource
    corrects: bool = False


def keep(
    connection: Connection,
    exchange_rid: int,
    exchange: Exchange,
    message: Resource,
    revealing: frozenset[str],
    now: datetime,
    settings: Settings,
    named: Sequence[str],
) -> None:
    """One of our own exchanges: its resources and its deliveries.

    ``message``: what the exchange's bytes say. ``revealing``: ids of the resources never
    returned by default. ``named``: facility codes the payload addresses.
    """
    kept = keep_resources(connection, exchange_rid, exchange, message, revealing, now)
    earlier = deliveries.recipients_of_earlier_versions(
        connection, [one.rid for one in kept if one.corrects], exchange_rid
    )
    if exchange.sensitive:
        if earlier:  # what they hold is no longer so, and the law keeps the reason from them
            detail = {"exchange": exchange.id, "recipients": sorted({name for name, _ in earlier})}
            reviews.add_review(connection, kind="delivery", rule="correction-kept-apart", detail=detail, now=now)
        return
    patients = [one.rid for one in kept if one.resource["resourceType"] == "Patient"]
    person = [number for rid in patients for number in numbers_of(connection, rid)]
    routes, _ = routes_for(
        message,
        exchange.facility,
        facilities.list_subscriptions(connection, now),
        facilities.list_recipients(connection),
        named,
        person,
    )
    _enqueue_all(connection, exchange_rid, routes, earlier, now, settings)


def keep_resources(
    connection: Connection,
    exchange_rid: int,
    exchange: Exchange,
    bundle: Resource,
    revealing: frozenset[str],
    now: datetime,
) -> list[Kept]:
    """Versions, indexes and persons of every resource of ``bundle``: the signed message, or what is served of it.

    Patients first: what is about them is kept as of the person they are by then linked to.
    """
    times = result_times(bundle)
    made = [one for one in served(bundle) if one["resourceType"] not in _ENVELOPE]
    standing = versions.current_of(connection, [(one["resourceType"], one["id"]) for one in made])
    told = _Told(connection, exchange)
    kept = []
    for patients in (True, False):
        words = [
            _word(one, standing.get((one["resourceType"], one["id"])), times[one["id"]], exchange.id, told)
            for one in made
            if (one["resourceType"] == "Patient") is patients
        ]
        kept += _keep_words(connection, exchange_rid, exchange.facility, words, standing, revealing, now)
        if patients:
            for one in kept:
                link_person(connection, one.rid, one.resource, now)
    return kept


@dataclass(frozen=True, slots=True)
class _Word:
    """A resource of the exchange, composed with what only the earlier word said, and when it counts as said."""

    made: Resource
    composed: Resource
    said: datetime
    before: Resource | None  # what stood

    @property
    def key(self) -> tuple[str, str]:
        return self.made["resourceType"], self.made["id"]


def _word(made: Resource, standing: Standing | None, said: datetime | None, exchange_id: str, told: _Told) -> _Word:
    """``said``: the source's own result time. Without one the word counts as said with what
    stands; of words said at one time the last that its own gateway took is read, also where
    deliveries overtook each other or a person let an old one go.
    """
    if standing is None:
        return _Word(made, made, said or _NEVER_SAID, None)
    when = said or standing.result_time
    if versions.stored_body(made) == standing.body:  # as it stands: nothing to compose, whenever it was told
        return _Word(made, made, when, made)
    before = loads(standing.body)
    if when == standing.result_time and (goes_back(before, made) or told.later_than(exchange_id, standing)):
        when -= timedelta(microseconds=1)
    return _Word(made, revise(before, made), when, before)


def _keep_words(
    connection: Connection,
    exchange_rid: int,
    facility: str,
    words: Sequence[_Word],
    standing: Mapping[tuple[str, str], Standing],
    revealing: frozenset[str],
    now: datetime,
) -> list[Kept]:
    """The later word stands; a late earlier one fills gaps of what stands, no more."""
    brought = [(word.composed, word.said, word.made["id"] in revealing) for word in words]
    found = versions.keep_versions(connection, exchange_rid, facility, brought, now, standing)
    late = [word for word, one in zip(words, found, strict=True) if not one.is_current]
    filled = {word.key: revise(word.made, word.before or {}) for word in late}
    filling = [(filled[word.key], standing[word.key].result_time, word.made["id"] in revealing) for word in late]
    again = dict(zip(filled, versions.keep_versions(connection, exchange_rid, facility, filling, now), strict=True))
    kept, indexed = [], []
    for word, one in zip(words, found, strict=True):
        shown = filled.get(word.key, word.composed)
        last = again.get(word.key, one)
        changed = one.changed or last.changed
        corrects = word.before is not None and _corrects(word.before, shown)
        kept.append(Kept(one.resource_rid, changed, shown, corrects))
        if changed:
            indexed.append(index.Indexed(one.resource_rid, shown, last.subject, one.first, last.person))
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


def order_claims(bundle: Resource) -> list[OrderClaim]:
    """Each order number of a Bundle, whose it is and when its specimen was collected, once."""
    found: dict[str, OrderClaim] = {}
    for kind in ("DiagnosticReport", "ServiceRequest"):
        for one in resources(bundle, kind):
            patient = one.get("subject", {}).get("reference", "").removeprefix("urn:uuid:")
            for identifier in one.get("identifier", []):
                codes = {coding.get("code") for coding in identifier.get("type", {}).get("coding", [])}
                if codes & {"PLAC", "FILL"} and identifier.get("value"):
                    number = f"{identifier.get('system', '')}|{identifier['value']}"
                    found.setdefault(number, OrderClaim(number, patient, _collected(one)))
    return list(found.values())


def _collected(report: Resource) -> str:
    """The date a report's specimen was collected (effective), "" when it does not say."""
    when = report.get("effectiveDateTime") or report.get("effectivePeriod", {}).get("start", "")
    return str(when)[:10]


def claim_orders(connection: Connection, facility: str, record: Resource) -> list[Issue]:
    """Keep the order numbers of a record; [] when done, else why they hold it for a person (and nothing is kept).

    ``record``: the whole of it, before what the law keeps apart is set apart: an order number
    is the record's, whichever of its exchanges it travels in.
    """
    try:
        orders.claim_orders(connection, facility, order_claims(record))
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
