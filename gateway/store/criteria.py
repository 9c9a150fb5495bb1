"""Criteria of a search as SQL conditions on ``resource``.

One criterion gives the rows to begin with (IN a range of an index table); the others are asked
of each of those rows (EXISTS, a point of the same tables). SQLite plans neither by statistics
it does not have, so the narrowest kind of criterion is chosen here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, not_, or_, select, tuple_

from gateway.mapping.naming import fixed_system, linking_number
from gateway.search.parameters import PARAMETERS
from gateway.search.query import Criterion, Moment, Reference, SearchQuery, Token
from gateway.store.index import PARAMS, RESULT_TYPES, number
from gateway.store.tables import (
    index_date,
    index_reference,
    index_result,
    index_token,
    person_identifier,
    resource,
    resource_version,
)

Condition = ColumnElement[bool]
Kind = TypeVar("Kind", Token, Reference, Moment)

_TABLES: dict[str, Table] = {"token": index_token, "reference": index_reference, "date": index_date}

# Which criterion narrows most, without statistics; whatever is not named stands between code and status.
_NARROW = {"identifier": 0, "accession": 0, "code": 2, "category": 8, "status": 9, "gender": 9}


def conditions(conn: Connection, query: SearchQuery, now: int) -> list[Condition]:
    """Every condition of the query on ``resource`` (and on ``resource_version`` for ``_lastUpdated``)."""
    made: list[Condition] = [resource.c.current.is_not(None)]
    if not query.include_sensitive:
        made.append(resource.c.sensitive.is_(False))
    criteria = [_resolved(conn, criterion) for criterion in query.criteria]
    result = _result_range(conn, query, criteria)
    typed = result is not None  # the index rows begun with are of this type alone
    if result is not None:
        condition, criteria = result
        made.append(condition)
    begun = typed or any(criterion.parameter.name == "_id" for criterion in criteria)
    for criterion in sorted(criteria, key=_narrowness):
        drives = not begun and criterion.modifier in ("", "identifier") and bool(criterion.parameter.path)
        begun, typed = begun or drives, typed or drives
        made.append(_condition(conn, criterion, now, drives))
    if typed:  # asked for beside index rows, the type would tempt SQLite to begin with every row of it
        return made
    recent = [criterion for criterion in criteria if criterion.parameter.name == "_lastUpdated"]
    if recent and not begun:
        fits = and_(*(_updated(criterion, now) for criterion in recent))
        made.append(resource.c.rid.in_(select(resource_version.c.resource_rid).where(fits)))
        made.append(resource.c.type.concat("") == query.type)  # asked of each row, never begun with
    else:
        made.append(resource.c.type == query.type)
    return made


def _updated(criterion: Criterion, now: int) -> Condition:
    updated = resource_version.c.updated
    return or_(*(moment_fits(updated, updated, item, now) for item in _values(criterion, Moment)))


def _narrowness(criterion: Criterion) -> int:
    if criterion.modifier == "identifier":
        return 0
    if criterion.modifier or not criterion.parameter.path:
        return 100
    named = _NARROW.get(criterion.parameter.name)
    if named is not None:
        return named
    return 1 if criterion.parameter.kind == "reference" else 3


def _condition(conn: Connection, criterion: Criterion, now: int, drives: bool) -> Condition:
    parameter = criterion.parameter
    if parameter.name == "_id":
        return resource.c.id.in_([token.code for token in _values(criterion, Token)])
    if parameter.name == "_lastUpdated":
        return _updated(criterion, now)
    if (parameter.type, parameter.name, criterion.modifier) == ("Patient", "identifier", ""):
        tokens = _values(criterion, Token)
        if all(token.code is not None for token in tokens):
            return resource.c.rid.in_([rid for rid, _ in _identified(conn, ("Patient",), tokens)])
    table = index_token if criterion.modifier == "identifier" else _TABLES[parameter.kind]
    rows = and_(table.c.param == number(parameter), _row(criterion, now))
    if drives:
        return resource.c.rid.in_(select(table.c.resource_rid).where(rows))
    found = exists().where(rows, table.c.resource_rid == resource.c.rid)
    absent = criterion.modifier == "not" or (criterion.modifier == "missing" and criterion.missing)
    return not_(found) if absent else found


def _values(criterion: Criterion, kind: type[Kind]) -> list[Kind]:
    return [value for value in criterion.values if isinstance(value, kind)]


def _row(criterion: Criterion, now: int) -> Condition:
    """What an index row of the parameter must hold."""
    kind = criterion.parameter.kind
    if criterion.modifier == "missing":
        if kind != "reference":
            return index_token.c.param.is_not(None) if kind == "token" else index_date.c.param.is_not(None)
        return or_(*(index_reference.c.target.startswith(f"{target}/") for target in criterion.targets))
    if kind == "token" or criterion.modifier == "identifier":
        return _token_row(index_token, _identifiers(criterion))
    if kind == "reference":
        targets = [target for value in _values(criterion, Reference) for target in value.targets]
        return index_reference.c.target.in_(targets)
    return or_(*(moment_fits(index_date.c.low, index_date.c.high, value, now) for value in _values(criterion, Moment)))


def _identifiers(criterion: Criterion) -> list[Token]:
    """The criterion's tokens; an identifier's system by its fixed name, as the index has it."""
    tokens = _values(criterion, Token)
    if (
        criterion.chained
        or criterion.modifier == "identifier"
        or criterion.parameter.name in ("identifier", "accession")
    ):
        return [Token(token.system and fixed_system(token.system), token.code) for token in tokens]
    return tokens


def _token_row(table: Table, tokens: list[Token]) -> Condition:
    """``code IN`` first, so that the index is entered by it, then each system with its code."""
    codes = [token.code for token in tokens if token.code is not None]
    every = or_(
        *(
            and_(
                *([table.c.code == token.code] if token.code is not None else []),
                *([table.c.system == token.system] if token.system is not None else []),
            )
            for token in tokens
        )
    )
    return and_(table.c.code.in_(codes), every) if len(codes) == len(tokens) else every


def moment_fits(low: ColumnElement[int], high: ColumnElement[int], asked: Moment, now: int) -> Condition:
    """The table of https://hl7.org/fhir/R4/search.html#prefix over intervals with both ends included."""
    within = and_(low >= asked.low, high <= asked.high)
    match asked.prefix:
        case "eq":
            return within
        case "ne":
            return not_(within)
        case "gt":
            return high > asked.high
        case "lt":
            return low < asked.low
        case "ge":
            return or_(high > asked.high, within)
        case "le":
            return or_(low < asked.low, within)
        case "sa":
            return low > asked.high
        case "eb":
            return high < asked.low
        case "ap":
            near = max(asked.low - now, now - asked.high, 0) // 10  # a tenth of the gap between now and the date
            return and_(low <= asked.high + near, high >= asked.low - near)


