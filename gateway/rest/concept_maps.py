"""read and search of ConceptMaps: GET /fhir/ConceptMap/{id}, GET /fhir/ConceptMap?…, POST /fhir/ConceptMap/_search.

https://hl7.org/fhir/R4/conceptmap.html. They are read-only and hold nothing of a patient; no version but the one in
force is served.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from flask import Flask, Response

from gateway.access import authorise
from gateway.bundle import Resource
from gateway.errors import NotFound, SearchRefused
from gateway.outcome import Issue, operation_outcome
from gateway.rest.answers import expect_json, fhir_answer, language
from gateway.rest.bodies import form_pairs, only_format, query_pairs
from gateway.rest.house import House
from gateway.rest.requester import requester
from gateway.rest.search import lenient
from gateway.store import vocabulary
from gateway.terminology.concept_maps import decided_maps, project_maps

_DEFAULT_COUNT, _MOST = 100, 1000

# name → (what is compared, what it is)
PARAMETERS: Mapping[str, tuple[Callable[[Resource], Sequence[str]], str, str]] = {
    "_id": (lambda one: [one["id"]], "token", "Logical id"),
    "url": (lambda one: [one["url"]], "uri", "Canonical URL"),
    "version": (lambda one: [one["version"]], "token", "Version"),
    "name": (lambda one: [one["name"]], "string", "Name, by its beginning"),
    "status": (lambda one: [one["status"]], "token", "Status"),
    "source-system": (lambda one: _systems(one, "source"), "uri", "System of the codes that are mapped"),
    "target-system": (lambda one: _systems(one, "target"), "uri", "System they are mapped to"),
}


def open_door(app: Flask, house: House) -> None:
    @app.get("/fhir/ConceptMap/<logical_id>")
    def read_map(logical_id: str) -> Response:
        authorise(requester(house), "r", "ConceptMap")
        expect_json()
        only_format(query_pairs())
        return fhir_answer(one_map(house, logical_id))

    @app.get("/fhir/ConceptMap")
    def search_maps() -> Response:
        return _searched(house, [])

    @app.post("/fhir/ConceptMap/_search")
    def search_maps_by_post() -> Response:
        return _searched(house, None)


def all_maps(house: House) -> list[Resource]:
    """The project's, then what is decided here."""
    with house.store.read() as connection:
        decisions = tuple(vocabulary.history(connection))
    return [*project_maps(), *decided_maps(decisions)]


def one_map(house: House, logical_id: str) -> Resource:
    """NotFound (404) when there is none of that id."""
    for one in all_maps(house):
        if one["id"] == logical_id:
            return one
    raise NotFound("concept-map-unknown")


def _searched(house: House, form: list[tuple[str, str]] | None) -> Response:
    authorise(requester(house), "s", "ConceptMap")
    expect_json()
    pairs = [*query_pairs(), *(form_pairs() if form is None else form)]
    asked = [(name, value) for name, value in pairs if name not in ("_count", "_cursor", "_format")]
    unknown = [name for name, _ in asked if name not in PARAMETERS]
    if unknown and not lenient():
        raise SearchRefused("search-parameter-unknown", parameter=unknown[0])
    asked = [(name, value) for name, value in asked if name in PARAMETERS]
    for name, value in asked:
        if not value:
            raise SearchRefused("search-value-empty", parameter=name)
    count, begin = _number(pairs, "_count", _DEFAULT_COUNT), _number(pairs, "_cursor", 0)
    found = [one for one in all_maps(house) if all(_fits(one, name, value) for name, value in asked)]
    page = found[begin : begin + min(count, _MOST)]
    base = f"{house.settings.public_url}/fhir/ConceptMap"
    links = [{"relation": "self", "url": _address(base, asked, count, begin)}]
    if page and begin + len(page) < len(found):
        links.append({"relation": "next", "url": _address(base, asked, count, begin + len(page))})
    made: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
    if page:
        made["entry"] = [
            {"fullUrl": f"{base}/{one['id']}", "resource": one, "search": {"mode": "match"}} for one in page
        ]
    if unknown:
        issues = [
            Issue("warning", "not-supported", "search-parameter-ignored", "", {"parameter": name}) for name in unknown
        ]
        told = {"resource": operation_outcome(issues, language(house.settings)), "search": {"mode": "outcome"}}
        made["entry"] = [*made.get("entry", ()), told]
    return fhir_answer(made)


def _fits(one: Resource, name: str, value: str) -> bool:
    """A comma says "or" (https://hl7.org/fhir/R4/search.html#combining); a string matches by its beginning, upper and
    lower case alike (https://hl7.org/fhir/R4/search.html#string)."""
    found, kind, _ = PARAMETERS[name]
    if kind == "string":
        begun = tuple(text.casefold() for text in value.split(",") if text)
        return any(text.casefold().startswith(begun) for text in found(one))
    return any(text in found(one) for text in value.split(","))


def _number(pairs: Sequence[tuple[str, str]], name: str, default: int) -> int:
    said = [value for asked, value in pairs if asked == name]
    if not said:
        return default
    if len(said) > 1:
        raise SearchRefused("search-parameter-repeated", parameter=name)
    if not (said[0].isascii() and said[0].isdigit() and len(said[0]) <= 9):
        raise SearchRefused("search-value-malformed", parameter=name)
    return int(said[0])


def _address(base: str, asked: Sequence[tuple[str, str]], count: int, begin: int) -> str:
    more = [("_cursor", str(begin))] if begin else []
    return f"{base}?{urlencode([*asked, ('_count', str(count)), *more])}"


def _systems(one: Resource, side: str) -> list[str]:
    return [group[side] for group in one.get("group", ()) if side in group]
