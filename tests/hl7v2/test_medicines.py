"""Medicines ordered (RXO, RXC, RXR, TQ1): what is to be given, how much, how and when."""

from __future__ import annotations

import pytest

from gateway.bundle import urn
from gateway.r4 import check
from tests.hl7v2.building import of_type, only, segment
from tests.hl7v2.test_orders import KINDS, orc, ordered

ORDERED = {
    "coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/dose-rate-type", "code": "ordered", "display": "Ordered"}
    ]
}
FIVE_ML = {"value": 5, "unit": "mL", "system": "http://unitsofmeasure.org", "code": "mL"}


def test_a_medicine_ordered_is_a_medication_request() -> None:
    fields = {
        1: "PARA500^Paracetamol 500 mg^L",
        2: "1",
        3: "2",
        4: "TAB^viên^L",
        18: "500",
        19: "mg",
        21: "9",
        22: "mL/h",
    }
    rxo = segment("RXO", fields)
    made = ordered(orc("NW"), "TQ1|1||BID", rxo, "RXR|PO", "NTE|1||Uống sau ăn", kind=KINDS[1])
    request, medicine = only(made, "MedicationRequest"), only(made, "Medication")
    assert (request["status"], request["intent"]) == ("active", "original-order")
    assert request["medicationReference"] == {"reference": urn(medicine["id"])}
    (dosage,) = request["dosageInstruction"]
    assert dosage["route"]["coding"][0]["display"] == "Swallow, oral"
    dose = dosage["doseAndRate"][0]["doseRange"]
    assert [(str(one["value"]), one["unit"]) for one in (dose["low"], dose["high"])] == [("1", "viên"), ("2", "viên")]
    assert dosage["doseAndRate"][0]["rateQuantity"]["unit"] == "mL/h"
    assert str(medicine["ingredient"][0]["strength"]["numerator"]["value"]) == "500"
    assert request["note"] == [{"text": "Uống sau ăn"}]
    assert not of_type(made, "ServiceRequest")


def test_each_timing_of_a_medicine_has_the_dose_and_the_route() -> None:
    made = ordered(
        orc(), "TQ1|1||BID", "TQ1|2||QHS", "RXO|A^Thuốc A^L|5||mL", "RXR|IV", kind=KINDS[1]
    )  # fmt: skip
    first, second = only(made, "MedicationRequest")["dosageInstruction"]
    assert first["route"] == second["route"]
    assert first["doseAndRate"] == second["doseAndRate"] == [{"type": ORDERED, "doseQuantity": FIVE_ML}]
    assert first["timing"] != second["timing"]
    assert not made.held


BASE = "RXC|B|NACL^Natri clorid 0,9%^L|1|L"


def test_the_components_of_a_medicine_are_its_ingredients_over_the_amount_of_the_base() -> None:
    rxo = "RXO|DICH^Dịch truyền pha^L|3||L"
    made = ordered(orc(), rxo, BASE, "RXC|A|KCL^Kali clorid^L|2|g|100|mg|||mL", kind=KINDS[1])
    whole, potassium = of_type(made, "Medication")
    parts = [
        [str(one["strength"][side][name]) for side in ("numerator", "denominator") for name in ("value", "unit")]
        for one in whole["ingredient"]
    ]
    assert parts == [["1", "L", "1", "L"], ["2", "g", "1", "L"]]
    assert whole["ingredient"][0]["itemCodeableConcept"]["coding"][0]["display"] == "Natri clorid 0,9%"
    assert whole["ingredient"][1]["itemReference"] == {"reference": urn(potassium["id"])}
    assert str(potassium["ingredient"][0]["strength"]["numerator"]["value"]) == "100"
    assert [one["extension"][0]["valueString"] for one in whole["ingredient"]] == ["B", "A"]
    assert not made.held
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []


@pytest.mark.parametrize(
    "segments",
    [
        ("RXO|A^Thuốc A^L|nửa||viên",),
        ("RXO|A^Thuốc A^L|3|1|viên",),
        ("RXO||1||viên",),
        ("RXO|A^Thuốc A^L|1||viên", "RXR|PO", "RXR|IV"),
        ("RXO|A^Thuốc A^L|1||viên", "RXC|A|B^Thuốc B^L|1|g"),
        ("RXO|A^Thuốc A^L|1||viên", "RXC|B|B^Thuốc B^L||g"),
        ("RXO|A^Thuốc A^L|1||viên", BASE, BASE),
        ("RXO|A^Thuốc A^L|1||viên", BASE, "RXC|A|B^Thuốc B^L||g"),
        ("RXO|A^Thuốc A^L|1||viên", BASE, "RXC|A||1|g"),
        ("RXO|A^Thuốc A^L|1||viên", BASE, "RXC|X|B^Thuốc B^L|1|g"),
        ("TQ1|1|nhiều^viên", "RXO|A^Thuốc A^L"),
        ("TQ1|1||||||20261399", "RXO|A^Thuốc A^L|1||viên"),
        ("TQ1|1||||||||KHAN", "RXO|A^Thuốc A^L|1||viên"),
        ("TQ1|1|2^viên", "RXO|A^Thuốc A^L|1||viên"),
    ],
)
def test_a_medicine_of_which_something_cannot_be_said_is_held(segments: tuple[str, ...]) -> None:
    assert ordered(orc(), *segments, kind=KINDS[1]).held


@pytest.mark.parametrize(("control", "stands"), [("CA", "cancelled"), ("DC", "stopped"), ("HD", "on-hold")])
def test_a_medicine_is_cancelled_stopped_and_put_on_hold(control: str, stands: str) -> None:
    made = ordered(orc(control), "RXO|A^Thuốc A^L|1||viên", kind=KINDS[1])
    assert only(made, "MedicationRequest")["status"] == stands
