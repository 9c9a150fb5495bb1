"""ROL and PRT: what a segment stands behind, and its role, decide what is made of it; nothing shared is taken away."""

from __future__ import annotations

import re
from itertools import cycle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.hl7v2.coverage.templates import templates
from gateway.adapter import Translation
from tests.hl7v2.building import header, message, of_type, only, order, patient, result, rules, unplaced
from tests.hl7v2.taking_part import (
    DOCTOR,
    PROCEDURE,
    SPECIMEN,
    VISIT,
    admitted,
    at,
    checked,
    doctor,
    prt,
    reported,
    rol,
)


def test_the_general_practitioner_is_the_person_and_a_role_where_more_is_said() -> None:
    alone = admitted(prt("PP^^HL70912"))
    assert at(alone, only(alone, "Patient")["generalPractitioner"][0])["resourceType"] == "Practitioner"
    housed = admitted(prt("PP^^HL70912", f8="TRẠM Y TẾ MẪU^^T1"))
    role = at(housed, only(housed, "Patient")["generalPractitioner"][0])
    assert at(housed, role["organization"])["name"] == "TRẠM Y TẾ MẪU"
    numbered = admitted(rol("PP^^HL70443"))
    assert doctor(numbered, only(numbered, "Patient")["generalPractitioner"][0]) == "BS1"


def test_another_role_behind_the_patient_is_a_care_team_of_that_participation() -> None:
    made = admitted(
        rol("RT^^HL70443", f14="BỆNH VIỆN B^^K2", f8="L^Theo yêu cầu^L"), rol("CP^^HL70443", f4="BS2^LÊ^HAI")
    )
    first, second = of_type(made, "CareTeam")
    assert doctor(made, first["participant"][0]["member"]) == "BS1"
    assert at(made, first["participant"][0]["onBehalfOf"])["name"] == "BỆNH VIỆN B"
    assert first["reasonCode"][0]["coding"][0]["display"] == "Theo yêu cầu"
    assert doctor(made, second["participant"][0]["member"]) == "BS2"


def test_a_care_giver_is_a_relative_and_of_the_care_team() -> None:
    made = admitted(rol("CGV^Care giver^HL70063", f4="^HOÀNG^THỊ MẪU"))
    member = only(made, "CareTeam")["participant"][0]["member"]
    assert at(made, member) == only(made, "RelatedPerson")


def test_the_patient_takes_part_in_the_own_care_and_is_no_relative() -> None:
    made = admitted(rol("SEL^Self^HL70063", f4="BN1^LÊ^THỊ MẪU"))
    member = only(made, "CareTeam")["participant"][0]["member"]
    assert (at(made, member)["resourceType"], member["display"]) == ("Patient", "LÊ THỊ MẪU")
    assert not of_type(made, "RelatedPerson")


def test_somebody_with_another_number_is_not_the_patient() -> None:
    made = admitted(rol("SEL^Self^HL70063", f4="BN9^LÊ^THỊ MẪU"))
    assert not of_type(made, "CareTeam")
    assert "ROL[1]-4" in unplaced(made)


@pytest.mark.parametrize("role", ["MTH^Mother^HL70063", "C^Emergency contact^HL70131", "Mẹ"])
def test_a_role_among_relatives_is_a_relative(role: str) -> None:
    made = admitted(prt(role, f5="^HOÀNG^THỊ MẪU", f15="0901000001"))
    assert only(made, "RelatedPerson")["name"][0]["text"] == "HOÀNG THỊ MẪU"
    assert not of_type(made, "CareTeam")


@pytest.mark.parametrize("role", ["DD^Điều dưỡng^L", "DD", "AT^^HL70912", ""])
def test_any_other_role_is_no_relative(role: str) -> None:
    made = admitted(prt(role))
    assert only(made, "CareTeam")["participant"][0]["member"]
    assert not of_type(made, "RelatedPerson")


