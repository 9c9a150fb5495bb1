"""A laboratory's message about one test of one patient, as HL7 v2, and what becomes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from gateway.jsontext import loads
from tests.rest.world import HOME, NOW, OTHER, World

CITIZEN = "001090000001"
CITIZEN_ID = f"http://fhir.hl7.org.vn/core/sid/cccd|{CITIZEN}"
HBA1C = "4548-4"
CLIENTS = {HOME: "home", OTHER: "other"}
_VIET_NAM = timedelta(hours=7)

_LINES = (
    r"MSH|^~\&|LIS|{facility}|GATEWAY||{sent}+0700||ORU^R01^ORU_R01|M{number}|P|2.5.1|||||VNM|UNICODE UTF-8",
    "PID|1||{mrn}^^^{facility}^MR~{cccd}^^^CCCD^NI||{name}||{born}|F",
    "OBR|1|CD{number}^HIS|XN{number}^LIS|{code}^{name_of_test}^L^{loinc}^{name_of_test}^LN|||{taken}|||||||||||||||{sent}"
    "||CH|{order_status}",
    "{specimen}",
    "OBX|1|NM|{code}^{name_of_test}^L^{loinc}^{name_of_test}^LN||{value}|{unit}|{span}|N|||{status}|||{taken}",
    "{note}",
)


def told(
    world: World,
    number: str = "1",
    *,
    facility: str = HOME,
    days_ago: float = 10,
    note: str = "",
    specimen: bool = True,
    **changes: Any,
) -> str:
    """Send one result, taken ``days_ago``; returns the exchange's id."""
    taken = world.clock() - timedelta(days=days_ago) + _VIET_NAM
    sent = changes.pop("sent", taken + timedelta(hours=2))
    words = {
        "facility": facility, "number": number, "mrn": f"BN{facility}", "cccd": CITIZEN, "name": "NGUYỄN^THỊ B",
        "born": "19900102", "code": "A1C", "loinc": HBA1C, "name_of_test": "HbA1c", "value": "6.10", "unit": "%",
        "span": "4.0-6.0", "status": "F", "taken": f"{taken:%Y%m%d%H%M%S}+0700", "sent": f"{sent:%Y%m%d%H%M%S}",
        "note": f"NTE|1||{note}" if note else "",
    } | changes  # fmt: skip
    words.setdefault("order_status", words["status"])
    words["specimen"] = f"SPM|1|^MAU{number}||BLD^Máu^HL70487|||||||||||||{words['taken']}" if specimen else ""
    lines = [line.format(**words) for line in _LINES]
    answer = world.post("".join(f"{line}\r" for line in lines if line).encode(), CLIENTS[facility], facility)
    assert answer.status_code == 201, answer.text
    (one,) = loads(answer.data)["exchanges"]
    return str(one["id"])


def at(**before: float) -> datetime:
    return NOW - timedelta(**before)
