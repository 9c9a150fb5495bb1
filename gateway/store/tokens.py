"""Access tokens, and the assertions that were already used to get one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, bindparam, delete, insert, select

from gateway.facility import Client
from gateway.store import records
from gateway.store.prepared import Prepared
from gateway.store.tables import access_token, client, client_assertion
from gateway.store.times import micros, moment


@dataclass(frozen=True, slots=True)
class StoredToken:
    """``sha256``: hex digest of the token, which itself is never stored. ``expires``: aware UTC."""

    sha256: str
    client_id: str
    scopes: tuple[str, ...]
    expires: datetime


def add_token(connection: Connection, token: StoredToken) -> None:
    connection.execute(
        insert(access_token).values(
            sha256=token.sha256,
            client_id=token.client_id,
            scopes=" ".join(token.scopes),
            expires=micros(token.expires),
        )
    )


@lru_cache(maxsize=1024)
def _client(record: str) -> Client:
    """The same words are the same client: read once, since every request asks."""
    return records.read(record, Client)


_FIND = Prepared(
    select(access_token.c.client_id, access_token.c.scopes, access_token.c.expires, client.c.record)
    .join_from(access_token, client, client.c.client_id == access_token.c.client_id)
    .where(access_token.c.sha256 == bindparam("sha256"), access_token.c.expires > bindparam("now"))
)


def find_token(connection: Connection, sha256: str, now: datetime) -> tuple[StoredToken, Client] | None:
    """The token and the client it was given to, as registered now; None when it is unknown or has expired."""
    row = _FIND.first(connection, sha256=sha256, now=micros(now))
    if row is None:
        return None
    client_id, scopes, expires, record = row
    return StoredToken(sha256, client_id, tuple(scopes.split()), moment(expires)), _client(record)


def use_assertion(connection: Connection, client_id: str, jti: str, expires: datetime, now: datetime) -> bool:
    """Use a client's assertion up; False when it was used before (RFC 7523 section 3 item 7).

    A jti is remembered until its assertion expires: after that ``exp`` itself refuses it.
    """
    table = client_assertion
    connection.execute(
        delete(table).where(table.c.client_id == client_id, table.c.jti == jti, table.c.expires <= micros(now))
    )
    used = select(table.c.jti).where(table.c.client_id == client_id, table.c.jti == jti)
    if connection.execute(used).first() is not None:
        return False
    # Of two transactions at once the second meets the first's row, runs again and finds it used.
    connection.execute(insert(table).values(client_id=client_id, jti=jti, expires=micros(expires)))
    return True


def purge_expired(connection: Connection, now: datetime) -> int:
    """Forget expired tokens and assertions; returns how many."""
    at = micros(now)
    tokens = connection.execute(delete(access_token).where(access_token.c.expires <= at)).rowcount
    assertions = connection.execute(delete(client_assertion).where(client_assertion.c.expires <= at)).rowcount
    return tokens + assertions
