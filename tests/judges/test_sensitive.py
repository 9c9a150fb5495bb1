"""Two sets of one record: nothing that reveals stays, nothing else is lost, and both can stand alone."""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.bundle import Resource, collection, references, urn
from gateway.r4 import check
from gateway.sensitive import SensitiveList, divide, sensitive_list
from tests.judges.records import (
    ENCOUNTER,
    ICD10,
    ORDER,
    PATIENT,
    coded,
    made,
    observation,
    report,
    sample,
    sample_names,
    to,
)

LIST = sensitive_list()
NEUTRAL = ("Patient", "Organization", "Practitioner", "PractitionerRole", "Location", "Coverage")


def text_document(text: str) -> dict[str, str]:
    return {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}


def held_to_the_rules(before: list[Resource]) -> tuple[list[Resource], list[Resource], frozenset[str]]:
    """Divide, and hold the outcome to what is true of every division."""
    untouched = deepcopy(before)
    ordinary, sensitive, ids = divide(before)
    assert before == untouched
    for item in ordinary:
        assert item["resourceType"] in NEUTRAL or not LIST.reveals(item), item
    for found in (ordinary, sensitive):
        inside = [urn(item["id"]) for item in found]
        assert len(set(inside)) == len(inside)
        assert {one for item in found for one in references(item) if one.startswith("urn:uuid:")} <= set(inside)
        assert check(collection(before)) != [] or not found or check(collection(found)) == []
    shared = {item["id"]: item for item in ordinary}
    apart = {item["id"]: item for item in sensitive}
    assert ids <= apart.keys()
    assert not ids & shared.keys()
    for name, item in apart.items():
        assert name in ids or shared[name] == item
    assert {item["id"] for item in before} <= shared.keys() | apart.keys()
    return ordinary, sensitive, ids


def of(found: list[Resource], kind: str) -> list[Resource]:
    return [item for item in found if item["resourceType"] == kind]


def names(found: list[Resource], kind: str = "Observation") -> list[str]:
    return [item["code"].get("text", "") for item in of(found, kind)]


@pytest.mark.parametrize("name", [name for name in sample_names() if not name.startswith("kept-apart")])
def test_a_sample_in_which_nothing_reveals_stays_as_it_is(name: str) -> None:
    before = sample(name)
    assert divide(before) == (before, [], frozenset())


# ---- results, orders, reports ---------------------------------------------------------

GLUCOSE = observation("Glucose")


@pytest.mark.parametrize(
    "elements",
    [
        {"code": coded("75622-1")},
        {"code": {"text": "HIV Ag/Ab"}},
        {"code": {"text": "Xét nghiệm A"}, "valueString": "HIV: dương tính"},
        {"note": [{"text": "gửi tuyến trên khẳng định HIV"}]},
        {"component": [{"code": coded("7917-8"), "valueString": "âm tính"}]},
        {"interpretation": [{"text": "HIV (+)"}]},
        {"method": {"text": "ELISA HIV"}},
        {"extension": [{"url": "https://example.org/kit", "valueString": "Determine HIV-1/2"}]},
        {"identifier": [{"system": "urn:lab", "value": "HIV-0012"}]},
        {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">HIV</div>'}},
    ],
)
def test_a_result_that_reveals_anywhere_goes_and_its_neighbour_stays(elements: dict[str, Any]) -> None:
    revealing = observation("A", **elements)
    before = [PATIENT, ENCOUNTER, ORDER, GLUCOSE, revealing, report("Hoá sinh", GLUCOSE, revealing)]
    ordinary, sensitive, ids = held_to_the_rules(before)
    assert of(ordinary, "Observation") == [GLUCOSE]
    assert of(sensitive, "Observation") == [revealing]
    assert revealing["id"] in ids
    assert [one["result"] for one in of(ordinary, "DiagnosticReport")] == [[to(GLUCOSE)]]
    assert [one["result"] for one in of(sensitive, "DiagnosticReport")] == [[to(revealing)]]


def test_patient_encounter_and_specimen_are_in_both_sets_unchanged() -> None:
    specimen = made("Specimen", "blood", subject=to(PATIENT))
    hiv = observation("HIV", specimen=to(specimen))
    ordinary, sensitive, ids = held_to_the_rules([PATIENT, ENCOUNTER, specimen, GLUCOSE, hiv])
    assert sensitive == [PATIENT, ENCOUNTER, specimen, hiv]
    assert ids == {hiv["id"]}
    assert ordinary == [PATIENT, ENCOUNTER, specimen, GLUCOSE]


def test_a_panel_keeps_its_ordinary_members_and_loses_the_listed_one() -> None:
    hiv = observation("HIV")
    panel = observation("Trước mổ", hasMember=[to(GLUCOSE), to(hiv)])
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, ENCOUNTER, GLUCOSE, hiv, panel])
    assert names(ordinary) == ["Glucose", "Trước mổ"]
    assert of(ordinary, "Observation")[1]["hasMember"] == [to(GLUCOSE)]
    assert names(sensitive) == ["HIV", "Trước mổ"]


