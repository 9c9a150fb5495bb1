"""Every leaf is placed, listed with its reason, or told of with its path; what may change a result holds the record."""

from __future__ import annotations

import json

import pytest

from gateway.adapter import DefaultProfile
from tests.json_record.building import (
    FACILITY,
    MAPPING,
    file,
    holds,
    of,
    refusal,
    report,
    result,
    row,
    rules,
    translation,
    translations,
)


@pytest.mark.parametrize("written", ["5.60", "0.10", "7", "-1.500"])
def test_numbers_keep_their_digits(written: str) -> None:
    sent = json.dumps(report("P1", result(value=0))).replace('"tri": 0', f'"tri": {written}')
    (found,) = of(translation(sent.encode()), "Observation")
    value = found["valueQuantity"]["value"]
    assert getattr(value, "token", str(value)) == written


def test_a_number_with_an_exponent_is_held() -> None:
    sent = json.dumps(report("P1", result(value=0))).replace('"tri": 0', '"tri": 1.5e2')
    made = translation(sent.encode())
    assert holds(made) == [("json-record-exponent", "kq[0].tri")]
    assert of(made, "Observation")[0]["valueString"] == "1.5e2"


def test_a_text_of_a_facility_that_writes_commas_is_read_so_and_a_number_as_what_it_is() -> None:
    comma = DefaultProfile("79001", decimal_comma=True)
    (made,) = translations(report("P1", result(value="7,2"), result("K", 4.125), result("Na", "4.125")), profile=comma)
    first, second, third = of(made, "Observation")
    assert str(first["valueQuantity"]["value"]) == "7.2"
    assert second["valueQuantity"]["value"].token == "4.125"
    assert third["valueString"] == "4.125"  # as text it could be two numbers
    assert holds(made) == [("value-number-ambiguous", "kq[2].tri")]


def test_a_leaf_that_no_row_knows_is_told_with_its_path() -> None:
    made = translation(report(ghi_chu={"nguoi": "x"}))
    assert rules(made) == [("mapped-field-strange", "ghi_chu.nguoi")]
    assert [left.field for left in made.unplaced] == ["ghi_chu.nguoi"]
    assert not made.held


def test_a_leaf_beside_a_result_that_no_row_knows_holds_the_record() -> None:
    made = translation(report("P1", result(), result("K", pha_loang="1:10")))
    assert holds(made) == [("mapped-field-strange", "kq[1].pha_loang")]


def test_a_field_that_may_have_been_renamed_holds_the_record() -> None:
    dated = file(MAPPING + row("ngay_lay", "Observation.effectiveDateTime", "dateTime"))
    assert not translation(report(ngay_lay="2026-11-20"), dated).held
    assert holds(translation(report(ngay_lay_mau="2026-11-20"), dated)) == [("mapped-field-strange", "ngay_lay_mau")]


def test_null_and_blanks_and_empty_parts_say_nothing() -> None:
    made = translation(report("P1", result(unit=None), {}, ghi_chu=None, them={}, muc=[], cach="  "))
    assert len(of(made, "Observation")) == 1
    assert (rules(made), made.unplaced) == ([], [])


def test_true_and_false_are_words() -> None:
    flagged = file(MAPPING + row("kq[].bt", "Observation.interpretation[]", "concept", 'vocabulary = "bt"')
                   + '\n[vocabulary.bt]\ncodes = {"true" = "A", "false" = "N"}\n')  # fmt: skip
    (found,) = of(translation(report("P1", result(bt=True)), flagged), "Observation")
    assert found["interpretation"][0]["coding"][0]["code"] == "A"


def test_every_element_of_an_array_is_placed_where_a_row_appends() -> None:
    reasons = file(MAPPING + row("chan_doan[].ten", "DiagnosticReport.conclusionCode[]", "concept"))
    made = translation(report(chan_doan=[{"ten": "a"}, {"ten": "b"}]), reasons)
    assert [one["text"] for one in of(made, "DiagnosticReport")[0]["conclusionCode"]] == ["a", "b"]
    assert made.lineage["DiagnosticReport[0].conclusionCode[1].text"] == "chan_doan[1].ten"


