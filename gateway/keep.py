"""keep → route, inside one transaction: versions, indexes, persons, order numbers, the outbox.

Everything here takes the connection of that transaction; nothing is acknowledged before it
commits. Both our own exchanges and those of other gateways are kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
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
)
from gateway.store import resources as stored
from gateway.store.resources import Version

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
    revealing: frozenset[str],
    now: datetime,
    settings: Settings,
    named: Sequence[str],
) -> None:
    """One of our own exchanges: its resources and its deliveries.

    ``revealing``: ids of the resources never returned by default. ``named``: facility codes the
    payload addresses.
    """
    kept = keep_resources(connection, exchange_rid, exchange, loads(exchange.bundle), revealing, now)
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
        loads(exchange.bundle),
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
    """Versions, indexes and persons of every resource of ``bundle``: the signed message, or what is served of it."""
    times = result_times(bundle)
    made = [one for one in served(bundle) if one["resourceType"] not in _ENVELOPE]
    made.sort(key=lambda one: one["resourceType"] != "Patient")  # what is about a patient finds it kept
    told = _Told(connection, {exchange.id: earliest(loads(exchange.bundle)["timestamp"])})
    kept = [
        _keep_one(connection, exchange_rid, exchange, one, times[one["id"]], now, one["id"] in revealing, told)
        for one in made
    ]
    index.index_all(
        connection,
        [index.Indexed(one.rid, one.resource, stored.subject_of(connection, one.rid)) for one in kept if one.changed],
    )
    for one in kept:
        if one.resource["resourceType"] == "Patient":
            link_person(connection, one.rid, one.resource, now)
    return kept


def _keep_one(
    connection: Connection,
    exchange_rid: int,
    exchange: Exchange,
    made: Resource,
    said: datetime | None,
    now: datetime,
    sensitive: bool,
    told: _Told,
) -> Kept:
    """The later word is composed with what only the earlier said; a late earlier one fills gaps, no more.

    ``said``: the source's own result time. Without one the word counts as said with what
    stands; of words said at one time the last that its own gateway took is read, also where
    deliveries overtook each other or a person let an old one go.
    """
    facility = exchange.facility
    before = stored.current(connection, made["resourceType"], made["id"], sensitive=True)
    if before is None:
        first = stored.keep_version(
            connection, exchange_rid, facility, made, said or _NEVER_SAID, now, sensitive=sensitive
        )
        return Kept(first.resource_rid, True, made)
    standing = loads(before.body)
    current_time = stored.current_time(connection, before.resource_rid)
    result_time = said or current_time
    if result_time == current_time and (goes_back(standing, made) or told.later_than(exchange.id, before)):
        result_time -= timedelta(microseconds=1)
    composed = revise(standing, made)
    found = stored.keep_version(connection, exchange_rid, facility, composed, result_time, now, sensitive=sensitive)
    if found.is_current:
        return Kept(found.resource_rid, found.changed, composed, _corrects(standing, composed))
    filled = revise(made, standing)
    again = stored.keep_version(connection, exchange_rid, facility, filled, current_time, now, sensitive=sensitive)
    return Kept(found.resource_rid, found.changed or again.changed, filled, _corrects(standing, filled))


def _corrects(before: Resource, after: Resource) -> bool:
    if after["resourceType"] not in _RESULTS:
        return False
    grows = _GROWS if after["resourceType"] == "DiagnosticReport" else _RESTATED
    if after["resourceType"] == "DiagnosticReport" and after.get("status") in _TAKEN_BACK:
        grows -= {"status"}
    return any(before.get(key) != after.get(key) for key in (before.keys() | after.keys()) - grows)


class _Told:
    """When each exchange was told first: its message's timestamp, by the gateway its facility sends to."""

    def __init__(self, connection: Connection, known: dict[str, datetime]) -> None:
        self._connection = connection
        self._known = known

    def later_than(self, exchange_id: str, version: Version) -> bool:
        """True when a version of the same resource was told after this exchange."""
        versions = stored.history(self._connection, version.type, version.id, sensitive=True)
        return any(self._at(one.exchange_id) > self._at(exchange_id) for one in versions)

    def _at(self, exchange_id: str) -> datetime:
        if exchange_id not in self._known:
            found = exchanges.get(self._connection, exchange_id)
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
    claims = order_claims(record)
    if orders.conflicting(connection, facility, claims):
        return [Issue("warning", "conflict", "order-number-reused")]
    orders.claim_orders(connection, facility, claims)
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
