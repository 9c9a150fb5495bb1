"""ROL and PRT built for tests, in messages whose translation passes the R4 check."""

from __future__ import annotations

from gateway.adapter import Translation
from gateway.bundle import Resource, urn
from gateway.r4 import check
from tests.hl7v2.building import header, message, order, patient, segment, translate

DOCTOR = "BS1^TRẦN^MỘT"
VISIT = segment("PV1", {2: "I", 3: "K01", 19: "V1"})
PROCEDURE = "PR1|1||47.09^Cắt ruột thừa^I9CM||20261116083000"
SPECIMEN = "SPM|1|^M1||BLD"


def prt(role: str, **changed: str) -> str:
    fields = {2: "AD", 4: role, 5: DOCTOR}
    return segment("PRT", fields | {int(name[1:]): text for name, text in changed.items()})


def rol(role: str, **changed: str) -> str:
    fields = {1: "R1", 2: "AD", 3: role, 4: DOCTOR}
    return segment("ROL", fields | {int(name[1:]): text for name, text in changed.items()})


def admitted(*segments: str) -> Translation:
    return checked(message(header(f9="ADT^A01"), patient(), *segments))


def reported(*segments: str) -> Translation:
    return checked(message(header(), patient(), order(), *segments))


def checked(data: bytes) -> Translation:
    made = translate(data)
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    return made


def at(made: Translation, reference: Resource) -> Resource:
    found: Resource
    (found,) = [one for one in made.resources if urn(one["id"]) == reference["reference"]]
    return found


def doctor(made: Translation, role: Resource) -> str:
    found = at(made, role)
    person = at(made, found["practitioner"]) if found["resourceType"] == "PractitionerRole" else found
    return str(person["identifier"][0]["value"])
