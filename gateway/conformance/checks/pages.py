"""SEARCH: how much is answered, in which order, page by page, and what comes along.

https://hl7.org/fhir/R4/http.html#paging
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.conformance import expecting
from gateway.conformance.client import Answer
from gateway.conformance.searched import values
from gateway.conformance.target import Target, entries, links, matches, place
from gateway.conformance.verdict import Findings, fault, skip
from gateway.search.dates import interval

_PAGE = 3
_MOST = 30  # pages that are followed
_WHOLE = 200  # resources of a type at most, so that its pages can be followed to their end


def a_page_is_no_longer_than_asked(target: Target) -> Findings:
    for resource_type in _many(target):
        answer = target.search(resource_type, [("_count", "1")])
        yield from expecting.status(answer, 200)
        found = len(matches(answer))
        if found > 1 or (found == 0 and "next" not in links(answer)):  # a page may be shorter than asked
            yield fault("conformance-page-length", request=expecting.request(answer))
        return
    yield skip("conformance-nothing-held")


def pages_together_hold_every_match_once(target: Target) -> Findings:
    for resource_type, total, among in _countable(target):
        ids = [str(one.get("id")) for page in _pages(target, resource_type, among) for one in matches(page)]
        if len(ids) != len(set(ids)):
            yield fault("conformance-page-repeats", request=f"GET /{resource_type}")
        if len(set(ids)) != total:
            yield fault("conformance-page-skips", request=f"GET /{resource_type}")
        return
    yield skip("conformance-nothing-held")


def the_same_question_has_the_same_pages(target: Target) -> Findings:
    for resource_type, _, among in _countable(target):
        first, again = ([_ids(page) for page in _pages(target, resource_type, among)] for _ in range(2))
        if first != again:
            yield fault("conformance-pages-differ", request=f"GET /{resource_type}")
        return
    yield skip("conformance-nothing-held")


def links_lead_to_the_same_server(target: Target) -> Findings:
    for resource_type in _many(target):
        for relation, url in links(target.search(resource_type, [("_count", "1")])).items():
            if "://" in url and not target.client.own(url):
                yield fault(
                    "conformance-link-elsewhere", relation=expecting.named(relation), request=f"GET /{resource_type}"
                )
        return
    yield skip("conformance-nothing-held")


def a_total_counts_the_matches(target: Target) -> Findings:
    for resource_type, total, among in _countable(target):
        pages = list(_pages(target, resource_type, among))
        said = [page.resource["total"] for page in pages if "total" in page.resource]
        if not said:
            continue
        if set(said) != {sum(len(matches(page)) for page in pages)} or total not in said:
            yield fault("conformance-total", request=f"GET /{resource_type}")
        return
    yield skip("conformance-not-claimed", what="Bundle.total")


def a_count_alone_holds_no_resource(target: Target) -> Findings:
    for resource_type, total, among in _countable(target):
        answer = target.search(resource_type, [*among, ("_summary", "count")])
        yield from expecting.status(answer, 200)
        if answer.status == 200 and (matches(answer) or answer.resource.get("total") != total):
            yield fault("conformance-summary-count", request=expecting.request(answer))
        return
    yield skip("conformance-nothing-held")


def a_sort_orders_by_date_either_way(target: Target) -> Findings:
    asked = False
    for resource_type in target.searchable():
        for name, kind in target.parameters(resource_type).items():
            if kind != "date" or name == "_lastUpdated" or asked:
                continue
            if len({str(values(one, name)) for one in target.held(resource_type)}) < 2:
                continue
            asked = True
            for sign in ("", "-"):
                answer = target.search(resource_type, [("_sort", f"{sign}{name}"), ("_count", "50")])
                yield from expecting.status(answer, 200)
                starts = [start for one in matches(answer) if (start := _start(one, name)) is not None]
                if starts != sorted(starts, reverse=bool(sign)):
                    yield fault("conformance-sort", parameter=f"{sign}{name}", request=expecting.request(answer))
    if not asked:
        yield skip("conformance-nothing-held")


def what_is_included_is_what_is_referred_to(target: Target) -> Findings:
    asked = False
    for resource_type in target.searchable():
        for include in target.types()[resource_type].get("searchInclude") or ():
            name = str(include).split(":")[-1] if ":" in str(include) else ""
            for one in target.held(resource_type):
                referred = [str(value.get("reference", "")) for value in values(one, name) if isinstance(value, dict)]
                there = [ref for ref in referred if ref.count("/") == 1 and target.get(f"/{ref}").status == 200]
                if there:
                    asked = True
                    yield from _included(target, one, str(include), there)
                    break
        if asked:
            return
    yield skip("conformance-not-claimed", what="searchInclude")


def _included(target: Target, one: dict[str, Any], include: str, there: list[str]) -> Findings:
    answer = target.search(str(one["resourceType"]), [("_id", str(one["id"])), ("_include", include)])
    yield from expecting.status(answer, 200)
    along = [item for item in entries(answer) if (item.get("search") or {}).get("mode") == "include"]
    came = {place(item.get("resource") or {}).lstrip("/") for item in along}
    if not set(there) <= came:
        yield fault("conformance-include-missing", include=expecting.named(include), request=expecting.request(answer))
    if [str(match.get("id")) for match in matches(answer)] != [str(one["id"])]:
        yield fault("conformance-include-as-match", include=expecting.named(include), request=expecting.request(answer))


def values_by_comma_are_alternatives(target: Target) -> Findings:
    for resource_type in _many(target):
        one, other = (str(found["id"]) for found in target.held(resource_type)[:2])
        answer = target.search(resource_type, [("_id", f"{one},{other}")])
        yield from expecting.status(answer, 200)
        if set(_ids(answer)) != {one, other}:
            yield fault("conformance-or", request=expecting.request(answer))
        return
    yield skip("conformance-nothing-held")


def a_parameter_twice_must_hold_twice(target: Target) -> Findings:
    for resource_type in _many(target):
        one, other = (str(found["id"]) for found in target.held(resource_type)[:2])
        answer = target.search(resource_type, [("_id", one), ("_id", other)])
        yield from expecting.status(answer, 200)
        if matches(answer):
            yield fault("conformance-and", request=expecting.request(answer))
        return
    yield skip("conformance-nothing-held")


def _many(target: Target) -> Iterator[str]:
    """Types of which more than one resource is found, and an id can be asked for."""
    for name in target.searchable():
        if len(target.held(name)) > 1 and "_id" in target.parameters(name):
            yield name


def _countable(target: Target) -> Iterator[tuple[str, int, list[tuple[str, str]]]]:
    """Type and total of those with more than a page, and few enough to follow: of all, or ``among`` the own data."""
    few = range(_PAGE + 1, min(_WHOLE, _PAGE * _MOST) + 1)
    for name in _many(target):
        own = len(target.own.of(name))
        total = target.once(f"/{name}?_count=20").resource.get("total")
        if own in few and "_tag" in target.parameters(name):
            yield name, own, [target.own.by_mark]
        elif isinstance(total, int) and total in few:
            yield name, total, []


def _pages(target: Target, resource_type: str, among: Sequence[tuple[str, str]]) -> Iterator[Answer]:
    answer = target.search(resource_type, [*among, ("_count", str(_PAGE))])
    for _ in range(_MOST):
        yield answer
        following = links(answer).get("next", "")
        if not following or not target.client.own(target.address(following)):
            return
        answer = target.get(following)


def _ids(answer: Answer) -> list[str]:
    return [str(one.get("id")) for one in matches(answer)]


def _start(resource: dict[str, Any], name: str) -> int | None:
    """Where the first date of a parameter begins; None where there is none, or several."""
    found = values(resource, name)
    if len(found) != 1:
        return None
    value = found[0].get("start", "") if isinstance(found[0], dict) else found[0]
    made = interval(value) if isinstance(value, str) else None
    return made[0] if made else None
