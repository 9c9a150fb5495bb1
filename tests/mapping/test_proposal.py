"""A first mapping file guessed from a table: by names and values, each guess marked, nobody's data in its sample."""

from __future__ import annotations

import io
import tomllib

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.json_record import JsonRecordAdapter
from adapters.tabular import TabularAdapter
from gateway.adapter import DefaultProfile, MappingText, Payload, SourceAdapter, bind, choose, propose, split, translate
from gateway.errors import GatewayError, PayloadError, SettingsError
from gateway.mapping.proposal.behind import Behind, behind
from gateway.mapping.proposal.guessing import guesses
from gateway.mapping.proposal.names import meaning
from gateway.mapping.proposal.shapes import shape
from gateway.r4 import check

TABULAR: SourceAdapter = TabularAdapter()
JSON: SourceAdapter = JsonRecordAdapter()

WIDE = """Phòng XN huyện Thử,,,,,,,,,,
STT,Mã BN,Họ và tên,Năm sinh,Giới tính,Ngày lấy mẫu,Khoa,GLU,CREA,HbA1c,Ghi chú
1,BN77,Lê Thị Ánh,1980,Nữ,15/11/2026 07:30,Nội,"7,2",68,"6,1",nhịn ăn
2,BN78,Trần Bình,1971,Nam,16/11/2026 08:00,Ngoại,"5,0",,,
"""
LONG = """mrn|full name|dob|sex|order id|collected|test name|result|unit|normal range
17|Tran Binh|1971-02-03|M|A1|2026-11-15T07:30|Glucose|5.20|mmol/L|3.9 - 6.4
17|Tran Binh|1971-02-03|M|A1|2026-11-15T07:30|CRP|<5|mg/L|<5
18|Le Anh|1980-12-31|F|A2|2026-11-15T08:00|Glucose|7.1|mmol/L|3.9 - 6.4
"""


def _proposed(table: str) -> tuple[str, tuple[str, ...], bytes]:
    found = propose(TABULAR, Payload(table.encode()), "lab")
    assert found is not None
    return found.text, found.undecided, found.sample


def _decided(text: str) -> MappingText:
    return MappingText.read(text.replace('= "?"', '= "not of the result"').encode())


def test_a_long_table_is_translated_by_what_is_proposed_of_it() -> None:
    text, undecided, _ = _proposed(LONG)
    assert undecided == ()
    bound = bind(TABULAR, [MappingText.read(text.encode())])
    made = [translate(bound, record, DefaultProfile("79001")) for record in split(bound, Payload(LONG.encode()))]
    assert [len([one for one in each.resources if one["resourceType"] == "Observation"]) for each in made] == [2, 1]
    assert not any(each.held for each in made)
    assert [issue for each in made for issue in check(each.bundle()) if issue.refuses] == []
    values = [one["valueQuantity"] for one in made[0].resources if one["resourceType"] == "Observation"]
    assert [(str(one["value"]), one.get("comparator")) for one in values] == [("5.20", None), ("5", "<")]


def test_a_wide_table_with_titles_has_a_test_a_column_and_asks_about_the_column_nobody_knows() -> None:
    text, undecided, _ = _proposed(WIDE)
    read = tomllib.loads(text)
    assert [one["column"] for one in read["test"]] == ["GLU", "CREA", "HbA1c"]
    assert undecided == ("Khoa",)
    assert read["reading"] == {"dates": ["yyyy", "dd/MM/yyyy HH:mm"], "decimal_comma": True}
    assert read["vocabulary"]["sex"]["codes"] == {"Nữ": "female", "Nam": "male"}


def test_a_file_with_an_undecided_column_is_not_read_and_says_which() -> None:
    text, _, _ = _proposed(WIDE)
    with pytest.raises(SettingsError) as refused:
        bind(TABULAR, [MappingText.read(text.encode())])
    (issue,) = refused.value.issues
    assert issue.expression.endswith("unplaced.Khoa")
    line = int(issue.expression.split("line ")[1].split(",")[0])
    assert text.splitlines()[line - 1] == '"Khoa" = "?"'
    assert bind(TABULAR, [_decided(text)]) is not TABULAR


