"""What a laboratory and an imaging department are asked for, and what they answer, word by word."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from gateway.simulator.province.event import Event, message, stamp, written
from gateway.simulator.province.people import Person
from gateway.simulator.province.visits import of_visit

# code, name, LOINC, unit, range, lowest and highest value of tenths
_TESTS = (
    ("GLU", "Glucose máu", "2345-7", "mmol/L", "3.9-6.4", 35, 120),
    ("CRE", "Creatinin", "2160-0", "umol/L", "53-115", 400, 1500),
    ("NA", "Natri", "2951-2", "mmol/L", "135-145", 1250, 1500),
    ("K", "Kali", "2823-3", "mmol/L", "3.5-5.0", 28, 60),
    ("HIV", "HIV Ag/Ab", "56888-1", "S/CO", "0.0-0.9", 1, 8),  # travels apart
)
_PDF = b64encode(b"%PDF-1.4\n%%EOF\n").decode()
Line = tuple[str, str, str]  # code of the test, value, OBX-11


def laboratory(dice: Random, person: Person, count: int, order: str, begin: datetime) -> Iterator[Event]:
    """An order and its results: preliminary, in parts, final, corrected, withdrawn or cancelled; by one road or two."""
    asked = begin + timedelta(minutes=dice.randint(5, 50))
    visit = of_visit(person, count)
    yield _asked(person, visit, order, asked, dice)
    if dice.random() < 0.1:
        cancel = written("ORC", {1: "CA", 2: f"CD{order}^HIS", 5: "CA", 9: stamp(asked)})
        at = asked + timedelta(minutes=9)
        yield message(at, person, "HIS", "ORM^O01", visit, cancel, f"OBR|1|CD{order}^HIS||SH^Sinh hoá^L")
        return
    values = {one[0]: f"{dice.randint(one[5], one[6]) / 10:.1f}" for one in dice.sample(_TESTS, dice.randint(1, 4))}
    codes = list(values)
    words: list[tuple[int, str, list[Line]]] = []  # minutes after the specimen, OBR-25, results
    if dice.random() < 0.5:
        words.append((40, "P", [(code, values[code], "P") for code in codes]))
    if len(codes) > 1 and dice.random() < 0.4:  # each analyser tells its own part
        words += [(60, "A", [(codes[0], values[codes[0]], "F")]), (90, "A", [(c, values[c], "F") for c in codes[1:]])]
    words.append((120, "F", [(code, values[code], "F") for code in codes]))
    chance = dice.random()
    if chance < 0.3:
        corrected = f"{float(values[codes[0]]) + 1:.1f}"
        words.append((dice.choice((120, 180, 2000)), "C", [(codes[0], corrected, "C")]))
    elif chance < 0.4:
        words.append((200, "C", [(codes[0], "", "W")]))
    elif chance < 0.45:
        words.append((150, "X", [(code, "", "X") for code in codes]))
    drawn = asked + timedelta(minutes=20)
    for minutes, state, lines in words:
        issued = drawn + timedelta(minutes=minutes)
        late = timedelta(hours=dice.choice((0, 0, 0, 0, 7)))  # the line was down
        visit_said = visit if dice.random() < 0.6 else []
        body = [f"ORC|RE|CD{order}^HIS|XN{order}^LIS||{'CM' if state != 'P' else 'IP'}"]
        body += [_obr(order, "SH^Sinh hoá^L", drawn, issued, state, "CH")]
        body += [_obx(place, line) for place, line in enumerate(lines, 1)]
        sent = issued + late
        yield message(sent, person, "LIS", "ORU^R01^ORU_R01", visit_said, body)
        if dice.random() < 0.15:  # and the hospital's own system passes it on, some under numbers of their own
            number = order if dice.random() < 0.5 else f"{order}H"
            again = [one.replace(f"{order}^", f"{number}^") for one in body]
            yield message(sent + timedelta(minutes=2), person, "HIS", "ORU^R01^ORU_R01", visit, again)


def microbiology(dice: Random, person: Person, count: int, order: str, begin: datetime) -> Iterator[Event]:
    """Growth, then the organism, then what kills it."""
    name = "CAYMAU^Cấy máu^L^600-7^Bacteria identified in Blood by Culture^LN"
    germ = "VK^Vi khuẩn định danh^L^600-7^Bacteria identified in Blood by Culture^LN"
    organism = dice.choice(("ECO^Escherichia coli^L^112283007^Escherichia coli (organism)^SCT", "KPN^Klebsiella^L"))
    mic = f"OBX|2|SN|AMP^Ampicillin^L^28-1^Ampicillin [Susceptibility] by MIC^LN|1.1|>=^{dice.choice((8, 32))}|ug/mL||R"
    for day, state, lines in (
        (1, "P", ["OBX|1|TX|NHUOM^Nhuộm Gram^L|1|Trực khuẩn Gram âm||||||P"]),
        (2, "P", [f"OBX|1|CWE|{germ}|1|{organism}|||A|||P"]),
        (3, "F", [f"OBX|1|CWE|{germ}|1|{organism}|||A|||F", f"{mic}|||F"]),
    ):
        issued = begin + timedelta(days=day)
        orc = f"ORC|RE|CD{order}^HIS|VS{order}^LIS||CM"
        obr = _obr(order, name, begin, issued, state, "MB").replace(f"|XN{order}", f"|VS{order}")
        spm = f"SPM|1|CD{order}&HIS^MAU{order}&LIS||BLD^Máu^HL70487|||||||||||||{stamp(begin)}"
        yield message(issued, person, "LIS", "ORU^R01^ORU_R01", of_visit(person, count), orc, obr, spm, lines)


def imaging(dice: Random, person: Person, count: int, order: str, begin: datetime) -> Iterator[Event]:
    """An examination asked for by OMI, its report, and often its addendum, with the signed PDF."""
    visit = of_visit(person, count)
    study = f"1.2.826.0.1.3680043.8.498.{int(order)}"
    asked = written("ORC", {1: "NW", 2: f"CD{order}^HIS", 9: stamp(begin), 12: "BS001^TRẦN^THỊ MẪU"})
    obr = f"OBR|1|CD{order}^HIS||XQPHOI^X quang ngực thẳng^L"
    ipc = f"IPC|HA{order}^RIS|YC{order}^RIS|{study}^RIS|BUOC1^RIS|DX^Digital Radiography^DCM"
    yield message(begin, person, "HIS", "OMI^O23^OMI_O23", visit, asked, obr, ipc)
    issued, done = begin + timedelta(hours=2), begin + timedelta(minutes=30)
    told = "Hai trường phổi sáng đều."
    for state in ("F", "C")[: dice.randint(1, 2)]:
        last = "W" if state == "C" and dice.random() < 0.3 else state  # the signed copy is taken back
        name = "XQPHOI^X quang ngực thẳng^L^36643-5^XR Chest 2 Views^LN"
        lines = [f"OBX|1|ST|113014^DICOM Study^DCM||{study}||||||{state}"]
        lines += [f"OBX|2|TX|XQPHOI&GDT^X quang ngực thẳng^L||{told}||||||{state}"]
        lines += [f"OBX|3|TX|XQPHOI&IMP^X quang ngực thẳng^L||Kết luận {state}.||||||{state}"]
        lines += [f"OBX|4|ED|PDF^Bản PDF đã ký^L||RIS^AP^PDF^Base64^{_PDF}||||||{last}"]
        report = _obr(order, name, done, issued, state, "RAD").replace(f"|XN{order}^LIS", f"|HA{order}^RIS")
        yield message(issued, person, "RIS", "ORU^R01^ORU_R01", visit, report, lines)
        issued += timedelta(hours=5)
        told += " Bổ sung: tim không to."


def _asked(person: Person, visit: str, order: str, at: datetime, dice: Random) -> Event:
    orc = written("ORC", {1: "NW", 2: f"CD{order}^HIS", 9: stamp(at), 12: "BS001^TRẦN^THỊ MẪU"})
    obr = f"OBR|1|CD{order}^HIS||SH^Sinh hoá^L"
    kind = dice.choice(("OML^O21^OML_O21", "ORM^O01", "OMG^O19^OMG_O19"))
    return message(at, person, "HIS", kind, visit, orc, obr)


def _obr(order: str, name: str, drawn: datetime, issued: datetime, state: str, section: str) -> str:
    fields = {1: "1", 2: f"CD{order}^HIS", 3: f"XN{order}^LIS", 4: name, 7: stamp(drawn), 22: stamp(issued)}
    return written("OBR", fields | {24: section, 25: state})


def _obx(place: int, line: Line) -> str:
    code, value, state = line
    _, name, loinc, unit, between, *_ = next(one for one in _TESTS if one[0] == code)
    return f"OBX|{place}|NM|{code}^{name}^L^{loinc}^{name}^LN||{value}|{unit}|{between}|N|||{state}"


def of_all(dice: Random, person: Person, count: int, orders: Sequence[str], begin: datetime) -> Iterator[Event]:
    """What is asked for in one visit."""
    chosen = (laboratory, laboratory, microbiology, imaging)
    for place, order in enumerate(orders):
        yield from dice.choice(chosen)(dice, person, count, order, begin + timedelta(minutes=15 * place))
