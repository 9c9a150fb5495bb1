"""How a record was placed: by which mapping file, which version of which adapter, and, where it takes the place of an
earlier one, by which decisions on its codes: a Provenance in its Bundle.

A receiver can so look for all that a wrong file made. When it was done is no word of the record, whose resources
are the same whenever they are made: the signed exchange says it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from gateway.adapter import SourceAdapter, Translation
from gateway.bundle import CANONICAL, Resource, deterministic_id, urn, uuid5

POLICY = f"{CANONICAL}/mapping-files/"
DECIDED = f"{CANONICAL}/ConceptMap/local"  # and local-CODE: what persons decided of codes and units
_URI = "urn:ietf:rfc:3986"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
# R4's value set, from which a code is to be used where one fits
_CREATED = {"system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": "CREATE", "display": "create"}


def with_file_told(
    made: Translation, adapter: SourceAdapter, facility: str, replaces: str = "", decided: Sequence[Resource] = ()
) -> Translation:
    """With a Provenance of how it was placed behind its resources; as it is, where no mapping file was used and it
    takes the place of nothing.

    ``policy``, R4's plan that an activity was defined by, holds the file's name, version and digest, or else the
    ConceptMaps of what was decided. ``replaces``: the id of the Bundle that said the same record before, and whose
    words count no more; "" for a record's first. ``decided``: ``entity`` of each decision.
    """
    if not made.resources or not (made.mapping or replaces):
        return made
    targets = [one["id"] for one in made.resources]
    name, _, version = made.mapping.partition(" ")
    told: dict[str, Any] = {
        "resourceType": "Provenance",
        "id": deterministic_id(facility, "Provenance", "mapping", adapter.version, made.mapping, replaces, *targets),
        "contained": [_program(adapter)],
        "target": [{"reference": urn(one)} for one in targets],
        "_recorded": {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]},
        "policy": [POLICY + f"{name}/{version}".replace(" ", "?")] if made.mapping else _maps(decided),
        "activity": {"coding": [dict(_CREATED)]},
        "agent": [
            {
                "type": {"coding": [{"system": _AGENT, "code": "assembler", "display": "Assembler"}]},
                "who": {"reference": "#adapter"},
            }
        ],
    }
    if replaces:
        before = {"role": "revision", "what": {"identifier": {"system": _URI, "value": urn(replaces)}}}
        told["entity"] = [before, *decided]
    return replace(made, resources=[*made.resources, told])


def _maps(decided: Iterable[Resource]) -> list[str]:
    return sorted({one["what"]["identifier"]["system"] for one in decided}) or [DECIDED]


def bundles_replaced(provenance: Iterable[Resource]) -> frozenset[str]:
    """Ids of the Bundles that these took the place of: each named one, and the one that was kept apart beside it."""
    named = {
        str(entity["what"]["identifier"]["value"]).removeprefix("urn:uuid:")
        for one in provenance
        if tells_file(one)
        for entity in one.get("entity", ())
        if entity.get("role") == "revision" and entity.get("what", {}).get("identifier", {}).get("system") == _URI
    }
    return frozenset(named | {apart(one) for one in named if _UUID.match(one)})


def apart(exchange_id: str) -> str:
    """The id of the exchange of what the law keeps apart, beside the one of the rest."""
    return uuid5(uuid.UUID(exchange_id), "sensitive")


def tells_file(one: Resource) -> bool:
    """True for a Provenance of :func:`with_file_told`: it says how the record was placed, not who said it."""
    return any(str(plan).startswith((POLICY, DECIDED)) for plan in one.get("policy", ()))


def file_told(provenance: Iterable[Resource]) -> str:
    """The label of the mapping file that one of these names (Translation.mapping); "" where none does."""
    policies = (str(plan) for one in provenance for plan in one.get("policy", ()))
    named = next((plan.removeprefix(POLICY) for plan in policies if plan.startswith(POLICY)), "")
    return named.replace("/", " ", 1).replace("?", " ", 1)


def _program(adapter: SourceAdapter) -> Resource:
    return {
        "resourceType": "Device",
        "id": "adapter",
        "deviceName": [{"name": f"{CANONICAL}/adapter/{adapter.name}", "type": "other"}],
        "type": {"text": "software"},
        "version": [{"value": adapter.version}],
    }
