"""The search parameters of R4 that are built, each where R4 defines it for the type; one more is R5's.

https://hl7.org/fhir/R4/searchparameter-registry.html; a test holds every row equal to the
SearchParameter resource of the FHIR core package: type, kind and element.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["token", "reference", "date"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of one type.

    ``path``: the element, from the resource, ``effective[x]`` where its type is a choice; "" for
    what is kept beside the resource. ``targets``: types a reference may point to, of those
    stored here. ``system``: the code system a plain ``code`` element implies. ``rows``: the
    parameter whose index rows answer this one (``patient`` reads those of ``subject``).
    """

    type: str
    name: str
    kind: Kind
    path: str
    targets: tuple[str, ...] = ()
    system: str = ""
    rows: str = ""

    @property
    def by_number(self) -> bool:
        """Whether ``:identifier`` may be asked. Not of a patient: everything here refers to a Patient that is here,
        so it would find nothing, and be taken for no result. Of a Provenance's target it may: an order that was never
        made is named by its number alone. What a Provenance is of is a message's number more often than a result's.
        Of a Communication's recipient too: an alert names the facility it is for by its number alone."""
        if self.type in ("Provenance", "Communication"):
            return self.name in ("target", "recipient")
        return self.kind == "reference" and "Patient" not in self.targets

    @property
    def documentation(self) -> str:
        if not self.path:
            return "kept by this server for every resource"
        chained = "; also chained: .identifier" if self.kind == "reference" else ""
        chained += "; :identifier" if self.by_number else ""
        own = "; not of R4, but as R5 defines it" if (self.type, self.name) in OF_R5 else ""
        return f"{self.type}.{self.path}{chained}{own}"


# R4 has no way to ask for the reports of a study.
OF_R5 = frozenset({("DiagnosticReport", "study")})

_HL7 = "http://hl7.org/fhir"
_SUBJECT = ("Patient", "Device", "Location")
_ACTOR = ("Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Device", "Location")
_BILLED = ("Patient", "Device", "Practitioner", "PractitionerRole", "Location", "Organization")
_PERFORMER = ("Practitioner", "PractitionerRole", "Organization", "CareTeam", "Patient", "RelatedPerson")

_ANYTHING = ("*",)  # every type stored here

# type → name → (kind, element, reference targets or implied code system, rows of another parameter)
_Row = tuple[Kind, str] | tuple[Kind, str, tuple[str, ...] | str] | tuple[Kind, str, tuple[str, ...] | str, str]

_IDENTIFIER: _Row = ("token", "identifier")
_CODE: _Row = ("token", "code")
_CATEGORY: _Row = ("token", "category")
_PATIENT: _Row = ("reference", "subject", ("Patient",), "subject")
_ENCOUNTER: _Row = ("reference", "encounter", ("Encounter",))
_WITHIN: _Row = ("reference", "encounter", ("Encounter", "EpisodeOfCare"))  # where R4 names both
_BASED_ON: _Row = ("reference", "basedOn", ("ServiceRequest",))
_ORDERED_BY: _Row = ("reference", "basedOn", ("ServiceRequest", "MedicationRequest"))

