"""HL7's rows (mappings/hl7v2/ig), and which of its segment maps each message structure uses."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.mapping import mapping_file


@dataclass(frozen=True, slots=True)
class IgRow:
    """A row of a segment map: ``PID-8 gender`` of ``PID[Patient]``; conditions and targets are HL7's own text."""

    map: str
    key: str
    field: str
    condition: str
    narrative: str
    attribute: str
    datatype: str
    vocabulary: str
    assignment: str

    @property
    def name(self) -> str:
        """How mapping rows call it: ``PID[Patient] PID-8 gender``."""
        return f"{self.map} {self.key}"


# Structures HL7 has no map for use the segment maps of their nearest kin, of the segments they have.
_KIN = {
    "ADT_A03": ("ADT_A01", ()),
    "ADT_A39": ("ADT_A06", ("MSH", "SFT", "EVN", "PID", "PD1", "MRG", "PV1")),
    "OMG_O19": ("OML_O21", ()),
    "OMI_O23": ("OML_O21", ("MSH", "SFT", "PID", "PD1", "PRT", "PV1", "PV2", "IN1", "IN3", "AL1", "ORC", "TQ1", "OBR",
                            "NTE", "DG1", "OBX")),
    "ACK": ("ORU_R01", ("MSA",)),
}  # fmt: skip
# Segment maps HL7 made and no message map of its own names, where senders put the segment.
_BESIDE = {
    "ACK": ("MSA[MessageHeader]",),
    "ADT_A01": ("IAM[AllergyIntolerance]", "ROL[RelatedPerson]"),
    "ADT_A05": ("IAM[AllergyIntolerance]", "ROL[RelatedPerson]"),
    "ORM_O01": ("TQ1[MedicationRequest]", "RXR[MedicationRequest]"),
}
_OUT_OF_SCOPE = ("ADT_A17",)  # an exchange of beds tells of two patients, and a Bundle holds one


@cache
def ig_rows() -> dict[str, tuple[IgRow, ...]]:
    """Segment map → its rows, of the maps that a structure uses."""
    used = {name for maps in structures().values() for name in maps}
    made: dict[str, tuple[IgRow, ...]] = {}
    for row in _read("rows.csv"):
        if row["map"] in used:
            made[row["map"]] = (*made.get(row["map"], ()), IgRow(**row))
    return made


@cache
def ig_names() -> frozenset[str]:
    """How mapping rows call HL7's rows, of every segment map."""
    return frozenset(IgRow(**row).name for row in _read("rows.csv"))


@cache
def structures() -> dict[str, tuple[str, ...]]:
    """Message structure → the segment maps it uses, in the order of the message."""
    of_hl7: dict[str, tuple[str, ...]] = {}
    for row in _read("messages.csv"):
        if row["message"] not in _OUT_OF_SCOPE:
            of_hl7[row["message"]] = (*of_hl7.get(row["message"], ()), row["map"])
    made = dict(of_hl7)
    for name, (kin, segments) in _KIN.items():
        made[name] = tuple(one for one in of_hl7[kin] if not segments or one[:3] in segments)
    return {name: (*made[name], *_BESIDE.get(name, ())) for name in sorted(made)}


def _read(name: str) -> list[dict[str, Any]]:
    text = mapping_file("hl7v2", "ig", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
