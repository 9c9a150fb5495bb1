"""What a search found, and the searchset Bundle that says so.

https://hl7.org/fhir/R4/bundle.html#searchset
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from gateway.jsontext import dumps
from gateway.outcome import Issue, operation_outcome
from gateway.search.hit import Hit
from gateway.search.query import SearchQuery
from gateway.search.told_twice import told_twice


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer. ``total``: every match of the search, None where it was not counted.

    ``includes`` are what matches refer to, never a match again. ``next_cursor`` is None on the
    last page. ``count`` is the page size used.
    """

    query: SearchQuery
    matches: tuple[Hit, ...]
    includes: tuple[Hit, ...]
    total: int | None
    next_cursor: str | None
    count: int


def searchset(page: Page, base_url: str, *, language: str = "en") -> bytes:
    """The page as a Bundle's JSON, the resources in it byte for byte.

    ``self`` shows what was understood, ``next`` the way on, entries say why they are there. A result that repeats
    another one of the page stands behind it as ``include``, and an OperationOutcome says of which.
    """
    base = base_url.rstrip("/")
    made: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    if page.total is not None:
        made["total"] = page.total
    made["link"] = [{"relation": "self", "url": _link(page, base, page.query.cursor)}]
    if page.next_cursor:
        made["link"].append({"relation": "next", "url": _link(page, base, page.next_cursor)})
    twice = told_twice(page.matches if page.query.type == "Observation" else ())
    entries = [_entry(hit, base, "include" if hit.reference in twice.same else "match") for hit in page.matches]
    entries += [_entry(hit, base, "include") for hit in page.includes]
    if issues := [*_ignored(page.query), *twice.issues()]:
        entries.append({"resource": operation_outcome(issues, language), "search": {"mode": "outcome"}})
    if entries:
        made["entry"] = entries
    return dumps(made)


def _entry(hit: Hit, base: str, mode: str) -> dict[str, Any]:
    return {"fullUrl": f"{base}/{hit.reference}", "resource": msgspec.Raw(hit.content), "search": {"mode": mode}}


def _ignored(query: SearchQuery) -> list[Issue]:
    return [
        Issue("warning", "not-supported", "search-parameter-ignored", "", {"parameter": name}) for name in query.ignored
    ]


def _link(page: Page, base: str, cursor: str) -> str:
    """The search as it was understood, with the page size that was used."""
    pairs = [(name, value) for name, value in page.query.understood if name != "_count"]
    if page.query.count is not None:
        pairs.append(("_count", str(page.count)))
    if cursor:
        pairs.append(("_cursor", cursor))
    address = f"{base}/{page.query.type}"
    return f"{address}?{urlencode(pairs)}" if pairs else address
