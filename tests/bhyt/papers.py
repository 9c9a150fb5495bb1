"""Rows of the paper tables for the tests: every field of 3176 filled, about the episode of ``building.SUMMARY``."""

from __future__ import annotations

from collections.abc import Mapping

from tests.bhyt.building import SUMMARY

_OF_XML1 = ("MA_LK", "HO_TEN", "NGAY_SINH", "GIOI_TINH", "DIA_CHI", "MA_THE_BHYT", "GT_THE_DEN", "MA_CSKCB")
_STAY = ("NGAY_VAO", "NGAY_VAO_NOI_TRU", "NGAY_RA")


def of_summary(*names: str) -> dict[str, str]:
    return {name: SUMMARY[name] for name in names}


REFERRAL: dict[str, str] = {
    **of_summary(*_OF_XML1, *_STAY, "MA_QUOCTICH", "MA_DANTOC", "MA_NGHE_NGHIEP", "MA_LOAI_RV"),
    "SO_HOSO": "12/2026",
    "SO_CHUYENTUYEN": "34/2026",
    "GIAY_CHUYEN_TUYEN": "GCT-0001",
    "MA_CSKCB_DI": "01997",
    "MA_CSKCB_DEN": "01998",
    "DAU_HIEU_LS": "Khó thở, SpO2 < 92%\nran ẩm hai đáy",
    "CHAN_DOAN_RV": "Viêm phổi nặng",
    "QT_BENHLY": "Sốt 5 ngày, không đáp ứng",
    "TOMTAT_KQ": "Bạch cầu tăng",
    "PP_DIEUTRI": "Kháng sinh",
    "MA_BENH_CHINH": "J189",
    "MA_BENH_KT": "E11.9;I10",
    "MA_BENH_YHCT": "U50.001",
    "TINH_TRANG_CT": "Tỉnh, huyết áp ổn định",
    "MA_LYDO_CT": "2",
    "HUONG_DIEU_TRI": "Thở oxy, xét chuyển hồi sức",
    "PHUONGTIEN_VC": "Xe cứu thương",
    "HOTEN_NGUOI_HT": "TRẦN THỊ THỬ",
    "CHUCDANH_NGUOI_HT": "Điều dưỡng",
    "MA_BAC_SI": "000001/TEST-GPHN",
    "MA_TTDV": "000009/TEST-GPHN",
}

FOLLOW_UP: dict[str, str] = {
    **of_summary(*_OF_XML1, *_STAY),
    "SO_GIAYHEN_KL": "HKL-0001",
    "NGAY_HEN_KL": "20261204",
    "CHAN_DOAN_RV": "Viêm phổi",
    "MA_BENH_CHINH": "J18.9",
    "MA_BENH_KT": "E11.9",
    "MA_BENH_YHCT": "U50.001",
    "MA_DOITUONG_KCB": "1.5",
    "MA_BAC_SI": "000001/TEST-GPHN",
    "MA_TTDV": "000009/TEST-GPHN",
    "NGAY_CT": "20261120",
}

PAPERS: Mapping[str, dict[str, str]] = {"XML13": REFERRAL, "XML14": FOLLOW_UP}
