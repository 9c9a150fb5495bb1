"""All that a gateway would answer with, without what each says for itself (versionId, lastUpdated)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, select

from gateway.jsontext import dumps
from gateway.store import Store, tables
from gateway.store.resources import current

_OWN = ("versionId", "lastUpdated")
_INDEXES = (tables.index_token, tables.index_reference, tables.index_date)


@dataclass(frozen=True, slots=True)
class Standing:
    """Each part by name. ``resources``: as read, deleted and sensitive ones too; ``found``: what search finds them by.

    ``persons``: each by the numbers it holds, its Patients; ``patients``: each Patient, those that are one with it.
    ``exchanges``: how each stands; ``reviews``: what a person is asked.
    """

    resources: dict[str, str]
    found: dict[str, str]
    persons: dict[str, str]
    patients: dict[str, str]
    exchanges: dict[str, str]
    reviews: dict[str, str]


def standing(store: Store) -> Standing:
    """What stands in a store."""
    with store.read() as connection:
        rows = connection.execute(select(tables.resource)).mappings().all()
        names = {row["rid"]: f"{row['type']}/{row['id']}" for row in rows}
        shown = {}
        for row in rows:
            one = current(connection, row["type"], row["id"], sensitive=True)
            if one is not None:
                made = one.resource()
                made["meta"] = {key: value for key, value in made["meta"].items() if key not in _OWN}
                shown[names[row["rid"]]] = "\n".join(["kept apart"] * row["sensitive"] + sorted(_lines(made)))
        kept = connection.execute(select(tables.exchange.c.id, tables.exchange.c.status))
        exchanges = {row.id: row.status for row in kept}
        return Standing(
            shown, _found(connection, names), *_persons(connection, rows, names), exchanges, _reviews(connection)
        )


def _lines(value: Any, at: str = "") -> Iterator[str]:
    """Each value with its place."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in parts:
        yield from _lines(item, f"{at}.{key}")
    if not isinstance(value, dict | list):
        yield f"{at} {dumps(value).decode()}"


def _found(connection: Connection, names: dict[int, str]) -> dict[str, str]:
    rows: dict[str, list[str]] = {}
    for table in _INDEXES:
        for row in connection.execute(select(table)).mappings():
            words = [str(value) for key, value in row.items() if key != "resource_rid"]
            rows.setdefault(names[row["resource_rid"]], []).append(f"{table.name} {' '.join(words)}")
    for row in connection.execute(select(tables.index_result)).mappings():
        words = [str(row[key]) for key in ("type", "code", "system", "time")]
        rows.setdefault(names[row["resource_rid"]], []).append(f"of {names[row['subject']]}: {' '.join(words)}")
    return {name: "\n".join(sorted(found)) for name, found in rows.items()}


def _persons(connection: Connection, rows: Any, names: dict[int, str]) -> tuple[dict[str, str], dict[str, str]]:
    """A person's key differs from store to store, so it is named by its numbers, and by its Patients."""
    held: dict[int, list[str]] = {}
    for row in connection.execute(select(tables.person_identifier)).mappings():
        held.setdefault(row["person"], []).append(f"{row['system']}|{row['value']}")
    about: dict[int, list[str]] = {}
    whose: dict[int, list[str]] = {}
    for row in rows:
        whose.setdefault(row["person"], []).append(names[row["rid"]])
        if row["type"] == "Patient":
            about.setdefault(row["person"], []).append(names[row["rid"]])
    persons = {" ".join(sorted(numbers)): "\n".join(sorted(about.get(key, ()))) for key, numbers in held.items()}
    patients = {name: "\n".join(sorted(whose[key])) for key, found in about.items() for name in found}
    return persons, patients


def _reviews(connection: Connection) -> dict[str, str]:
    """What is asked now: what was asked on the way there and is no longer so depends on the way."""
    rows = connection.execute(select(tables.review_task).where(tables.review_task.c.status == "requested")).mappings()
    return {f"{row['kind']} {row['rule']} {row['detail']}": row["status"] for row in rows}


def differences(one: Standing, other: Standing) -> Iterator[tuple[str, str, str, str]]:
    """(part, name, as the one has it, as the other has it), "" where it has none."""
    for part in (each.name for each in fields(Standing)):
        first, second = getattr(one, part), getattr(other, part)
        for name in sorted({*first, *second}):
            if first.get(name, "") != second.get(name, ""):
                yield part, name, first.get(name, ""), second.get(name, "")
