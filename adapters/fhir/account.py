"""What of a Bundle is no resource, and what of a resource is its server's own: each listed with its reason."""

from __future__ import annotations

from typing import Any

from adapters.fhir.kinds import kinds
from adapters.fhir.requests import account_for_request
from adapters.fhir.sent import Entry, Sent
from gateway.bundle import Resource
from gateway.mapping.ledger import Ledger

_READ = frozenset({"resourceType", "type", "entry", "timestamp", "identifier"})  # of a Bundle
_ENTRY_READ = frozenset({"fullUrl", "resource", "request"})
_OF_THE_BUNDLE = {
    "id": "the Bundle's own id; the exchange has one of its own",
    "meta": "about the Bundle, not about what is in it",
    "language": "of the Bundle, which holds no text itself",
    "total": "how many a search found",
    "link": "other pages of a search",
    "signature": "over the Bundle as it came; not checked",
}
_OF_AN_ENTRY = {
    "id": "of the entry, not of what is in it",
    "link": "of the entry, not of what is in it",
    "search": "why a search gave it",
    "response": "what a server answered",
}
_OF_A_SERVER = {
    "versionId": "the sender's count of versions; the gateway counts its own",
    "lastUpdated": "when the sender's server stored it",
    "source": "where the sender's server had it from; here it names the exchange",
}
_TESTING = "HTEST"  # http://terminology.hl7.org/CodeSystem/v3-ActReason


def account_for_bundle(sent: Sent, ledger: Ledger) -> None:
    """List what stands around the entries. Rules of its own (implicitRules), known to nobody here, hold the record."""
    if not sent.is_bundle:
        return
    bundle = sent.resource
    for name in bundle:
        if name not in _READ:
            _leave(name, _OF_THE_BUNDLE, f"{sent.at}.{name}", ledger)
    if any(link.get("relation") == "next" for link in bundle.get("link", ())):
        ledger.remark("warning", "incomplete", "fhir-more-pages", f"{sent.at}.link")
    for index, frame in enumerate(bundle.get("entry", ())):
        at = f"{sent.at}.entry[{index}]"
        for name in frame:
            if name not in _ENTRY_READ:
                _leave(name, _OF_AN_ENTRY, f"{at}.{name}", ledger)
        if "request" in frame or "resource" not in frame:
            account_for_request(frame, at, ledger)


def _leave(name: str, reasons: dict[str, str], at: str, ledger: Ledger) -> None:
    reason = reasons.get(name.removeprefix("_"))
    if reason is None:  # implicitRules, extensions of the frame: https://hl7.org/fhir/R4/resource.html#implicitrules
        ledger.hold("not-supported", "fhir-own-rules", at)
        ledger.leave(at, "may change what the rest means", clinical=True)
    else:
        ledger.leave(at, reason)


def is_taken(entry: Entry, ledger: Ledger) -> bool:
    """True for a type that travels; any other is listed, and holds the record where it may say more of the patient."""
    if (entry.request or {}).get("method", "POST") not in ("POST", "PUT"):
        return False
    if entry.kind == "Provenance" and "signature" in entry.resource:
        ledger.leave(entry.at, "signs the Bundle as it came; not checked")
        return False
    if reason := kinds().left.get(entry.kind):
        ledger.leave(entry.at, reason)
        return False
    if reason := kinds().held.get(entry.kind):
        ledger.leave(entry.at, reason, clinical=True)
        ledger.hold("not-supported", "fhir-type-held", entry.at, type=entry.kind)
        return False
    return True


def without_servers_own(entry: Entry, made: Resource, ledger: Ledger) -> Resource:
    """The resource without what its server says of its own copy."""
    if "implicitRules" in made or "_implicitRules" in made:
        ledger.hold("not-supported", "fhir-own-rules", f"{entry.at}.implicitRules")
    meta: dict[str, Any] = made.get("meta", {})
    kept = {name: item for name, item in meta.items() if name.removeprefix("_") not in _OF_A_SERVER}
    for name in [one for one in meta if one not in kept]:
        ledger.leave(f"{entry.at}.meta.{name}", _OF_A_SERVER[name.removeprefix("_")])
    if len(kept) == len(meta):
        return made
    rest = {name: item for name, item in made.items() if name != "meta"}
    return {**rest, "meta": kept} if kept else rest


def is_for_training(resource: Resource) -> bool:
    """Labelled as test data: http://terminology.hl7.org/CodeSystem/v3-ActReason, HTEST."""
    return any(label.get("code") == _TESTING for label in resource.get("meta", {}).get("security", ()))
