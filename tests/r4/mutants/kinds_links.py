"""Kinds of mutants that break references, contained resources and Bundles.

Each kind is a function from a place (one object of the resource) to the edits that break its rule there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.r4.mutants.edits import Edit, added
from tests.r4.mutants.places import Place

Edits = Iterator[Edit]

_OTHER_TYPES = ("Patient", "Slot", "Endpoint", "Linkage", "Observation")


def reference_to_another_type(place: Place) -> Edits:
    """A literal reference outside of Bundles, to a type that the element does not allow."""
    for path, item, here in place.items():
        reference = item.get("reference") if isinstance(item, dict) else None
        if here.targets and isinstance(reference, str) and reference[:1] != "#" and not place.is_entry:
            for name in _OTHER_TYPES:
                if name not in here.targets:
                    yield Edit("set", (*path, "reference"), f"{name}/1")


def reference_said_to_be_of_another_type(place: Place) -> Edits:
    """https://hl7.org/fhir/R4/references-definitions.html#Reference.type: consistent with the literal reference."""
    named = re.fullmatch(r"([A-Z][A-Za-z]+)/[A-Za-z0-9.-]+", str(place.value.get("reference")))
    if place.type.name == "Reference" and named:
        yield Edit("set", (*place.path, "type"), "Slot" if named[1] != "Slot" else "Patient")


def contained_link_dangling(place: Place) -> Edits:
    reference = place.value.get("reference")
    if place.type.name == "Reference" and isinstance(reference, str) and reference[:1] != "#":
        yield Edit("set", (*place.path, "reference"), "#no-such-resource")


def _holds_contained(place: Place) -> bool:
    return "DomainResource" in place.type.ancestors and not place.is_contained


def contained_pointed_to_by_nobody(place: Place) -> Edits:
    if _holds_contained(place):
        lonely = {"resourceType": "Basic", "id": "pointed-to-by-nobody", "code": {"text": "a text"}}
        yield added(place.path, place.value, "contained", lonely)


def _contained(place: Place) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    for index, item in enumerate(place.value.get("contained", []) if _holds_contained(place) else []):
        yield (*place.path, "contained", index), item


def contained_without_id(place: Place) -> Edits:
    for path, item in _contained(place):
        if "id" in item:
            yield Edit("remove", (*path, "id"))


def contained_in_contained(place: Place) -> Edits:
    """dom-2; the inner one is pointed to by its holder, so that nothing else is wrong with it."""
    for path, item in _contained(place):
        if item["resourceType"] not in ("Bundle", "Binary", "Parameters"):
            inner = {"resourceType": "Basic", "id": "inner", "code": {"text": "a"}, "subject": {"reference": "#"}}
            yield Edit("set", (*path, "contained"), [inner])


def contained_with_meta_of_its_own(place: Place) -> Edits:
    """dom-4 and dom-5."""
    for path, item in _contained(place):
        if "meta" not in item:
            yield Edit("set", (*path, "meta"), {"versionId": "1"})
            yield Edit("set", (*path, "meta"), {"lastUpdated": "2020-02-29T10:00:00Z"})
            yield Edit("set", (*path, "meta"), {"security": [{"code": "R"}]})


def _entries(place: Place) -> list[dict[str, Any]]:
    return list(place.value.get("entry", [])) if place.type.name == "Bundle" else []


def full_url_not_absolute(place: Place) -> Edits:
    for index, entry in enumerate(_entries(place)):
        if "fullUrl" in entry:
            path = (*place.path, "entry", index, "fullUrl")
            yield from (Edit("set", path, bad) for bad in ("Patient/1", "1", "/Patient/1"))


def full_url_of_another_id(place: Place) -> Edits:
    """A RESTful fullUrl ends with the id of the resource. https://hl7.org/fhir/R4/bundle.html#bundle-unique"""
    for index, entry in enumerate(_entries(place)):
        resource = entry.get("resource", {})
        if str(entry.get("fullUrl", "")).endswith(f"/{resource.get('resourceType')}/{resource.get('id')}"):
            wrong = f"http://example.org/{resource['resourceType']}/another-id"
            yield Edit("set", (*place.path, "entry", index, "fullUrl"), wrong)


