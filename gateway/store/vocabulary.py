"""Decisions on local codes and units, kept for ever, and the codes and units seen without one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from gateway.store.prepared import Prepared
from gateway.store.tables import vocabulary_decision, vocabulary_seen
from gateway.store.times import micros, moment
from gateway.terminology.decision import Decision, Kind
from gateway.terminology.tally import Counts
from gateway.terminology.terms import Decisions, decisions
from gateway.terminology.unmapped import Seen

MOST_SEEN = 10_000  # codes and units of one facility; a sender that puts a new code in each message fills no disk


# ---- decisions ------------------------------------------------------------------------


def decide(
    connection: Connection,
    *,
    facility: str,
    kind: Kind,
    system: str,
    code: str,
    target: tuple[str, str, str],
    equivalence: str,
    by: str,
    reason: str,
    now: datetime,
) -> Decision:
    """Keep a decision. ``target``: system, code, display. An empty ``equivalence`` takes the one before back."""
    made = vocabulary_decision
    target_system, target_code, target_display = target
    added = insert(made).values(
        facility=facility,
        kind=kind,
        system=system,
        code=code,
        target_system=target_system,
        target_code=target_code,
        target_display=target_display,
        equivalence=equivalence,
        decided=micros(now),
        decided_by=by,
        reason=reason,
    )
    number = connection.execute(added.returning(made.c.rid)).scalar_one()
    return Decision(
        int(number), facility, kind, system, code, target_system, target_code, target_display, equivalence, by, now,
        reason,
    )  # fmt: skip


def history(connection: Connection, facility: str | None = None) -> list[Decision]:
    """Every decision, or those for every facility ("") and one's own, in the order they were made."""
    table = vocabulary_decision
    return _made(connection) if facility is None else _made(connection, table.c.facility.in_(("", facility)))


def _made(connection: Connection, *conditions: ColumnElement[bool]) -> list[Decision]:
    query = select(vocabulary_decision).where(*conditions).order_by(vocabulary_decision.c.rid)
    return [
        Decision(
            row.rid, row.facility, row.kind, row.system, row.code, row.target_system, row.target_code,
            row.target_display, row.equivalence, row.decided_by, moment(row.decided), row.reason,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def decisions_of(connection: Connection, facility: str) -> Decisions:
    """What is in force of one facility's own decisions, or ("") of those for every facility."""
    return decisions(_made(connection, vocabulary_decision.c.facility == facility))


# ---- what was seen --------------------------------------------------------------------

_KEY = ("facility", "kind", "system", "code")
_TOLD = ("display", "element", "unit", "seen", "last")
_its_key = [vocabulary_seen.c[name] == bindparam(f"its_{name}") for name in _KEY]
_KNOWN = Prepared(select(*(vocabulary_seen.c[name] for name in _KEY)).where(*_its_key))
_ADD = Prepared(insert(vocabulary_seen), sets=(*_KEY, *_TOLD, "since"))
_MORE = Prepared(
    update(vocabulary_seen)
    .where(*_its_key)
    .values(
        display=bindparam("display"),
        element=bindparam("element"),
        unit=bindparam("unit"),
        last=bindparam("last"),
        seen=vocabulary_seen.c.seen + bindparam("more"),
    )
)


def see(connection: Connection, counts: Counts) -> None:
    """Add to what was seen; a facility's codes beyond MOST_SEEN are counted nowhere."""
    if not counts:
        return
    keys = [{f"its_{name}": part for name, part in zip(_KEY, key, strict=True)} for key in counts]
    known = {tuple(row) for row in _KNOWN.each(connection, keys)}
    room = {name: MOST_SEEN - _listed(connection, name) for name in {key[0] for key in counts if key not in known}}
    new, again = [], []
    for names, (key, count) in zip(keys, counts.items(), strict=True):
        (_, _, _, display, element, unit), last = count.sighting, micros(count.last)
        told = {"display": display, "element": element, "unit": unit, "last": last}
        if key in known:
            again.append({**names, **told, "more": count.times})
        elif room[key[0]] > 0:
            room[key[0]] -= 1
            new.append({**dict(zip(_KEY, key, strict=True)), **told, "seen": count.times, "since": last})
    _ADD.many(connection, new)
    _MORE.many(connection, again)


def _listed(connection: Connection, facility: str) -> int:
    query = select(func.count()).select_from(vocabulary_seen).where(vocabulary_seen.c.facility == facility)
    return int(connection.execute(query).scalar_one())


def list_seen(connection: Connection, facility: str = "") -> Sequence[Seen]:
    """All of it, or one facility's; what came most often first."""
    table = vocabulary_seen
    query = select(table).order_by(table.c.facility, table.c.seen.desc(), table.c.kind, table.c.system, table.c.code)
    if facility:
        query = query.where(table.c.facility == facility)
    return [
        Seen(
            row.facility, row.kind, row.system, row.code, row.display, row.element, row.unit, row.seen,
            moment(row.since), moment(row.last),
        )
        for row in connection.execute(query)
    ]  # fmt: skip
