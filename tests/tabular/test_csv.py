"""CSV as hospitals write it: what is read, what is stated, what is refused."""

from __future__ import annotations

import pytest

from adapters.tabular import TabularAdapter
from gateway.adapter import Payload, split
from gateway.mapping.charsets import encode
from tests.tabular.building import MAPPING, RANGE, UNIT, file, of, refusal, row, rules, translation, translations

TABLE = "PHIEU,BN,XN,KQ\nP1,B1,Đường huyết lúc đói,5.6\nP1,B1,Bạch cầu,7.2\nP2,B2,Nhóm máu,O\n"


def table(*lines: str, head: str = "PHIEU,BN,XN,KQ") -> str:
    return "\n".join((head, *lines, ""))


def names(data: bytes) -> list[str]:
    return [one["code"]["text"] for made in translations(data) for one in of(made, "Observation")]


@pytest.mark.parametrize(
    ("charset", "mark"),
    [
        *(("utf-8", ""), ("utf-8", "\ufeff"), ("utf-16le", "\ufeff"), ("utf-16be", "\ufeff"), ("utf-16le", "")),
        *(("windows-1258", ""), ("tcvn3", ""), ("vni", "")),
    ],
)
def test_the_character_set_is_found_and_stated(charset: str, mark: str) -> None:
    (first, _) = translations(encode(mark, charset) + encode(TABLE, charset) if mark else encode(TABLE, charset))
    assert [one["code"]["text"] for one in of(first, "Observation")] == ["Đường huyết lúc đói", "Bạch cầu"]
    assert first.issues[0].parameters["charset"] == charset


def test_bytes_that_prove_no_character_set_are_refused_and_a_declared_one_is_taken() -> None:
    data = encode(table("P1,B1,Sắt,5.6"), "tcvn3")
    assert refusal(data) == [("table-charset-unknown", "line 2")]
    declared = MAPPING.replace("[reading]", '[reading]\ncharset = "tcvn3"')
    assert of(translation(data, file(declared)), "Observation")[0]["code"]["text"] == "Sắt"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    assert names(TABLE.replace(",", delimiter).encode())[:2] == ["Đường huyết lúc đói", "Bạch cầu"]


def test_quoted_cells_hold_delimiters_line_breaks_and_quotes() -> None:
    data = 'PHIEU,BN,XN,KQ\r\nP1,B1,"Ghi chú, ""dài""\r\nhai dòng",5\r\nP2,B2,b,6\r\n'
    first, second = translations(data)
    assert of(first, "Observation")[0]["code"]["text"] == 'Ghi chú, "dài"\r\nhai dòng'
    assert second.lineage["Observation[0].code.text"] == "row 3, column XN"


def test_a_records_bytes_are_its_own_rows() -> None:
    data = TABLE.encode()
    adapter = TabularAdapter([file()])
    assert [one.data for one in split(adapter, Payload(data))] == [
        "P1,B1,Đường huyết lúc đói,5.6\nP1,B1,Bạch cầu,7.2\n".encode(),
        "P2,B2,Nhóm máu,O\n".encode(),
    ]
    wide = "\ufeff".encode("utf-16-le") + TABLE.encode("utf-16-le")
    assert [one.data.decode("utf-16-le") for one in split(adapter, Payload(wide))][1] == "P2,B2,Nhóm máu,O\n"


def test_titles_above_the_header_and_empty_rows_say_nothing() -> None:
    made = translation("KẾT QUẢ THÁNG 11,,,\n,,,\n" + table("P1,B1,a,1", ",,,", "", "P1,B1,b,2"))
    assert [one["code"]["text"] for one in of(made, "Observation")] == ["a", "b"]
    assert made.lineage["Observation[1].code.text"] == "row 7, column XN"


def test_a_row_with_too_many_cells_costs_its_report_since_its_values_may_be_shifted() -> None:
    data = table("P1,B1,a,5,2", "P2,B2,b,6")
    assert refusal(data) == [("table-row-ragged", "row 2")]
    assert refusal(table("P1,B1,a")) == [("table-row-ragged", "row 2")]
    assert refusal(table("P1,B1,a,1,,")) == []


def test_rows_of_one_report_that_stand_apart_are_refused() -> None:
    assert refusal(table("P1,B1,a,1", "P2,B2,b,2", "P1,B1,c,3")) == [("table-report-apart", "row 2")]


def test_a_last_line_without_an_end_holds_its_record() -> None:
    cut = table("P1,B1,a,1", "P2,B2,b,12.5").rstrip("\n")
    first, second = translations(cut)
    assert (first.held, [hold.rule for hold in second.holds]) == (False, ["table-open-end"])
    assert not any(one.held for one in translations(cut, whole=True))
    never = file(MAPPING.replace("[reading]", "[reading]\nopen_end = true"))
    assert not any(one.held for one in translations(cut, never))


def test_quotes_that_do_not_match_are_a_file_cut_off() -> None:
    assert refusal('PHIEU,BN,XN,KQ\nP1,B1,a,1\nP1,B1,"b') == [("table-quotes", "line 3")]


