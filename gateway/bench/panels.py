"""What the made-up laboratories measure: tests with LOINC and local codes, units, ranges and plausible values."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured test. ``low`` and ``high``: its reference range, as text with its decimals; "" for open."""

    local: str
    name: str
    loinc: str
    unit: str
    low: str
    high: str
    decimals: int

    @property
    def span(self) -> str:
        """OBX-7."""
        if self.low and self.high:
            return f"{self.low}-{self.high}"
        return f"<{self.high}" if self.high else f">{self.low}"

    def drawn(self, random: Random) -> tuple[str, str]:
        """(value, flag): mostly within the range, one in six beside it, one in sixty far off."""
        low, high = float(self.low or 0), float(self.high or float(self.low) * 2)
        width = high - low
        where = random.random()
        if where < 1 / 60:
            value, flag = high + width * random.uniform(1.0, 2.0), "HH"
        elif where < 1 / 6:
            above = random.random() < 0.6 or not self.low
            value = high + width * random.uniform(0.1, 0.8) if above else max(low - width * random.uniform(0.1, 0.4), 0)
            flag = "H" if above else "L"
        else:
            value, flag = random.uniform(low + width * 0.05, high - width * 0.05), "N"
        return f"{value:.{self.decimals}f}", flag


@dataclass(frozen=True, slots=True)
class Finding:
    """A test whose result is one of some words."""

    local: str
    name: str
    loinc: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """What is ordered together. ``remark``: one text result is written at its end."""

    local: str
    name: str
    loinc: str
    section: str
    specimen: tuple[str, str]
    tests: tuple[Quantity | Finding, ...]
    below: Quantity | None = None  # reported as below its limit when nothing is found
    remark: bool = False


def _q(local: str, name: str, loinc: str, unit: str, span: str, decimals: int) -> Quantity:
    low, _, high = span.partition("-")
    return Quantity(local, name, loinc, unit, low, high, decimals)


BLOOD = ("BLD", "Máu toàn phần")
URINE = ("UR", "Nước tiểu")
_GLUCOSE = _q("GLU", "Định lượng Glucose", "14749-6", "mmol/L", "3.9-6.4", 2)
_AST = _q("AST", "Đo hoạt độ AST (GOT)", "1920-8", "U/L", "0-40", 1)
_ALT = _q("ALT", "Đo hoạt độ ALT (GPT)", "1742-6", "U/L", "0-41", 1)
_UREA = _q("URE", "Định lượng Urê", "22664-7", "mmol/L", "2.5-7.5", 2)
_CREATININE = _q("CRE", "Định lượng Creatinin", "14682-9", "umol/L", "53-106", 0)
_CHOLESTEROL = _q("CHO", "Định lượng Cholesterol toàn phần", "14647-2", "mmol/L", "3.9-5.2", 2)
_CRP = Quantity("CRP", "Định lượng CRP", "1988-5", "mg/L", "", "5", 2)
_TRACES = ("Âm tính", "Âm tính", "Âm tính", "Vết", "1+", "2+")

# The measured one: 20 OBX of haematology and biochemistry, with a comparator and a text of two lines.
MEASURED = Panel(
    "22.0121.1369", "Tổng phân tích tế bào máu và sinh hóa máu", "58410-2", "HM", BLOOD,
    (
        _q("WBC", "Số lượng bạch cầu", "6690-2", "G/L", "4.0-10.0", 2),
        _q("RBC", "Số lượng hồng cầu", "789-8", "T/L", "4.0-5.8", 2),
        _q("HGB", "Huyết sắc tố", "718-7", "g/L", "130-170", 0),
        _q("HCT", "Thể tích khối hồng cầu", "4544-3", "%", "39-50", 1),
        _q("MCV", "Thể tích trung bình hồng cầu", "787-2", "fL", "80-100", 1),
        _q("MCH", "Lượng huyết sắc tố trung bình hồng cầu", "785-6", "pg", "27-32", 1),
        _q("MCHC", "Nồng độ huyết sắc tố trung bình hồng cầu", "786-4", "g/L", "320-360", 0),
        _q("RDW", "Độ phân bố hồng cầu", "788-0", "%", "11.5-14.5", 1),
        _q("PLT", "Số lượng tiểu cầu", "777-3", "G/L", "150-400", 0),
        _q("NEU%", "Tỷ lệ bạch cầu trung tính", "770-8", "%", "45-75", 1),
        _q("LYM%", "Tỷ lệ bạch cầu lympho", "736-9", "%", "20-45", 1),
        _q("NEU#", "Số lượng bạch cầu trung tính", "751-8", "G/L", "1.8-7.5", 2),
        _GLUCOSE, _UREA, _CREATININE, _AST, _ALT, _CHOLESTEROL,
    ),
    below=_CRP, remark=True,
)  # fmt: skip

PANELS = (
    MEASURED,
    Panel("23.0083.1523", "Định lượng HbA1c", "4548-4", "CH", BLOOD,
          (_q("HBA1C", "Định lượng HbA1c", "4548-4", "%", "4.0-6.0", 1), _GLUCOSE)),
    Panel("23.0041.1506", "Bộ mỡ máu", "57698-3", "CH", BLOOD,
          (_CHOLESTEROL, _q("TRI", "Định lượng Triglycerid", "14927-8", "mmol/L", "0.46-1.88", 2),
           _q("HDL", "Định lượng HDL-C", "14646-4", "mmol/L", "0.9-2.0", 2),
           _q("LDL", "Định lượng LDL-C", "22748-8", "mmol/L", "1.0-3.4", 2))),
    Panel("23.0019.1493", "Chức năng gan", "24325-3", "CH", BLOOD,
          (_AST, _ALT, _q("GGT", "Đo hoạt độ GGT", "2324-2", "U/L", "8-61", 0),
           _q("BILT", "Định lượng Bilirubin toàn phần", "14631-6", "umol/L", "3.4-17.1", 1),
           _q("ALB", "Định lượng Albumin", "1751-7", "g/L", "35-52", 1))),
    Panel("23.0058.1487", "Chức năng thận và điện giải", "24362-6", "CH", BLOOD,
          (_UREA, _CREATININE, _q("NA", "Định lượng Natri", "2951-2", "mmol/L", "135-145", 0),
           _q("K", "Định lượng Kali", "2823-3", "mmol/L", "3.5-5.0", 2),
           _q("CL", "Định lượng Clo", "2075-0", "mmol/L", "98-106", 0))),
    Panel("22.0001.1352", "Đông máu cơ bản", "38875-1", "HM", BLOOD,
          (_q("PT", "Thời gian prothrombin", "5902-2", "s", "10-14", 1),
           _q("APTT", "Thời gian thromboplastin hoạt hóa từng phần", "14979-9", "s", "25-37", 1))),
    Panel("23.0206.1596", "Tổng phân tích nước tiểu", "24356-8", "CH", URINE,
          (_q("PH", "pH nước tiểu", "5803-2", "", "5.0-8.0", 1),
           _q("SG", "Tỷ trọng nước tiểu", "5811-5", "", "1.005-1.030", 3),
           Finding("PRO", "Protein niệu", "20454-5", _TRACES), Finding("GLUU", "Glucose niệu", "25428-4", _TRACES),
           Finding("LEU", "Bạch cầu niệu", "5799-2", _TRACES),
           Finding("NIT", "Nitrit niệu", "5802-4", ("Âm tính", "Dương tính")))),
)  # fmt: skip
