"""What the CapabilityStatement may claim: every parameter listed finds what it should and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine

from gateway.bundle import Resource
from gateway.search import Parameter, supported, supported_includes
from gateway.search.parameters import PARAMETERS
from gateway.store.tables import metadata
from tests.store.conftest import add_exchange
from tests.store.search_records import ask, found, keep, patient

LISTED = [(resource_type, name) for resource_type, rows in supported().items() for name, _, _ in rows]
_LISTS = frozenset({"identifier", "performer", "basedOn", "result", "specimen", "target", "category", "coding"})


@pytest.fixture(scope="module")
def opened_engine() -> Iterator[Engine]:
    made = create_engine("sqlite://")
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def conn(opened_engine: Engine) -> Iterator[Connection]:
    """An empty database, whose tables are made once: what a test wrote is rolled back."""
    with opened_engine.connect() as opened, opened.begin() as transaction:
        yield opened
        transaction.rollback()


def element(parameter: Parameter, text: str) -> Any:
    """A value of the parameter's element that holds ``text``."""
    if parameter.kind == "reference":
        return {"reference": f"{parameter.targets[0]}/{text}"}
    if parameter.kind == "date":
        return {"start": text, "end": text} if parameter.path == "period" else text
    if parameter.system:
        return text
    if parameter.path in ("code", "category"):
        return {"coding": [{"system": "urn:x", "code": text}]}
    return {"system": "urn:x", "value": text}


def holding(parameter: Parameter, logical_id: str, text: str) -> Resource:
    """The smallest resource whose element of the parameter holds ``text``."""
    made: dict[str, Any] = {"resourceType": parameter.type, "id": logical_id}
    place = made
    *above, last = parameter.path.split("|")[0].replace("[x]", "DateTime").split(".")
    for step in above:
        place[step] = {}
        place = place[step]
    value = element(parameter, text)
    place[last] = [value] if last in _LISTS else value
    return made


@pytest.mark.parametrize(("resource_type", "name"), LISTED)
def test_a_listed_parameter_finds_what_holds_its_value_and_nothing_else(
    conn: Connection, resource_type: str, name: str
) -> None:
    parameter = PARAMETERS[resource_type][name]
    if name == "_id":
        one, other, asked = {"resourceType": resource_type}, {"resourceType": resource_type}, "one"
        one, other = one | {"id": "one"}, other | {"id": "other"}
    elif name == "_lastUpdated":
        one, other = {"resourceType": resource_type, "id": "one"}, {"resourceType": resource_type, "id": "other"}
        asked = "2026-11-22T03:04:05Z"
    else:
        values = ("2026-01-05", "2026-02-05") if parameter.kind == "date" else ("final", "cancelled")
        one, other = (holding(parameter, n, v) for n, v in zip(("one", "other"), values, strict=True))
        asked = values[0]
    exchange = add_exchange(conn)
    for made in (one, other):
        keep(conn, exchange, made, later=9 * (made is other))
    assert found(conn, resource_type, (name, asked)) == ["one"]
    if parameter.kind == "date":
        assert found(conn, resource_type, ("_sort", f"-{name}")) == ["other", "one"]
    if parameter.path:
        assert found(conn, resource_type, (f"{name}:missing", "true")) == []
        assert found(conn, resource_type, (f"{name}:missing", "false")) == ["one", "other"]


@pytest.mark.parametrize("include", [one for rows in supported_includes().values() for one in rows])
def test_a_listed_include_brings_what_is_referred_to(conn: Connection, include: str) -> None:
    resource_type, name = include.split(":")
    parameter = PARAMETERS[resource_type][name]
    target = {**patient("target"), "resourceType": parameter.targets[0]}
    made = holding(parameter, "one", "target")
    exchange = add_exchange(conn)
    for one in (target, made):
        keep(conn, exchange, one)
    page = ask(conn, resource_type, ("_id", "one"), ("_include", include))
    assert [hit.resource["resourceType"] for hit in page.includes] == [parameter.targets[0]]


def test_an_order_is_found_by_its_number_through_what_is_based_on_it(conn: Connection) -> None:
    order = {"resourceType": "ServiceRequest", "id": "s1", "identifier": [{"system": "urn:order", "value": "9"}]}
    result = {"resourceType": "Observation", "id": "o1", "basedOn": [{"reference": "ServiceRequest/s1"}]}
    exchange = add_exchange(conn)
    for one in (order, result):
        keep(conn, exchange, one)
    assert found(conn, "Observation", ("based-on.identifier", "urn:order|9")) == ["o1"]
    assert found(conn, "Observation", ("based-on.identifier", "urn:order|8")) == []
