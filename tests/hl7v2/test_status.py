"""OBX-11 and OBR-25: every code has a stated row, any other is unknown and holds."""

from __future__ import annotations

import pytest

from gateway.mapping.values import SOURCE_TEXT
from tests.hl7v2.building import (
    header,
    holds,
    message,
    observed,
    only,
    order,
    patient,
    result,
    rules,
    translate,
    value_of,
)

OBX_11 = {
    **dict.fromkeys("PRS", "preliminary"),
    **dict.fromkeys("IO", "registered"),
    **dict.fromkeys("FVU", "final"),
    **dict.fromkeys("AB", "amended"),
    "C": "corrected",
    **dict.fromkeys("XN", "cancelled"),
    **dict.fromkeys("DW", "entered-in-error"),
}


@pytest.mark.parametrize(("code", "status"), OBX_11.items())
def test_a_result_status_has_its_row(code: str, status: str) -> None:
    observation, made = observed("NM", "7.2", f11=code)
    assert observation["status"] == status
    assert made.lineage["Observation[0].status"] == "OBX[1]-11"
    assert not made.held


@pytest.mark.parametrize("code", ["R", "S", "I", "O", "V", "U", "B", "N", "D", "W"])
def test_what_a_wider_status_leaves_out_is_kept(code: str) -> None:
    observation, _ = observed("NM", "7.2", f11=code)
    assert observation["_status"] == {"extension": [{"url": SOURCE_TEXT, "valueString": code}]}


@pytest.mark.parametrize("code", ["", "Q", "f", "Final", "Z"])
def test_any_other_result_status_is_unknown_and_holds(code: str) -> None:
    observation, made = observed("NM", "7.2", f11=code)
    assert observation["status"] == "unknown"
    assert holds(made) == ["hl7v2-status-unknown"]


def test_u_without_a_value_says_that_the_earlier_one_stands() -> None:
    observation, made = observed("NM", "", f11="U")
    assert not value_of(observation)
    (tag,) = observation["meta"]["tag"]
    assert tag == {"system": "https://lienthong.example/fhir/CodeSystem/result-life", "code": "finalise-earlier"}
    assert made.lineage["Observation[0].meta.tag[0].code"] == "OBX[1]-11"


def test_u_with_a_value_is_a_final_result_of_its_own() -> None:
    observation, _ = observed("NM", "7.2", f11="U")
    assert "meta" not in observation
    assert "valueQuantity" in observation


def test_not_asked_is_a_reason_for_no_value() -> None:
    observation, _ = observed("NM", "", f11="N")
    assert observation["dataAbsentReason"]["coding"][0]["code"] == "not-asked"
    with_value, _ = observed("NM", "7.2", f11="N")
    assert "dataAbsentReason" not in with_value


OBR_25 = {
    **dict.fromkeys("OISN", "registered"),
    **dict.fromkeys("ARM", "partial"),
    "P": "preliminary",
    "C": "corrected",
    "F": "final",
    "X": "cancelled",
}


@pytest.mark.parametrize(("code", "status"), OBR_25.items())
def test_a_report_status_has_its_row(code: str, status: str) -> None:
    made = translate(message(header(), patient(), order(f25=code), result(f11="X" if code == "X" else "F")))
    assert only(made, "DiagnosticReport")["status"] == status
    assert not made.held


@pytest.mark.parametrize("code", ["Y", "Z", "Q", "f"])
def test_any_other_report_status_is_unknown_and_holds(code: str) -> None:
    made = translate(message(header(), patient(), order(f25=code), result()))
    assert only(made, "DiagnosticReport")["status"] == "unknown"
    assert holds(made) == ["hl7v2-status-unknown"]


def test_a_report_without_a_status_is_unknown_and_says_so() -> None:
    made = translate(message(header(), patient(), order(f25=""), result()))
    assert only(made, "DiagnosticReport")["status"] == "unknown"
    assert rules(made) == ["hl7v2-report-status-missing"]
    assert not made.held
