"""What rows make of a report: what is one, what differs, what is missing, what nobody placed."""

from __future__ import annotations

import pytest

from adapters.tabular import TabularAdapter
from gateway.adapter import DefaultProfile, Payload, bind, split, translate
from gateway.r4 import check
from tests.tabular.building import FACILITY, MAPPING, UNIT, file, of, refusal, row, rules, translation, translations

HEAD = "PHIEU,BN,XN,KQ"


def table(*lines: str, head: str = HEAD) -> str:
    return "\n".join((head, *lines, ""))


def ids(made: list[dict[str, object]]) -> list[object]:
    return [one["id"] for one in made]


def test_a_report_told_again_with_one_more_result_keeps_the_ids_of_the_others() -> None:
    once = translation(table("P1,B1,a,1", "P1,B1,b,2"))
    again = translation(table("P1,B1,c,3", "P1,B1,b,2", "P1,B1,a,1"))
    assert set(ids(of(once, "Observation"))) < set(ids(of(again, "Observation")))
    assert ids(of(once, "DiagnosticReport")) == ids(of(again, "DiagnosticReport"))


def test_one_report_number_of_two_patients_are_two_reports() -> None:
    first, second = translations(table("P1,B1,a,1")), translations(table("P1,B2,a,1"))
    assert ids(of(first[0], "DiagnosticReport")) != ids(of(second[0], "DiagnosticReport"))


@pytest.mark.parametrize(("one", "other"), [("1|2,3", "1,2|3"), ("A,", ",A")])
def test_patients_without_a_number_are_two_where_the_fields_of_their_reports_differ(one: str, other: str) -> None:
    """Whichever field a text stands in, and if one is empty."""
    text = MAPPING.replace('report = ["PHIEU"]', 'report = ["PHIEU", "NGAY"]')
    text = text.replace('"Patient.identifier[]"\ndatatype = "mrn"', '"Patient.name[0].text"')
    mapping = file(text, row("NGAY", "DiagnosticReport.conclusion"))
    first, second = translations(table(f"{one},An,a,1", f"{other},An,a,1", head="PHIEU,NGAY,BN,XN,KQ"), mapping)
    for kind in ("Patient", "DiagnosticReport", "Observation"):
        assert ids(of(first, kind)) != ids(of(second, kind))


def test_rows_of_one_report_that_name_two_patients_refuse_it() -> None:
    assert refusal(table("P1,B1,a,1", "P1,B2,b,2")) == [("mapped-another-patient", "row 3, column BN")]


def test_a_patient_named_in_the_first_row_alone_is_the_reports() -> None:
    made = translation(table("P1,B1,a,1", "P1,,b,2"))
    assert len(of(made, "Observation")) == 2
    assert not made.held


def test_a_report_without_patient_or_number_is_refused() -> None:
    assert refusal(table("P1,,a,1")) == [("mapped-no-patient", "row 2, column BN")]
    assert refusal(table(",B1,a,1")) == [("mapped-report-unnamed", "row 2, column PHIEU")]


def test_a_field_of_the_whole_report_said_in_two_ways_is_placed_neither_way_and_held() -> None:
    mapping = file(MAPPING, row("KL", "DiagnosticReport.conclusion"))
    made = translation(table("P1,B1,a,1,x", "P1,B1,b,2,y", head=HEAD + ",KL"), mapping)
    assert [(hold.rule, hold.expression) for hold in made.holds] == [("mapped-head-differs", "row 3, column KL")]
    assert "conclusion" not in of(made, "DiagnosticReport")[0]


def test_a_time_that_differs_from_row_to_row_is_each_results_own() -> None:
    times = row("GIO", "Observation.effectiveDateTime", "dateTime") + row(
        "GIO", "DiagnosticReport.effectiveDateTime", "dateTime"
    )
    made = translation(
        table("P1,B1,a,1,15/11/2026 07:30", "P1,B1,b,2,15/11/2026 08:30", head=HEAD + ",GIO"), file(MAPPING, times)
    )
    assert [one["effectiveDateTime"][11:16] for one in of(made, "Observation")] == ["07:30", "08:30"]
    assert "effectiveDateTime" not in of(made, "DiagnosticReport")[0]
    assert not made.held


