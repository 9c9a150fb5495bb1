"""Signing keys and their certificates, and the trust files of other gateways.

What a key may sign, and when, is ``gateway.trust``'s to judge; here it is only kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.errors import Conflict, NotFound
from gateway.jsontext import loads
from gateway.store import records
from gateway.store.prepared import Prepared
from gateway.store.tables import signing_key, trust_file
from gateway.store.times import micros, moment, optional_moment


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as kept. ``kid``: RFC 7638 thumbprint. ``facility``: "" for the pilot authority's own.

    ``private_pem``: encrypted PKCS#8, "" where only the certificate is here. ``chain_pem``:
    certificates, leaf first. ``active``: the one that signs for its facility now. Times aware UTC.
    """

    kid: str
    facility: str
    private_pem: str
    chain_pem: str
    valid_from: datetime
    valid_to: datetime
    revoked_at: datetime | None = None
    reason: str = ""
    active: bool = True


def add_key(connection: Connection, key: StoredKey) -> None:
    """Keep a key; an active one takes over from the facility's former (a rotation).

    Conflict when the kid is known. The former stays: what it signed is verified with it.
    """
    if find_key(connection, key.kid) is not None:
        raise Conflict("key-exists", kid=key.kid)
    if key.active:
        connection.execute(update(signing_key).where(signing_key.c.facility == key.facility).values(active=False))
    connection.execute(
        insert(signing_key).values(
            kid=key.kid,
            facility=key.facility,
            private_pem=key.private_pem,
            chain_pem=key.chain_pem,
            valid_from=micros(key.valid_from),
            valid_to=micros(key.valid_to),
            revoked_at=None if key.revoked_at is None else micros(key.revoked_at),
            reason=key.reason,
            active=key.active,
        )
    )


def find_key(connection: Connection, kid: str) -> StoredKey | None:
    row = connection.execute(select(signing_key).where(signing_key.c.kid == kid)).first()
    return None if row is None else _of_row(tuple(row))


def active_key(connection: Connection, facility: str) -> StoredKey | None:
    """The key that signs for the facility now; whether it is valid now is the caller's to check."""
    query = select(signing_key).where(signing_key.c.facility == facility, signing_key.c.active)
    row = connection.execute(query).first()
    return None if row is None else _of_row(tuple(row))


def list_keys(connection: Connection, facility: str | None = None) -> list[StoredKey]:
    """Every key, or one facility's, revoked and retired ones included, by facility and start."""
    if facility is not None:
        return [_of_row(tuple(row)) for row in _OF_FACILITY.all(connection, facility=facility)]
    return [_of_row(tuple(row)) for row in _ALL.all(connection)]


_KEYS = select(signing_key).order_by(signing_key.c.facility, signing_key.c.valid_from, signing_key.c.kid)
_ALL = Prepared(_KEYS)
_OF_FACILITY = Prepared(_KEYS.where(signing_key.c.facility == bindparam("facility")))


def revoke_key(connection: Connection, kid: str, now: datetime, reason: str) -> None:
    """From ``now`` it neither signs nor is believed. NotFound; a second revocation keeps the first's date."""
    found = find_key(connection, kid)
    if found is None:
        raise NotFound("key-unknown", kid=kid)
    if found.revoked_at is None:
        revoked = update(signing_key).where(signing_key.c.kid == kid)
        connection.execute(revoked.values(revoked_at=micros(now), reason=reason, active=False))


@lru_cache(maxsize=1024)  # by all its words: a key that was revoked or retired has others
def _of_row(row: tuple[Any, ...]) -> StoredKey:
    found = dict(zip(signing_key.c.keys(), row, strict=True))
    return StoredKey(
        kid=found["kid"],
        facility=found["facility"],
        private_pem=found["private_pem"],
        chain_pem=found["chain_pem"],
        valid_from=moment(found["valid_from"]),
        valid_to=moment(found["valid_to"]),
        revoked_at=optional_moment(found["revoked_at"]),
        reason=found["reason"],
        active=bool(found["active"]),
    )


def import_trust(connection: Connection, name: str, content: dict[str, Any], now: datetime) -> None:
    """Believe another gateway's trust file; a newer one of the same name replaces the older."""
    connection.execute(delete(trust_file).where(trust_file.c.name == name))
    connection.execute(insert(trust_file).values(name=name, record=records.text(content), imported=micros(now)))


def list_trust(connection: Connection) -> dict[str, dict[str, Any]]:
    """Every imported trust file by name."""
    return {name: loads(record) for name, record in _TRUST.all(connection)}


_TRUST = Prepared(select(trust_file.c.name, trust_file.c.record).order_by(trust_file.c.name))