def test_behind_the_visit_it_is_a_participant_of_the_visit() -> None:
    made = admitted(VISIT, "PV2||", rol("AT^^HL70443", f5="20261116", f6="20261118"))
    (participant,) = only(made, "Encounter")["participant"]
    assert participant["type"][0]["coding"][0]["code"] == "ATND"
    assert participant["period"] == {"start": "2026-11-16", "end": "2026-11-18"}
    assert doctor(made, participant["individual"]) == "BS1"


def test_behind_a_procedure_it_is_its_performer() -> None:
    made = admitted(PROCEDURE, prt("SUR^Phẫu thuật viên^L"))
    (performer,) = only(made, "Procedure")["performer"]
    assert performer["function"]["coding"][0]["code"] == "SUR"
    assert doctor(made, performer["actor"]) == "BS1"


def test_behind_an_order_the_role_decides_where_it_goes() -> None:
    roles = (prt(f"{role}^^HL70912", f5=f"{role}1^LÊ^AN") for role in ("OP", "SC", "PRI", "TN"))
    made = reported(*roles, SPECIMEN, result())
    report = only(made, "DiagnosticReport")
    assert doctor(made, only(made, "ServiceRequest")["requester"]) == "OP1"
    assert doctor(made, only(made, "Specimen")["collection"]["collector"]) == "SC1"
    assert [doctor(made, one) for one in report["resultsInterpreter"]] == ["PRI1"]
    assert [doctor(made, one) for one in report["performer"]] == ["TN1"]


def test_behind_a_specimen_it_is_who_took_it() -> None:
    made = reported(SPECIMEN, prt("SC^^HL70912"), result())
    assert doctor(made, only(made, "Specimen")["collection"]["collector"]) == "BS1"


def test_the_requester_said_before_is_told_more_of_or_stays() -> None:
    same = checked(message(header(), patient(), order(f16=DOCTOR), prt("OP^^HL70912", f8="KHOA A^^K1"), result()))
    assert at(same, at(same, only(same, "ServiceRequest")["requester"])["organization"])["name"] == "KHOA A"
    other = checked(message(header(), patient(), order(f16="BS9^LÊ^CHÍN"), prt("OP^^HL70912"), result()))
    assert doctor(other, only(other, "ServiceRequest")["requester"]) == "BS9"
    assert "PRT[1]-5" in unplaced(other)


def test_behind_a_result_it_is_the_device_the_place_and_the_performer_of_that_result() -> None:
    other = result(f1="2", f3="NA^Natri^L")
    equipment = prt("EQUIP^^HL70912", f5="", f10="MAY1^LIS", f20="S1")
    where = prt("PL^^HL70912", f5="", f9="K02^P201", f14="1 Đường A^^Huế^^^^O")
    made = reported(result(), equipment, where, prt("RO^^HL70912"), other)
    first, second = of_type(made, "Observation")
    assert at(made, first["device"])["serialNumber"] == "S1"
    (place,) = [one["valueReference"] for one in first["extension"]]
    assert (at(made, place)["name"], at(made, place)["address"]["city"]) == ("P201", "Huế")
    assert [doctor(made, one) for one in first["performer"]] == ["BS1"]
    assert not {"device", "extension", "performer"} & second.keys()


@pytest.mark.parametrize("role", ["RCT", "OP", "SC"])
def test_a_role_that_is_no_word_on_who_made_a_result_is_listed_behind_it(role: str) -> None:
    made = reported(result(), prt(f"{role}^^HL70912"))
    assert "performer" not in only(made, "Observation")
    assert {"PRT[1]-4", "PRT[1]-5"} <= unplaced(made).keys()


def test_a_udi_is_read_from_its_text() -> None:
    made = reported(result(), prt("EQUIP^^HL70912", f5="", f10="(01)08841234567891(21)S1"))
    assert only(made, "Device")["udiCarrier"] == [
        {"deviceIdentifier": "08841234567891", "carrierHRF": "(01)08841234567891(21)S1"}
    ]


def test_a_note_behind_it_speaks_of_what_stands_before() -> None:
    made = reported(result(), prt("RO^^HL70912"), "NTE|1||Mẫu vỡ hồng cầu")
    assert only(made, "Observation")["note"][0]["text"] == "Mẫu vỡ hồng cầu"


