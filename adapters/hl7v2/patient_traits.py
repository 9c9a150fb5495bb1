"""What PID says of the patient in fields that mean something only together: the county, and that it is an animal."""

from __future__ import annotations

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment
from gateway.mapping.draft import Draft

ANIMAL = "http://hl7.org/fhir/StructureDefinition/patient-animal"


def put_county(pid: Segment, patient: Draft, scope: Scope) -> None:
    """PID-12: the district of the only address that says none, else an address of its own (HL7's four conditions)."""
    value = pid.first(12)
    if value is None:
        return
    county = value.whole().strip()
    addresses = patient.get("address") or []
    if len(addresses) == 1 and "district" not in addresses[0]:
        patient.put("address[0].district", county, value.path)
    elif len(addresses) != 1 or addresses[0]["district"] != county:
        patient.put(f"address[{len(addresses)}].district", county, value.path)
    scope.ledger.use(value.path)


def put_animal(pid: Segment, patient: Draft, scope: Scope) -> None:
    """PID-35 and PID-36: the patient is an animal, of this species and breed. R4 has no breed without a species."""
    species, breed = pid.first(35), pid.first(36)
    if species is None:
        return
    made = Composite()
    made.put("url", ANIMAL)
    for name, value in (("species", species), ("breed", breed)):
        part = attempt(codeable, value, scope) if value is not None else None
        if part is None:
            continue
        inner = Composite()
        inner.put("url", name)
        inner.put_piece("valueCodeableConcept", part)
        made.add_piece("extension", inner.piece())
    if (animal := made.piece()) is not None and made.value.get("extension"):
        patient.add("extension", animal)
