"""People who sign in to the pages, and their attempts to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from gateway.errors import Conflict, NotFound
from gateway.store.sessions import end_all
from gateway.store.times import micros, moment
from gateway.store.user_tables import console_attempt, console_user

Role = Literal["clinician"]


@dataclass(frozen=True, slots=True)
class User:
    """``facility``: the code of the one they work at, on whose behalf results are shown to them."""

    name: str
    facility: str
    role: str
    created: datetime


def add_user(connection: Connection, user: User, password: str) -> None:
    """``password`` as it is kept, hashed. Conflict where the name is taken."""
    if get_user(connection, user.name) is not None:
        raise Conflict("user-exists", name=user.name)
    connection.execute(
        insert(console_user).values(
            name=user.name, facility=user.facility, role=user.role, password=password, created=micros(user.created)
        )
    )


def get_user(connection: Connection, name: str) -> User | None:
    """None where nobody is called so."""
    row = connection.execute(select(console_user).where(console_user.c.name == name)).first()
    return None if row is None else User(row.name, row.facility, row.role, moment(row.created))


def list_users(connection: Connection) -> Iterator[User]:
    """Everybody, by name."""
    for row in connection.execute(select(console_user).order_by(console_user.c.name)):
        yield User(row.name, row.facility, row.role, moment(row.created))


def any_user(connection: Connection) -> bool:
    """True where somebody can sign in."""
    return connection.execute(select(console_user.c.name).limit(1)).first() is not None


def password_of(connection: Connection, name: str) -> str | None:
    """The hashed one; None where nobody is called so."""
    found: str | None = connection.execute(
        select(console_user.c.password).where(console_user.c.name == name)
    ).scalar_one_or_none()
    return found


def change_password(connection: Connection, name: str, password: str) -> None:
    """Every session of theirs ends. NotFound where nobody is called so."""
    end_all(connection, name)
    changed = connection.execute(update(console_user).where(console_user.c.name == name).values(password=password))
    if not changed.rowcount:
        raise NotFound("user-unknown", name=name)


def remove_user(connection: Connection, name: str) -> None:
    """With every session of theirs. NotFound where nobody is called so."""
    end_all(connection, name)
    if not connection.execute(delete(console_user).where(console_user.c.name == name)).rowcount:
        raise NotFound("user-unknown", name=name)


def attempted(connection: Connection, name: str, now: datetime, since: datetime, most: int, most_of_all: int) -> bool:
    """Note an attempt to sign in as ``name``; False, and nothing noted, where there were too many after ``since``.

    Noted before the password is looked at: attempts at once are one after another here.
    """
    connection.execute(delete(console_attempt).where(console_attempt.c.at <= micros(since)))
    counted = select(func.count()).select_from(console_attempt)
    of_name = counted.where(console_attempt.c.name_sha256 == _digest(name))
    if connection.execute(of_name).scalar_one() >= most or connection.execute(counted).scalar_one() >= most_of_all:
        return False
    connection.execute(insert(console_attempt).values(name_sha256=_digest(name), at=micros(now)))
    return True


def forget_attempts(connection: Connection, name: str) -> None:
    """They succeeded."""
    connection.execute(delete(console_attempt).where(console_attempt.c.name_sha256 == _digest(name)))


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
