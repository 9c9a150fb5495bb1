"""Read back what is stored: every bundle against its digest, every current version, the audit chain.

Signatures are ``gateway.trust``'s to verify: the caller passes what to do with each bundle.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from gateway.outcome import Issue
from gateway.store import audit
from gateway.store.tables import exchange, resource, resource_version

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` exchanges read back; ``issues`` found since the last of these."""

    done: int
    total: int
    issues: tuple[Issue, ...] = ()


def check(connection: Connection, verify: Callable[[str, bytes], Iterable[Issue]] | None = None) -> Iterator[Progress]:
    """Read everything back, a hundred exchanges at a time, in one snapshot.

    ``verify(exchange id, bundle bytes)`` is asked about every signed bundle whose digest holds.
    Nothing is repaired. An issue's expression is the exchange's id or the resource's Type/id.
    """
    total = connection.execute(select(func.count()).select_from(exchange)).scalar_one()
    yield Progress(0, total, (*_file(connection), *_versions(connection), *_audit(connection)))
    done, last = 0, 0
    query = select(exchange.c.rid, exchange.c.id, exchange.c.message_id, exchange.c.bundle, exchange.c.bundle_sha256)
    while rows := connection.execute(query.where(exchange.c.rid > last).order_by(exchange.c.rid).limit(_AT_ONCE)).all():
        issues: list[Issue] = []
        for row in rows:
            if hashlib.sha256(row.bundle).digest() != bytes(row.bundle_sha256):
                issues.append(Issue("error", "incomplete", "check-bundle-changed", row.id))
            elif verify is not None and row.message_id is not None:
                issues.extend(verify(row.id, bytes(row.bundle)))
        done, last = done + len(rows), rows[-1].rid
        yield Progress(done, total, tuple(issues))


def _file(connection: Connection) -> Iterator[Issue]:
    """SQLite's own check of its pages, and of what rows point to; PostgreSQL holds both itself."""
    if connection.dialect.name == "sqlite":
        if connection.execute(text("PRAGMA integrity_check(1)")).scalar_one() != "ok":
            yield Issue("fatal", "incomplete", "check-file-damaged")
        for row in connection.execute(text("PRAGMA foreign_key_check")):
            yield Issue("error", "incomplete", "check-row-points-nowhere", str(row[0]))


def _versions(connection: Connection) -> Iterator[Issue]:
    """Every resource's current version is the one with the highest (result time, vid)."""
    version = resource_version
    newest = (
        select(version.c.rid)
        .where(version.c.resource_rid == resource.c.rid)
        .order_by(version.c.result_time.desc(), version.c.vid.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(resource.c.type, resource.c.id).where(resource.c.current.is_distinct_from(newest))
    for row in connection.execute(query.order_by(resource.c.rid)):
        yield Issue("error", "incomplete", "check-not-current", f"{row.type}/{row.id}")


def _audit(connection: Connection) -> Iterator[Issue]:
    broken = audit.check(connection)
    if broken is not None:
        yield Issue("error", "incomplete", "check-audit-broken", parameters={"line": broken})
