"""Signing in and out. Attempts are limited by name and in all, over every process; each is in the audit."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, Response

from gateway.console.desk import Desk
from gateway.console.password import LONGEST, matches
from gateway.console.refusal import Refusal
from gateway.console.rendering import page, see
from gateway.console.visit import Visit, actor, begin, digest, expect_own_form, forget, greet, remember, visit
from gateway.store import Connection, audit, sessions, users

WITHIN = timedelta(minutes=15)
MOST, MOST_OF_ALL = 5, 200  # attempts within that time: of one name, and of all
_LONGEST_NAME = 64


def open_door(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/sign-in")
    def sign_in() -> Response:
        here = visit(desk)
        return see("/console/patients") if here.session else form(desk, here)

    @pages.post("/sign-in")
    def signing_in() -> Response:
        here = visit(desk)
        fields = expect_own_form(desk, here)
        name, password = fields.get("name", [""])[0].strip(), fields.get("password", [""])[0]
        if not name or not password:
            return form(desk, here, 400, "console-sign-in-empty")
        if len(name) > _LONGEST_NAME or len(password) > LONGEST or not name.isprintable():
            return form(desk, here, 401, "console-sign-in-wrong")
        return _enter(desk, here, name, password)

    @pages.post("/sign-out")
    def sign_out() -> Response:
        here = visit(desk)
        expect_own_form(desk, here)
        session = here.signed_in()

        def work(connection: Connection) -> None:
            sessions.end(connection, digest(here.token))
            audit.append(connection, desk.now(), actor(session), "console-signed-out", "", {})

        desk.store.write(work, soon=True)
        answer = see("/console/sign-in")
        forget(desk, answer)
        return answer


def form(desk: Desk, here: Visit, status: int = 200, problem: str = "") -> Response:
    """The sign-in page; where nobody can sign in, a page that says how somebody comes to."""
    with desk.store.read() as connection:
        if not users.any_user(connection):
            raise Refusal(404, "console-no-users")
    fresh = "" if here.session is None and here.token else secrets.token_urlsafe(32)
    shown = replace(here, token=fresh or here.token, session=None)
    answer = page(desk, shown, "sign_in.html", status, problem=problem)
    if fresh:
        greet(desk, answer, fresh)
    return answer


def _enter(desk: Desk, here: Visit, name: str, password: str) -> Response:
    now = desk.now()

    def attempt(connection: Connection) -> bool:
        if users.attempted(connection, name, now, now - WITHIN, MOST, MOST_OF_ALL):
            return True
        audit.append(connection, now, "console", "console-sign-in-limited", "", _named(connection, name))
        return False

    if not desk.store.write(attempt, soon=True):
        answer = form(desk, here, 429, "console-sign-in-limited")
        answer.headers["Retry-After"] = str(int(WITHIN.total_seconds()))
        return answer
    with desk.store.read() as connection:
        kept = users.password_of(connection, name)
    right = matches(password, kept)

    def settle(connection: Connection) -> str:
        if not right or users.password_of(connection, name) != kept:  # changed or gone meanwhile
            audit.append(connection, now, "console", "console-sign-in-failed", "", _named(connection, name))
            return ""
        users.forget_attempts(connection, name)
        audit.append(connection, now, f"user:{name}", "console-signed-in", "", {})
        return begin(desk, connection, name)

    token = desk.store.write(settle, soon=True)
    if not token:
        return form(desk, here, 401, "console-sign-in-wrong")
    answer = see("/console/patients")
    remember(desk, answer, token)
    return answer


def _named(connection: Connection, name: str) -> dict[str, str]:
    """Nobody's name is left out: it may be a password, typed in the wrong field."""
    return {"user": name} if users.get_user(connection, name) else {}
