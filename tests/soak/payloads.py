"""Payloads of a laboratory: the sample of the HL7 v2 adapter, each about a patient, a stay and an order of its own."""

from __future__ import annotations

from tests.blueprint import ROOT

KIND = "x-application/hl7-v2+er7"
_SAMPLE = (ROOT / "adapters" / "hl7v2" / "samples" / "lab-hematology.hl7").read_text(encoding="utf-8")
# what the sample has → the same of another message
_OWN = {
    "LAB20261115-0001": "LAB-{:09}",  # MSH-10
    "BN000123": "BN{:08}",
    "001090000001": "001090{:06}",
    "DN4010000000001": "DN4010{:09}",
    "CD20261115001": "CD{:09}",
    "XN20261115001": "XN{:09}",
    "LK202611150001": "LK{:09}",
    "MAU20261115001": "MAU{:09}",
}


def payload(number: int) -> bytes:
    """The payload of that number, always the same bytes. Below a million."""
    text = _SAMPLE
    for sample, own in _OWN.items():
        text = text.replace(sample, own.format(number))
    return text.encode()
