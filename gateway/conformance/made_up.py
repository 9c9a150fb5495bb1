"""What the checks send over MLLP: a result of a patient who is nobody, and says so in every place a person looks.

HL7 v2.5.1, ORU^R01. The patient's number and the orders are of an assigning authority of this project's checks.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime

AUTHORITY = "KIEM-TRA-HOP-CHUAN"  # "conformance check", of PID-3.4 and OBR-3.2
PATIENT = "HOP-CHUAN-1"
FAMILY_NAME, GIVEN_NAME = "KIỂM TRA", "HỢP CHUẨN"
TEST = "Đường huyết (kiểm tra hợp chuẩn)"
VALUE = "5.10"  # its last digit says how precisely was measured
_REMARK = "Dữ liệu kiểm tra hợp chuẩn, không phải của người bệnh nào (conformance check, no patient's)"


def new_number() -> str:
    """Of an order and of a message: 18 characters, MSH-10 has 20."""
    return f"KT{uuid.uuid4().hex[:16]}"


def order_of(message: bytes) -> str:
    """The number of its order, whatever its delimiters; "" where it has none of ours."""
    found = re.search(rb"[\r\n]OBR.1..(KT[0-9a-f]{16})", message)
    return found[1].decode() if found else ""


def segment(name: str, **fields: str) -> str:
    """``segment("OBX", f5="1")``; of MSH the fields count from the separator, which is none of them."""
    numbered = {int(key[1:]): value for key, value in fields.items()}
    begin = 2 if name == "MSH" else 1
    return "|".join([name, *(numbered.get(number, "") for number in range(begin, max(numbered) + 1))])


def result(number: str, at: float, *, facility: str, production: bool, **header: str) -> bytes:
    """A final glucose of the order ``number``, sent at ``at`` (seconds since 1970). ``header``: fields of the MSH."""
    return _message(number, at, facility, production, "F", header)


def withdrawal(number: str, at: float, *, facility: str, production: bool) -> bytes:
    """The same result, called wrong by who sent it."""
    return _message(number, at, facility, production, "W", {"f10": new_number()})


def _message(number: str, at: float, facility: str, production: bool, status: str, header: dict[str, str]) -> bytes:
    moment = datetime.fromtimestamp(at, UTC)
    sent, taken = f"{moment:%Y%m%d%H%M%S}+0000", f"{moment:%Y%m%d}000000+0000"
    fields = {
        "f2": "^~\\&", "f3": AUTHORITY, "f4": facility, "f5": "GATEWAY", "f6": "KIEM-TRA", "f7": sent,
        "f9": "ORU^R01^ORU_R01", "f10": number, "f11": "P" if production else "T", "f12": "2.5.1",
        "f17": "VNM", "f18": "UNICODE UTF-8",
    }  # fmt: skip
    name = f"{FAMILY_NAME}^{GIVEN_NAME}^^^^^L"
    code = f"2345-7^{TEST}^LN"
    segments = [
        segment("MSH", **(fields | header)),
        segment("PID", f1="1", f3=f"{PATIENT}^^^{AUTHORITY}^MR", f5=name, f7="19000101", f8="U"),
        segment("OBR", f1="1", f3=f"{number}^{AUTHORITY}", f4=code, f7=taken, f22=sent,
                f25="F" if status == "F" else "C"),
        segment("OBX", f1="1", f2="NM", f3=code, f5=VALUE, f6="mmol/L^^UCUM", f11=status, f14=taken),
        segment("NTE", f1="1", f2="L", f3=_REMARK),
    ]  # fmt: skip
    return ("\r".join(segments) + "\r").encode()