# ---- identifiers, across facilities ---------------------------------------------------------


def _resolved(conn: Connection, criterion: Criterion) -> Criterion:
    """A chained criterion as the references it comes to."""
    if not criterion.chained:
        return criterion
    types = tuple(target for target in criterion.targets if "identifier" in PARAMETERS[target])
    targets = tuple(target for _, target in _identified(conn, types, _identifiers(criterion)))
    return replace(criterion, values=(Reference(targets),), chained=False)


def _identified(conn: Connection, types: tuple[str, ...], tokens: list[Token]) -> list[tuple[int, str]]:
    """(row, ``Type/id``) of the resources that hold one of the identifiers, or whose person does.

    A national number finds every Patient linked to the person who holds it, also one whose own
    record lacks it; any other number the Patients whose own record has exactly it.
    """
    rids: set[int] = set()
    params = [PARAMS[target]["identifier"] for target in types]
    own = select(index_token.c.resource_rid).where(index_token.c.param.in_(params), _token_row(index_token, tokens))
    rids.update(conn.scalars(own))
    if "Patient" in types:
        linked = [condition for token in tokens for condition in _person_has(token)]
        if linked:
            rids.update(
                conn.scalars(
                    select(resource.c.rid)
                    .join(person_identifier, person_identifier.c.person == resource.c.person)
                    .where(resource.c.type == "Patient", or_(*linked))
                )
            )
    rows = conn.execute(select(resource.c.rid, resource.c.type, resource.c.id).where(resource.c.rid.in_(rids)))
    return [(rid, f"{resource_type}/{logical}") for rid, resource_type, logical in rows]


def _person_has(token: Token) -> list[Condition]:
    if token.code is None or token.system == "":
        return []
    if token.system is None:
        return [person_identifier.c.value == token.code]
    national = linking_number(token.system, token.code)
    if national is None:
        return []
    return [and_(person_identifier.c.system == national[0], person_identifier.c.value == national[1])]


# ---- this patient, this code -------------------------------------------------------------------


def _result_range(
    conn: Connection, query: SearchQuery, criteria: list[Criterion]
) -> tuple[Condition, list[Criterion]] | None:
    """The doctor's question as one range of ``index_result``, and the criteria it leaves; None when it is another."""
    if query.type not in RESULT_TYPES:
        return None
    about = next((item for item in criteria if item.parameter.rows == "subject" and not item.modifier), None)
    code = next((item for item in criteria if item.parameter.name == "code" and not item.modifier), None)
    if about is None or code is None:
        return None
    tokens = _values(code, Token)
    patients = _patients(conn, about)
    if patients is None or any(token.code is None for token in tokens):
        return None
    rows = select(index_result.c.resource_rid).where(
        index_result.c.person.in_(sorted(set(patients.values()))),
        index_result.c.type == query.type,
        _token_row(index_result, tokens),
        index_result.c.subject.in_(sorted(patients)),
    )
    return resource.c.rid.in_(rows), [item for item in criteria if item is not about and item is not code]


def _patients(conn: Connection, about: Criterion) -> dict[int, int] | None:
    """Row → person of the Patients referred to; None when a reference is to anything else or to nothing stored."""
    wanted = _values(about, Reference)
    targets = {target for value in wanted for target in value.targets}
    pairs = [tuple(target.split("/")) for target in targets if target.count("/") == 1]
    found = {
        f"{row.type}/{row.id}": (row.rid, row.person)
        for row in conn.execute(
            select(resource.c.rid, resource.c.type, resource.c.id, resource.c.person).where(
                tuple_(resource.c.type, resource.c.id).in_(pairs)
            )
        )
    }
    if any(not target.startswith("Patient/") for target in found):
        return None
    if any(value.targets and not any(target in found for target in value.targets) for value in wanted):
        return None
    return dict(found.values())
