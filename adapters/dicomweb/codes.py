"""Codes: items of code sequences (PS3.3 8.8), modalities, parts of the body, SOP classes."""

from __future__ import annotations

import re
from typing import Any

from adapters.dicomweb.dataset import Value, inner_text, uid
from adapters.dicomweb.telling import Telling
from gateway.bundle import CANONICAL
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.vocabulary import vocabulary

DCM = "http://dicom.nema.org/resources/ontology/DCM"
SNOMED = "http://snomed.info/sct"
BODY_PARTS = f"{CANONICAL}/CodeSystem/dicom-body-part"
# Coding Scheme Designators of PS3.16 section 8 whose system has a URI in FHIR.
_SCHEMES = {
    "DCM": DCM,
    "SCT": SNOMED,
    "LN": "http://loinc.org",
    "RADLEX": "http://radlex.org",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "UCUM": "http://unitsofmeasure.org",
    "C4": "http://www.ama-assn.org/go/cpt",
}
_TERM = re.compile(r"[A-Z0-9][A-Z0-9 _]{0,15}\Z")


def coding_of(item: Value, telling: Telling) -> tuple[dict[str, Any], dict[str, str]]:
    """(the Coding of an item, its lineage); CannotPlace when it has neither a code nor a meaning."""
    code = (
        inner_text(item, "CodeValue", "SH", "00080100")
        or inner_text(item, "LongCodeValue", "UC", "00080119")
        or inner_text(item, "URNCodeValue", "UR", "00080120")
    )
    meaning = inner_text(item, "CodeMeaning", "LO", "00080104")
    scheme = inner_text(item, "CodingSchemeDesignator", "SH", "00080102")
    if not code and not meaning:
        raise CannotPlace("dicom-code-missing")
    made = {"system": _SCHEMES.get(scheme) or telling.system("code", scheme or "dicom"), "code": code} if code else {}
    if meaning:
        made["display"] = meaning
    sources = {"code": f"{item.path}.CodeValue", "display": f"{item.path}.CodeMeaning"}
    return made, {key: path for key, path in sources.items() if key in made}


def concept(item: Value, telling: Telling) -> Piece:
    made, sources = coding_of(item, telling)
    if "code" not in made:
        return Piece({"text": made["display"]}, {"text": sources["display"]})
    return Piece({"coding": [made]}, {f"coding[0].{key}": path for key, path in sources.items()})


def coding(item: Value, telling: Telling) -> Piece:
    made, sources = coding_of(item, telling)
    return Piece(made, sources)


def words(found: Value, _telling: Telling) -> Piece:
    """Words alone, as a concept."""
    return Piece({"text": found.value}, {"text": found.path})


def modality(found: Value, _telling: Telling) -> Piece:
    """A term of Modality (0008,0060), which is a code of DICOM's own system."""
    if not _TERM.match(found.value):
        raise CannotPlace("dicom-term-malformed", code="code-invalid")
    return Piece({"system": DCM, "code": found.value}, {"code": found.path})


def of_table(name: str, otherwise: str = "") -> Any:
    """The target of a vocabulary; a term it has no row for stays the sender's own, in the system ``otherwise``."""

    def read(found: Value, _telling: Telling) -> Piece:
        target = vocabulary(name).translate(found.value)
        if target is not None:
            return Piece(target.as_fhir(), {"code": found.path})
        if not otherwise:
            raise CannotPlace("code-unmapped", code="code-invalid", vocabulary=name)
        return Piece({"system": otherwise, "code": found.value}, {"code": found.path})

    return read


def sop_class(found: Value, _telling: Telling) -> Piece:
    return Piece({"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{uid(found.value)}"}, {"code": found.path})