def test_a_result_without_a_value_is_registered_and_its_report_partial() -> None:
    made = translation(table("P1,B1,a,1", "P1,B1,b,"))
    assert [one["status"] for one in of(made, "Observation")] == ["final", "registered"]
    assert of(made, "DiagnosticReport")[0]["status"] == "partial"
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []


def test_a_result_without_a_test_is_held() -> None:
    made = translation(table("P1,B1,,1"))
    assert [(hold.rule, hold.expression) for hold in made.holds] == [("mapped-result-unnamed", "row 2, column XN")]
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []


def test_a_test_said_twice_is_two_results_and_told() -> None:
    made = translation(table("P1,B1,a,1", "P1,B1,a,2"))
    assert len(set(ids(of(made, "Observation")))) == 2
    assert rules(made) == [("mapped-results-alike", "row 3, column XN")]
    told_apart = MAPPING.replace('report = ["PHIEU"]', 'report = ["PHIEU"]\nitem = ["XN", "LAN"]')
    lan = '\n[unplaced]\nLAN = "which time it was measured"\n'
    made = translation(table("P1,B1,a,1,1", "P1,B1,a,2,2", head=HEAD + ",LAN"), file(told_apart, lan))
    assert rules(made) == []


def test_a_unit_of_words_stands_beside_them() -> None:
    made = translation(table("P1,B1,a,Âm tính,S/CO", head=HEAD + ",DV"), file(MAPPING, UNIT))
    (result,) = of(made, "Observation")
    assert result["valueString"] == "Âm tính"
    assert result["extension"][0]["valueString"] == "S/CO"
    assert made.lineage["Observation[0].extension[0].valueString"] == "row 2, column DV"


def test_a_clinical_field_that_cannot_be_placed_holds_and_another_does_not() -> None:
    flag = row("CO", "Observation.interpretation[]", "concept", 'vocabulary = "hl7v2-interpretation"')
    made = translation(table("P1,B1,a,1,?!", head=HEAD + ",CO"), file(MAPPING, flag))
    assert [(hold.rule, hold.expression) for hold in made.holds] == [("code-unmapped", "row 2, column CO")]
    aside = flag + "clinical = false\n"
    assert not translation(table("P1,B1,a,1,?!", head=HEAD + ",CO"), file(MAPPING, aside)).held
    birth = row("NS", "Patient.birthDate", "date")
    made = translation(table("P1,B1,a,1,1990-02-30", head=HEAD + ",NS"), file(MAPPING, birth))
    assert rules(made) == [("date-form-unknown", "row 2, column NS")]
    assert not made.held


def test_a_field_whose_conditions_all_fail_is_listed() -> None:
    told = row("LOAI", "Observation.note[]", "note", 'when = {field = "XN", equals = "b"}')
    made = translation(table("P1,B1,a,1,x", "P1,B1,b,2,y", head=HEAD + ",LOAI"), file(MAPPING, told))
    assert rules(made) == [("mapped-no-condition-holds", "row 2, column LOAI")]
    assert [one.field for one in made.unplaced] == ["row 2, column LOAI"]
    assert of(made, "Observation")[1]["note"] == [{"text": "y"}]


def test_what_is_remembered_of_a_saying_is_said_again_at_each_place() -> None:
    flag = row("CO", "Observation.interpretation[]", "concept", 'vocabulary = "hl7v2-interpretation"')
    lines = [f"P{n},B{n},a,1,??" for n in range(3)]
    made = translations(table(*lines, head=HEAD + ",CO"), file(MAPPING, flag))
    assert [one.holds[0].expression for one in made] == [f"row {n}, column CO" for n in (2, 3, 4)]


