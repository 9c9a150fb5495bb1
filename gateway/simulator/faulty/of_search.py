"""Faults of search: what is answered and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.r4 import search_parameters
from gateway.simulator.faulty.fault import FHIR, NOT_FOUND, Asked, Forward, Told, broken, outcome


def _without_kind(asked: Asked, *kinds: str) -> Asked:
    """The search without its parameters of these kinds: what a server does that declares and ignores them."""
    if not asked.is_search:
        return asked
    known = search_parameters(asked.steps[0])
    names = [name for name in asked.names if name in known and known[name].type in kinds and not name.startswith("_")]
    return asked.without(*names)


def _entries(told: Told) -> list[dict[str, Any]]:
    return list(told.json.get("entry", ()))


@broken("entries-unmarked", "SEARCH-1", "entries of a searchset have no search mode")
def entries_unmarked(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if not asked.is_search or not _entries(told):
        return told
    bare = [{name: value for name, value in one.items() if name != "search"} for one in _entries(told)]
    return told.saying(told.json | {"entry": bare})


@broken("other-type-found", "SEARCH-2", "a search of Observation also finds a Patient, as a match")
def other_type_found(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if not asked.is_search or asked.steps[0] != "Observation" or not _entries(told):
        return told
    other = {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": "x"}, "search": {"mode": "match"}}
    return told.saying(told.json | {"entry": [*_entries(told), other]})


@broken("token-ignored", "SEARCH-3", "token parameters are accepted and not heeded")
def token_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(_without_kind(asked, "token"))


@broken("reference-ignored", "SEARCH-4", "reference parameters are accepted and not heeded")
def reference_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(_without_kind(asked, "reference"))


@broken("date-ignored", "SEARCH-5", "date parameters are accepted and not heeded")
def date_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(_without_kind(asked, "date"))


@broken("date-finds-nothing", "SEARCH-5", "a search by date finds nothing")
def date_finds_nothing(asked: Asked, forward: Forward) -> Told:
    if _without_kind(asked, "date") == asked:
        return forward(asked)
    return forward(asked.asking([*asked.query, ("_id", "no-such-id")]))


@broken("text-ignored", "SEARCH-6", "string and uri parameters are accepted and not heeded")
def text_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(_without_kind(asked, "string", "uri"))


@broken("id-ignored", "SEARCH-7", "_id is accepted and not heeded")
def id_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(asked.without("_id") if asked.is_search else asked)


@broken("last-updated-ignored", "SEARCH-8", "_lastUpdated is accepted and not heeded")
def last_updated_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(asked.without("_lastUpdated") if asked.is_search else asked)


@broken("unknown-ignored", "SEARCH-9", "an unknown parameter is left out though strictness was asked for")
def unknown_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(replace(asked, headers={**asked.headers, "prefer": "handling=lenient"}))


@broken("lenience-refused", "SEARCH-10", "an unknown parameter is refused though lenience was asked for")
def lenience_refused(asked: Asked, forward: Forward) -> Told:
    return forward(replace(asked, headers={**asked.headers, "prefer": "handling=strict"}))


@broken("bad-date-ignored", "SEARCH-11", "a date that is none is left out")
def bad_date_ignored(asked: Asked, forward: Forward) -> Told:
    if any(value in ("2026-13-45", "yesterday") for _, value in asked.query):
        return forward(_without_kind(asked, "date"))
    return forward(asked)


@broken("modifier-ignored", "SEARCH-12", "a modifier that is not known is ignored")
def modifier_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(asked.asking([(name.partition(":")[0], value) for name, value in asked.query]))


@broken("post-ignored", "SEARCH-13", "what stands in the form of a POST search is not heeded")
def post_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(replace(asked, body=b"") if asked.path.endswith("/_search") else asked)


@broken("nothing-is-404", "SEARCH-14", "a search that finds nothing is answered with 404")
def nothing_is_404(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return NOT_FOUND if asked.is_search and told.status == 200 and not _entries(told) else told


@broken("search-crashes", "SEARCH-3", "a search by a code is a fault of the server")
def search_crashes(asked: Asked, forward: Forward) -> Told:
    return Told(500, FHIR, outcome("exception")) if asked.is_search and "code" in asked.names else forward(asked)
