"""One message with every field of docs/must-place.toml, and another value for each."""

from __future__ import annotations

from tests.hl7v2.building import header, segment

# segment (and which of its name) → field → (as sent, changed)
FIELDS: dict[str, dict[int, tuple[str, str]]] = {
    "PID": {
        3: ("BN1^^^79001^MR", "BN2^^^79001^MR"),
        5: ("LÊ^THỊ MẪU", "LÊ^THỊ KHÁC"),
        7: ("19800102", "19800103"),
        8: ("F", "M"),
        11: ("1 Đường A^^Phường B", "2 Đường A^^Phường B"),
        13: ("0901", "0902"),
    },
    "PV1": {
        2: ("I", "I"),
        19: ("LK1^^^79001^VN", "LK2^^^79001^VN"),
        44: ("20261110", "20261111"),
        45: ("20261120", "20261121"),
    },
    "ORC": {
        1: ("RE", "RE"),
        2: ("P0^HIS", "P9^HIS"),
        3: ("F0^LIS", "F9^LIS"),
        5: ("CM", "IP"),
        12: ("BS1^TRẦN^MỘT", "BS1^TRẦN^HAI"),
        21: ("Khoa Khám^^K01", "Khoa Nội^^K01"),
    },
    "OBR": {
        2: ("P1^HIS", "P2^HIS"),
        3: ("F1^LIS", "F2^LIS"),
        4: ("CBC^Công thức máu^L", "CBC^Huyết đồ^L"),
        7: ("20261115080000", "20261115080100"),
        8: ("20261115081000", "20261115081100"),
        22: ("20261115100000", "20261115100100"),
        25: ("F", "C"),
        32: ("BS2&NGÔ&HAI", "BS2&NGÔ&BA"),
        34: ("KTV3&VÕ&BỐN", "KTV3&VÕ&NĂM"),
    },
    "NTE": {3: ("Mẫu tốt", "Mẫu vỡ hồng cầu")},
    "OBX": {
        2: ("NM", "NM"),
        3: ("GLU^Glucose^L", "GLU^Đường máu^L"),
        4: ("1", "2"),
        5: ("7.20", "7.2"),
        6: ("mmol/L", "mg/dL"),
        7: ("3.9-6.4", "3.9-6.5"),
        8: ("H", "HH"),
        11: ("F", "C"),
        14: ("20261115080500", "20261115080600"),
        15: ("79001^Khoa Xét nghiệm^MA_CSKCB", "79001^Khoa Hoá sinh^MA_CSKCB"),
        16: ("KTV1^LÊ^MỘT", "KTV1^LÊ^HAI"),
        17: ("HK^Hexokinase^L", "GOD^Oxidase^L"),
        19: ("20261115090000", "20261115090100"),
        21: ("I1^LIS", "I2^LIS"),
        23: ("Phòng xét nghiệm A^^PXN1", "Phòng xét nghiệm B^^PXN1"),
        24: ("5 Đường C", "6 Đường C"),
        25: ("BS9^ĐỖ^CHÍN", "BS9^ĐỖ^MƯỜI"),
    },
    "SPM": {
        2: ("^M1", "^M2"),
        4: ("BLD", "SER"),
        17: ("20261115080000", "20261115080100"),
        18: ("20261115082000", "20261115082100"),
        30: ("A1", "A2"),
    },
}
# OBR-16 and OBR-14 speak where ORC-12 and SPM-18 are silent: a message of their own.
WITHOUT_ORC: dict[str, dict[int, tuple[str, str]]] = {
    "PID": FIELDS["PID"],
    "OBR": FIELDS["OBR"] | {14: ("20261115083000", "20261115083100"), 16: ("BS1^TRẦN^MỘT", "BS1^TRẦN^HAI")},
    "OBX": FIELDS["OBX"],
}

# Orders: a medicine, with an end; and another examination, which has no end, but a length.
MEDICINE: dict[str, dict[int, tuple[str, str]]] = {
    "PID": FIELDS["PID"],
    "ORC": {1: ("NW", "NW"), 2: ("P0^HIS", "P9^HIS")},
    "TQ1": {
        3: ("BID", "TID"),
        7: ("20261116090000", "20261116100000"),
        8: ("20261120090000", "20261120100000"),
        9: ("S", "R"),
        10: ("khi đau", "khi sốt"),
        11: ("sau ăn", "trước ăn"),
        14: ("8", "9"),
    },
    "RXO": {
        1: ("PARA^Paracetamol^L", "IBU^Ibuprofen^L"),
        2: ("1", "1.5"),
        3: ("2", "2.5"),
        4: ("TAB^viên^L", "GOI^gói^L"),
        5: ("NEN^Viên nén^L", "SUI^Viên sủi^L"),
        6: ("HD1^Hướng dẫn một^L", "HD2^Hướng dẫn hai^L"),
        7: ("UONG^Uống nhiều nước^L", "NHAI^Nhai trước khi nuốt^L"),
        9: ("N", "T"),
        13: ("1", "2"),
        18: ("500", "650"),
        19: ("mg", "g"),
        20: ("J02.9^Viêm họng cấp^I10", "R50.9^Sốt^I10"),
        21: ("9", "10"),
        22: ("mL/h^mL/h", "mL/min^mL/min"),
        23: ("4^g", "3^g"),
        25: ("5", "10"),
        26: ("mL", "L"),
    },
    "RXR": {1: ("PO^Oral^HL70162", "IV^Intravenous^HL70162"), 2: ("TP^Tay phải^L", "TT^Tay trái^L"), 4: ("CH", "DI")},
    "RXC": {
        1: ("B", "A"),
        2: ("NACL^Natri clorid^L", "GLU^Glucose^L"),
        3: ("1", "2"),
        4: ("L", "mL"),
        5: ("9", "5"),
        6: ("g", "mg"),
        8: ("1", "2"),
        9: ("L", "dL"),
    },
}
EXAMINATION: dict[str, dict[int, tuple[str, str]]] = {
    "PID": FIELDS["PID"],
    "ORC": MEDICINE["ORC"],
    "TQ1": {2: ("2^mL", "3^mL"), 4: ("0800", "0900"), 6: ("5^d", "6^d"), 13: ("30^min", "45^min")},
    "OBR": {2: ("P0^HIS", "P0^HIS"), 4: ("GLU^Glucose^L", "GLU^Glucose^L")},
}
MESSAGES = (FIELDS, WITHOUT_ORC, MEDICINE, EXAMINATION)


def write(fields: dict[str, dict[int, tuple[str, str]]], changed: str = "") -> bytes:
    """The message; ``changed`` (``OBX-5``) has its other value."""
    segments = [header(f9="ORM^O01^ORM_O01") if "TQ1" in fields else header()]
    for name, numbered in fields.items():
        segments.append(
            segment(name, {number: pair[changed == f"{name}-{number}"] for number, pair in numbered.items()})
        )
    return ("\r".join(segments) + "\r").encode()
