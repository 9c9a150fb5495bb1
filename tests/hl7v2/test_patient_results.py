"""Results below no order are the patient's; notes stand on what they follow; specimens are met by their numbers."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.r4 import check
from tests.hl7v2.building import header, message, of_type, only, order, patient, result, translate

PV1 = "PV1|1|I|K01^P101||||||||||||||||LK1"
ADMITTED = header(f9="ADT^A01^ADT_A01")
FURTHER = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.specimen"


def told(*segments: str) -> Translation:
    made = translate(message(*segments))
    assert not [issue.text() for issue in check(made.bundle()) if issue.refuses]
    return made


@pytest.mark.parametrize("segments", [(header(), patient(), result()), (ADMITTED, patient(), PV1, result())])
def test_a_result_below_no_order_is_the_patients_alone(segments: tuple[str, ...]) -> None:
    made = told(*segments)
    observation = only(made, "Observation")
    assert observation["subject"]["reference"][-36:] == only(made, "Patient")["id"]
    assert not {"encounter", "basedOn", "specimen"} & set(observation)
    assert not of_type(made, "DiagnosticReport")


def test_a_result_before_the_first_order_is_not_the_orders() -> None:
    made = told(header(), patient(), result(f3="CAN^Cân nặng^L", f6="kg"), PV1, order(), result())
    first, second = of_type(made, "Observation")
    assert "basedOn" not in first
    assert only(made, "DiagnosticReport")["result"] == [{"reference": "urn:uuid:" + second["id"]}]


def test_weighed_again_is_another_result_and_corrected_is_not() -> None:
    def weighed(**changed: str) -> str:
        weight = {"f3": "CAN^Cân nặng^L", "f14": "20261115"} | changed
        return str(only(told(ADMITTED, patient(), PV1, result(value="52", f6="kg", **weight)), "Observation")["id"])

    assert weighed() == weighed(f11="C")
    assert len({weighed(), weighed(f14="20261116"), weighed(f21="I1"), weighed(f3="CAO^Chiều cao^L")}) == 4


def test_a_document_below_no_order_keeps_its_data() -> None:
    made = told(header(), patient(), result("ED", "^TEXT^PLAIN^A^chữ", f3="TL^Tài liệu^L", f6=""))
    assert only(made, "Observation")["extension"][0]["valueAttachment"]["data"]


def test_a_note_behind_the_visit_is_the_visits() -> None:
    def notes(resource: Resource) -> list[str]:
        return [one["valueAnnotation"]["text"] for one in resource.get("extension", ()) if "valueAnnotation" in one]

    made = told(header(), patient(), "NTE|1||bệnh", PV1, "NTE|1||lượt", result(), "NTE|1||kết quả", order())
    assert notes(only(made, "Encounter")) == ["lượt"]
    assert notes(only(made, "Patient")) == ["bệnh"]
    assert only(made, "Observation")["note"] == [{"text": "kết quả"}]
    without = told(header(), patient(), "PV1|1|N", "NTE|1||lượt", order())
    assert notes(only(without, "Patient")) == ["lượt"]


def test_a_specimen_is_met_by_its_number() -> None:
    made = told(
        header(), patient(), order(f15="SER"), result(f33="P1&HIS^M1&LIS"),
        "SPM|1|P1&HIS^M1&LIS||BLD", "SPM|2|^M2&LIS|P1&HIS^M1&LIS|SER", result(f3="K^Kali^L", f33="^M9"),
        result(f3="NA^Natri^L", f33="^M1&LIS~^M2&LIS"),
    )  # fmt: skip
    blood, serum = of_type(made, "Specimen")
    first, second, third = of_type(made, "Observation")
    assert first["specimen"]["reference"][-36:] == blood["id"]
    assert "reference" not in second["specimen"]
    assert second["specimen"]["identifier"]["value"] == "M9"
    named = [one["valueReference"] for one in third["extension"] if one["url"] == FURTHER]
    assert [one["reference"][-36:] for one in named] == [blood["id"], serum["id"]]
    assert [one["reference"][-36:] for one in serum["parent"]] == [blood["id"]]


def test_a_specimen_of_an_earlier_message_is_never_another_patients() -> None:
    ids = set()
    for number in ("BN1", "BN2", "BN1"):
        who = patient(f3=f"{number}^^^79001^MR")
        made = told(header(), who, order(), "SPM|1|^M1||BLD", result(f33="^M1"), result(f33="^M1", f3="K^K^L"))
        for observation in of_type(made, "Observation"):
            assert observation["specimen"]["reference"][-36:] == only(made, "Specimen")["id"]
        ids.add(only(made, "Specimen")["id"])
    assert len(ids) == 2


def test_fasting_and_the_parts_of_an_old_specimen_source_are_kept() -> None:
    source = "BLD&Máu&HL70487^EDTA&EDTA&HL70371^ống số 2^LA&Tay trái&HL70163^^F&Đông lạnh&L"
    specimen = only(told(header(), patient(), order(f13="F^Nhịn ăn^HL70916", f15=source), result()), "Specimen")
    assert specimen["collection"]["fastingStatusCodeableConcept"]["coding"][0]["code"] == "F"
    assert specimen["collection"]["bodySite"]["coding"][0]["display"] == "Tay trái"
    assert specimen["container"] == [{"additiveCodeableConcept": {"coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/v2-0371", "code": "EDTA", "display": "EDTA"}
    ]}}]  # fmt: skip
    assert specimen["note"] == [{"text": "ống số 2"}]
    assert specimen["condition"][0]["coding"][0]["code"] == "F"
    other = only(told(header(), patient(), order(f13="sốt", f15="BLD"), result()), "Specimen")
    assert "fastingStatusCodeableConcept" not in other.get("collection", {})


def test_components_have_the_reference_range_each() -> None:
    made = told(header(), patient(), order(), result("NM", "5~6", f6="mmol/L", f7="3.9-6.4"))
    observation = only(made, "Observation")
    assert "referenceRange" not in observation
    assert [one["referenceRange"][0]["text"] for one in observation["component"]] == ["3.9-6.4"] * 2
    assert made.lineage["Observation[0].component[1].referenceRange[0].low.unit"] == "OBX[1]-6"


def test_what_the_requester_told_is_no_result_of_the_report() -> None:
    told_with = result("ST", "ho 3 ngày", f3="LS^Lâm sàng^L", f6="", f29="SCI")
    made = told(header(), patient(), order(), result(), told_with)
    first, second = of_type(made, "Observation")
    assert only(made, "DiagnosticReport")["result"] == [{"reference": "urn:uuid:" + first["id"]}]
    assert only(made, "ServiceRequest")["supportingInfo"] == [{"reference": "urn:uuid:" + second["id"]}]
    assert "basedOn" not in second


def test_strings_said_again_are_values_and_lines_of_a_text_are_not() -> None:
    strings = only(told(header(), patient(), order(), result("ST", "một~hai", f6="")), "Observation")
    assert [one["valueString"] for one in strings["component"]] == ["một", "hai"]
    lines = only(told(header(), patient(), order(), result("TX", "một~hai", f6="")), "Observation")
    assert lines["valueString"] == "một\nhai"
