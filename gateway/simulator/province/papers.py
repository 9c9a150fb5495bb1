"""What else a hospital's systems tell: documents, appointments, medicines and vaccinations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from gateway.simulator.province.event import Event, message, stamp, written
from gateway.simulator.province.people import Person
from gateway.simulator.province.visits import of_visit

_DOCTOR = "BS010^NGÔ^THỬ BA"


def document(dice: Random, person: Person, count: int, number: str, begin: datetime) -> Iterator[Event]:
    """A summary: written, corrected or replaced, and sometimes taken back."""
    told = "Chẩn đoán: viêm phổi cộng đồng."
    events = ["T02", *dice.choice(((), ("T08",), ("T10",), ("T08", "T11"), ("T11",), ("T04", "T08")))]
    current, before = f"TL{number}", ""
    for place, event in enumerate(events):
        at = begin + timedelta(hours=3 * place)
        if event == "T10":
            current, before = f"TL{number}B", current
        fields = {1: "1", 2: "RAVIEN^Tóm tắt ra viện^L", 3: "TX", 4: stamp(begin), 6: stamp(at), 9: _DOCTOR}
        fields |= {12: f"{current}^HIS", 13: f"{before}^HIS" if before else "", 17: "AU", 19: "AV"}
        if event == "T11":
            fields[19] = "CA"
        lines = [f"OBX|1|TX|RAVIEN^Tóm tắt ra viện^L||{told}||||||F"] if event != "T11" else []
        kind = f"MDM^{event}^{'MDM_T02' if lines else 'MDM_T01'}"
        yield message(
            at, person, "HIS", kind, f"EVN|{event}|{stamp(at)}", of_visit(person, count), written("TXA", fields), lines
        )
        told += f" Lần {place + 2}."


def appointment(dice: Random, person: Person, number: str, begin: datetime) -> Iterator[Event]:
    """Booked, often moved, sometimes cancelled."""
    start = begin.replace(hour=8, minute=30, second=0) + timedelta(days=14)
    for place, event in enumerate(dice.choice((("S12",), ("S12", "S13"), ("S12", "S13", "S15"), ("S12", "S15")))):
        at = begin + timedelta(days=place)
        if event == "S13":
            start += timedelta(days=2)
        state = "Cancelled" if event == "S15" else "Booked"
        fields = {1: f"HD{number}^HIS", 2: f"LH{number}^HIS", 7: "FOLLOWUP^Khám lại^HL70276", 9: "30", 10: "min"}
        fields |= {11: f"^^^{stamp(start)}^{stamp(start + timedelta(minutes=30))}", 16: _DOCTOR, 25: state}
        ais = f"AIS|1||SABUNG^Siêu âm bụng^L|{stamp(start)}|||30|min||{state}"
        yield message(at, person, "HIS", f"SIU^{event}^SIU_S12", written("SCH", fields), "RGS|1", ais)


def medicine(dice: Random, person: Person, count: int, number: str, at: datetime) -> Iterator[Event]:
    """A prescription, and the word that stops it."""
    rxo = f"RXO|AMOX500^Amoxicillin 500 mg^L|{dice.randint(1, 2)}||VIEN^viên^L"
    for place, control in enumerate(("NW", "DC")[: dice.randint(1, 2)]):
        when = at + timedelta(days=place)
        orc = written("ORC", {1: control, 2: f"DT{number}^HIS", 9: stamp(when), 12: "BS001^TRẦN^THỊ MẪU"})
        yield message(when, person, "HIS", "ORM^O01", of_visit(person, count), orc, rxo, "RXR|PO^Oral^HL70162")


def vaccination(dice: Random, person: Person, number: str, at: datetime) -> Iterator[Event]:
    """A dose given, told again with the lot corrected, or as entered by mistake."""
    orc = f"ORC|RE|TC{number}^TIEM|MT{number}^TIEM"
    for place, action in enumerate(("A", dice.choice("UDA"))[: dice.randint(1, 2)]):
        fields = {1: "0", 2: "1", 3: stamp(at), 4: stamp(at), 5: "08^Viêm gan B trẻ em^CVX", 6: "0.5", 7: "mL^^UCUM"}
        fields |= {9: "00^New immunization record^NIP001", 15: f"LO2026{'AB'[place]}", 20: "CP", 21: action}
        rxr = "RXR|IM^Tiêm bắp^HL70162|LT^Đùi trái^HL70163"
        when = at + timedelta(hours=place)
        yield message(when, person, "TIEM", "VXU^V04^VXU_V04", orc, written("RXA", fields), rxr)