def test_what_an_hiv_order_found_goes_with_it_though_it_says_only_positive() -> None:
    order = made("ServiceRequest", "o", status="active", intent="order", code={"text": "HIV Ab"}, subject=to(PATIENT))
    found = observation("Kết quả", valueString="Dương tính", basedOn=[to(order)])
    told = report("Phiếu trả lời", found, basedOn=[to(order)])
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, ENCOUNTER, order, found, told, GLUCOSE])
    assert ordinary == [PATIENT, ENCOUNTER, GLUCOSE]
    assert sensitive == [PATIENT, ENCOUNTER, order, found, told]


def test_the_results_of_a_report_titled_so_go_with_it_and_what_is_derived_from_them() -> None:
    found = observation("S/CO", valueString="12.3")
    derived = observation("Kết luận", valueString="Dương tính", derivedFrom=[to(found)])
    told = report("HIV Ag/Ab", found)
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, ENCOUNTER, found, derived, told, GLUCOSE])
    assert names(ordinary) == ["Glucose"]
    assert names(sensitive) == ["S/CO", "Kết luận"]


def test_a_result_of_two_orders_stays_when_one_of_them_is_ordinary() -> None:
    order = made("ServiceRequest", "o", status="active", intent="order", code={"text": "HIV Ab"}, subject=to(PATIENT))
    both = observation("Urê", basedOn=[to(ORDER), to(order)])
    ordinary, _, _ = held_to_the_rules([PATIENT, ENCOUNTER, ORDER, order, both])
    assert [one["basedOn"] for one in of(ordinary, "Observation")] == [[to(ORDER)]]


def test_a_conclusion_that_reveals_takes_the_report_and_leaves_its_results() -> None:
    told = report("Hoá sinh", GLUCOSE, conclusion="Nhiễm HIV giai đoạn 1")
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, ENCOUNTER, GLUCOSE, told])
    assert ordinary == [PATIENT, ENCOUNTER, GLUCOSE]
    assert names(sensitive, "DiagnosticReport") == ["Hoá sinh"]


def test_a_document_that_reveals_leaves_the_report_of_ordinary_results_without_it() -> None:
    told = report("Hoá sinh", GLUCOSE, presentedForm=[text_document("Glucose 5.0\nHIV: dương tính")])
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, ENCOUNTER, GLUCOSE, told])
    assert of(ordinary, "DiagnosticReport") == [report("Hoá sinh", GLUCOSE)]
    assert of(sensitive, "DiagnosticReport")[0]["presentedForm"] == told["presentedForm"]


def test_a_report_that_is_nothing_but_such_a_document_goes_whole() -> None:
    told = report("Phiếu", presentedForm=[text_document("HIV: dương tính")])
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, told])
    assert (ordinary, sensitive) == ([PATIENT], [PATIENT, told])


def test_a_scan_of_a_report_that_lost_a_result_is_not_left_behind() -> None:
    scan = {"contentType": "application/pdf", "data": base64.b64encode(b"%PDF-1.7").decode()}
    narrative = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Glucose, A</div>'}
    hidden = observation("A", code=coded("75622-1", text="A"))
    told = report("Hoá sinh", GLUCOSE, hidden, presentedForm=[scan], text=narrative)
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, ENCOUNTER, GLUCOSE, hidden, told])
    assert of(ordinary, "DiagnosticReport") == [report("Hoá sinh", GLUCOSE)]
    assert of(sensitive, "DiagnosticReport")[0]["presentedForm"] == [scan]


def test_a_name_in_a_reference_gives_away_what_it_points_to() -> None:
    secret = observation("A", valueString="Dương tính")
    told = report("Hoá sinh", GLUCOSE, result=[to(GLUCOSE), to(secret, display="HIV Ab")])
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, ENCOUNTER, GLUCOSE, secret, told])
    assert names(ordinary) == ["Glucose"]
    assert names(sensitive) == ["A"]