def test_a_column_gone_overnight_is_named_and_the_one_that_looks_like_it() -> None:
    with_unit = file(MAPPING, UNIT)
    assert refusal("PHIEU,BN,XN,KQ,Đ.V\nP1,B1,a,1,g/L\n", with_unit) == [("table-column-renamed", "column DV")]
    assert refusal("PHIEU,BN,XN,KQ\nP1,B1,a,1\n", with_unit) == [("table-column-gone", "column DV")]
    assert refusal("PHIEU,BN,XN,KET\nP1,B1,a,1\n") == [("table-column-gone", "column KQ")]
    optional = file(MAPPING.replace("[reading]", 'optional = ["DV"]\n\n[reading]'), UNIT)
    assert refusal("PHIEU,BN,XN,KQ\nP1,B1,a,1\n", optional) == []


def test_a_table_that_fits_no_mapping_or_two_is_refused() -> None:
    assert refusal("HO_TEN,TUOI\nA,9\n")[0][0] == "mapping-none-fits"
    assert refusal(TABLE, file(), file(name="lab-2"))[0][0] == "mapping-two-fit"


def test_two_columns_of_one_name_are_nobodys() -> None:
    assert refusal("PHIEU,BN,XN,KQ,KQ\nP1,B1,a,1,2\n") == [("table-column-twice", "row 1")]
    both = file(MAPPING, row("KQ[2]", "Observation.note[]", "note"))
    made = translation("PHIEU,BN,XN,KQ,KQ\nP1,B1,a,1,2\n", both)
    assert of(made, "Observation")[0]["note"] == [{"text": "2"}]


def test_a_new_column_is_told_and_listed() -> None:
    made = translation("PHIEU,BN,XN,KQ,MOI\nP1,B1,a,1,x\n")
    assert rules(made) == [("mapped-field-strange", "row 2, column MOI")]
    assert [one.field for one in made.unplaced] == ["row 2, column MOI"]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        *(("3,5 - 5,1 mmol/L", "3.5", "5.1"), ("3,5-5,1", "3.5", "5.1"), ("[3,5 – 5,1]", "3.5", "5.1")),
        *(("< 5,2", None, None), ("Nam: 3 - 5; Nữ: 2 - 4", None, None), ("Âm tính", None, None)),
        *(("5,1 - 3,5", None, None), ("3,5 - 5,1 mg/dL", None, None)),
    ],
)
def test_a_range_is_split_where_it_is_two_numbers_in_the_results_unit(
    text: str, low: str | None, high: str | None
) -> None:
    comma = file(MAPPING.replace("[reading]", "[reading]\ndecimal_comma = true"), UNIT, RANGE)
    made = translation(f"PHIEU|BN|XN|KQ|DV|BT\nP1|B1|a|4,0|mmol/L|{text}\n", comma)
    found = of(made, "Observation")[0]["referenceRange"][0]
    assert found["text"] == text
    assert [str(found[end]["value"]) if end in found else None for end in ("low", "high")] == [low, high]
    assert bool(rules(made)) is (text in ("5,1 - 3,5", "3,5 - 5,1 mg/dL"))


def test_a_number_that_could_be_two_is_held() -> None:
    made = translation('PHIEU,BN,XN,KQ\nP1,B1,a,"7,2"\n')
    assert [hold.rule for hold in made.holds] == ["value-number-ambiguous"]
    assert of(made, "Observation")[0]["valueString"] == "7,2"


def test_a_unit_behind_the_number_is_one_only_by_the_table_of_units() -> None:
    made = translation(table("P1,B1,a,5.2 mmol/L", "P1,B1,b,5 lần", "P1,B1,c,<0.5mg/L"))
    glucose, times, low = of(made, "Observation")
    assert glucose["valueQuantity"]["code"] == "mmol/L"
    assert times["valueString"] == "5 lần"
    assert low["valueQuantity"]["comparator"] == "<"
    differs = translation("PHIEU,BN,XN,KQ,DV\nP1,B1,a,5.2 mmol/L,mg/dL\n", file(MAPPING, UNIT))
    assert [hold.rule for hold in differs.holds] == ["unit-said-twice"]


@pytest.mark.parametrize("written", ["3.1 L", "3.1L", "<3.1  L"])
def test_a_letter_behind_the_number_that_may_be_a_flag_is_a_unit_only_where_the_units_field_says_so(
    written: str,
) -> None:
    made = translation(table(f"P1,B1,INR,{written}"))
    assert [(hold.rule, hold.expression) for hold in made.holds] == [("unit-or-flag", "row 2, column KQ")]
    assert of(made, "Observation")[0]["valueString"] == written
    assert of(translation(table("P1,B1,PT,12.5 s")), "Observation")[0]["valueQuantity"]["code"] == "s"
    said = translation(f"PHIEU,BN,XN,KQ,DV\nP1,B1,a,{written},L\n", file(MAPPING, UNIT))
    assert said.holds == []
    assert of(said, "Observation")[0]["valueQuantity"]["code"] == "L"


def test_text_that_was_misread_before_it_was_exported_holds_its_report() -> None:
    """The bytes are UTF-8, and were read in a wrong set by whoever wrote them."""
    misread = encode("Nguyễn Thị Hường", "tcvn3").decode("latin-1")
    named = file(MAPPING, row("TEN", "Patient.name[0].text"))
    first = translation(f"PHIEU,BN,XN,KQ,TEN\nP1,B1,a,1,{misread}\n", named)
    assert [(hold.rule, hold.expression) for hold in first.holds] == [("text-misread", "row 2, column TEN")]
    result = encode("Dương tính nhẹ với kháng thể", "vni").decode("latin-1")
    made = translation(f"PHIEU,BN,XN,KQ\nP1,B1,{result},{result}\n")
    assert {hold.expression for hold in made.holds} == {"row 2, column XN", "row 2, column KQ"}
