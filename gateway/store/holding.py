"""Which stored payloads hold a code or a unit that was decided after they came.

By the index rows of searchable codes. What stands in no index (a unit, a specimen's type) and what waits for a person
is looked for in the facility's Bundles, from the time it first came, by its bytes: nothing is judged, or parsed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, select, union

from gateway.jsontext import dumps, loads
from gateway.mapping.units import plain_unit, unit_table
from gateway.search.parameters import PARAMETERS
from gateway.store import payloads, vocabulary
from gateway.store.index import number
from gateway.store.packing import unpacked
from gateway.store.payloads import Stored
from gateway.store.replacements import not_replaced
from gateway.store.tables import exchange, index_token, payload, resource, resource_version, restatement
from gateway.store.times import micros
from gateway.terminology.changed import Newest
from gateway.terminology.terms import Key
from gateway.terminology.unmapped import Seen

PAGE = 200  # Bundles fetched at once
# What came meanwhile may have been judged by what was decided before: clocks of several hosts, a long payload.
_MEANWHILE = timedelta(minutes=10)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = rb'"((?:[^"\\]|\\.)*)"'
_CODE, _UNIT = re.compile(rb'"code":' + _TEXT), re.compile(rb'"unit":' + _TEXT)
_STRING = re.compile(rb'"valueString":' + _TEXT)  # a value that may end with a unit nobody knew: 5 lần

# Of codes that can be searched for: the number of their index rows, by element as vocabulary_seen has it.
_INDEXED = {
    f"{kind}.{path}": number(one)
    for kind, parameters in PARAMETERS.items()
    for one in parameters.values()
    if one.kind == "token" and not one.system and one.rows == one.name
    for path in one.path.split("|")
    if path and not path.lower().endswith("identifier")
}
_PARAMS = sorted(set(_INDEXED.values()))


@dataclass(frozen=True, slots=True)
class Looked:
    """How far is looked: payloads that came ``since``; ``thorough``: every Bundle is looked through."""

    since: datetime | None = None
    thorough: bool = False


EVERYTHING = Looked()


def holding(connection: Connection, facility: str, now: Newest, looked: Looked = EVERYTHING) -> list[Stored]:
    """Payloads of a facility with an exchange in force that holds what was decided since, in the order they came."""
    seen = {(one.kind, one.system, one.code): one for one in vocabulary.list_seen(connection, facility)}
    found: set[int] = set()
    unindexed = []
    for key, word in now.words.items():
        kind, system, code = key
        if kind == "unit" or looked.thorough or (key in seen and seen[key].element not in _INDEXED):
            unindexed.append(key)
        if kind == "code":
            before = exchange.c.created < micros(word.at + _MEANWHILE)
            found.update(
                connection.scalars(select(exchange.c.payload_rid).where(*_told(system, code, facility), before))
            )
    waits = _Wanted(now.words)
    found |= _looked_through(connection, facility, waits, exchange.c.status == "held")
    if unindexed:
        since = _BEGINNING if looked.thorough else min(_first(key, now, seen) for key in unindexed)
        until = max(now.words[key].at for key in unindexed) + _MEANWHILE
        came = payload.c.received >= micros(since), exchange.c.created < micros(until)
        signed = exchange.c.status.not_in(("held", "refused"))
        found |= _looked_through(connection, facility, _Wanted(unindexed), signed, *came)
    return payloads.by_rids(connection, sorted(found), looked.since)


def count(connection: Connection, facility: str, system: str, code: str) -> int:
    """How many exchanges in force tell of a resource that now has this code where it can be searched for, of one
    facility or ("") of all."""
    query = select(func.count()).select_from(exchange).where(*_told(system, code, facility))
    return int(connection.execute(query).scalar_one())


def count_resources(connection: Connection, facility: str, system: str, code: str, most: int) -> int:
    """How many resources of a facility, ``most`` at most, now have this code where it can be searched for."""
    of_facility = select(resource.c.rid).join_from(index_token, resource).where(resource.c.facility == facility)
    found = of_facility.where(*_its_rows(system, code)).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def _its_rows(system: str, code: str) -> tuple[ColumnElement[bool], ...]:
    return index_token.c.param.in_(_PARAMS), index_token.c.code == code, index_token.c.system == system


def _told(system: str, code: str, facility: str) -> list[ColumnElement[bool]]:
    """Of an exchange of ours: it told of a resource that has the code."""
    rows = select(index_token.c.resource_rid).where(*_its_rows(system, code))
    telling = union(
        select(resource_version.c.exchange_rid).where(resource_version.c.resource_rid.in_(rows)),
        select(restatement.c.exchange_rid).where(restatement.c.resource_rid.in_(rows)),
    )
    own = [exchange.c.facility == facility] if facility else []
    return [exchange.c.rid.in_(telling), exchange.c.payload_rid.is_not(None), not_replaced(), *own]


def _first(key: Key, now: Newest, seen: Mapping[Key, Seen]) -> datetime:
    """Before it nothing came that holds the code: what is decided before it comes is never counted as unknown."""
    if key[0] == "unit" and plain_unit(key[2]) in unit_table():  # never unknown
        return _BEGINNING
    came = [seen[key].since] if key in seen else []
    return min([now.first[key], *came]) - _MEANWHILE


# ---- in Bundles -----------------------------------------------------------------------


class _Wanted:
    """Codes and units as they are written in a Bundle."""

    def __init__(self, keys: Mapping[Key, object] | list[Key]) -> None:
        self._codes = {dumps(code)[1:-1] for kind, _, code in keys if kind == "code"}
        self._units = {plain_unit(code) for kind, _, code in keys if kind == "unit"}

    def stands_in(self, bundle: bytes) -> bool:
        if self._codes and not self._codes.isdisjoint(_CODE.findall(bundle)):
            return True
        if not self._units:
            return False
        return any(_unit(text) in self._units for text in set(_UNIT.findall(bundle))) or any(
            _unit(text).endswith(tuple(self._units)) for text in set(_STRING.findall(bundle))
        )


def _unit(text: bytes) -> str:
    return plain_unit(loads(b'["' + text + b'"]')[0])


def _looked_through(
    connection: Connection, facility: str, wanted: _Wanted, *conditions: ColumnElement[bool]
) -> set[int]:
    """Rows of payloads with an exchange in force whose Bundle holds one of them."""
    query = (
        select(exchange.c.payload_rid, exchange.c.bundle)
        .join_from(payload, exchange, exchange.c.payload_rid == payload.c.rid)
        .where(payload.c.facility == facility, *conditions, not_replaced())
    )
    found = set()
    for rid, bundle in connection.execute(query, execution_options={"yield_per": PAGE}):
        if rid not in found and wanted.stands_in(unpacked(bundle)):
            found.add(rid)
    return found
