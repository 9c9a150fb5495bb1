"""The official examples: which are refused, and which of those truly break R4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.r4.score.cases import Check, refusals

# Each looked at: what the specification says, and what stands there. They count as rejected all the same;
# being not valid, they are no controls for mutants.
NOT_VALID: dict[str, str] = {
    "ActivityDefinition-heart-valve-replacement.json": "txt-2: the narrative's div holds nothing to read",
    "Bundle-10bb101f-a121-4264-a920-67be9cb82c74.json": "fullUrl ends with pat12, the id of its Patient is pat2",
    "Bundle-lri-example.json": "fullUrls end with lri-gramstain1 and the like, the ids are gramstain1 and the like",
    "DeviceMetric-example.json": "DeviceMetric.parent is a Reference(Device); a DeviceDefinition stands there",
    "DeviceUseStatement-example.json": "DeviceUseStatement.reasonReference does not allow Procedure",
    "EventDefinition-example.json": "txt-2: the narrative's div holds only white space",
    "Library-zika-virus-intervention-logic.json": "urn:oid:X.Y.Z is no OID",
    "MedicationRequest-medrx0301.json": "dispenseRequest.performer is a Reference(Organization); a Practitioner",
    "Observation-clinical-gender.json": "Observation.performer does not allow Encounter",
    "Questionnaire-qs1.json": "Questionnaire.item.linkId is 1..1 and missing in nested items",
}


def refused_examples(files: Mapping[str, bytes], check: Check) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Name and refusals of every example that the check refuses."""
    for name, content in files.items():
        found = refusals(check(content))
        if found:
            yield name, found
