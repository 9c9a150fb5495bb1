"""Hands: one request to another system over HTTPS, and the OAuth token that opens its door.

The other side may lie, be slow, repeat itself or die: whatever it does ends as the bytes of
an answer, as RecipientRefused (final) or as RecipientUnreachable (tried again).
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlencode

import urllib3
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from gateway.errors import PayloadError, RecipientRefused, RecipientUnreachable, SettingsError
from gateway.facility import Recipient
from gateway.jsontext import loads
from gateway.settings import Settings, loopback

MAX_ANSWER = 4 * 1024 * 1024  # bytes; a receipt is a few thousand
ASSERTION_LIFE = timedelta(minutes=4)  # SMART allows five
LONGEST_TOKEN_SECONDS = 24 * 60 * 60  # whatever the other side promises
_TRANSIENT = frozenset({408, 425, 429})
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*\Z")  # b64token, RFC 6750 section 2.1


class Transport:
    """Sends, and keeps the tokens it got. Safe to use from several threads. ``now`` gives aware UTC."""

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], datetime],
        opened: Callable[[dict[str, Any]], dict[str, Any]] = dict,
        most: int = MAX_ANSWER,
        certificate: tuple[str, str] | None = None,
    ) -> None:
        """``opened`` makes a recipient's stored private JWK readable (``Keyring.opened``); ``most``: of an answer.

        ``certificate``: PEM files of our own and its key, for a server that wants to know who asks.
        """
        self._settings = settings
        self._now = now
        self._opened = opened
        self._most = most
        self._tokens: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._lock = threading.Lock()
        self._connections = connections(settings.delivery_threads, settings.ca_file, certificate)

    def send(self, recipient: Recipient, message: bytes) -> bytes:
        """POST a signed message to the recipient's ``$process-message``; returns the body of its 200.

        A token it no longer takes (401) is renewed once. RecipientRefused on any other 4xx but
        408, 425 and 429; RecipientUnreachable on those, on a door that does not believe who we
        are, on 5xx, silence, an answer without an end and a status that answers nothing (a
        redirect is not followed).
        """
        check_url(recipient.url)
        headers = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
        for renewed in (False, True):
            if recipient.client_id:
                headers["Authorization"] = f"Bearer {self._bearer(recipient, renew=renewed)}"
            status, answer = self.post(f"{recipient.url}/fhir/$process-message", message, headers)
            if status == 200:
                return answer
            if status != 401 or not recipient.client_id:
                raise refusal(status)
        raise not_believed(401)

    def token(self, base_url: str, client_id: str, private_jwk: dict[str, Any], scope: str) -> dict[str, Any]:
        """A fresh access token by SMART Backend Services, as the server's JSON answer."""
        check_url(base_url)
        endpoint = f"{base_url}/oauth/token"
        now = self._now()
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": endpoint,
            "exp": int((now + ASSERTION_LIFE).timestamp()),
            "jti": str(uuid.uuid4()),
        }
        assertion = _signed(claims, private_jwk)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "scope": scope,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        status, answer = self.post(endpoint, urlencode(form).encode("ascii"), headers)
        if status != 200:
            raise not_believed(status)
        try:
            granted = loads(answer)
            if _TOKEN.match(granted["access_token"]) and isinstance(granted["expires_in"], int):
                return dict(granted)
        except (PayloadError, KeyError, TypeError):
            pass
        raise RecipientUnreachable("recipient-nonsense")

    def _bearer(self, recipient: Recipient, *, renew: bool) -> str:
        def key() -> dict[str, Any]:
            return self._opened(recipient.private_jwk)

        return self.bearer(recipient.url, recipient.client_id, key, "system/Bundle.c", renew=renew)

    def bearer(
        self, url: str, client_id: str, private_jwk: Callable[[], dict[str, Any]], scope: str, *, renew: bool
    ) -> str:
        """The token kept for a client at a server, or a fresh one when it is about to expire or ``renew`` asks."""
        key = (url, client_id)
        with self._lock:
            known = self._tokens.get(key)
        if known is not None and not renew and self._now() < known[1]:
            return known[0]
        granted = self.token(url, client_id, private_jwk(), scope)
        until = self._now() + timedelta(seconds=min(max(0, granted["expires_in"] - 10), LONGEST_TOKEN_SECONDS))
        with self._lock:
            self._tokens[key] = (granted["access_token"], until)
        return str(granted["access_token"])

    def post(self, url: str, data: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body, both within the time limit, whatever pace the other side chooses.

        RecipientUnreachable where it gives none. The caller has looked at the URL (``check_url``).
        """
        status, _, answer = self._asked("POST", url, data, headers)
        return status, answer

    def get(self, url: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
        """As ``post``: status, media type, body."""
        return self._asked("GET", url, None, headers)

    def _asked(self, method: str, url: str, data: bytes | None, headers: dict[str, str]) -> tuple[int, str, bytes]:
        limit = self._settings.delivery_timeout_seconds
        answer = None
        try:
            answer = self._connections.request(
                method,
                url,
                body=data,
                headers=headers,
                timeout=urllib3.Timeout(connect=min(limit, 10), read=limit),
                redirect=False,
                retries=False,
                preload_content=False,
            )
            body = bytearray()
            for part in answer.stream(65536):
                body += part
                if len(body) > self._most:
                    raise RecipientUnreachable("recipient-answer-endless")
            answer.release_conn()
            return answer.status, answer.headers.get("Content-Type", "").partition(";")[0].strip().lower(), bytes(body)
        except urllib3.exceptions.SSLError:
            raise RecipientUnreachable("recipient-tls") from None
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError):
            raise RecipientUnreachable("recipient-silent") from None
        finally:
            if answer is not None and not answer.closed:
                answer.close()


# ---- an answer has one time limit, not one for each of its bytes ----------------------


class _UntilThen(io.RawIOBase):
    """What a socket receives before a moment of ``time.monotonic``; TimeoutError after it."""

    def __init__(self, received: io.RawIOBase, connection: socket.socket, ends: float) -> None:
        self._received = received
        self._connection = connection
        self._ends = ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._connection.settimeout(left)
        return self._received.readinto(buffer)

    def close(self) -> None:
        self._received.close()
        super().close()


class _Answer(HTTPResponse):
    """http.client's, which otherwise waits the whole limit anew for every byte, of the status line too."""

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        limit = sock.gettimeout()
        if limit is not None:
            received = self.fp.detach()
            self.fp = io.BufferedReader(_UntilThen(received, sock, time.monotonic() + limit))


class _Plain(HTTPConnection):
    response_class = _Answer


class _Secure(HTTPSConnection):
    response_class = _Answer


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


def connections(most: int, ca_file: str = "", certificate: tuple[str, str] | None = None) -> urllib3.PoolManager:
    """Kept open for the next request, ``most`` to one place; an answer has its read timeout for all of its bytes.

    ``ca_file``: PEM file of the authorities that are believed, "" for those of this machine; ``certificate``: PEM
    files of our own and its key. No proxy of the shell's.
    """
    own, key = certificate or (None, None)
    made = urllib3.PoolManager(
        num_pools=256, maxsize=most, cert_reqs="CERT_REQUIRED", ca_certs=ca_file or None, cert_file=own, key_file=key
    )
    made.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return made


def _signed(claims: dict[str, Any], private_jwk: dict[str, Any]) -> str:
    """A client assertion by a private JWK (EC P-384 or RSA); SettingsError when it is none."""
    try:
        if private_jwk["kty"] not in ("EC", "RSA"):
            raise SettingsError("client-key-unusable")
        header = {"alg": str(private_jwk.get("alg", "ES384")), "kid": private_jwk["kid"], "typ": "JWT"}
        return jwt.encode(header, claims, import_key(private_jwk), algorithms=["ES384", "RS384"])
    except (KeyError, TypeError, ValueError, JoseError):
        raise SettingsError("client-key-unusable") from None


def check_url(url: str) -> None:
    """SettingsError unless the URL is HTTPS, or HTTP to this machine."""
    if not (url.startswith("https://") or (url.startswith("http://") and loopback(url))):
        raise SettingsError("recipient-needs-tls")


def not_believed(status: int) -> RecipientRefused | RecipientUnreachable:
    """It is not the message that was refused. A clock of either side, a key, a registration: somebody sets it right
    within the budget, and until then the delivery is seen to wait."""
    if status in (400, 401):
        return RecipientUnreachable("recipient-believes-us-not", status=status)
    return refusal(status)


def refusal(status: int) -> RecipientRefused | RecipientUnreachable:
    if status >= 500 or status in _TRANSIENT:
        return RecipientUnreachable("recipient-busy", status=status)
    if 400 <= status < 500:
        return RecipientRefused("recipient-refused", status=status)
    return RecipientUnreachable("recipient-nonsense")
