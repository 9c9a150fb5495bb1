"""What a driver raises becomes an error of ours: no driver's text, which may quote a row, goes further."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from gateway.errors import Conflict, GatewayError, StoreUnavailable

# SQLite result codes (https://www.sqlite.org/rescode.html) and PostgreSQL SQLSTATEs
# (https://www.postgresql.org/docs/current/errcodes-appendix.html) → rule.
_RULES = (
    ("SQLITE_FULL", "store-disk-full"),
    ("SQLITE_BUSY", "store-busy"),
    ("SQLITE_LOCKED", "store-busy"),
    ("SQLITE_READONLY", "store-read-only"),
    ("SQLITE_CORRUPT", "store-corrupt"),
    ("SQLITE_NOTADB", "store-corrupt"),
    ("SQLITE_CANTOPEN", "store-unreachable"),
    ("53100", "store-disk-full"),
    ("53300", "store-busy"),
    ("40001", "store-busy"),
    ("40P01", "store-busy"),
    ("55P03", "store-busy"),
    ("25006", "store-read-only"),
    ("XX001", "store-corrupt"),
    ("08", "store-unreachable"),
    ("57P", "store-unreachable"),
)


def driver_code(raised: exc.DBAPIError) -> str:
    """SQLite's error name (``SQLITE_FULL``) or PostgreSQL's SQLSTATE (``40001``); "" when there is none."""
    fault = raised.orig
    return str(getattr(fault, "sqlite_errorname", None) or getattr(fault, "sqlstate", None) or "")


def translated(raised: exc.SQLAlchemyError) -> GatewayError:
    """The error of ours for a driver's; StoreUnavailable (503) unless a row contradicted another (409)."""
    if isinstance(raised, exc.TimeoutError):
        return StoreUnavailable("store-busy")
    if not isinstance(raised, exc.DBAPIError):
        return StoreUnavailable("store-failed", error=type(raised).__name__, code="-")
    if isinstance(raised, exc.IntegrityError):
        return Conflict("store-row-conflict", code=driver_code(raised))
    code = driver_code(raised)
    for prefix, rule in _RULES:
        if code.startswith(prefix):
            return StoreUnavailable(rule)
    if raised.connection_invalidated or (not code and isinstance(raised, exc.OperationalError)):
        return StoreUnavailable("store-unreachable")
    return StoreUnavailable("store-failed", error=type(raised.orig).__name__, code=code or "-")


@contextmanager
def fenced() -> Iterator[None]:
    """Driver errors leave as ours, without the chain that would carry their text into a log."""
    try:
        yield
    except exc.SQLAlchemyError as raised:
        raise translated(raised) from None
