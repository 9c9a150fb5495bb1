"""Payloads for the tests: an episode as plain dicts, written as the national XML."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from adapters.bhyt import BhytAdapter
from adapters.bhyt.layouts import row_names
from gateway.adapter import DefaultProfile, Payload, Profile, Translation, split, translate
from gateway.bundle import Resource
from gateway.errors import GatewayError

Row = Mapping[str, str]


SUMMARY: dict[str, str] = {
    "MA_LK": "TEST-2026-000001",
    "STT": "1",
    "MA_BN": "BN000001",
    "HO_TEN": "NGUYỄN VĂN THỬ NGHIỆM",
    "SO_CCCD": "001090000001",
    "NGAY_SINH": "199003150000",
    "GIOI_TINH": "1",
    "NHOM_MAU": "O+",
    "MA_QUOCTICH": "000",
    "MA_DANTOC": "01",
    "MA_NGHE_NGHIEP": "00000",
    "DIA_CHI": "Số 0 đường Thử Nghiệm",
    "MATINH_CU_TRU": "01",
    "MAHUYEN_CU_TRU": "",
    "MAXA_CU_TRU": "00001",
    "DIEN_THOAI": "0900000000",
    "MA_THE_BHYT": "DN4010000000001",
    "MA_DKBD": "01999",
    "GT_THE_TU": "20260101",
    "GT_THE_DEN": "20261231",
    "LY_DO_VV": "Ho, sốt <3 ngày & mệt",
    "LY_DO_VNT": "Sốt cao",
    "CHAN_DOAN_VAO": "Theo dõi viêm phổi",
    "CHAN_DOAN_RV": "Viêm phổi; đái tháo đường type 2",
    "MA_BENH_CHINH": "J18.9",
    "MA_BENH_KT": "E11.9",
    "MA_DOITUONG_KCB": "1.1",
    "MA_NOI_DI": "01997",
    "MA_NOI_DEN": "01998",
    "NGAY_VAO": "202611150830",
    "NGAY_VAO_NOI_TRU": "202611150915",
    "NGAY_RA": "202611201000",
    "GIAY_CHUYEN_TUYEN": "CT-0001",
    "PP_DIEU_TRI": "Kháng sinh",
    "KET_QUA_DTRI": "2",
    "MA_LOAI_RV": "2",
    "GHI_CHU": "Tái khám",
    "MA_LOAI_KCB": "03",
    "MA_KHOA": "K03",
    "MA_CSKCB": "01999",
    "CAN_NANG": "62.50",
    "NGAY_TAI_KHAM": "20261204",
    "MA_HSBA": "HS000001",
    "T_THUOC": "100000.00",
}

SERVICE: dict[str, str] = {
    "MA_LK": "TEST-2026-000001",
    "STT": "1",
    "MA_DICH_VU": "22.9001.0001",
    "MA_NHOM": "1",
    "TEN_DICH_VU": "Tổng phân tích tế bào máu (mẫu thử)",
    "DON_VI_TINH": "Lần",
    "SO_LUONG": "1.000",
    "DON_GIA_BV": "75000.000",
    "MA_KHOA": "K03",
    "MA_BAC_SI": "000001/TEST-GPHN",
    "NGUOI_THUC_HIEN": "000003/TEST-GPHN",
    "MA_BENH": "J18.9",
    "NGAY_YL": "202611150920",
    "NGAY_TH_YL": "202611150940",
    "NGAY_KQ": "202611151020",
    "MA_MAY": "HH.1.01999.SN0001",
}

RESULT: dict[str, str] = {
    "MA_LK": "TEST-2026-000001",
    "STT": "1",
    "MA_DICH_VU": "22.9001.0001",
    "MA_CHI_SO": "1999001",
    "TEN_CHI_SO": "WBC",
    "GIA_TRI": "12.4",
    "DON_VI_DO": "G/L",
    "MO_TA": "",
    "KET_LUAN": "",
    "NGAY_KQ": "202611151020",
    "MA_BS_DOC_KQ": "000002/TEST-GPHN",
}

IMAGING_SERVICE = SERVICE | {
    "STT": "2",
    "MA_DICH_VU": "18.9003.0003",
    "MA_NHOM": "2",
    "TEN_DICH_VU": "Chụp X-quang ngực thẳng (mẫu thử)",
    "NGAY_TH_YL": "202611150955",
    "NGAY_KQ": "202611151045",
    "MA_MAY": "XQ.1.01999.SN0003",
}

IMAGING_RESULT = RESULT | {
    "STT": "2",
    "MA_DICH_VU": "18.9003.0003",
    "MA_CHI_SO": "",
    "TEN_CHI_SO": "X-quang ngực thẳng",
    "GIA_TRI": "",
    "DON_VI_DO": "",
    "MO_TA": "Đám mờ thuỳ dưới phổi phải",
    "KET_LUAN": "Theo dõi viêm phổi thuỳ dưới phải",
    "NGAY_KQ": "202611151045",
}


def row_xml(name: str, row: Row) -> str:
    return f"<{name}>" + "".join(f"<{key}>{escape(value)}</{key}>" for key, value in row.items()) + f"</{name}>"


def table_xml(table: str, rows: Sequence[Row]) -> str:
    """The inner document of a table, without a declaration."""
    inner = "".join(row_xml(row_names().get(table, "DONG"), row) for row in rows)
    return inner if table == "XML1" else f"<CHITIEU><DSACH>{inner}</DSACH></CHITIEU>"


def in_base64(text: str) -> str:
    declared = '<?xml version="1.0" encoding="utf-8"?>\r\n' + text
    return base64.b64encode(declared.encode()).decode("ascii")


def file_xml(table: str, body: str) -> str:
    return f"<FILEHOSO><LOAIHOSO>{table}</LOAIHOSO><NOIDUNGFILE>{body}</NOIDUNGFILE></FILEHOSO>"


def hoso_xml(tables: Mapping[str, Sequence[Row]]) -> str:
    files = "".join(file_xml(table, in_base64(table_xml(table, rows))) for table, rows in tables.items())
    return f"<HOSO>{files}</HOSO>"


def envelope(*hosos: str, facility: str = "01999", count: str = "", written: str = "20261120") -> bytes:
    body = "".join(hosos)
    return (
        f"<GIAMDINHHS><THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI><THONGTINHOSO>"
        f"<NGAYLAP>{written}</NGAYLAP><SOLUONGHOSO>{count or len(hosos)}</SOLUONGHOSO>"
        f"<DANHSACHHOSO>{body}</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI></CHUKYDONVI></GIAMDINHHS>"
    ).encode()


def payload(
    summary: Row | None = None, services: Sequence[Row] = (), results: Sequence[Row] = (), **tables: Sequence[Row]
) -> bytes:
    """A payload of one episode; XML3 and XML4 only when they have rows."""
    made: dict[str, Sequence[Row]] = {"XML1": [SUMMARY if summary is None else summary]}
    if services:
        made["XML3"] = services
    if results:
        made["XML4"] = results
    return envelope(hoso_xml({**made, **tables}))


def whole() -> bytes:
    """A blood count and a chest film, each with its row of XML3."""
    return payload(services=[SERVICE, IMAGING_SERVICE], results=[RESULT, IMAGING_RESULT])


def translated(data: bytes, profile: Profile | None = None) -> Translation:
    """The translation of a payload's only record."""
    adapter = BhytAdapter()
    (record,) = split(adapter, Payload(data))
    return translate(adapter, record, profile or DefaultProfile())


def of_type(translation: Translation, name: str) -> list[Resource]:
    return [resource for resource in translation.resources if resource["resourceType"] == name]


def one(translation: Translation, name: str) -> Resource:
    (found,) = of_type(translation, name)
    return found


def result_of(row: Row, profile: Profile | None = None) -> Resource:
    """The Observation of a single XML4 row, without XML3."""
    found = of_type(
        translated(payload({**SUMMARY, "CAN_NANG": "", "NHOM_MAU": ""}, results=[row]), profile), "Observation"
    )
    assert len(found) == 1
    return found[0]


def rules(translation: Translation) -> list[str]:
    return [issue.rule for issue in translation.issues]


def refusal(data: bytes) -> tuple[str, str]:
    """(rule, place) of the refusal of a payload or of its first refused record."""
    adapter = BhytAdapter()
    try:
        for record in split(adapter, Payload(data)):
            translate(adapter, record, DefaultProfile())
    except GatewayError as refused:
        (issue,) = refused.issues
        return issue.rule, issue.expression
    raise AssertionError("nothing was refused")


def unplaced(translation: Translation) -> dict[str, Any]:
    return {field.field: field for field in translation.unplaced}