def test_the_parts_of_a_report_refer_to_each_other() -> None:
    parts = (
        row("MAU", "Specimen.type", "own-concept loai-mau")
        + row("CD", "ServiceRequest.identifier[]", "own-number chi-dinh")
        + row("BSCD", "Requester.name[0].text")
        + row("BS", "Interpreter.identifier[]", "own-number bac-si")
        + row("KHOA", "Organization.name")
        + row("LK", "Encounter.identifier[]", "own-number luot-kham")
    )
    made = translation(
        table("P1,B1,a,1,Máu,C1,BS A,007,Khoa XN,L1", head=HEAD + ",MAU,CD,BSCD,BS,KHOA,LK"), file(MAPPING, parts)
    )
    (report,), (result,), (order,) = (of(made, kind) for kind in ("DiagnosticReport", "Observation", "ServiceRequest"))
    by_id = {f"urn:uuid:{one['id']}": one["resourceType"] for one in made.resources}
    assert by_id[order["requester"]["reference"]] == "Practitioner"
    assert [by_id[one["reference"]] for one in report["performer"]] == ["Organization"]
    assert by_id[result["specimen"]["reference"]] == "Specimen"
    assert by_id[report["encounter"]["reference"]] == by_id[result["encounter"]["reference"]] == "Encounter"
    assert result["basedOn"] == report["basedOn"]
    assert report["result"] == [{"reference": f"urn:uuid:{result['id']}"}]
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []


def test_two_manners_of_reading_remember_apart() -> None:
    """One mapping, two facilities: what is remembered of one is not the other's."""
    adapter = bind(TabularAdapter(), [file()])
    (record,) = split(adapter, Payload(table("P1,B1,a,1").encode()))
    systems = [
        of(translate(adapter, record, DefaultProfile(code)), "Observation")[0]["code"]["coding"][0]["system"]
        for code in ("79001", "79002")
    ]
    assert systems == ["urn:vn:cskcb:79001:test-name", "urn:vn:cskcb:79002:test-name"]


def test_a_row_behind_a_report_that_says_none_holds_it_since_it_may_be_of_it() -> None:
    adapter = bind(TabularAdapter(), [file()])
    first, _, third = split(adapter, Payload(table("P1,B1,a,1", ",,b,2", "P2,B2,c,3").encode()))
    assert [hold.expression for hold in translate(adapter, first, FACILITY).holds] == ["row 3"]
    assert not translate(adapter, third, FACILITY).held


def test_what_one_record_sets_in_an_assigned_element_is_not_the_next_ones() -> None:
    assigned = (
        '\n[[row]]\nattribute = "Observation.category[0]"\nassignment = {coding = [{code = "x"}]}\n'
        '\n[[row]]\nattribute = "Observation.category[0].text"\nassignment = "a"\nwhen = {field = "XN", equals = "a"}\n'
    )
    by_field = row("LOAI", "DiagnosticReport.category[0]", more='assignment = {coding = [{code = "y"}]}') + row(
        "GHI", "DiagnosticReport.category[0].text"
    )
    first, second = translations(
        table("P1,B1,a,1,L,riêng", "P2,B2,b,2,L,", head=HEAD + ",LOAI,GHI"), file(MAPPING, assigned, by_field)
    )
    assert of(first, "DiagnosticReport")[0]["category"][0]["text"] == "riêng"
    assert "text" not in of(second, "DiagnosticReport")[0]["category"][0]
    assert [of(one, "Observation")[0]["category"][0].get("text") for one in (first, second)] == ["a", None]


def test_the_ends_of_a_range_are_each_results_own_and_no_range_is_lost() -> None:
    ends = (
        row("BT", "Observation.referenceRange[0].text")
        + row("TU", "Observation.referenceRange[0].low", "low")
        + row("DEN", "Observation.referenceRange[0].high", "high")
    )
    made = translations(
        table("P1,B1,a,1,người lớn,2,5", "P2,B2,a,1,người lớn,3,", head=HEAD + ",BT,TU,DEN"), file(MAPPING, ends)
    )
    first, second = (of(one, "Observation")[0]["referenceRange"] for one in made)
    assert [str(first[0][end]["value"]) for end in ("low", "high")] == ["2", "5"]
    assert (str(second[0]["low"]["value"]), "high" in second[0]) == ("3", False)
    both = row("BT", "Observation.referenceRange[0].text") + row("KHOANG", "Observation.referenceRange[0]", "range")
    told = translation(table("P1,B1,a,1,người lớn,2 - 5", head=HEAD + ",BT,KHOANG"), file(MAPPING, both))
    assert [one["text"] for one in of(told, "Observation")[0]["referenceRange"]] == ["người lớn", "2 - 5"]
    assert told.lineage["Observation[0].referenceRange[1].text"] == "row 2, column KHOANG"