_TABLE: Mapping[str, Mapping[str, _Row]] = {
    "Patient": {
        "identifier": _IDENTIFIER,
        "birthdate": ("date", "birthDate"),
        "gender": ("token", "gender", f"{_HL7}/administrative-gender"),
    },
    "Coverage": {
        "identifier": _IDENTIFIER,
        "beneficiary": ("reference", "beneficiary", ("Patient",)),
        "patient": ("reference", "beneficiary", ("Patient",), "beneficiary"),
        "status": ("token", "status", f"{_HL7}/fm-status"),
    },
    "Encounter": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", ("Patient",)),
        "patient": _PATIENT,
        "date": ("date", "period"),
        "status": ("token", "status", f"{_HL7}/encounter-status"),
        "based-on": _BASED_ON,
    },
    "ServiceRequest": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", _SUBJECT),
        "patient": _PATIENT,
        "code": _CODE,
        "category": _CATEGORY,
        "status": ("token", "status", f"{_HL7}/request-status"),
        "based-on": _ORDERED_BY,
        "encounter": _WITHIN,
        "authored": ("date", "authoredOn"),
        "specimen": ("reference", "specimen", ("Specimen",)),
    },
    "DiagnosticReport": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", _SUBJECT),
        "patient": _PATIENT,
        "code": _CODE,
        "category": _CATEGORY,
        "date": ("date", "effective[x]"),
        "issued": ("date", "issued"),
        "status": ("token", "status", f"{_HL7}/diagnostic-report-status"),
        "based-on": _ORDERED_BY,
        "encounter": _WITHIN,
        "performer": ("reference", "performer", _PERFORMER[:4]),
        "result": ("reference", "result", ("Observation",)),
        "specimen": ("reference", "specimen", ("Specimen",)),
        "study": ("reference", "imagingStudy", ("ImagingStudy",)),
    },
    "Observation": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", _SUBJECT),
        "patient": _PATIENT,
        "code": _CODE,
        "category": _CATEGORY,
        "date": ("date", "effective[x]"),
        "status": ("token", "status", f"{_HL7}/observation-status"),
        "based-on": ("reference", "basedOn", ("DeviceRequest", "MedicationRequest", "ServiceRequest")),
        "encounter": _WITHIN,
        "performer": ("reference", "performer", _PERFORMER),
        "specimen": ("reference", "specimen", ("Specimen",)),
    },
    "Specimen": {
        "identifier": _IDENTIFIER,
        "accession": ("token", "accessionIdentifier"),
        "subject": ("reference", "subject", _SUBJECT),
        "patient": _PATIENT,
        "collected": ("date", "collection.collected[x]"),
        "status": ("token", "status", f"{_HL7}/specimen-status"),
    },
    "Organization": {"identifier": _IDENTIFIER},
    "Practitioner": {"identifier": _IDENTIFIER},
    "PractitionerRole": {
        "identifier": _IDENTIFIER,
        "practitioner": ("reference", "practitioner", ("Practitioner",)),
        "organization": ("reference", "organization", ("Organization",)),
    },
    "Location": {"identifier": _IDENTIFIER, "status": ("token", "status", f"{_HL7}/location-status")},
    "Device": {
        "identifier": _IDENTIFIER,
        "patient": ("reference", "patient", ("Patient",)),
        "status": ("token", "status", f"{_HL7}/device-status"),
    },
    "Media": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", (*_SUBJECT, "Practitioner", "PractitionerRole", "Specimen")),
        "patient": _PATIENT,
        "created": ("date", "created[x]"),
        "status": ("token", "status", f"{_HL7}/event-status"),
        "based-on": _BASED_ON,
        "encounter": _ENCOUNTER,
    },
    "DocumentReference": {
        "identifier": ("token", "identifier|masterIdentifier"),
        "subject": ("reference", "subject", ("Patient", "Practitioner", "Device")),
        "patient": _PATIENT,
        "category": _CATEGORY,
        "date": ("date", "date"),
        "status": ("token", "status", f"{_HL7}/document-reference-status"),
        "encounter": ("reference", "context.encounter", ("Encounter", "EpisodeOfCare")),
    },
    "Composition": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", ("Patient",)),
        "patient": _PATIENT,
        "type": ("token", "type"),
        "category": _CATEGORY,
        "date": ("date", "date"),
        "status": ("token", "status", f"{_HL7}/composition-status"),
        "encounter": _WITHIN,
    },
    "Procedure": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", ("Patient",)),
        "patient": _PATIENT,
        "code": _CODE,
        "category": _CATEGORY,
        "date": ("date", "performed[x]"),
        "status": ("token", "status", f"{_HL7}/event-status"),
        "based-on": _BASED_ON,
        "encounter": _WITHIN,
    },
    "Condition": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", ("Patient",)),
        "patient": _PATIENT,
        "code": _CODE,
        "category": _CATEGORY,
        "recorded-date": ("date", "recordedDate"),
        "encounter": _ENCOUNTER,
    },
    "ImagingStudy": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", ("Patient", "Device")),
        "patient": _PATIENT,
        "started": ("date", "started"),
        "status": ("token", "status", f"{_HL7}/imagingstudy-status"),
        "basedon": ("reference", "basedOn", ("ServiceRequest", "Task", "Appointment")),
        "encounter": _ENCOUNTER,
        "modality": ("token", "series.modality"),
        "bodysite": ("token", "series.bodySite"),
        "series": ("token", "series.uid"),
        "endpoint": ("reference", "endpoint|series.endpoint", ("Endpoint",)),
    },
    "Endpoint": {
        "identifier": _IDENTIFIER,
        "status": ("token", "status", f"{_HL7}/endpoint-status"),
        "connection-type": ("token", "connectionType"),
        "organization": ("reference", "managingOrganization", ("Organization",)),
    },
    "Provenance": {
        "target": (
            "reference",
            "target",
            ("Patient", "Coverage", "Encounter", "ServiceRequest", "DiagnosticReport", "Observation", "Specimen"),
        ),
        "patient": ("reference", "target", ("Patient",), "target"),
        "entity": ("reference", "entity.what", _ANYTHING),
        "recorded": ("date", "recorded"),
    },
    "Communication": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", ("Patient",)),
        "patient": _PATIENT,
        "category": _CATEGORY,
        "status": ("token", "status", f"{_HL7}/event-status"),
        "sent": ("date", "sent"),
        "recipient": ("reference", "recipient", (*_PERFORMER, "Device")),
    },
    "Task": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "for", ("Patient",)),
        "patient": ("reference", "for", ("Patient",), "subject"),
        "code": _CODE,
        "status": ("token", "status", f"{_HL7}/task-status"),
        "encounter": _ENCOUNTER,
        "authored-on": ("date", "authoredOn"),
    },
    "AllergyIntolerance": {
        "identifier": _IDENTIFIER,
        "patient": ("reference", "patient", ("Patient",)),
        "code": ("token", "code|reaction.substance"),
        "category": ("token", "category", f"{_HL7}/allergy-intolerance-category"),
        "clinical-status": ("token", "clinicalStatus"),
        "verification-status": ("token", "verificationStatus"),
        "date": ("date", "recordedDate"),
    },
    "RelatedPerson": {
        "identifier": _IDENTIFIER,
        "patient": ("reference", "patient", ("Patient",)),
        "relationship": ("token", "relationship"),
        "birthdate": ("date", "birthDate"),
        "gender": ("token", "gender", f"{_HL7}/administrative-gender"),
    },
    "EpisodeOfCare": {
        "identifier": _IDENTIFIER,
        "patient": ("reference", "patient", ("Patient",)),
        "status": ("token", "status", f"{_HL7}/episode-of-care-status"),
    },
    "CareTeam": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", ("Patient",)),
        "patient": _PATIENT,
        "status": ("token", "status", f"{_HL7}/care-team-status"),
        "encounter": _ENCOUNTER,
    },
    "Immunization": {
        "identifier": _IDENTIFIER,
        "patient": ("reference", "patient", ("Patient",)),
        "vaccine-code": ("token", "vaccineCode"),
        "date": ("date", "occurrence[x]"),
        "status": ("token", "status", f"{_HL7}/event-status"),
    },
    "MedicationRequest": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", ("Patient",)),
        "patient": _PATIENT,
        "authoredon": ("date", "authoredOn"),
        "status": ("token", "status", f"{_HL7}/CodeSystem/medicationrequest-status"),
        "intent": ("token", "intent", f"{_HL7}/CodeSystem/medicationrequest-intent"),
        "encounter": _ENCOUNTER,
    },
    "Medication": {
        "identifier": _IDENTIFIER,
        "code": _CODE,
        "status": ("token", "status", f"{_HL7}/CodeSystem/medication-status"),
    },
    "Appointment": {
        "identifier": _IDENTIFIER,
        "actor": ("reference", "participant.actor", _ACTOR),
        "patient": ("reference", "participant.actor", ("Patient",), "actor"),
        "practitioner": ("reference", "participant.actor", ("Practitioner",), "actor"),
        "location": ("reference", "participant.actor", ("Location",), "actor"),
        "date": ("date", "start"),
        "status": ("token", "status", f"{_HL7}/appointmentstatus"),
        "service-type": ("token", "serviceType"),
        "based-on": _BASED_ON,
    },
    "Account": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", _BILLED),
        "patient": _PATIENT,
        "status": ("token", "status", f"{_HL7}/account-status"),
    },
    "DeviceRequest": {
        "identifier": _IDENTIFIER,
        "subject": ("reference", "subject", _SUBJECT),
        "patient": _PATIENT,
        "authored-on": ("date", "authoredOn"),
        "status": ("token", "status", f"{_HL7}/request-status"),
        "intent": ("token", "intent", f"{_HL7}/request-intent"),
        "encounter": _WITHIN,
    },
    "SupplyDelivery": {
        "identifier": _IDENTIFIER,
        "patient": ("reference", "patient", ("Patient",)),
        "status": ("token", "status", f"{_HL7}/supplydelivery-status"),
    },
}

