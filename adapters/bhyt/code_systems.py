"""The code systems, extensions and tags the translation writes."""

from __future__ import annotations

import re
from typing import Any

from gateway.bundle import CANONICAL

ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD9 = "http://hl7.org/fhir/sid/icd-9-cm"
LOINC = "http://loinc.org"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
NO_VALUE = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"  # the extension that stands for a value
ABSENT = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}
CLASS_UNKNOWN = {"system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK"}

QD1227 = f"{CANONICAL}/CodeSystem/qd1227"  # indicator codes of QĐ 1227/QĐ-BYT (2025): 7 digits from 1000001
GLN = "https://www.gs1.org/gln"  # a place by its GS1 number, 13 digits
SERVICES = f"{CANONICAL}/CodeSystem/ma-dich-vu"  # national service codes XX.YYYY.ZZZZ with their suffixes

# R4 requires a status and XML4 has none, so the one given is the gateway's reading.
STATUS_INFERRED = {"system": f"{CANONICAL}/CodeSystem/reading", "code": "status-inferred"}

_DRUG = re.compile(r"[0-9]{2}[A-Z]?\.[0-9]+(?:[.+][0-9A-Z.+]+)?\Z")
_SUPPLY = re.compile(r"N[0-9]{2}\.[0-9]{2}\.[0-9]{3}")
_SERVICE = re.compile(r"[0-9]{2}\.[0-9]{4}\.[0-9]{4}(?:[._].+)?\Z")
_SENT_OUT = re.compile(r"([0-9]{2}\.[0-9]{4}\.[0-9]{4})\.K\.([0-9A-Z]{5})\Z")
_FACILITY = re.compile(r"[0-9A-Z]{5}\Z")
_INDICATOR = re.compile(r"[1-9][0-9]{6}\Z")
_ICD = re.compile(r"([A-Z][0-9]{2})([0-9A-Z]{1,4})([*†+]?)\Z")


def national(name: str) -> str:
    """The system of one of the decision's own code lists: ``ma-loai-kcb``."""
    return f"{CANONICAL}/CodeSystem/bhyt-{name}"


def extension(name: str) -> str:
    return f"{CANONICAL}/StructureDefinition/{name}"


def local(facility: str, name: str) -> str:
    """The system of a facility's own codes or numbers."""
    return f"urn:vn:cskcb:{facility}:{name}"


def coding(system: str, text: str) -> dict[str, Any]:
    """A Coding; blanks a FHIR code cannot hold are single in ``code`` and as written in ``display``."""
    code = " ".join(text.split())
    return {"system": system, "code": code} if code == text else {"system": system, "code": code, "display": text}


def service_coding(facility: str, text: str) -> dict[str, Any]:
    """MA_DICH_VU whole, suffixes included: national where it has the national shape, else the facility's own."""
    return coding(SERVICES if _SERVICE.match(text) else local(facility, "ma-dich-vu"), text)


def drug_coding(facility: str, text: str) -> dict[str, Any]:
    """MA_THUOC: the ministry's code of the active ingredients (``40.30``, ``40.30+40.31``), or the facility's own."""
    return coding(national("ma-thuoc") if _DRUG.match(text) else local(facility, "ma-thuoc"), text)


def supply_coding(facility: str, text: str) -> dict[str, Any]:
    """MA_VAT_TU: the ministry's code of a supply (``N04.01.030…``), or the facility's own."""
    return coding(national("ma-vat-tu") if _SUPPLY.match(text) else local(facility, "ma-vat-tu"), text)


def is_stopped(text: str) -> bool:
    """True for a service begun and broken off: ``XX.YYYY.ZZZZ_TB``."""
    return bool(_SERVICE.match(text)) and text.endswith("_TB")


def performing_facility(text: str) -> str:
    """WWWWW of a sent-out service ``XX.YYYY.ZZZZ.K.WWWWW``: the facility that did it; "" otherwise."""
    matched = _SENT_OUT.match(text)
    return matched.group(2) if matched else ""


def facility_code(text: str) -> bool:
    """True for what has the form of a MA_CSKCB: five digits or capitals."""
    return bool(_FACILITY.match(text))


def indicator_coding(facility: str, text: str, decision: str) -> dict[str, Any]:
    """MA_CHI_SO: of QĐ 1227 when it has its seven digits and the record is not older than that list."""
    listed = decision not in ("4210", "130") and _INDICATOR.match(text)
    return coding(QD1227 if listed else local(facility, "ma-chi-so"), text)


def icd10(text: str) -> str:
    """An ICD-10 code with its point: ``J189`` is ``J18.9``; anything else as written."""
    matched = _ICD.match(text)
    return f"{matched.group(1)}.{matched.group(2)}{matched.group(3)}" if matched else text
