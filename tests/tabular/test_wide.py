"""Wide tables: a column a test."""

from __future__ import annotations

from gateway.r4 import check
from tests.tabular.building import file, of, row, rules, translation

WIDE = """
adapter = "tabular"
name = "wide"
version = "1"

[recognise]
fields = ["BN", "NGAY"]

[record]
report = ["BN", "NGAY"]

[[row]]
field = "BN"
attribute = "Patient.identifier[]"
datatype = "mrn"

[[row]]
field = "NGAY"
attribute = "Observation.effectiveDateTime"
datatype = "date"

[[row]]
attribute = "Observation.category[0]"
assignment = {coding = [{system = "http://terminology.hl7.org/CodeSystem/observation-category", code = "laboratory"}]}

[[row]]
attribute = "DiagnosticReport.code.text"
assignment = "Sinh hoá"

[[test]]
column = "GLU"
name = "Glucose"
unit = "mmol/L"
range = "3.9 - 6.4"

[[test]]
column = "HBsAg"
code = "HBSAG"
"""
TABLE = "BN,NGAY,GLU,HBsAg\nB1,2026-11-15,7.2,Âm tính\nB2,2026-11-15,,Dương tính\n"


def test_each_column_with_a_value_is_a_result() -> None:
    made = translation(TABLE.replace("B2,2026-11-15,,Dương tính\n", ""), file(WIDE))
    glucose, hbsag = of(made, "Observation")
    assert glucose["code"] == {"coding": [{"system": "urn:vn:cskcb:79001:test", "code": "GLU"}], "text": "Glucose"}
    assert (str(glucose["valueQuantity"]["value"]), glucose["valueQuantity"]["code"]) == ("7.2", "mmol/L")
    assert str(glucose["referenceRange"][0]["high"]["value"]) == "6.4"
    assert (hbsag["code"]["coding"][0]["code"], hbsag["valueString"]) == ("HBSAG", "Âm tính")
    assert {one["effectiveDateTime"] for one in (glucose, hbsag)} == {"2026-11-15"}
    assert made.lineage["Observation[0].valueQuantity.value"] == "row 2, column GLU"
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []
    assert len(of(made, "DiagnosticReport")[0]["result"]) == 2


def test_an_empty_cell_is_a_test_that_was_not_asked_for() -> None:
    made = translation(TABLE.replace("B1,2026-11-15,7.2,Âm tính\n", ""), file(WIDE))
    assert [one["valueString"] for one in of(made, "Observation")] == ["Dương tính"]
    assert rules(made) == []


def test_a_column_that_is_no_test_yet_is_told() -> None:
    made = translation("BN,NGAY,GLU,HBsAg,URE\nB1,2026-11-15,7.2,,5.1\n", file(WIDE))
    assert rules(made) == [("mapped-field-strange", "row 2, column URE")]


def test_a_column_may_be_a_test_and_say_more_elsewhere() -> None:
    noted = file(WIDE, row("GHI_CHU", "Observation.note[]", "note"))
    made = translation("BN,NGAY,GLU,HBsAg,GHI_CHU\nB1,2026-11-15,7.2,Âm tính,mẫu vỡ\n", noted)
    assert [one["note"] for one in of(made, "Observation")] == [[{"text": "mẫu vỡ"}]] * 2