@pytest.mark.parametrize("before", ["IN1|1|BHYT^^L|01001|BHXH", "AL1|1|DA^^HL70127|PEN^^L", "ZZZ|1"])
def test_behind_anything_else_it_is_listed(before: str) -> None:
    made = admitted(before, prt("AT^^HL70912"))
    assert {"PRT[1]-4", "PRT[1]-5"} <= {path[:8] for path in unplaced(made)}
    assert not of_type(made, "Practitioner")


def test_a_role_that_no_order_has_a_place_for_is_listed() -> None:
    made = reported(prt("WAY^^HL70912"), result())
    assert "PRT[1]-5" in {path[:8] for path in unplaced(made)}


def test_of_somebody_without_a_name_everything_is_listed() -> None:
    made = admitted(prt("RT^^HL70912", f5="^^^^^BS", f15="0901000001"))
    assert {"PRT[1]-4", "PRT[1]-5", "PRT[1]-15"} <= unplaced(made).keys()


@pytest.mark.parametrize(("way", "placed"), [("E", True), ("F", False), ("?", False)])
def test_the_preferred_way_is_marked_where_it_can_be_told_which_it_is(way: str, placed: bool) -> None:
    made = admitted(prt("MTH^^HL70063", f5="^LÊ^HAI", f15="0901^PRN^PH~^NET^Internet^a@vd.vn", f23=way))
    marked = [one["system"] for one in only(made, "RelatedPerson")["telecom"] if "extension" in one]
    assert marked == (["email"] if placed else [])
    assert ("PRT[1]-23" in unplaced(made)) is not placed


def test_an_end_before_its_beginning_is_listed() -> None:
    made = admitted(rol("RT^^HL70443", f5="20261116", f6="20261101"))
    assert only(made, "CareTeam")["participant"][0]["period"] == {"start": "2026-11-16"}
    assert rules(made) == ["hl7v2-period-reversed"]


TEXTS = st.sampled_from(
    [
        "",
        "PP^^HL70443",
        "MTH^^HL70063",
        "D",
        "AD",
        "20261116",
        "K1^P1",
        "BS1^LÊ^AN",
        "^^^^^DR",
        "^^^",
        '""',
        "x~y",
        "(01)1",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["ROL", "PRT"]), st.lists(TEXTS, min_size=1, max_size=24), st.data())
def test_whatever_stands_in_them_is_conformant_and_accounted_for(
    name: str, texts: list[str], data: st.DataObject
) -> None:
    one = "|".join([name, *texts])
    before = [VISIT, PROCEDURE, order(), SPECIMEN, result()]
    position = data.draw(st.integers(0, len(before)))
    made = checked(message(header(), patient(), *before[:position], one, *before[position:]))
    accounted = {re.split(r"[\[.( ]", source.removeprefix(f"{name}[1]-"))[0] for source in _told_of(made, name)}
    decided = {"2", "3" if name == "ROL" else "4"}  # the action, and the role where the element itself says it
    assert {str(number) for number, text in enumerate(texts, 1) if text.strip("^~")} <= accounted | decided


def _told_of(made: Translation, name: str) -> list[str]:
    return [one for one in (*made.lineage.values(), *unplaced(made)) if one.startswith(f"{name}[1]-")]


@pytest.mark.parametrize("structure", sorted(set(templates()) - {"ACK"}))
def test_behind_any_segment_of_any_message_they_make_what_r4_allows(structure: str) -> None:
    roles = cycle(["PP^^HL70443", "RT^^HL70912", "CGV^^HL70063", "OP^^HL70443", "SC^^HL70912", "TN^^HL70443", "XX^^L"])
    lines = [slot.segment for slot in templates()[structure].slots if slot.name[:3] not in ("ROL", "PRT")]
    more = [[line, prt(next(roles), f9="K1", f10="M1"), rol(next(roles), f14="KHOA A^^K1")] for line in lines]
    checked(message(*(line for group in more for line in group)))
