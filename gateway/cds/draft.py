"""The draft orders of a hook → the tests and examinations among them. Orders of anything else are nobody's here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from gateway.bundle import Resource
from gateway.errors import PayloadError
from gateway.prior.question import MOST_ORDERS
from gateway.reuse.order import OrderedTest, Priority
from gateway.reuse.result import Code
from gateway.reuse.taken import moment_of

_LONGEST = 255  # characters of a code or a system
_NOT_ORDERED = frozenset({"revoked", "entered-in-error", "completed"})  # ServiceRequest.status


@dataclass(frozen=True, slots=True)
class Draft:
    """``order.reference``: ``ServiceRequest/id``, "" where the draft has no id and so cannot be named."""

    order: OrderedTest
    resource: Resource


def drafts(context: Mapping[str, Any], patient: str, *, selected: bool) -> tuple[Draft, ...]:
    """PayloadError where the Bundle is none, an order is another patient's, or there are too many."""
    bundle = context.get("draftOrders")
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise PayloadError("cds-context", "context.draftOrders")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise PayloadError("cds-context", "context.draftOrders.entry")
    chosen = _selections(context) if selected else None
    found = tuple(_of(entries, patient, chosen))
    if len(found) > MOST_ORDERS:
        raise PayloadError("cds-too-many-orders", "context.draftOrders", limit=MOST_ORDERS)
    return found


def _selections(context: Mapping[str, Any]) -> frozenset[str]:
    listed = context.get("selections")
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise PayloadError("cds-context", "context.selections")
    return frozenset(listed)


def _of(entries: list[Any], patient: str, chosen: frozenset[str] | None) -> Iterator[Draft]:
    for number, entry in enumerate(entries):
        path = f"context.draftOrders.entry[{number}].resource"
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise PayloadError("cds-context", path)
        if resource["resourceType"] != "ServiceRequest":
            continue
        _check_subject(resource, patient, path)
        name = resource.get("id", "")
        if not isinstance(name, str) or len(name) > _LONGEST or not name.isprintable():
            raise PayloadError("cds-not-r4", f"{path}.id")
        reference = f"ServiceRequest/{name}" if name else ""
        if chosen is not None and reference not in chosen and name not in chosen:
            continue
        if not isinstance(resource.get("status", ""), str):
            raise PayloadError("cds-not-r4", f"{path}.status")
        if resource.get("doNotPerform") is True or resource.get("status") in _NOT_ORDERED:
            continue
        yield Draft(_order(resource, reference, path, entries), resource)


def _check_subject(resource: Resource, patient: str, path: str) -> None:
    """A draft that does not say whose it is is the hook's patient's; one that says it without a reference may be
    anybody's."""
    if "subject" not in resource:
        return
    subject = resource["subject"]
    reference = subject.get("reference") if isinstance(subject, dict) else None
    if not isinstance(reference, str) or not reference:
        raise PayloadError("cds-not-r4", f"{path}.subject")
    if not f"/{reference}".endswith(f"/Patient/{patient}"):
        raise PayloadError("cds-other-patient", f"{path}.subject")


def _order(resource: Resource, reference: str, path: str, entries: list[Any]) -> OrderedTest:
    code = resource.get("code", {})
    if not isinstance(code, dict) or code.keys() & {"concept", "reference"}:  # R5: a CodeableReference
        raise PayloadError("cds-not-r4", f"{path}.code")
    codes = _codes(code, f"{path}.code")
    sites = resource.get("bodySite", [])
    if not isinstance(sites, list):
        raise PayloadError("cds-not-r4", f"{path}.bodySite")
    named = code.get("text") or next((one["display"] for one in code.get("coding", ()) if one.get("display")), "")
    if not isinstance(named, str):
        raise PayloadError("cds-not-r4", f"{path}.code")
    priority, details = resource.get("priority", ""), resource.get("orderDetail", [])
    if priority not in get_args(Priority):
        raise PayloadError("cds-not-r4", f"{path}.priority")
    if not isinstance(details, list):
        raise PayloadError("cds-not-r4", f"{path}.orderDetail")
    specimens = [_specimen(one, resource, entries, path) for one in _listed(resource, "specimen", path)]
    return OrderedTest(
        codes=codes,
        name=named,
        reference=reference,
        body_site=frozenset(one for site in sites for one in _codes(site, f"{path}.bodySite")),
        wanted_from=_wanted_from(resource, path),
        repeated="occurrenceTiming" in resource,
        priority=priority,
        detailed=bool(details),
        specimen=frozenset().union(*specimens),
        specimen_unread=not all(specimens),
    )


def _listed(resource: Resource, name: str, path: str) -> list[Any]:
    listed = resource.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise PayloadError("cds-not-r4", f"{path}.{name}")
    return listed


def _specimen(named: dict[str, Any], resource: Resource, entries: list[Any], path: str) -> frozenset[Code]:
    """The kind of a specimen that is contained or among the drafts; empty where nothing here tells it."""
    reference = named.get("reference", "")
    for one in _listed(resource, "contained", path):
        if one.get("resourceType") == "Specimen" and reference == f"#{one.get('id')}":
            return _codes(one.get("type", {}), f"{path}.contained.type")
    for entry in entries:
        one = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(one, dict) and one.get("resourceType") == "Specimen" and reference == f"Specimen/{one.get('id')}":
            return _codes(one.get("type", {}), "context.draftOrders.entry.resource.type")
    return frozenset()


def _wanted_from(resource: Resource, path: str) -> datetime | None:
    """The beginning of the time the test is ordered for, None where no time is said."""
    name, said = "occurrenceDateTime", resource.get("occurrenceDateTime")
    if said is None:
        period = resource.get("occurrencePeriod", {})
        name, said = "occurrencePeriod", period.get("start") if isinstance(period, dict) else False
    found = moment_of(said) if isinstance(said, str) else None
    if said is not None and found is None:
        raise PayloadError("cds-not-r4", f"{path}.{name}")
    return found[0] if found else None


def _codes(concept: Any, path: str) -> frozenset[Code]:
    """Those with a system: a code without one is of no list."""
    listed = concept.get("coding", []) if isinstance(concept, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise PayloadError("cds-not-r4", path)
    found = [(one.get("system", ""), one.get("code", "")) for one in listed]
    if not all(isinstance(text, str) and len(text) <= _LONGEST for one in found for text in one):
        raise PayloadError("cds-not-r4", path)
    return frozenset((system, code) for system, code in found if system and code)