# ---- diagnoses and reasons ------------------------------------------------------------


def condition(name: str, code: str) -> Resource:
    return made("Condition", name, code=coded(code, ICD10), subject=to(PATIENT), encounter=to(ENCOUNTER))


def test_a_diagnosis_goes_from_the_encounter_whole_and_leaves_no_empty_one() -> None:
    pneumonia, hiv = condition("viêm phổi", "J18.9"), condition("b", "B20.1")
    visit = ENCOUNTER | {
        "reasonCode": [coded("J18.9", ICD10), coded("B20", ICD10)],
        "diagnosis": [{"condition": to(pneumonia), "rank": 1}, {"condition": to(hiv), "rank": 2}],
    }
    ordinary, sensitive, ids = held_to_the_rules([PATIENT, visit, ORDER, pneumonia, hiv, GLUCOSE])
    (kept,) = of(ordinary, "Encounter")
    assert kept["id"] == visit["id"]
    assert kept["diagnosis"] == [{"condition": to(pneumonia), "rank": 1}]
    assert kept["reasonCode"] == [coded("J18.9", ICD10)]
    (apart,) = of(sensitive, "Encounter")
    assert apart["id"] in ids
    assert apart["reasonCode"] == visit["reasonCode"]
    assert apart["diagnosis"] == [{"condition": to(hiv), "rank": 2}]
    assert of(ordinary, "Condition") == [pneumonia]
    assert [one["encounter"]["reference"] for one in of(sensitive, "Condition")] == [urn(apart["id"])]


def test_what_both_sets_share_never_points_to_the_sensitive_copy() -> None:
    """The order is in both; under one id it must say one thing, or the later would overwrite the earlier."""
    hiv = observation("HIV", basedOn=[to(ORDER)])
    visit = ENCOUNTER | {"reasonCode": [coded("B20", ICD10)]}
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, visit, ORDER, GLUCOSE, hiv])
    assert of(ordinary, "ServiceRequest") == [ORDER]
    (apart,) = of(sensitive, "ServiceRequest")
    assert apart["id"] != ORDER["id"]
    assert of(sensitive, "Observation")[0]["basedOn"] == [to(apart)]


def test_an_order_whose_reason_reveals_loses_the_reason_and_not_its_results() -> None:
    order = ORDER | {"reasonCode": [coded("J18.9", ICD10), coded("Z21", ICD10)]}
    found = observation("Urê", basedOn=[to(order)])
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, ENCOUNTER, order, found])
    assert of(ordinary, "ServiceRequest") == [ORDER | {"reasonCode": [coded("J18.9", ICD10)]}]
    assert of(ordinary, "Observation") == [found]
    assert of(sensitive, "ServiceRequest")[0]["reasonCode"] == order["reasonCode"]


def test_an_extension_that_refers_to_what_left_goes_with_its_address() -> None:
    hiv = observation("HIV")
    pointing = GLUCOSE | {"extension": [{"url": "https://example.org/see", "valueReference": to(hiv)}]}
    ordinary, _, _ = held_to_the_rules([PATIENT, ENCOUNTER, hiv, pointing])
    assert of(ordinary, "Observation") == [GLUCOSE]


def test_what_cannot_stand_without_what_left_goes_too() -> None:
    drug = made("Medication", "thuốc", code={"text": "ARV"})
    taken = made("MedicationStatement", "dùng", status="active", subject=to(PATIENT), medicationReference=to(drug))
    ordinary, sensitive, _ = held_to_the_rules([PATIENT, drug, taken, GLUCOSE, ENCOUNTER])
    assert ordinary == [PATIENT, GLUCOSE, ENCOUNTER]
    assert of(sensitive, "MedicationStatement") == [taken]


def test_a_patient_does_not_reveal_by_a_name() -> None:
    clinic = made("Organization", "c", name="Phòng khám HIV")
    before = [PATIENT | {"managingOrganization": to(clinic)}, clinic, ENCOUNTER, GLUCOSE]
    assert divide(before) == (before, [], frozenset())


def test_dividing_what_was_divided_finds_nothing_more() -> None:
    hiv = observation("HIV")
    ordinary, _, _ = divide([PATIENT, ENCOUNTER, GLUCOSE, hiv, report("Hoá sinh", GLUCOSE, hiv)])
    assert divide(ordinary) == (ordinary, [], frozenset())


