"""The mapping files that facilities registered: every version is kept, the newest of a name is in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select

from gateway.adapter import MappingText
from gateway.errors import Conflict, NotFound
from gateway.store.mapping_tables import mapping_file
from gateway.store.times import micros, moment


@dataclass(frozen=True, slots=True)
class Registered:
    """``number`` grows with each. ``facility``: "" for every facility. ``file``: None took the one before back.

    ``at``: aware UTC.
    """

    number: int
    facility: str
    name: str
    file: MappingText | None
    by: str
    at: datetime
    reason: str


def register(
    connection: Connection, facility: str, file: MappingText, *, by: str, reason: str, now: datetime
) -> Registered | None:
    """Put a file in force, a version that was before too; None when it is in force already.

    Conflict when its version was another file before: an exchange that names a version was made by one text.
    """
    before = history(connection, facility, file.name)
    if any(one.file and one.file.version == file.version and one.file != file for one in before):
        raise Conflict("mapping-version-taken", name=file.name, version=file.version)
    if before and before[-1].file == file:
        return None
    return _added(connection, facility, file.name, file, by, reason, now)


def remove(
    connection: Connection, facility: str, name: str, *, by: str, reason: str, now: datetime
) -> tuple[Registered, MappingText]:
    """Take a file out of force: what is noted, and the file that was. NotFound where none is in force."""
    before = history(connection, facility, name)
    if not before or before[-1].file is None:
        raise NotFound("mapping-unknown", name=name)
    return _added(connection, facility, name, None, by, reason, now), before[-1].file


def _added(
    connection: Connection, facility: str, name: str, file: MappingText | None, by: str, reason: str, now: datetime
) -> Registered:
    added = insert(mapping_file).values(
        facility=facility,
        name=name,
        version=file.version if file else "",
        adapter=file.adapter if file else "",
        sha256=file.sha256 if file else "",
        text=file.text if file else "",
        registered=micros(now),
        registered_by=by,
        reason=reason,
    )
    number = connection.execute(added.returning(mapping_file.c.rid)).scalar_one()
    return Registered(int(number), facility, name, file, by, now, reason)


def history(connection: Connection, facility: str | None = None, name: str | None = None) -> list[Registered]:
    """All that was registered and taken back, or of one facility ("" for every one) or name; in that order."""
    query = select(mapping_file).order_by(mapping_file.c.rid)
    if facility is not None:
        query = query.where(mapping_file.c.facility == facility)
    if name is not None:
        query = query.where(mapping_file.c.name == name)
    return [_registered(row) for row in connection.execute(query)]


def _registered(row: Row[tuple[object, ...]]) -> Registered:
    file = MappingText(row.name, row.version, row.sha256, row.text, row.adapter) if row.version else None
    return Registered(row.rid, row.facility, row.name, file, row.registered_by, moment(row.registered), row.reason)


def standing(told: Iterable[Registered]) -> list[Registered]:
    """Those of a history that nothing came after and that are files, by facility and name."""
    newest = {(one.facility, one.name): one for one in told}
    return [newest[key] for key in sorted(newest) if newest[key].file is not None]


def in_force(connection: Connection, facility: str) -> Sequence[MappingText]:
    """The files a facility is read by, by name: its own, and those for every facility of which it has none."""
    known = [*standing(history(connection, "")), *standing(history(connection, facility))]
    by_name = {one.name: one.file for one in known if one.file is not None}
    return tuple(by_name[name] for name in sorted(by_name))