STORED_TYPES: tuple[str, ...] = tuple(_TABLE)


def _parameter(resource_type: str, name: str, row: _Row) -> Parameter:
    kind, path = row[0], row[1]
    detail: tuple[str, ...] | str = row[2] if len(row) > 2 else ""
    rows = row[3] if len(row) > 3 else name
    if isinstance(detail, str):
        return Parameter(resource_type, name, kind, path, (), detail, rows)
    return Parameter(resource_type, name, kind, path, STORED_TYPES if detail == _ANYTHING else detail, "", rows)


PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    resource_type: {
        "_id": Parameter(resource_type, "_id", "token", ""),
        "_lastUpdated": Parameter(resource_type, "_lastUpdated", "date", ""),
        **{name: _parameter(resource_type, name, row) for name, row in rows.items()},
    }
    for resource_type, rows in _TABLE.items()
}


def supported() -> dict[str, list[tuple[str, str, str]]]:
    """type → (name, kind, documentation) of every parameter built, for the CapabilityStatement."""
    return {
        resource_type: [(item.name, item.kind, item.documentation) for item in parameters.values()]
        for resource_type, parameters in PARAMETERS.items()
    }


def supported_includes() -> dict[str, list[str]]:
    """type → every ``_include`` value built (``Observation:subject``)."""
    return {
        resource_type: [f"{resource_type}:{item.name}" for item in parameters.values() if item.kind == "reference"]
        for resource_type, parameters in PARAMETERS.items()
    }