def _version(entry: dict[str, Any]) -> Any:
    return entry.get("resource", {}).get("meta", {}).get("versionId")


def full_url_twice(place: Place) -> Edits:
    """bdl-7, of entries whose resources have the same version or none."""
    entries = _entries(place)
    for index, entry in enumerate(entries[1:] if place.value.get("type") != "history" else [], start=1):
        first = entries[0]
        if "fullUrl" in entry and "fullUrl" in first and _version(first) == _version(entry):
            yield Edit("set", (*place.path, "entry", index, "fullUrl"), first["fullUrl"])


def full_url_with_a_version(place: Place) -> Edits:
    """bdl-8."""
    for index, entry in enumerate(_entries(place)):
        if str(entry.get("fullUrl", "")).startswith("http"):
            yield Edit("set", (*place.path, "entry", index, "fullUrl"), entry["fullUrl"] + "/_history/1")


def entry_with_nothing(place: Place) -> Edits:
    """bdl-5."""
    for index, entry in enumerate(_entries(place)):
        if "request" not in entry and "response" not in entry and "resource" in entry and len(entry) > 1 and index:
            yield Edit("remove", (*place.path, "entry", index, "resource"))


def bundle_of_another_type(place: Place) -> Edits:
    """bdl-1 to bdl-4 and bdl-9 to bdl-12: what a type asks for is not there."""
    entries, kind = _entries(place), place.value.get("type")
    if kind in ("searchset", "collection") and entries and not any("request" in entry for entry in entries):
        first = entries[0].get("resource", {}).get("resourceType")
        for other in ("batch", "transaction", "batch-response", "transaction-response", "history"):
            yield Edit("set", (*place.path, "type"), other)
        if first != "Composition":
            yield Edit("set", (*place.path, "type"), "document")
        if first != "MessageHeader":
            yield Edit("set", (*place.path, "type"), "message")


def total_where_none_may_be(place: Place) -> Edits:
    """bdl-1."""
    if place.type.name == "Bundle" and place.value.get("type") not in ("searchset", "history"):
        yield Edit("set", (*place.path, "total"), 1)


def search_part_where_none_may_be(place: Place) -> Edits:
    """bdl-2."""
    if place.value.get("type") != "searchset":
        for index, _ in enumerate(_entries(place)):
            yield Edit("set", (*place.path, "entry", index, "search"), {"mode": "match"})


def link_relation_twice(place: Place) -> Edits:
    if place.type.name == "Bundle":
        for link in place.value.get("link", []):
            if link.get("relation") in ("self", "first", "previous", "next", "last"):
                yield Edit("set", (*place.path, "link", len(place.value["link"])), dict(link))


def answer_without_id(place: Place) -> Edits:
    """https://hl7.org/fhir/R4/bundle.html#searchset: what a search answers has been stored, so it has an id."""
    if place.value.get("type") == "searchset":
        for index, entry in enumerate(_entries(place)):
            resource = entry.get("resource", {})
            if "id" in resource and resource["resourceType"] != "OperationOutcome":
                yield Edit("remove", (*place.path, "entry", index, "resource", "id"))


def document_without_a_resource_it_names(place: Place) -> Edits:
    """https://hl7.org/fhir/R4/documents.html: what the Composition points to by urn:uuid stands in the Bundle."""
    if place.value.get("type") == "document" and _entries(place):
        path = (*place.path, "entry", 0, "resource", "subject")
        dangling = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}
        yield Edit("set", path, dangling)


LINKS = (
    reference_to_another_type,
    reference_said_to_be_of_another_type,
    contained_link_dangling,
    contained_pointed_to_by_nobody,
    contained_without_id,
    contained_in_contained,
    contained_with_meta_of_its_own,
    full_url_not_absolute,
    full_url_of_another_id,
    full_url_twice,
    full_url_with_a_version,
    entry_with_nothing,
    bundle_of_another_type,
    total_where_none_may_be,
    search_part_where_none_may_be,
    link_relation_twice,
    answer_without_id,
    document_without_a_resource_it_names,
)
