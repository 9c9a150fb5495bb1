"""The flow: judge anew → sign → keep → route, one transaction from keep on.

1. The verdict is asked for once more, now: only what is still ``reuse``, of that result in that version, is recorded.
2. The Provenance on the order is signed by the facility that reuses.
3. Kept with its deliveries, if the version still stands in the transaction that writes it; a correction that came in
   between refuses it. The same acceptance again is the one that was recorded.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway import keep
from gateway.access import Requester, authorise_own
from gateway.bundle import uuid5
from gateway.errors import Conflict, Forbidden, GatewayError, NotConformant, NotFound
from gateway.facility import Facility
from gateway.keyring import Keyring
from gateway.prior.answering import Answered, Priors
from gateway.prior.question import Question
from gateway.r4 import check
from gateway.reuse.precedence import groups_of
from gateway.reused.provenance import accepted_reuse
from gateway.reused.question import as_json
from gateway.reused.signed import statement
from gateway.settings import Settings
from gateway.signing import Made
from gateway.store import Connection, Store, audit, exchanges, facilities, reuses
from gateway.store.reuses import Named, Reuse, Source

_IDS = uuid.UUID("5b7f1f0e-6a55-5e0c-8a3c-2f6f2f1d9b04")  # namespace of these exchanges and Provenances; never changes
NOBODY: Named = ("", "")
_OF_A_FACILITY = "urn:vn:cskcb:"
Shown = tuple[str, int]  # a result, "Observation/id", and its version


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a reader accepted. ``question``: with the one order. ``order``: its identifier; ``order_reference``:
    ``ServiceRequest/id`` where it is kept here. ``result`` "Observation/id" and ``version`` as they were shown.
    ``happened``: aware. ``members``: of a panel, the results and versions shown for its tests; ``result`` is then "".
    """

    question: Question
    order: Named
    result: str
    version: int
    happened: datetime
    practitioner: Named = NOBODY
    order_reference: str = ""
    card_rid: int | None = None
    members: tuple[Shown, ...] = ()

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Every result with its version."""
        return self.members or ((self.result, self.version),)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reuse that may be recorded, with its signed Provenance; ``made`` None: it was before, and nothing is to do.
    ``others``: of a panel, those of its other tests: all are kept, or none."""

    reuse: Reuse
    sources: tuple[Source, ...] = ()
    made: Made | None = None
    others: tuple[Prepared, ...] = ()


