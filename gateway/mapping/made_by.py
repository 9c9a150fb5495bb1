"""That a record was placed by a mapping file, and by which version of which adapter: a Provenance in its Bundle.

A receiver can so look for all that a wrong file made. When it was done is no word of the record, whose resources
are the same whenever they are made: the signed exchange says it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from gateway.adapter import SourceAdapter, Translation
from gateway.bundle import CANONICAL, Resource, deterministic_id, urn, uuid5

POLICY = f"{CANONICAL}/mapping-files/"
_URI = "urn:ietf:rfc:3986"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
# R4's value set, from which a code is to be used where one fits
_CREATED = {"system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": "CREATE", "display": "create"}


def with_file_told(made: Translation, adapter: SourceAdapter, facility: str, replaces: str = "") -> Translation:
    """With a Provenance of the mapping file behind its resources; as it is, where none was used.

    ``policy``, R4's plan that an activity was defined by, holds the file's name, version and digest. ``replaces``: the
    id of the Bundle that said the same record before, and whose words count no more; "" for a record's first.
    """
    if not made.mapping or not made.resources:
        return made
    targets = [one["id"] for one in made.resources]
    name, _, version = made.mapping.partition(" ")
    told: dict[str, Any] = {
        "resourceType": "Provenance",
        "id": deterministic_id(facility, "Provenance", "mapping", adapter.version, made.mapping, replaces, *targets),
        "contained": [_program(adapter)],
        "target": [{"reference": urn(one)} for one in targets],
        "_recorded": {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]},
        "policy": [POLICY + f"{name}/{version}".replace(" ", "?")],
        "activity": {"coding": [dict(_CREATED)]},
        "agent": [
            {
                "type": {"coding": [{"system": _AGENT, "code": "assembler", "display": "Assembler"}]},
                "who": {"reference": "#adapter"},
            }
        ],
    }
    if replaces:
        told["entity"] = [{"role": "revision", "what": {"identifier": {"system": _URI, "value": urn(replaces)}}}]
    return replace(made, resources=[*made.resources, told])


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
    return any(str(plan).startswith(POLICY) for plan in one.get("policy", ()))


def _program(adapter: SourceAdapter) -> Resource:
    return {
        "resourceType": "Device",
        "id": "adapter",
        "deviceName": [{"name": f"{CANONICAL}/adapter/{adapter.name}", "type": "other"}],
        "type": {"text": "software"},
        "version": [{"value": adapter.version}],
    }