def test_every_element_of_an_array_in_a_result_is_placed_of_that_result() -> None:
    flags = file(MAPPING + row("kq[].co[]", "Observation.interpretation[]", "concept"))
    made = translation(report("P1", result(co=["H", "A"]), result("K", co=["L"]), result("Na")), flags)
    found = [[each["text"] for each in one.get("interpretation", ())] for one in of(made, "Observation")]
    assert found == [["H", "A"], ["L"], []]
    assert made.lineage["Observation[0].interpretation[1].text"] == "kq[0].co[1]"
    assert made.lineage["Observation[1].interpretation[0].text"] == "kq[1].co[0]"


def test_an_array_where_one_value_is_expected_is_told_of_and_holds() -> None:
    assert ("mapped-field-strange", "kq[0].tri[0]") in holds(translation(report("P1", result(value=[5, 6]))))


def test_a_key_that_may_be_somebodys_number_is_told_by_its_place() -> None:
    made = translation({**report(), "0000000078": {"x": "1"}, "NGUYEN VAN A 1990": "y"})
    told = [place for _, place in rules(made)]
    assert told == ["(key 4).x", "(key 5)"]
    assert not any(word in issue.text() for issue in made.issues for word in ("0912", "NGUYEN"))


def test_a_key_with_a_dot_has_a_name_of_its_own() -> None:
    odd = file(MAPPING + row('["ghi.chu"]', "DiagnosticReport.conclusion"))
    made = translation({**report(), "ghi.chu": "ổn"}, odd)
    assert of(made, "DiagnosticReport")[0]["conclusion"] == "ổn"


def test_a_wide_record_has_a_key_for_each_test() -> None:
    wide = MAPPING[: MAPPING.index('\n[[row]]\nfield = "kq[].ten"')].replace('results = "kq[]"', "")
    wide += '\n[[test]]\ncolumn = "xn.GLU"\nname = "Glucose"\nunit = "mmol/L"\nrange = "3.9 - 6.4"\n'
    made = translation({"phieu": "1", "bn": {"ma": "B"}, "xn": {"GLU": 5.60}}, file(wide))
    (found,) = of(made, "Observation")
    assert (found["valueQuantity"]["code"], made.lineage["Observation[0].valueQuantity.value"]) == ("mmol/L", "xn.GLU")


def test_a_field_gone_overnight_is_named_and_the_one_that_looks_like_it() -> None:
    sent = report()
    sent["bn"] = {"ma_bn": "B1"}
    assert refusal(sent) == [("json-record-field-renamed", "bn.ma")]
    assert refusal({"phieu": "1", "kq": []}) == [("json-record-field-gone", "bn.ma")]
    assert refusal({"khac": 1}) == [("mapping-none-fits", "")]
    assert FACILITY.code


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (row("bn.so[]", "Patient.identifier[]", "mrn"), "row[6].field"),
        (row("kq[].tri[]", "Observation.value[x]", "value"), "row[6].field"),
        (row("kq[].x", "Observation.method.text", "text", 'when = {field = "so[].loai", equals = "a"}'), "row[6].when"),
        (row("kq[].x", "Observation.methods.text", "never"), "row[6].datatype"),
        ('\n[[test]]\ncolumn = "xn[].GLU"\n', "test[1].column"),
    ],
)
def test_a_mapping_file_that_would_place_one_of_several_is_refused_with_line_and_path(wrong: str, place: str) -> None:
    text = (
        MAPPING.replace('\n[[row]]\nfield = "kq[].ten"\nattribute = "Observation.code.text"\n', "")
        if "test" in wrong
        else MAPPING
    )
    ((rule, at), *_) = refusal(report(), file(text + wrong))
    assert rule == "mapping-file"
    assert at.startswith("his, line ")
    assert at.endswith(place)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('results = "kq[]"', 'results = "kq"', "record.results"),
        ('results = "kq[]"', 'results = "kq[]"\nrecords = "phieu[]"', "record.results"),
        ('report = ["phieu"]', 'report = ["kq[].ten"]', "record.report"),
        ('results = "kq[]"', 'result = "kq[]"', "record.result"),
    ],
)
def test_a_record_table_that_cannot_be_is_refused_with_line_and_path(old: str, new: str, place: str) -> None:
    found = refusal(report(), file(MAPPING.replace(old, new)))
    assert {rule for rule, _ in found} == {"mapping-file"}
    assert any(at.endswith(place) for _, at in found)