def test_nobody_of_the_table_stands_in_the_sample_and_results_stay_as_written() -> None:
    for table, people in ((WIDE, ["Ánh", "Bình", "BN77", "1980", "nhịn", "Nội"]), (LONG, ["Binh", "1971", "Anh"])):
        _, _, sample = _proposed(table)
        assert not any(name in sample.decode() for name in people)
    assert '"7,2",68,"6,1"' in _proposed(WIDE)[2].decode()
    assert "15/11/2026" not in _proposed(WIDE)[2].decode()
    assert "|<5|mg/L|" in _proposed(LONG)[2].decode()


def test_what_was_the_same_in_two_rows_is_the_same_in_the_sample() -> None:
    first, second, third = _proposed(LONG)[2].decode().splitlines()[1:4]
    assert first.split("|")[:5] == second.split("|")[:5] != third.split("|")[:5]


def test_every_guess_is_marked_as_one() -> None:
    for table in (WIDE, LONG):
        lines = _proposed(table)[0].splitlines()
        for at, line in enumerate(lines):
            if line == "[[test]]" or (line == "[[row]]" and not lines[at + 1].startswith("attribute")):
                assert lines[at - 1].startswith("# guess: ")


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("KẾT QUẢ", "Observation.value[x]"),
        ("ket_qua", "Observation.value[x]"),
        ("TenXN", "Observation.code.text"),
        ("benh_nhan.ngay_sinh", "Patient.birthDate"),
        ("Mã BN", "Patient.identifier[]"),
    ],
)
def test_a_name_is_known_without_case_and_marks(name: str, attribute: str) -> None:
    found = meaning(name)
    assert found is not None
    assert found.attribute == attribute


SPARSE = """Mã BN;Họ và tên;Số phiếu;Ngày lấy mẫu;Tên XN;Kết quả
BN77;Lê Thị Ánh;P1;15/11/2026 07:30;Glucose;7,2 H
;;;;CRP;<5
;;;;Soi lắng cặn;5 lần
BN78;Lê An;P2;15/11/2026 08:30;Glucose;5.6*
"""


def test_columns_on_the_first_row_of_a_report_alone_and_what_stands_behind_numbers_are_proposed_as_guesses() -> None:
    text, undecided, sample = _proposed(SPARSE)
    assert undecided == ()
    assert tomllib.loads(text)["reading"] == {
        "dates": ["dd/MM/yyyy HH:mm"],
        "decimal_comma": True,
        "flags_in_values": "table-flag",
        "units_in_values": True,
        "fill_down": ["Mã BN", "Họ và tên", "Số phiếu", "Ngày lấy mẫu"],
    }
    lines = text.splitlines()
    marks = [lines[at - 1] for at, line in enumerate(lines) if line.startswith(("fill", "flags", "units", "decimal"))]
    assert all(mark.startswith("# ") for mark in marks)
    assert text.count("# guess: in 2 results a flag") == text.count("# guess: in 1 results a unit") == 1
    assert "would be given to the patient above" in text
    for data in (SPARSE.encode(), sample):
        bound = bind(TABULAR, [MappingText.read(text.encode())])
        made = [translate(bound, record, DefaultProfile("79001")) for record in split(bound, Payload(data))]
        assert [len([one for one in each.resources if one["resourceType"] == "Observation"]) for each in made] == [3, 1]
        assert not any(each.held for each in made)


def test_a_table_whose_rows_all_say_their_report_fills_nothing_down() -> None:
    full = SPARSE.replace(";;;;", "BN77;;P1;;")  # a name left empty is no sign of it
    assert "fill_down" not in _proposed(full)[0]
    assert tomllib.loads(_proposed(LONG)[0])["reading"].keys() == {"dates"}
    assert "fill_down" not in _proposed(SPARSE.replace("BN77;Lê Thị Ánh;P1;15/11/2026 07:30", ";;;"))[0]