class Acceptances:
    """``now`` gives aware UTC."""

    def __init__(
        self, store: Store, priors: Priors, keyring: Keyring, settings: Settings, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._priors = priors
        self._keyring = keyring
        self._settings = settings
        self.now = now

    def accept(self, requester: Requester, accepted: Accepted) -> tuple[Reuse, bool]:
        """Judge, sign, keep; and whether it is new. Conflict (409) says why it is no reuse (any more), Forbidden (403)
        whose order it is not; NotFound, SettingsError, StoreUnavailable."""
        authorise_own(requester, "c", requester.facility)
        prepared = self.prepare(requester, accepted)

        def work(connection: Connection) -> tuple[Reuse, bool]:
            return self.keep(connection, prepared)

        return self._store.write(work)

    def prepare(self, requester: Requester, accepted: Accepted) -> Prepared:
        """Judged anew and signed, nothing written but the audit line of what was disclosed."""
        _own_order(accepted.order, requester.facility)
        with self._store.read() as connection:
            before = [reuses.find(connection, requester.facility, accepted.order, *one) for one in accepted.shown]
            facility = facilities.get_facility(connection, requester.facility)
        if before[0] is not None and all(before):
            return Prepared(before[0])
        if facility is None:
            raise NotFound("facility-unknown", name=requester.facility)
        answered = self._judged(requester, accepted)
        first, *others = [
            self._signed(requester, replace(accepted, result=one, version=version), answered, facility)
            for one, version in accepted.shown
        ]
        return replace(first, others=tuple(others))

    def keep(self, connection: Connection, prepared: Prepared) -> tuple[Reuse, bool]:
        """In the transaction at hand; Conflict, and nothing written, when a version no longer stands."""
        every = (prepared, *prepared.others)
        found = [reuses.find(connection, o.facility, o.order, o.result, o.version) for o in (p.reuse for p in every)]
        wanted = [one for one, before in zip(every, found, strict=True) if one.made is not None and before is None]
        if not all(reuses.stands(connection, one.sources, one.reuse.person) for one in wanted):
            raise Conflict("reuse-changed-meanwhile")
        trust = self._keyring.believed_in(connection) if wanted else None
        # Alerts on a revoked key are raised with the revocation: one that came before this would be told to nobody.
        if trust is not None and any(trust.revoked_at(one.reuse.kid) is not None for one in wanted):
            raise Conflict("reuse-signer-revoked-meanwhile")
        for one in wanted:
            self._keep_one(connection, one)
        return found[0] or prepared.reuse, bool(wanted)

    def _keep_one(self, connection: Connection, prepared: Prepared) -> None:
        made, one, now = prepared.made, prepared.reuse, self.now()
        if made is None:
            return
        rid = exchanges.add(connection, made.exchange, None, made.row)
        if made.brought is not None:
            keep.keep(connection, rid, made.exchange, made.brought, now, self._settings, ())
        reuses.add(connection, one, prepared.sources, rid)
        detail = {"provenance": one.id, "result": one.result, "version": one.version, "rules": one.rules_digest}
        audit.append(connection, now, one.client_id, "reuse-accepted", one.basis, detail)

    def _judged(self, requester: Requester, accepted: Accepted) -> Answered:
        """What still is ``reuse``, of the very version; Conflict with the reasons where it is not."""
        (order,) = accepted.question.orders
        imaging = any(group.kind == "imaging" for group in groups_of(self._priors.rules(), order))
        ask = self._priors.studies if imaging else self._priors.results
        answered = ask(requester, accepted.question)
        (verdict,) = answered.verdicts
        if len(verdict.each) > 1 and not accepted.members:
            raise Conflict("reuse-panel-in-parts", count=len(verdict.each))
        shown, stands = dict(accepted.shown), {one.reference: one.version for one in verdict.spoken_of}
        if stands.keys() - shown.keys():
            raise Conflict("reuse-another-result")
        for result, version in stands.items():
            if version != shown[result]:
                raise Conflict("reuse-another-version", shown=shown[result], now=version)
        if verdict.decision != "reuse" or stands != shown:
            against = [one.code for one in verdict.reasons if one.decision != "reuse"]
            raise Conflict("reuse-not-any-more", decision=verdict.decision, reasons=", ".join(dict.fromkeys(against)))
        return answered

    def _signed(self, requester: Requester, accepted: Accepted, answered: Answered, facility: Facility) -> Prepared:
        (verdict,) = answered.verdicts
        found = answered.found[accepted.result]
        with self._store.read() as connection:
            whose = reuses.person_of(connection, accepted.order_reference) if accepted.order_reference else None
        if whose not in (None, found.kept.person):
            raise Forbidden("reuse-order-of-another-patient")
        order = next(one.order for one in verdict.each if one.chosen and one.chosen.reference == accepted.result)
        groups = groups_of(answered.rules, order)
        key = "\x1f".join((facility.code, *accepted.order, accepted.result, str(accepted.version)))
        name, now = uuid5(_IDS, key), self.now()
        # Whatever the clock of their software says: not before the result was here, and not in days to come.
        happened = max(min(accepted.happened, now), min(found.kept.updated, now)).astimezone(UTC)
        digest = answered.rules.digest
        provenance = accepted_reuse(
            name=name,
            order=accepted.order,
            order_reference=accepted.order_reference,
            facility=facility.code,
            practitioner=accepted.practitioner,
            result=accepted.result,
            version=accepted.version,
            exchange=found.kept.exchange,
            rules_digest=digest,
            basis=requester.basis,
            accepted=happened,
            recorded=now,
        )
        if unfit := check(provenance):  # nothing is signed that is no valid R4, as of an order number with a space
            raise NotConformant("reuse-order-unfit", issues=unfit)
        said: dict[str, object] = {
            "action": "reuse-accepted", "client": requester.client_id, "order": list(accepted.order),
            "result": accepted.result, "version": accepted.version, "rules": digest,
        }  # fmt: skip
        made = statement(
            uuid5(uuid.UUID(name), "exchange"), facility, said, [provenance], self._keyring, self._settings, now
        )
        reuse = Reuse(
            id=name,
            facility=facility.code,
            client_id=requester.client_id,
            practitioner=accepted.practitioner[1],
            order=accepted.order,
            result=accepted.result,
            version=accepted.version,
            person=found.kept.person,
            kid=found.kept.kid,
            test_group=groups[0].id if len(groups) == 1 else "",
            question=as_json(replace(accepted.question, orders=(order,))),
            rules_digest=digest,
            basis=requester.basis,
            accepted=happened,
            card_rid=accepted.card_rid,
        )
        relied = ((found.kept.rid, found.kept.vid), *((kept.rid, kept.vid) for kept, _ in found.with_it))
        return Prepared(reuse, relied, made)


def _own_order(order: Named, facility: str) -> None:
    """An order number of another facility's own is not this one's to answer."""
    system, value = order
    if not system or not value:
        raise Conflict("reuse-order-unnamed")
    if of_another(system, facility):
        raise Forbidden("reuse-order-of-another")


def of_another(system: str, facility: str) -> bool:
    """Whether numbers of this system are another facility's own; a urn and its kind are of either case (RFC 8141)."""
    return system.lower().startswith(_OF_A_FACILITY) and system[len(_OF_A_FACILITY) :].partition(":")[0] != facility


def refusal(error: GatewayError) -> bool:
    """Whether an acceptance was refused because it is no reuse (any more), and not for a fault on the way."""
    return isinstance(error, Conflict | NotFound)
