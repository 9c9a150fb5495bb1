"""The portal's rules, each by one field that breaks it, on an episode that breaks none."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.bhyt import BhytAdapter
from adapters.bhyt.layouts import known_fields, row_names
from adapters.bhyt.portal import _listed
from gateway.adapter import Payload, inspect, split
from tests.bhyt.building import RESULT, SERVICE, SUMMARY, envelope, file_xml, hoso_xml, in_base64, row_xml

Row = dict[str, str]
# What is required and said nowhere else in the tests' episode: some text, or a number.
FILLED = {
    "T_THUOC": "0", "T_VTYT": "0", "T_TONGCHI_BV": "75000.00", "T_TONGCHI_BH": "75000.00", "T_BNTT": "0",
    "T_BNCCT": "0", "T_BHTT": "75000.00", "T_NGUONKHAC": "0", "T_BHTT_GDV": "0", "NAM_QT": "2026", "THANG_QT": "11",
    "SO_NGAY_DTRI": "6",
    "MA_LOAI_RV": "1", "CAN_NANG": "62.50",
}  # fmt: skip
SUMMED = SUMMARY | FILLED
ORDERED = SERVICE | {
    "PHAM_VI": "1", "DON_GIA_BH": "75000.000", "TYLE_TT_DV": "100", "TYLE_TT_BH": "100", "THANH_TIEN_BV": "75000.00",
    "THANH_TIEN_BH": "75000.00", "MUC_HUONG": "100", "T_NGUONKHAC_NSNN": "0", "T_NGUONKHAC_VTNN": "0",
    "T_NGUONKHAC_VTTN": "0", "T_NGUONKHAC_CL": "0", "T_NGUONKHAC": "0", "T_BNTT": "0", "T_BNCCT": "0",
    "T_BHTT": "75000.00", "MA_PTTT": "1",
}  # fmt: skip
NOTE = {
    "MA_LK": SUMMARY["MA_LK"], "STT": "1", "DIEN_BIEN_LS": "Ổn định", "THOI_DIEM_DBLS": "202611160800",
    "NGUOI_THUC_HIEN": "000003/TEST-GPHN",
}  # fmt: skip
PAPER = dict.fromkeys(_listed()["required"]["XML8"], "x") | {
    "MA_LK": SUMMARY["MA_LK"], "MA_LOAI_KCB": "03", "KET_QUA_DTRI": "2",
    "NGAY_VAO": "202611150830", "NGAY_RA": "202611201000", "NGAY_CT": "20261120",
}  # fmt: skip


def _table(name: str, rows: list[Row]) -> str:
    return "<DSACH>" + "".join(row_xml(row_names()[name], row) for row in rows) + "</DSACH>"


def found(summary: Row = SUMMED, service: Row = ORDERED, result: Row = RESULT, **more: list[Row]) -> list[str]:
    """``rule number place`` of every issue; ``more``: tables beside, or in place of, those of the good episode."""
    tables = {"XML1": [summary], "XML3": [service], "XML4": [result], "XML5": [NOTE], "XML8": [PAPER], **more}
    written = "".join(file_xml(table, in_base64(_table(table, rows))) for table, rows in tables.items() if rows)
    adapter = BhytAdapter()
    (record,) = split(adapter, Payload(envelope(f"<HOSO>{written}</HOSO>")))
    return [f"{one.rule.rpartition('-')[2]} {one.expression}" for one in inspect(adapter, record)]


def test_what_translating_would_hold_is_told_before_the_file_is_sent() -> None:
    """The same MA_LK twice with other contents, and text in a font's own characters: no rule of the portal's."""
    assert found(SUMMED | {"HO_TEN": "NGUYÔN V¡N THö NGHIÖM"}) == ["misread XML1.HO_TEN"]
    adapter = BhytAdapter()
    two = envelope(*(hoso_xml({"XML1": [SUMMED | {"GHI_CHU": said}]}) for said in "ab"))
    told = [{one.rule for one in inspect(adapter, record)} for record in split(adapter, Payload(two))]
    assert ["bhyt-episode-twice" in rules for rules in told] == [False, True]


def test_an_episode_that_keeps_the_rules_breaks_none() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"HO_TEN": ""}, "01 XML1.HO_TEN"),
        ({"MA_HSBA": " "}, "01 XML1.MA_HSBA"),
        ({"MA_BN": "B" * 101}, "02 XML1.MA_BN"),
        ({"GIOI_TINH": "4"}, "03 XML1.GIOI_TINH"),
        ({"MA_LOAI_RV": "6"}, "03 XML1.MA_LOAI_RV"),
        ({"NGAY_TTOAN": "20261131"}, "04 XML1.NGAY_TTOAN"),
        ({"NGAY_TTOAN": "202611202460"}, "04 XML1.NGAY_TTOAN"),
        ({"NGAY_TTOAN": "20/11/2026"}, "04 XML1.NGAY_TTOAN"),
        ({"NGAY_SINH": "199002300000"}, "04 XML1.NGAY_SINH"),
        ({"T_VTYT": "1,000"}, "05 XML1.T_VTYT"),
        ({"T_VTYT": "1.000"}, "06 XML1.T_VTYT"),
        ({"NGAY_RA": "202611150829"}, "07 XML1.NGAY_RA"),
        ({"NGAY_SINH": "202611160000"}, "08 XML1.NGAY_VAO"),
        ({"MA_CSKCB": "01001"}, "10 XML1.MA_CSKCB"),
        ({"T_BHTT": "74998.00"}, "11 XML1.T_BHTT"),
        ({"MA_LOAI_KCB": "01", "SO_NGAY_DTRI": "6"}, "16 XML1.SO_NGAY_DTRI"),
        ({"SO_NGAY_DTRI": "5"}, "16 XML1.SO_NGAY_DTRI"),
        ({"MA_THE_BHYT": "DN401000000001"}, "17 XML1.MA_THE_BHYT"),
    ],
)
def test_a_field_of_xml1_that_breaks_a_rule_is_told(changed: Row, place: str) -> None:
    assert place in found(SUMMED | changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"NGAY_SINH": "199000000000"},
        {"NGAY_SINH": "199003000000"},
        {"GIOI_TINH": "3"},
        {"MA_LOAI_KCB": "3"},  # a zero lost under QĐ 130
        {"T_BHTT": "75000.99"},  # rounding
        {"MA_THE_BHYT": "DN4010000000001;TE1010000000002"},
        {"MAHUYEN_CU_TRU": ""},
    ],
)
def test_what_the_rules_leave_room_for_is_not_told(changed: Row) -> None:
    assert found(SUMMED | changed) == []


def test_rows_break_rules_too() -> None:
    assert found(service=ORDERED | {"NGAY_TH_YL": "202611150919"}) == ["07 XML3[1].NGAY_TH_YL"]
    assert found(service=ORDERED | {"MA_LK": "KHAC"}) == ["09 XML3[1].MA_LK"]
    assert found(service=ORDERED | {"DON_GIA_BV": "75000.0001"}) == ["06 XML3[1].DON_GIA_BV"]
    assert found(result=RESULT | {"MA_DICH_VU": "22.0001.0001"}) == ["12 XML4[1].MA_DICH_VU"]
    assert found(XML4=[RESULT, RESULT]) == ["13 XML4[2].STT"]


def test_tables_belong_to_kinds_of_care() -> None:
    assert found(XML5=[]) == ["15 XML1.MA_LOAI_KCB"]
    assert found(XML8=[]) == ["15 XML1.MA_LOAI_KCB"]
    assert found(XML1=[]) == ["01 XML1"]


def test_of_many_places_the_first_are_told_and_how_many_more() -> None:
    rows = [RESULT | {"STT": str(number), "TEN_CHI_SO": ""} for number in range(1, 10)]
    told = found(XML4=rows)
    assert told == [*(f"01 XML4[{number}].TEN_CHI_SO" for number in range(1, 6)), "more XML4.TEN_CHI_SO"]


def test_the_rules_name_fields_that_are_there() -> None:
    for table, fields in _listed()["required"].items():
        assert fields <= known_fields(table), table
    everywhere = frozenset().union(*(known_fields(f"XML{number}") for number in range(16)))
    assert set(_listed()["lists"]) <= everywhere


def test_check_in_data_is_held_to_its_own_rules() -> None:
    data = (Path(__file__).parent / "payloads" / "checkin_xml0_unsigned.xml").read_bytes()
    (record,) = split(BhytAdapter(), Payload(data))
    assert inspect(BhytAdapter(), record) == []
    (changed,) = split(BhytAdapter(), Payload(data.replace(b"<GIOI_TINH>", b"<GIOI_TINH>7")))
    assert [one.rule for one in inspect(BhytAdapter(), changed)] == ["bhyt-portal-02", "bhyt-portal-03"]