def test_a_note_on_the_first_row_alone_is_never_filled_down() -> None:
    lines = SPARSE.splitlines()
    noted = "\n".join([lines[0] + ";Ghi chú", lines[1] + ";lấy lại", *(line + ";" for line in lines[2:])]) + "\n"
    assert tomllib.loads(_proposed(noted)[0])["reading"]["fill_down"] == [
        "Mã BN", "Họ và tên", "Số phiếu", "Ngày lấy mẫu",
    ]  # fmt: skip


def test_cells_merged_downwards_are_proposed_to_be_filled_down() -> None:
    book = openpyxl.Workbook()
    for row in (["Mã BN", "Số phiếu", "Tên XN", "Kết quả"], ["BN1", "P1", "Glucose", 5.2], [None, None, "CRP", 4]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("B2:B3")
    written = io.BytesIO()
    book.save(written)
    found = propose(TABULAR, Payload(written.getvalue()), "lab")
    assert found is not None
    assert tomllib.loads(found.text)["reading"]["fill_down"] == ["Mã BN", "Số phiếu"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        *(("5.6 H", Behind(flags=1)), ("5,6 (H)", Behind(flags=1, commas=1)), ("5.6 mmol/L (H)", Behind(flags=1))),
        *(("5 lần", Behind(units=1)), ("24 h", Behind(either=1)), ("3.1 L", Behind(either=1))),
        *(("7,2", Behind()), ("5,2 mmol/L", Behind(commas=1)), ("5 giờ 30 phút", Behind()), ("120/80", Behind())),
        *(("Âm tính (H)", Behind()), ("1+", Behind()), ("5.6 lần H", Behind())),
    ],
)
def test_what_stands_behind_a_number_is_proposed_only_where_it_can_be_nothing_else(value: str, found: Behind) -> None:
    assert behind([value, value]) == found


def test_a_known_name_whose_values_do_not_agree_is_not_guessed() -> None:
    (born, sex) = guesses({"Ngày sinh": ["hôm qua", "2 tuổi"], "Giới tính": ["Nam", "BN12"]})
    assert (born.meaning, sex.meaning) == (None, None)


def test_a_month_first_is_a_form_only_where_no_day_first_can_be() -> None:
    assert shape(["03/02/2026", "12/11/2026"]).forms == ("dd/MM/yyyy",)
    assert shape(["02/13/2026", "02/03/2026"]).forms == ("MM/dd/yyyy",)
    assert shape(["1980", "03/02/1979"]).forms == ("dd/MM/yyyy", "yyyy")
    assert shape(["31/12/2026", "soon"]).forms == ()


def test_a_table_without_a_known_name_is_refused() -> None:
    with pytest.raises(PayloadError) as refused:
        propose(TABULAR, Payload(b"a,b\nx,y\n", "text/csv"), "lab")
    assert [issue.rule for issue in refused.value.issues] == ["table-nothing-known"]


@given(st.lists(st.lists(st.text(max_size=12), min_size=2, max_size=6), min_size=2, max_size=6))
def test_whatever_the_table_is_a_proposal_is_toml_or_a_refusal(rows: list[list[str]]) -> None:
    table = "\n".join(",".join(cell.replace(",", " ").replace('"', "'") for cell in row) for row in rows)
    payload = Payload(("Mã BN,Kết quả\n" + table + "\n").encode("utf-8", "replace"), "text/csv")
    try:
        found = propose(choose([TABULAR], payload), payload, "any")
    except GatewayError:
        return
    assert found is not None
    assert MappingText.read(found.text.encode()).name == "any"


