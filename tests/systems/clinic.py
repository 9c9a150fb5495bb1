"""A running gateway with a doctor and one made-up patient, whose results are of two facilities and of many kinds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from gateway.settings import read_settings
from gateway.transport import Transport
from tests.dicomweb.building import UID, instance, series, study
from tests.systems.serving import ER7, PATIENCE, Gateway

CITIZEN = "001090000001"
SCANNED = f"{CITIZEN}||Nguyễn Thị Mẫu|02011990|Nữ|Số 1 phố Thử, Hà Nội|01062021"
DOCTOR = "bs.an"
HERE, THERE = "79001", "01001"
_NAMES = {HERE: "Bệnh viện thành phố Thử", THERE: "Bệnh viện tỉnh Mẫu"}
_LEVELS = """
name = "levels-of-the-test"
version = "1"
layer = "facility"
applies_to = "79001"
author = "the test"
source = "made up for the test"
valid_from = 2026-01-01
approved = false
[[laboratory]]
facility = "79001"
level = 3
assessed = 2026-01-10
expires = 2099-01-10
source = "made up"
[[laboratory]]
facility = "01001"
level = 4
assessed = 2026-01-10
expires = 2099-01-10
source = "made up"
"""

# facility, days ago: code, name, value, unit, range, flag, note. HbA1c over a year, glucose in two units, values told
# as < and >, a value in words, a test that no list knows, a remark on a specimen.
TOLD = """
01001 370: 4548-4 | HbA1c | 7.9 | % | 4.0-6.0 | H
01001 370: 2160-0 | Creatinine | 68 | umol/L | 44-80 | N
79001 250: 4548-4 | HbA1c | 7.1 | % | 4.0-5.6 | H
79001 250: 2345-7 | Glucose | 142 | mg/dL | 70-110 | H
01001 130: 4548-4 | HbA1c | 6.8 | % | 4.0-6.0 | H
01001 130: 2345-7 | Glucose | 7.2 | mmol/L | 3.9-6.4 | H
01001 130: 2160-0 | Creatinine | 74 | umol/L | 44-80 | N
79001 40: 3016-3 | TSH | <0.005 | mIU/L | 0.27-4.2 | L
79001 40: 2345-7 | Glucose | 6.9 | mmol/L | 3.9-6.4 | H
01001 9: 4548-4 | HbA1c | 6.50 | % | 4.0-6.0 | H
01001 9: 2345-7 | Glucose | 6.1 | mmol/L | 3.9-6.4 | N
01001 9: 2160-0 | Creatinine | >70 | umol/L | 44-80 | N
01001 9: 2093-3 | Cholesterol toàn phần | 5.4 | mmol/L | 3.9-5.2 | H
01001 9: 2571-8 | Triglyceride | 1.9 | mmol/L | 0.46-1.88 | H
01001 9: 2085-9 | HDL-C | 1.2 | mmol/L | 0.9-2.0 | N
01001 9: 1742-6 | ALT | 31 | U/L | 0-41 | N | Mẫu hơi tán huyết
01001 9: 1920-8 | AST | 28 | U/L | 0-40 | N
01001 9: 5196-1 | HBsAg | Âm tính | | | N
01001 9: XN-NOI-BO | Xét nghiệm nội bộ Q | 12 | U/mL | 5-20 | N
79001 2: 718-7 | Hemoglobin | 118 | g/L | 120-160 | L
79001 2: 6690-2 | WBC | 7.20 | 10*9/L | 4-10 | N
79001 2: 777-3 | PLT | <20 | 10*9/L | 150-400 | LL
"""

Visit = tuple[str, int]  # facility, days ago


def visits(told: str = TOLD) -> dict[Visit, list[list[str]]]:
    """The rows of each visit, in order."""
    made: dict[Visit, list[list[str]]] = {}
    for line in told.strip().splitlines():
        head, _, rest = line.partition(":")
        facility, days = head.split()
        cells = [cell.strip() for cell in rest.split("|")]
        made.setdefault((facility, int(days)), []).append((cells + [""] * 7)[:7])
    return made


@dataclass
class Clinic:
    gateway: Gateway
    password: str

    @property
    def address(self) -> str:
        return f"{self.gateway.url}/console/patients"


@contextmanager
def open_clinic(folder: Path, told: str = TOLD) -> Iterator[Clinic]:
    """Served on this machine; ended with the test."""
    (folder / "rules").mkdir()
    (folder / "rules" / "levels.toml").write_text(_LEVELS, encoding="utf-8")
    gateway = Gateway(folder, settings={"reuse_rules": str(folder / "rules")})
    clients = {}
    for code, name in _NAMES.items():
        registered = gateway.run("facility", "add", code, "--name", name, "--basis", "treatment").stdout
        clients[code] = json.loads(registered)["client"]
    password = json.loads(gateway.run("user", "add", DOCTOR, "--facility", HERE).stdout)["password"]
    with gateway.serving():
        tokens = {code: _token(gateway, client) for code, client in clients.items()}
        for number, ((facility, days), rows) in enumerate(visits(told).items()):
            _send(gateway, tokens[facility], facility, _message(number, facility, days, rows), ER7)
        datasets = [
            study(StudyTime="083000", StudyDate=f"{_at(12):%Y%m%d}", StudyDescription="X-quang ngực thẳng",
                  PatientID="BN79001", PatientName="Nguyễn^Thị^Mẫu", PatientSex="F",
                  RetrieveURL=f"https://pacs.example/dicom-web/studies/{UID}"),
            series(Modality="DX", BodyPartExamined="CHEST"), instance(),
        ]  # fmt: skip
        _send(gateway, tokens[HERE], HERE, json.dumps(datasets).encode(), {"Content-Type": "application/dicom+json"})
        _send(gateway, tokens[HERE], HERE, _report(), ER7)
        yield Clinic(gateway, password)


def _at(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days) + timedelta(hours=7)


def _patient(facility: str) -> str:
    return f"PID|1||BN{facility}^^^{facility}^MR~{CITIZEN}^^^CCCD^NI||NGUYỄN^THỊ MẪU||19900102|F"


def _message(number: int, facility: str, days: float, rows: Sequence[Sequence[str]]) -> bytes:
    taken, sent = f"{_at(days):%Y%m%d%H%M%S}+0700", f"{_at(days - 0.1):%Y%m%d%H%M%S}+0700"
    lines = [
        rf"MSH|^~\&|LIS|{facility}|GATEWAY||{sent}||ORU^R01^ORU_R01|M{number}|P|2.5.1|||||VNM|UNICODE UTF-8",
        _patient(facility),
    ]
    for at, (code, name, value, unit, span, flag, note) in enumerate(rows):
        coded = f"{code}^{name}^LN" if code[0].isdigit() else f"{code}^{name}^L"
        order = f"{facility}-{number}-{at}"
        kind = "SN" if value[0] in "<>" else "NM" if unit else "ST"
        said = f"{value[0]}^{value[1:]}" if kind == "SN" else value
        lines += [
            f"OBR|{at + 1}|CD{order}^HIS|XN{order}^LIS|{coded}|||{taken}|||||||||||||||{sent}||CH|F",
            f"SPM|{at + 1}|^MAU{order}||BLD^Máu^HL70487|||||||||||||{taken}",
            f"OBX|{at + 1}|{kind}|{coded}||{said}|{unit}|{span}|{flag}|||F|||{taken}",
            *([f"NTE|1||{note}"] if note else []),
        ]
    return "".join(f"{line}\r" for line in lines).encode()


def _report() -> bytes:
    taken, sent = f"{_at(12):%Y%m%d%H%M%S}+0700", f"{_at(11.9):%Y%m%d%H%M%S}+0700"
    lines = (
        rf"MSH|^~\&|RIS|{HERE}|||{sent}||ORU^R01|R1|P|2.5|||||VNM|UNICODE UTF-8",
        _patient(HERE),
        f"OBR|1|P1|F1|RAD^X-quang ngực^L^36643-5^X-quang ngực^LN|||{taken}|||||||||||||||{sent}||RAD|F",
        f"OBX|1|ST|113014^DICOM Study^DCM||{UID}||||||F",
        "OBX|2|TX|IMP^Kết luận^L||Không thấy tổn thương nhu mô phổi. Bóng tim không to.||||||F",
    )
    return "".join(f"{line}\r" for line in lines).encode()


def _token(gateway: Gateway, client: dict[str, Any]) -> str:
    transport = Transport(read_settings({}), lambda: datetime.now(UTC))
    scopes = " ".join(client["scopes"])
    return str(transport.token(gateway.url, client["client_id"], client["private_jwk"], scopes)["access_token"])


def _send(gateway: Gateway, token: str, facility: str, payload: bytes, kind: dict[str, str]) -> None:
    headers = {**kind, "Authorization": f"Bearer {token}"}
    url = f"{gateway.url}/facilities/{facility}/payloads"
    answer = requests.post(url, data=payload, headers=headers, timeout=PATIENCE)
    assert answer.status_code in (201, 202), answer.text
