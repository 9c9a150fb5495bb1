"""Visit: who is at the page, in which language, and whether what they send was meant by them.

    1  a session is a random token in a cookie (HttpOnly, SameSite=Strict; Secure and ``__Host-`` under TLS); the
       store keeps its digest alone
    2  it ends when it was not used for IDLE, when it began LONGEST ago, by signing out, with its user
    3  a form carries a token that only the page of this session has (HMAC of the session's token), and the browser,
       where it says so, must say that the form stood on a page of ours (Sec-Fetch-Site, else Origin)

Before anybody signed in, a cookie of the same kind stands for the session in 3.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from flask import Response, g, request

from gateway.access import Requester
from gateway.console.desk import Desk
from gateway.console.refusal import Refusal
from gateway.messages import LANGUAGES
from gateway.store import Connection, sessions
from gateway.store.sessions import Session

IDLE = timedelta(minutes=20)
LONGEST = timedelta(hours=10)  # a shift
LARGEST_FORM = 16 * 1024  # bytes
MOST_FIELDS = 400

_SESSION, _BEFORE, _LANGUAGE = "gateway-session", "gateway-visit", "gateway-language"
_SCOPES: Mapping[str, tuple[str, ...]] = {"clinician": ("system/*.rs",)}
_TOKEN_LENGTH = 43  # of 32 bytes in base64url


@dataclass(frozen=True, slots=True)
class Visit:
    """``token``: of the session, else of the cookie before it; "" where the browser sent neither. ``ended``: it sent
    the token of a session that is none, or none any more."""

    language: str
    token: str
    session: Session | None
    ended: bool = False

    @property
    def form_token(self) -> str:
        return hmac.new(self.token.encode(), b"form", hashlib.sha256).hexdigest() if self.token else ""

    def signed_in(self) -> Session:
        """Refusal 401 for who is not, or no longer."""
        if self.session is None:
            raise Refusal(401, "console-signed-out")
        return self.session


def visit(desk: Desk) -> Visit:
    """Of this request; its session is noted as used."""
    language = request.cookies.get(_LANGUAGE, "")
    if language not in LANGUAGES:
        language = desk.settings.lang or "vi"
    token = _cookie(desk, _SESSION)
    session = _session(desk, token) if token else None
    if session is not None:
        g.client_id = actor(session)
        return Visit(language, token, session)
    return Visit(language, _cookie(desk, _BEFORE), None, ended=_named(desk, _SESSION) in request.cookies)


def actor(session: Session) -> str:
    """Who it is in the audit trail."""
    return f"user:{session.user}"


def requester(session: Session, basis: str) -> Requester:
    """On whose behalf results are asked for: the person, at their facility, on the basis they gave."""
    return Requester(actor(session), session.facility, _SCOPES.get(session.role, ()), basis)


def expect_own_form(desk: Desk, here: Visit) -> Mapping[str, list[str]]:
    """The form's fields, each with its values; Refusal 403 for one that no page of this visit sent."""
    request.max_content_length = LARGEST_FORM
    request.max_form_parts = MOST_FIELDS
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "null")
    # Under Referrer-Policy: no-referrer a form's own Origin is "null" (Fetch, 3.2 Origin header).
    foreign = site not in ("same-origin", "none") if site else origin not in ("null", desk.origin)
    fields = {name: list(values) for name, values in request.form.lists()}
    given = next(iter(fields.get("form", ())), "")
    if foreign or not here.form_token or not hmac.compare_digest(given.encode(), here.form_token.encode()):
        raise Refusal(403, "console-form-foreign")
    return fields


def begin(desk: Desk, connection: Connection, user: str) -> str:
    """A new session's token; whatever sessions are over are forgotten."""
    token = secrets.token_urlsafe(32)
    now = desk.now()
    sessions.forget_old(connection, now, idle=IDLE, longest=LONGEST)
    sessions.begin(connection, digest(token), user, now)
    return token


def digest(token: str) -> str:
    """Of a session's token, as the store has it: hex SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def remember(desk: Desk, answer: Response, token: str) -> None:
    """The browser holds the session from now on."""
    _set(desk, answer, _SESSION, token)
    _forget(desk, answer, _BEFORE)


def forget(desk: Desk, answer: Response) -> None:
    """The browser forgets the session, if it will."""
    _forget(desk, answer, _SESSION)


def greet(desk: Desk, answer: Response, token: str) -> None:
    """A cookie for the forms of who is not signed in."""
    _set(desk, answer, _BEFORE, token)


def speak(desk: Desk, answer: Response, language: Literal["en", "vi"] | str) -> None:
    """Remember the chosen language for a year."""
    answer.set_cookie(
        _LANGUAGE, language, max_age=365 * 86400, path="/console", secure=desk.secure, httponly=True, samesite="Strict"
    )


def _session(desk: Desk, token: str) -> Session | None:
    now = desk.now()
    with desk.store.read() as connection:
        found = sessions.find(connection, digest(token), now, idle=IDLE, longest=LONGEST)
    if found is not None and found.stale:
        rid = found.rid
        desk.store.write(lambda connection: sessions.seen(connection, rid, now), soon=True)
    return found


def _cookie(desk: Desk, name: str) -> str:
    value = request.cookies.get(_named(desk, name), "")
    return value if len(value) == _TOKEN_LENGTH and value.isascii() else ""


def _named(desk: Desk, name: str) -> str:
    """``__Host-``: a cookie that no other host of the domain can have set (RFC 6265bis section 4.1.3.2)."""
    return f"__Host-{name}" if desk.secure else name


def _set(desk: Desk, answer: Response, name: str, value: str) -> None:
    answer.set_cookie(_named(desk, name), value, path="/", secure=desk.secure, httponly=True, samesite="Strict")


def _forget(desk: Desk, answer: Response, name: str) -> None:
    answer.delete_cookie(_named(desk, name), path="/", secure=desk.secure, httponly=True, samesite="Strict")
