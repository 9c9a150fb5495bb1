"""sign: a judged record becomes its exchanges: a signed message, and a second one of what is kept apart."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway.adapter import Payload, Record, SourceAdapter, Translation
from gateway.brought import Brought, brought
from gateway.bundle import Resource, body, uuid5
from gateway.errors import SenderError
from gateway.exchange import Exchange, ExchangeStatus
from gateway.facility import Facility
from gateway.jsontext import dumps
from gateway.mapping.made_by import apart
from gateway.outcome import Issue, operation_outcome
from gateway.sensitive import divide, sensitive_list
from gateway.source_signature import SYSTEM, Attested
from gateway.store.exchanges import PackedExchange, pack
from gateway.terminology.standards import Standardised
from gateway.trust import base64url
from gateway.trust.keys import Signer
from gateway.trust.message import message, sign
from gateway.trust.provenance import jws_in

_IDS = uuid.UUID("2f0f4a0e-92d0-5f0c-8d7e-6a8b1f1f4c55")  # namespace of exchange ids; never changes


@dataclass(frozen=True, slots=True)
class Instead:
    """A record is translated again, in place of the exchange of this id.

    ``signed``: others may have it. ``gone``: what it said and the record says no more, as it is taken back.
    ``decided``: decisions that took others back by which it was made, as the account tells them.
    """

    exchange: str
    signed: bool = False
    gone: tuple[Resource, ...] = ()
    decided: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A record after translation and check: its resources, or the error that refuses it.

    ``standard``: which decisions gave it standard codes. ``attested``: the verdict on the payload's own signature,
    None where its format knows none.
    """

    record: Record
    translation: Translation | None
    issues: tuple[Issue, ...]
    refused: SenderError | None = None
    holds: tuple[Issue, ...] = field(default=())
    standard: Standardised | None = None
    attested: Attested | None = None

    @property
    def resources(self) -> list[Resource]:
        """What the record became; [] when it could not be translated."""
        return list(self.translation.resources) if self.translation else []


@dataclass(frozen=True, slots=True)
class Made:
    """An exchange to be kept: its bytes as a row holds them too, and what it brings, None while it is unsigned."""

    exchange: Exchange
    row: PackedExchange
    brought: Brought | None = None


@dataclass(frozen=True, slots=True)
class Signing:
    """Makes exchanges of one facility's judged records.

    ``source_endpoint``: this gateway's address. ``signer``: asked for only where something is to be
    signed. ``at``: aware UTC, when the exchanges are made and signed.
    """

    source_endpoint: str
    signer: Callable[[], Signer]
    at: datetime

    def prepare(
        self,
        one: Judged,
        source: SourceAdapter,
        facility: Facility,
        payload_sha256: str,
        instead: Instead | None = None,
    ) -> list[Made]:
        """What is to be kept of a judged record. One that is held or refused stays as it came, unsigned.

        ``instead``: of what it takes the place, None for a record's first.
        """
        key = f"{facility.code}\x1f{payload_sha256}\x1f{one.record.position}"
        status: ExchangeStatus = "refused" if one.refused else "held" if one.holds else "kept"
        unsigned = Exchange(
            id=uuid5(uuid.UUID(instead.exchange), "again") if instead else uuid5(_IDS, key),
            facility=facility.code,
            status=status,
            bundle=body(one.translation.bundle()) if one.translation and status != "kept" else b"",
            created=self.at,
            payload_sha256=payload_sha256,
            record=one.record.data,
            position=one.record.position,
            adapter=source.name,
            adapter_version=source.version,
            outcome=dumps(operation_outcome([*one.issues, *_new(one.holds, one.issues)])),
            account=_account(one, instead),
        )
        if status != "kept":
            return [Made(unsigned, pack(unsigned))]
        return self.exchanges(one, unsigned, facility, one.attested.word if one.attested else "")

    def exchanges(self, one: Judged, unsigned: Exchange, facility: Facility, word: str = "") -> list[Made]:
        """The signed exchange, and a second one of what the law keeps apart, alone where that is all of it; ``word``:
        of its source's signature."""
        ordinary, sensitive, revealing = divide(one.resources)
        made = []
        if ordinary or not sensitive:
            made.append(self._sign(replace(unsigned, status="kept"), ordinary, facility, frozenset(), word))
        if sensitive:
            own = replace(unsigned, id=apart(unsigned.id), status="kept", sensitive=True)
            made.append(self._sign(own, sensitive, facility, revealing, word))
        return made

    def _sign(
        self, unsigned: Exchange, made: Sequence[Resource], facility: Facility, revealing: frozenset[str], word: str
    ) -> Made:
        signer = self.signer()
        header_id = uuid5(uuid.UUID(unsigned.id), "header")
        unsigned_message = message(
            made,
            facility_code=facility.code,
            facility_name=facility.name,
            source_endpoint=self.source_endpoint,
            focus=_roots(made),
            bundle_id=unsigned.id,
            header_id=header_id,
            timestamp=unsigned.created,
            tag={"system": SYSTEM, "code": word} if word else None,
        )
        digest = Payload(unsigned.record).sha256
        signed = sign(unsigned_message, signer, signed_at=self.at, payload_sha256=digest)
        exchange = replace(
            unsigned,
            bundle=body(signed),
            message_id=header_id,
            jws_sha256=base64url.digest(jws_in(signed["entry"][-1]["resource"]).encode("ascii")),
            kid=signer.kid,
        )
        return Made(exchange, pack(exchange), brought(signed, revealing))


def _new(holds: Sequence[Issue], issues: Sequence[Issue]) -> list[Issue]:
    """The reasons to hold that no issue tells yet."""
    told = {(issue.expression, issue.severity) for issue in issues}
    return [hold for hold in holds if (hold.expression, hold.severity) not in told]


def _account(one: Judged, instead: Instead | None) -> bytes:
    """``apart``: the record's bytes hold what is kept apart, so that they are never shown beside the rest.

    ``decisions``: those of its facility's vocabulary that were used, with the elements they made. ``mapping``: the
    label of the mapping file that placed it. ``replaces``: the id of the exchange whose place it took,
    ``taken_back``: what that one said, and the record says no more.
    """
    translation = one.translation
    proof = {"signature": one.attested.as_json()} if one.attested else {}
    if translation is None:
        return dumps({"unplaced": [], "lineage": {}, "recipients": [], "apart": False, **proof})
    told: dict[str, object] = {
        "unplaced": [left.as_json() for left in translation.unplaced],
        "lineage": dict(translation.lineage),
        "recipients": list(translation.recipients),
        "apart": sensitive_list().names_table(left.field for left in translation.unplaced),
        **proof,
    }
    if instead:
        told["replaces"] = instead.exchange
        if instead.gone:
            told["taken_back"] = [f"{each['resourceType']}/{each['id']}" for each in instead.gone]
    if translation.mapping:
        told["mapping"] = translation.mapping
    if one.standard and one.standard.decisions:
        told["decisions"] = list(one.standard.decisions)
    return dumps(told)


def _roots(made: Sequence[Resource]) -> list[str]:
    """MessageHeader.focus: the reports; without one, what is a result; without one, the patient."""
    for types in (("DiagnosticReport",), ("Observation",), ("Encounter",), ("Patient",)):
        found = [resource["id"] for resource in made if resource["resourceType"] in types]
        if found:
            return found
    return [made[0]["id"]]
