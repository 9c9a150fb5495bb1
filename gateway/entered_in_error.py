"""Judge: what a record said and, translated again, says no more: the same resource, taken back. Pure."""

from __future__ import annotations

from gateway.bundle import Resource

# type → what R4 has for "it never was", where that is no status entered-in-error
_OTHERWISE = {"Patient": {"active": False}, "Practitioner": {}, "Organization": {}, "PractitionerRole": {}}
_VERIFIED = {
    "Condition": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    "AllergyIntolerance": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
}


def in_error(said: Resource) -> Resource:
    """Without a status that could say it, as it is: who somebody is does no harm by itself.

    A Patient may be somebody all the same, only not of this record: it is not active any more.
    """
    kind = said["resourceType"]
    if kind in _OTHERWISE:
        return {**said, **_OTHERWISE[kind]}
    if system := _VERIFIED.get(kind):
        rest = {key: value for key, value in said.items() if key != "clinicalStatus"}  # con-5, ait-2
        return {**rest, "verificationStatus": {"coding": [{"system": system, "code": "entered-in-error"}]}}
    if kind == "Location" or "status" not in said:
        return said
    return {**said, "status": "entered-in-error"}
