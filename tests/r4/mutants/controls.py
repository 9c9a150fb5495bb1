"""The valid resources that mutants are made of, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from gateway.jsontext import loads
from gateway.r4.definition_files import definition_file
from tests.r4.mutants.made import made_resource
from tests.r4.mutants.written import WRITTEN

TYPES = [name for name, kind in definition_file("types").items() if kind["kind"] == "resource" and not kind["abstract"]]
# What made_resource cannot make, for the invariant it would break; most have examples, the others stand in WRITTEN.
_NOT_FULL = {
    "Appointment": "app-1", "Bundle": "bdl-1", "CapabilityStatement": "cpb-1", "Condition": "con-4",
    "EventDefinition": "trd-3", "FamilyMemberHistory": "fhs-1", "ImmunizationRecommendation": "imr-1",
    "Linkage": "lnk-1", "Observation": "obs-6", "SearchParameter": "spd-2", "StructureDefinition": "sdf-6",
    "TerminologyCapabilities": "tcp-4",
}  # fmt: skip
_LARGEST = 150_000  # bytes of an example: a mutant of a larger one shows nothing more


def controls(examples: Mapping[str, bytes], seed: str, of_each_type: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and resource: some official examples of each type, a made one of each type, and those written."""
    taken: Counter[str] = Counter()
    for name in Random(seed).sample(sorted(examples), len(examples)):  # noqa: S311 - a sample, no secret
        kind = name.partition("-")[0]
        if taken[kind] < of_each_type and len(examples[name]) <= _LARGEST:
            taken[kind] += 1
            yield name, loads(examples[name])
    for kind in TYPES:
        if kind not in _NOT_FULL:
            yield f"made {kind}", made_resource(kind)
    for name, resource in WRITTEN.items():
        yield f"written {name}", resource
