"""SEARCH, parameter by parameter: each that is declared finds what has the value, and leaves out what has not.

https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.conformance import expecting
from gateway.conformance.client import Answer
from gateway.conformance.searched import Sought, sought
from gateway.conformance.target import Target, matches
from gateway.conformance.verdict import Findings, fault, skip

_SPECIAL = ("_id", "_lastUpdated")
_LONG_AGO, _LONG_AHEAD = "1850-01-02", "2850-01-02"


def tokens_find_what_has_them(target: Target) -> Findings:
    yield from _of_kind(target, "token")


def references_find_what_has_them(target: Target) -> Findings:
    yield from _of_kind(target, "reference")


def dates_find_what_has_them(target: Target) -> Findings:
    yield from _of_kind(target, "date")


def texts_and_addresses_find_what_has_them(target: Target) -> Findings:
    yield from _of_kind(target, "string", "uri")


def an_id_finds_its_resource_alone(target: Target) -> Findings:
    asked = False
    for resource_type, found in target.samples():
        if "_id" not in target.parameters(resource_type):
            continue
        asked = True
        answer = target.search(resource_type, [("_id", str(found["id"]))])
        yield from expecting.status(answer, 200)
        if [one.get("id") for one in matches(answer)] != [found["id"]]:
            yield fault(
                "conformance-search-missed", parameter=f"{resource_type}._id", request=expecting.request(answer)
            )
    if not asked:
        yield skip("conformance-not-claimed", what="_id")


def last_updated_finds_by_the_time_of_the_version(target: Target) -> Findings:
    asked = False
    for resource_type, found in target.samples():
        updated = (found.get("meta") or {}).get("lastUpdated")
        if not updated or not {"_id", "_lastUpdated"} <= target.parameters(resource_type).keys():
            continue
        asked = True
        for query, there in ((f"gt{_LONG_AGO}", True), (f"lt{_LONG_AHEAD}", True), (f"lt{_LONG_AGO}", False)):
            answer = target.search(resource_type, [("_id", str(found["id"])), ("_lastUpdated", query)])
            yield from _there(answer, found["id"], f"{resource_type}._lastUpdated", there=there)
    if not asked:
        yield skip("conformance-not-claimed", what="_lastUpdated")


def _of_kind(target: Target, *kinds: str) -> Findings:
    """One resource for each parameter of a kind: asked for its value, and for another."""
    asked = False
    for resource_type, name, logical_id, value in _askable(target, kinds):
        asked = True
        own = [("_id", logical_id)] if "_id" in target.parameters(resource_type) else []
        called = f"{resource_type}.{name}"
        right = target.search(resource_type, [*own, (name, value.right)])
        yield from _there(right, logical_id, called, there=True, alone=bool(own))
        wrong = target.search(resource_type, [*own, (name, value.wrong)])
        yield from _there(wrong, logical_id, called, there=False)
    if not asked:
        yield skip("conformance-nothing-held")


def _askable(target: Target, kinds: tuple[str, ...]) -> Iterator[tuple[str, str, str, Sought]]:
    """Type, parameter, id and value, for each declared parameter of which something found has a value."""
    for resource_type in target.searchable():
        held = target.held(resource_type)
        for name, kind in target.parameters(resource_type).items():
            if kind not in kinds or name in _SPECIAL:
                continue
            for one in held:
                value = sought(one, name)
                if value is not None:
                    yield resource_type, name, str(one.get("id")), value
                    break


def _there(answer: Answer, logical_id: str, parameter: str, *, there: bool, alone: bool = True) -> Findings:
    """The resource is among the matches, or is not. ``alone``: the answer can hold nothing else, so one page tells."""
    yield from expecting.status(answer, 200)
    if answer.status != 200:
        return
    found = logical_id in [one.get("id") for one in matches(answer)]
    if there and not found and (alone or "next" not in {str(one) for one in _relations(answer)}):
        yield fault("conformance-search-missed", parameter=parameter, request=expecting.request(answer))
    if not there and found:
        yield fault("conformance-search-wrong-hit", parameter=parameter, request=expecting.request(answer))


def _relations(answer: Answer) -> list[object]:
    listed = answer.resource.get("link")
    return [one.get("relation") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
