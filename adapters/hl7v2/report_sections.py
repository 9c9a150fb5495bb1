"""What results are to their report: its sections, its conclusion, the numbers of the imaging study.

Sections are results in the order sent. The conclusion is the text of those whose code says that they are one, by a
suffix of OBX-3 or a LOINC code (mappings/hl7v2/report-sections.toml); a local code is not taken for one by its words.
No ImagingStudy is made of a number: the report refers to the study by it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from adapters.hl7v2.datatypes.identifiers import TYPES
from adapters.hl7v2.orders import Placed
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment
from gateway.bundle import CANONICAL
from gateway.mapping import mapping_file
from gateway.mapping.draft import Draft, Piece

SUFFIXES = f"{CANONICAL}/CodeSystem/hl7v2-observation-suffix"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_UID = re.compile(r"(?:urn:oid:)?([0-2](?:\.(?:0|[1-9][0-9]*))+)\Z")
_UID_LENGTH = 64  # DICOM PS3.5 section 9
_SAYS_NOTHING = frozenset({"cancelled", "entered-in-error"})


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(mapping_file("hl7v2", "report-sections.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _meanings() -> dict[tuple[str, str], str]:
    """(system, code) → conclusion, uid, accession."""
    table = _table()
    made = {(SUFFIXES, code): "conclusion" for code in table["conclusion"]["suffix"]}
    for system, codes in table["conclusion"].items():
        made |= {(system, code): "conclusion" for code in codes if system != "suffix"}
    for meaning, codes in table["study"].items():
        made |= {(DICOM, code): meaning for code in codes}
    return made


def suffix_of(obx: Segment) -> str:
    """The suffix of OBX-3's code (``IMP`` of ``71020&IMP``), by which the same code is another section; "" for none."""
    value = obx.first(3)
    return value.peek(1, 2) if value is not None else ""


def place_suffix(obx: Segment, draft: Draft) -> None:
    """A coding beside the code."""
    value = obx.first(3)
    if value is None or not (suffix := value.take(1, 2)):
        return
    coding = {"system": SUFFIXES, "code": suffix}
    if display := _table()["suffix"].get(suffix):
        coding["display"] = display
    draft.add("code.coding", Piece(coding, {"code": value.at(1, 2)}))


def conclude(observations: Sequence[Draft], placed: Placed, scope: Scope) -> None:
    """Give the report what its results say of it as a whole."""
    report = placed.report
    if report is None:
        return
    conclusions = []
    for draft in observations:
        resource = draft.resource
        if "valueString" not in resource and "valueCodeableConcept" not in resource:
            continue
        if resource["status"] in _SAYS_NOTHING:
            continue
        meaning = _meaning(resource["code"].get("coding", ()))
        if meaning == "conclusion" and "valueString" in resource:
            conclusions.append(draft)
        elif meaning == "conclusion":
            report.add("conclusionCode", _copied(draft, "valueCodeableConcept"))
        elif meaning == "uid":
            _refer_to_study(draft, report)
        elif meaning == "accession":
            _put_accession(draft, placed, scope)
    if conclusions:
        text = "\n".join(draft.resource["valueString"] for draft in conclusions)
        report.put("conclusion", text, conclusions[0].lineage.get("valueString", ""))


def _meaning(codings: Iterable[Any]) -> str:
    meanings = _meanings()
    found = (meanings.get((coding.get("system", ""), coding.get("code", ""))) for coding in codings)
    return next((one for one in found if one), "")


def _copied(draft: Draft, name: str) -> Piece:
    inner = {path[len(name) + 1 :]: source for path, source in draft.lineage.items() if path.startswith(f"{name}.")}
    value = draft.resource[name]
    return Piece(
        {**value, "coding": [dict(one) for one in value["coding"]]} if "coding" in value else dict(value), inner
    )


def _refer_to_study(draft: Draft, report: Draft) -> None:
    found = _UID.match(draft.resource.get("valueString", "").strip())
    if found is None or len(found[1]) > _UID_LENGTH:
        return
    identifier = {"system": "urn:dicom:uid", "value": f"urn:oid:{found[1]}"}
    reference = {"type": "ImagingStudy", "identifier": identifier}
    if reference not in report.resource.get("imagingStudy", ()):
        report.add("imagingStudy", Piece(reference, {"identifier.value": draft.lineage["valueString"]}))


def _put_accession(draft: Draft, placed: Placed, scope: Scope) -> None:
    number = draft.resource.get("valueString", "").strip()
    if not number:
        return
    for holder in (placed.request, placed.report):
        kind = {"coding": [{"system": TYPES, "code": "ACSN", "display": "Accession ID"}]}
        identifier = {"type": kind, "system": scope.system("accession"), "value": number}
        if holder is not None and identifier not in holder.resource.get("identifier", ()):
            holder.add("identifier", Piece(identifier, {"value": draft.lineage["valueString"]}))