NESTED = """[
{"so_phieu": "P1", "benh_nhan": {"ma_bn": "BN77", "ten": "Lê Thị Ánh", "nam_sinh": 1980},
 "ngay_lay_mau": "2026-11-20 07:30",
 "bac_si": {"ten": "Trần Bình"}, "ket_qua": [{"ten_xn": "Glucose", "gia_tri": 6.10, "don_vi": "mmol/L"},
 {"ten_xn": "CRP", "gia_tri": "<5", "don_vi": "mg/L", "may": "X9"}]},
{"so_phieu": "P2", "benh_nhan": {"ma_bn": "BN78", "ten": "Lê An", "nam_sinh": 1971}, "ngay_lay_mau": "2026-11-20 07:41",
 "ket_qua": [{"ten_xn": "Ure", "gia_tri": 5.0, "don_vi": "mmol/L"}]}
]"""


def test_nested_records_are_translated_by_what_is_proposed_of_them() -> None:
    found = propose(JSON, Payload(NESTED.encode()), "his")
    assert found is not None
    assert found.undecided == ("ket_qua[].may",)
    assert tomllib.loads(found.text)["record"] == {"report": ["so_phieu"], "results": "ket_qua[]"}
    bound = bind(JSON, [_decided(found.text)])
    made = [translate(bound, record, DefaultProfile("79001")) for record in split(bound, Payload(NESTED.encode()))]
    assert [issue for each in made for issue in check(each.bundle()) if issue.refuses] == []
    assert [len([one for one in each.resources if one["resourceType"] == "Observation"]) for each in made] == [2, 1]
    values = [one["valueQuantity"] for one in made[0].resources if one["resourceType"] == "Observation"]
    assert [(str(one["value"]), one.get("comparator")) for one in values] == [("6.10", None), ("5", "<")]


def test_the_sample_of_nested_records_has_their_form_and_nobody_in_it() -> None:
    found = propose(JSON, Payload(NESTED.encode()), "his")
    assert found is not None
    assert not any(name in found.sample.decode() for name in ("Ánh", "Bình", "BN77", "1980", "X9"))
    assert b'"gia_tri":6.10' in found.sample
    bound = bind(JSON, [_decided(found.text)])
    assert len(split(bound, Payload(found.sample))) == 2


def test_a_result_that_looks_like_a_year_stays_a_result() -> None:
    table = "Mã BN,Tên XN,Kết quả\nBN1,Bạch cầu,1980\nBN2,Bạch cầu,2010\n"
    assert ",1980\n" in _proposed(table)[2].decode()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("CMTND", ["171234567", "182345678", "171234567"]),
        ("Zalo", ["0912345678", "0987654321", ""]),
        ("SBA", ["4471", "4472", "5120"]),
        ("So", ["0451", "0452", "0451"]),
        ("NSinh", ["1980", "1971", "1980"]),
        ("ViTri", ["912.345678", "987.654321", "912.345678"]),
        ("Lẫn", ["5.2", "171234567", "6.1"]),
    ],
)
def test_a_column_of_numbers_that_may_be_somebodys_is_no_test_and_none_of_them_stands_in_the_sample(
    name: str, values: list[str]
) -> None:
    rows = "".join(f"BN{at},{value},5.2\n" for at, value in enumerate(values))
    text, undecided, sample = _proposed(f"Mã BN,{name},GLU\n{rows}")
    assert undecided == (name,)
    assert [one["column"] for one in tomllib.loads(text)["test"]] == ["GLU"]
    cells = [line.split(",")[1] for line in sample.decode().splitlines()[1:]]
    assert not set(cells) & (set(values) - {"", "5.2", "6.1"})


def test_what_is_no_plain_number_in_a_tests_column_is_made_up_in_the_sample() -> None:
    cells = ["7.2", "<5", "0.35", "Lê An", "0912 345 678", "140", "-1,5", "1234"]
    rows = "".join(f'BN{at},"{cell}"\n' for at, cell in enumerate(cells))
    text, undecided, sample = _proposed(f"Mã BN,GLU\n{rows}")
    assert (undecided, tomllib.loads(text)["test"][0]["column"]) == ((), "GLU")
    made = [line.split(",", 1)[1].strip('"') for line in sample.decode().splitlines()[1:]]
    assert made == [*cells[:3], "XX XX", "0000 000 005", "140", "-1,5", "1234"]
