"""Faults of paging, counting, ordering and including."""

from __future__ import annotations

from collections import Counter
from typing import Any

from gateway.simulator.faulty.fault import Asked, Forward, Told, broken

_turns: Counter[str] = Counter()  # how often each page was asked for


def _entries(told: Told) -> list[dict[str, Any]]:
    return list(told.json.get("entry", ()))


@broken("count-ignored", "SEARCH-15", "_count is accepted and not heeded")
def count_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(asked.without("_count") if asked.is_search else asked)


@broken("page-drops-last", "SEARCH-16", "each page leaves its last match out")
def page_drops_last(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.is_search and len(_entries(told)) > 1:
        return told.saying(told.json | {"entry": _entries(told)[:-1]})
    return told


@broken("order-jumps", "SEARCH-17", "the same page comes in another order each time")
def order_jumps(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    _turns[asked.target] += 1
    if asked.is_search and len(_entries(told)) > 1 and _turns[asked.target] % 2:
        return told.saying(told.json | {"entry": _entries(told)[::-1]})
    return told


@broken("next-elsewhere", "SEARCH-18", "the link to the next page leads to another server")
def next_elsewhere(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if not asked.is_search or "link" not in told.json:
        return told
    links = [
        one | {"url": "https://elsewhere.example/fhir"} if one["relation"] == "next" else one
        for one in told.json["link"]
    ]
    return told.saying(told.json | {"link": links})


@broken("total-miscounted", "SEARCH-19", "total is one too many")
def total_miscounted(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    total = told.json.get("total") if asked.is_search else None
    return told.saying(told.json | {"total": total + 1}) if isinstance(total, int) else told


@broken("summary-ignored", "SEARCH-20", "_summary is accepted and not heeded")
def summary_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(asked.without("_summary") if asked.is_search else asked)


@broken("sort-one-way", "SEARCH-21", "_sort orders the same way with and without -")
def sort_one_way(asked: Asked, forward: Forward) -> Told:
    if not asked.is_search:
        return forward(asked)
    return forward(
        asked.asking([(name, value.lstrip("-") if name == "_sort" else value) for name, value in asked.query])
    )


@broken("include-ignored", "SEARCH-22", "_include is accepted and not heeded")
def include_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(asked.without("_include") if asked.is_search else asked)


@broken("comma-ignored", "SEARCH-23", "of values joined by a comma the first alone counts")
def comma_ignored(asked: Asked, forward: Forward) -> Told:
    if not asked.is_search:
        return forward(asked)
    return forward(asked.asking([(name, value.partition(",")[0]) for name, value in asked.query]))


@broken("repeat-ignored", "SEARCH-24", "of a parameter given twice the first alone counts")
def repeat_ignored(asked: Asked, forward: Forward) -> Told:
    if not asked.is_search:
        return forward(asked)
    first: dict[str, str] = {}
    for name, value in asked.query:
        first.setdefault(name, value)
    return forward(asked.asking(list(first.items())))
