"""Whose a record is: one patient, and the Patients linked to that one (a merged number, a mother and her child)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adapters.fhir.kinds import kinds
from adapters.fhir.links import Links
from adapters.fhir.sent import Entry
from gateway.errors import PayloadError
from gateway.mapping.ledger import Ledger

_WHOSE = ("subject", "patient", "beneficiary", "for", "deliverTo")


def one_patient(entries: Sequence[Entry], links: Links, ledger: Ledger) -> None:
    """PayloadError where the record has no Patient, one outside of it, or two that nothing links.

    What must be about a patient and does not say whose it is holds the record.
    """
    patients = [entry for entry in entries if entry.kind == "Patient"]
    if not patients:
        raise PayloadError("fhir-no-patient")
    for entry in entries:
        if entry.kind == "Patient":
            continue
        inside = {one.get("id"): str(one.get("resourceType")) for one in reversed(entry.resource.get("contained", ()))}
        found = [_patient(one, at, entry, inside, links) for one, at in _named(entry)]
        if entry.kind in kinds().of_a_patient and not any(found):
            ledger.hold("required", "fhir-of-nobody", entry.at)
    if _groups(patients, [entry for entry in entries if entry.kind == "RelatedPerson"], links) > 1:
        raise PayloadError("fhir-two-patients", patients[1].at, patients=len(patients))


def _named(entry: Entry) -> Iterator[tuple[dict[str, Any], str]]:
    """Each Reference that may say whose the resource is, with its path."""
    for element in _WHOSE:
        value = entry.resource.get(element)
        for index, one in enumerate(value if isinstance(value, list) else [value] if value else ()):
            if isinstance(one, dict):
                yield one, f"{entry.at}.{element}" + (f"[{index}]" if isinstance(value, list) else "")
    if entry.kind == "Appointment":
        for index, one in enumerate(entry.resource.get("participant", ())):
            if "actor" in one:
                yield one["actor"], f"{entry.at}.participant[{index}].actor"


def _patient(reference: dict[str, Any], at: str, entry: Entry, inside: Mapping[str | None, str], links: Links) -> bool:
    """True when it leads to a Patient of the record; PayloadError when to one that is not in it.

    ``inside``: the id of each resource that the entry's contains → its type.
    """
    text = reference.get("reference")
    if not isinstance(text, str):
        if reference.get("type") == "Patient" or (entry.kind != "Appointment" and "identifier" in reference):
            raise PayloadError("fhir-patient-elsewhere", at)
        return False
    if text.startswith("#"):
        if inside.get(text[1:]) == "Patient":
            raise PayloadError("fhir-patient-contained", at)
        return False
    target = links.target(text, entry)
    if target is not None:
        return target.kind == "Patient"
    if reference.get("type") == "Patient" or "Patient/" in text or text.startswith(("urn:", "Patient?")):
        raise PayloadError("fhir-patient-elsewhere", f"{at}.reference")
    return False


def _groups(patients: Sequence[Entry], relatives: Sequence[Entry], links: Links) -> int:
    """How many groups of Patients there are that links join, directly or by a relative who is one of them."""
    leads = {entry.at: entry.at for entry in (*patients, *relatives)}  # each to one of its group, the last to itself

    def last(at: str) -> str:
        while leads[at] != at:
            leads[at] = leads[leads[at]]
            at = leads[at]
        return at

    for entry in (*patients, *relatives):
        named = [one.get("other", {}) for one in entry.resource.get("link", ())] if entry.kind == "Patient" else []
        named += [entry.resource["patient"]] if entry.kind == "RelatedPerson" else []
        for one in named:
            target = links.target(str(one.get("reference", "")), entry)
            if target is not None and target.at in leads:
                leads[last(entry.at)] = last(target.at)
    return len({last(entry.at) for entry in patients})
