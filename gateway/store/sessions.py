"""Sessions of people who signed in to the pages, and the patients each of them opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from gateway.store.times import micros
from gateway.store.user_tables import console_look, console_session, console_user

SEEN_EVERY = timedelta(minutes=1)  # how exactly it is kept when a session was last used


@dataclass(frozen=True, slots=True)
class Session:
    """As it stands now. ``user``, ``facility``, ``role``: of who signed in, as registered now. ``basis``: the legal
    basis they last gave, "" before the first. ``stale``: it is time to note that it is used (``seen``)."""

    rid: int
    user: str
    facility: str
    role: str
    basis: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A patient whom a session opened. ``system``: of the number asked for, "" where ``value`` is a Patient's id.

    ``read_as``: what the text was taken for; ``differs``: the rule by which the card contradicts the record, else "".
    """

    handle: str
    system: str
    value: str
    basis: str
    setting: str
    read_as: str
    differs: str


def begin(connection: Connection, token_sha256: str, user: str, now: datetime) -> None:
    connection.execute(
        insert(console_session).values(
            token_sha256=token_sha256, user_name=user, began=micros(now), seen=micros(now), basis=""
        )
    )


def find(
    connection: Connection, token_sha256: str, now: datetime, *, idle: timedelta, longest: timedelta
) -> Session | None:
    """None for one that never was, has ended, was not used for ``idle`` or began ``longest`` ago."""
    row = connection.execute(
        select(
            console_session.c.rid,
            console_session.c.seen,
            console_session.c.basis,
            console_user.c.name,
            console_user.c.facility,
            console_user.c.role,
        )
        .join_from(console_session, console_user, console_user.c.name == console_session.c.user_name)
        .where(
            console_session.c.token_sha256 == token_sha256,
            console_session.c.seen > micros(now - idle),
            console_session.c.began > micros(now - longest),
        )
    ).first()
    if row is None:
        return None
    return Session(row.rid, row.name, row.facility, row.role, row.basis, row.seen <= micros(now - SEEN_EVERY))


def seen(connection: Connection, session_rid: int, now: datetime) -> None:
    connection.execute(update(console_session).where(console_session.c.rid == session_rid).values(seen=micros(now)))


def end(connection: Connection, token_sha256: str) -> None:
    """Ending one that is not there is nothing."""
    _end(connection, select(console_session.c.rid).where(console_session.c.token_sha256 == token_sha256))


def end_all(connection: Connection, user: str) -> None:
    """Every one of this person."""
    _end(connection, select(console_session.c.rid).where(console_session.c.user_name == user))


def forget_old(connection: Connection, now: datetime, *, idle: timedelta, longest: timedelta) -> None:
    """Delete those that can no longer be used."""
    over = or_(console_session.c.seen <= micros(now - idle), console_session.c.began <= micros(now - longest))
    _end(connection, select(console_session.c.rid).where(over))


def _end(connection: Connection, query: object) -> None:
    rids = list(connection.scalars(query))  # type: ignore[call-overload]  # a select of row ids, made in this file
    if rids:
        connection.execute(delete(console_look).where(console_look.c.session_rid.in_(rids)))
        connection.execute(delete(console_session).where(console_session.c.rid.in_(rids)))


def open_look(connection: Connection, session_rid: int, look: Look, now: datetime) -> bool:
    """Keep it, and its basis as the one the session last gave; False, and nothing kept, where the session has ended."""
    of_session = console_session.c.rid == session_rid
    if not connection.execute(update(console_session).where(of_session).values(basis=look.basis)).rowcount:
        return False
    connection.execute(
        insert(console_look).values(
            handle=look.handle,
            session_rid=session_rid,
            system=look.system,
            value=look.value,
            basis=look.basis,
            setting=look.setting,
            read_as=look.read_as,
            differs=look.differs,
            opened=micros(now),
        )
    )
    return True


def find_look(connection: Connection, session_rid: int, handle: str) -> Look | None:
    """None for one that is not there, or is another session's."""
    row = connection.execute(
        select(console_look).where(console_look.c.handle == handle, console_look.c.session_rid == session_rid)
    ).first()
    if row is None:
        return None
    return Look(row.handle, row.system, row.value, row.basis, row.setting, row.read_as, row.differs)


def set_setting(connection: Connection, look: Look, setting: str) -> None:
    connection.execute(update(console_look).where(console_look.c.handle == look.handle).values(setting=setting))
