"""Which resource a facility means: the id it has here, and the one it had there, kept as an identifier.

What a resource is known by, the first that there is:

1. its RESTful ``fullUrl``: the server, the type, the id;
2. its ``id`` and type, without a server: two servers of one facility must send fullUrls, or their numbers meet;
3. a ``fullUrl`` that is a URN, unless the entry is created (POST: the URN is given for this request alone);
4. the identifier that a conditional request asks for, if the resource has it;
5. nothing: its place in this very payload. Sent again otherwise, it is another resource, and an issue says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from adapters.fhir.sent import Entry
from gateway.bundle import Resource, deterministic_id
from gateway.mapping.naming import fixed_system
from gateway.r4.literals import literal
from gateway.r4.schema import type_named

URI = "urn:ietf:rfc:3986"  # https://hl7.org/fhir/R4/identifier-registry.html


@dataclass(frozen=True, slots=True)
class Named:
    """``key``: of gateway.bundle.deterministic_id. ``source``: the element it was taken from, "" for a place."""

    key: tuple[str, ...]
    source: str


def named(entry: Entry, digest: str) -> Named:
    """What the resource of an entry is known by. ``digest``: SHA-256 of the record's bytes, in hexadecimal."""
    of_url = literal(entry.full_url)
    frame = entry.at.removesuffix(".resource")
    if of_url is not None and of_url.base and not of_url.version:
        return Named((of_url.base, of_url.id), f"{frame}.fullUrl")
    if "id" in entry.resource:
        return Named(("", str(entry.resource["id"])), f"{entry.at}.id")
    request = entry.request or {}
    if entry.full_url and request.get("method") != "POST":
        return Named((entry.full_url,), f"{frame}.fullUrl")
    if (number := asked_identifier(request, entry.kind)) and has_identifier(entry.resource, number):
        return Named(("identifier", *number), f"{frame}.request")
    return Named(("place", digest, entry.at), "")


def asked_identifier(request: Resource, kind: str) -> tuple[str, str] | None:
    """The (system, value) a conditional create or update goes by; None for any other condition.

    https://hl7.org/fhir/R4/http.html#ccreate, https://hl7.org/fhir/R4/http.html#cond-update
    """
    url = str(request.get("url", ""))
    query = str(request.get("ifNoneExist", "")) or (url.partition("?")[2] if url.startswith(f"{kind}?") else "")
    return identifier_query(query.partition("?")[2] or query)


def identifier_query(query: str) -> tuple[str, str] | None:
    """Of ``identifier=SYSTEM|VALUE`` and nothing else."""
    asked = parse_qsl(query, keep_blank_values=True)
    if len(asked) != 1 or asked[0][0] != "identifier":
        return None
    system, _, value = asked[0][1].partition("|")
    return (fixed_system(system), value) if system and value and "," not in value else None


def has_identifier(resource: Resource, number: tuple[str, str]) -> bool:
    return number in identifiers(resource)


def identifiers(resource: Resource) -> Iterator[tuple[str, Any]]:
    """The (system, value) of each identifier it has, the value None where it has none."""
    found = resource.get("identifier", [])
    for one in found if isinstance(found, list) else [found]:
        yield fixed_system(str(one.get("system", ""))), one.get("value")


def id_of(entry: Entry, known: Named, facility: str) -> str:
    """The logical id here; the same for the same facility, type and name, for ever."""
    return deterministic_id(facility, entry.kind, "fhir", *known.key)


def own_number(entry: Entry, facility: str) -> Resource | None:
    """The id it had, as an identifier; None where it had none, or one that is only the URN of its entry."""
    number = entry.resource.get("id")
    if number is None or entry.full_url == f"urn:uuid:{number}":
        return None
    of_url = literal(entry.full_url)
    if of_url is not None and of_url.base and not of_url.version:
        return {"system": URI, "value": of_url.url}
    return {"system": local_system(facility), "value": f"{entry.kind}/{number}"}


def local_system(facility: str) -> str:
    """The system of ``Type/id``, as a facility's FHIR server has it that does not say its address."""
    return f"urn:vn:cskcb:{facility}:fhir"


def takes_numbers(kind: str) -> bool:
    """True where R4 has a list of identifiers for the type."""
    found = type_named(kind).properties.get("identifier")
    return found is not None and found.many
