"""A payload's bytes to its records: a Bundle, a single resource, several Bundles in one or line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from adapters.fhir.versions import refuse_other_versions
from gateway.adapter import Record
from gateway.bundle import MA_CSKCB, Resource
from gateway.errors import PayloadError
from gateway.jsontext import json_lines, loads
from gateway.mapping.naming import fixed_system

_MARK = b"\xef\xbb\xbf"
# Kinds that bring resources as they are now; others answer a request, or tell the versions of one resource.
TAKEN = frozenset({"collection", "document", "message", "transaction", "batch", "searchset"})
_REFUSED = frozenset({"history", "transaction-response", "batch-response"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource as it came. ``at``: its path in the payload (``Bundle.entry[3].resource``)."""

    at: str
    resource: Resource
    full_url: str = ""
    request: dict[str, Any] | None = None

    @property
    def kind(self) -> str:
        return str(self.resource["resourceType"])


@dataclass(frozen=True, slots=True)
class Sent:
    """One record: a Bundle or a resource. ``at``: where it stands in the payload; its own type if alone."""

    resource: Resource
    at: str

    @property
    def is_bundle(self) -> bool:
        return self.resource.get("resourceType") == "Bundle"


class _Inner(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"null")


class _Outer(msgspec.Struct):
    entry: list[_Inner] = []


def records(data: bytes, content_type: str) -> list[Record]:
    """One a Bundle or resource; PayloadError where the JSON, the kind of Bundle or the version of FHIR is not taken."""
    text = data.removeprefix(_MARK)
    if text.lstrip()[:1] == b"<":
        raise PayloadError("fhir-xml")
    if lines := json_lines(text):  # https://hl7.org/fhir/R4/nd-json.html
        return [_line(line, number, content_type, place) for place, (number, line) in enumerate(lines, 1)]
    resource = _resource(loads(text), content_type)
    inner = _bundles_inside(resource)
    if not inner:
        return [_record(data, Sent(resource, str(resource["resourceType"])), 1)]
    raw = msgspec.json.decode(text, type=_Outer).entry
    return [
        _record(bytes(raw[index].resource), Sent(bundle, f"Bundle.entry[{index}].resource"), place)
        for place, (index, bundle) in enumerate(inner, 1)
    ]


def _line(data: bytes, number: int, content_type: str, position: int) -> Record:
    """A broken line costs that record: its content is the refusal, raised when it is translated."""
    try:
        sent = Sent(_resource(loads(data), content_type), f"line {number}")
    except PayloadError as broken:
        return Record(data, "", broken, position)
    return _record(data, sent, position)


def _record(data: bytes, sent: Sent, position: int) -> Record:
    return Record(data, _sender(sent.resource), sent, position)


def _resource(value: Any, content_type: str) -> Resource:
    if not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        raise PayloadError("fhir-not-a-resource")
    refuse_other_versions(value, content_type)
    if value["resourceType"] == "Bundle":
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in TAKEN:
            shown = kind if isinstance(kind, str) and kind in _REFUSED else "-"
            raise PayloadError("fhir-bundle-type", "Bundle.type", type=shown, taken=", ".join(sorted(TAKEN)))
    return value


def _bundles_inside(resource: Resource) -> list[tuple[int, Resource]]:
    """The Bundles in a Bundle of nothing else, with their entry's index: a record each."""
    if resource["resourceType"] != "Bundle" or not isinstance(resource.get("entry"), list):
        return []
    inside = [
        (index, entry.get("resource")) for index, entry in enumerate(resource["entry"]) if isinstance(entry, dict)
    ]
    bundles = [(index, one) for index, one in inside if isinstance(one, dict) and one.get("resourceType") == "Bundle"]
    if not bundles or len(bundles) < len(resource["entry"]):
        return []
    return [(index, _resource(one, "")) for index, one in bundles]


def entries(sent: Sent) -> Iterator[Entry]:
    """The resources of a record in their order; an entry without one is none. Its form has been checked."""
    if not sent.is_bundle:
        yield Entry(sent.at, sent.resource)
        return
    for index, entry in enumerate(sent.resource.get("entry", ())):
        if "resource" in entry:
            at = f"{sent.at}.entry[{index}].resource"
            yield Entry(at, entry["resource"], entry.get("fullUrl", ""), entry.get("request"))


def _sender(resource: Resource) -> str:
    """The facility code that a message's header names as its sender; "" where it names none."""
    try:
        header = resource["entry"][0]["resource"] if resource.get("type") == "message" else {}
        number = header["sender"]["identifier"]
        return str(number["value"]) if fixed_system(number["system"]) == MA_CSKCB else ""
    except (KeyError, IndexError, TypeError, AttributeError):
        return ""