# ---- every sample, whatever is put into it --------------------------------------------


def code_it(item: Resource) -> None:
    item["code"] = coded("75622-1", text="A")


def note_it(item: Resource) -> None:
    item["note"] = [{"text": "HIV (+)"}]


def conclude(item: Resource) -> None:
    item["conclusion"] = "Nhiễm HIV"


def attach(item: Resource) -> None:
    item["presentedForm"] = [text_document("Anti-HIV: dương tính")]


def diagnose(item: Resource) -> None:
    item["code"] = coded("B20.1", ICD10)


def reason(item: Resource) -> None:
    item["reasonCode"] = [*item.get("reasonCode", []), coded("Z21", ICD10)]


INJECTED: dict[str, list[Callable[[Resource], None]]] = {
    "Observation": [code_it, note_it],
    "ServiceRequest": [code_it, note_it, reason],
    "DiagnosticReport": [code_it, conclude, attach],
    "Condition": [diagnose, note_it],
    "Encounter": [reason],
    "Specimen": [note_it],
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_put_into_a_sample_both_sets_keep_the_rules(data: st.DataObject) -> None:
    before = sample(data.draw(st.sampled_from(sample_names())))
    chosen = [item for item in before if item["resourceType"] in INJECTED]
    if not chosen:
        return
    picked = data.draw(st.lists(st.sampled_from(range(len(chosen))), min_size=1, max_size=3, unique=True))
    for index in picked:
        data.draw(st.sampled_from(INJECTED[chosen[index]["resourceType"]]))(chosen[index])
    for visit in of(before, "Encounter"):
        if diagnoses := of(before, "Condition"):
            visit["diagnosis"] = [{"condition": to(one)} for one in diagnoses]
    ordinary, sensitive, ids = held_to_the_rules(before)
    assert sensitive
    assert ids
    tests = {urn(item["id"]) for item in before if LIST.reveals(item.get("code"))}
    for _ in before:  # what a listed result lists in turn is listed too
        tests |= {one for item in before if urn(item["id"]) in tests for one in references(item.get("hasMember"))}
    kept = {item["id"] for item in ordinary}
    theirs = _and_what_is_theirs(before, tests)
    for item in of(before, "Observation"):
        assert item["id"] in kept or LIST.reveals(item) or urn(item["id"]) in theirs


def _and_what_is_theirs(before: list[Resource], tests: set[str]) -> set[str]:
    """The tests, what they refer to or what rests on them, and what is theirs in turn."""
    found = set(tests)
    while True:
        listed = {name for one in before if urn(one["id"]) in found for name in references(one)}
        resting = {
            urn(one["id"]) for one in before if set(references([one.get("basedOn"), one.get("derivedFrom")])) & found
        }
        more = {urn(one["id"]) for one in of(before, "Observation") if urn(one["id"]) in listed} | resting
        if more <= found:
            return found
        found |= more


class _LookingClosely(SensitiveList):
    """Never content with one walk over the whole record."""

    def silent(self, resources: object) -> bool:
        return False


_CLOSELY = _LookingClosely(
    sensitive_list().version, sensitive_list().codes, sensitive_list().words, sensitive_list().tables
)
_SAID = st.sampled_from(
    ["HIV Ab", "xn hiv", "shiver", "T-CD4", "ARV", "\uff28\uff29\uff36", "glucose", "Z21", "75622-1", "b20.1", ""]
)
_WHERE = st.sampled_from(["text", "display", "code", "note", "data", "extension"])


@given(st.integers(0, 200), _WHERE, _SAID)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_one_walk_over_the_record_is_content_only_where_a_close_look_finds_nothing(
    place: int, where: str, said: str
) -> None:
    record = sample(sample_names()[0])
    item = record[place % len(record)]
    if where == "text":
        item["text"] = {"status": "generated", "div": f"<div>{said}</div>"}
    elif where == "display":
        item["subject"] = {"reference": urn(record[0]["id"]), "display": said}
    elif where == "code":
        item["code"] = {"coding": [{"system": "http://loinc.org", "code": said}, {"system": ICD10, "code": said}]}
    elif where == "data":
        item["photo"] = [{"contentType": "text/plain", "data": base64.b64encode(said.encode()).decode()}]
    else:
        item[where] = [{"valueString": said, "text": said}]
    assert divide(record) == divide(record, _CLOSELY)
