"""When the record was put together, and by whom: the Provenance of a Bundle that has a time or a number of its own.

The time decides which of two words of one resource is the later one (gateway.revision), which otherwise is the one
that came later. Of several Provenances the one with the most targets speaks for the record, so a record whose own
Provenances speak of parts of it gets this one too, with no time where the Bundle says none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.fhir.sent import Sent
from gateway.bundle import MA_CSKCB, Resource, deterministic_id, urn

_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def put_together(sent: Sent, made: Sequence[Resource], facility: str) -> tuple[Resource, dict[str, str]] | None:
    """The Provenance and its lineage; None where nothing needs one. ``made``: all other resources of the record."""
    bundle = sent.resource if sent.is_bundle else {}
    when, number = bundle.get("timestamp"), bundle.get("identifier")
    if not when and not number and not _speaks_of_a_part(made):
        return None
    targets = [one["id"] for one in made]
    key = [str(number.get(part, "")) for part in ("system", "value")] if number else [str(when), *targets]
    told: dict[str, Any] = {
        "resourceType": "Provenance",
        "id": deterministic_id(facility, "Provenance", "fhir-bundle", *key),
        "target": [{"reference": urn(one)} for one in targets],
        **({"recorded": when} if when else {"_recorded": _unknown()}),
        "agent": [
            {
                "type": {"coding": [{"system": _AGENT, "code": "author", "display": "Author"}]},
                "who": _facility(facility),
            }
        ],
    }
    lineage = {"recorded": f"{sent.at}.timestamp"} if when else {"id": sent.at}
    if number:
        told["entity"] = [{"role": "source", "what": {"identifier": number}}]
        lineage |= {f"entity[0].what.identifier.{part}": f"{sent.at}.identifier.{part}" for part in _leaves(number)}
    return told, lineage


def _speaks_of_a_part(made: Sequence[Resource]) -> bool:
    """True where the record has Provenances, and none of them is about all else."""
    said = [one for one in made if one["resourceType"] == "Provenance"]
    others = {urn(one["id"]) for one in made if one["resourceType"] != "Provenance"}
    return bool(said) and not any(others <= {each.get("reference") for each in one["target"]} for one in said)


def _facility(code: str) -> dict[str, Any]:
    return {"type": "Organization", "identifier": {"system": MA_CSKCB, "value": code}} if code else _unknown()


def _unknown() -> dict[str, Any]:
    return {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}


def _leaves(number: dict[str, Any]) -> list[str]:
    return [part for part, item in number.items() if isinstance(item, str)]
