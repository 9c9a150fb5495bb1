"""Made-up laboratory messages: order ``number`` of a seed is always the same bytes.

HL7 v2.5.1 ORU^R01 as a Vietnamese laboratory writes it. Patients come again over five years,
to several facilities; each order has numbers of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from gateway.bench.panels import MEASURED, PANELS, Finding, Panel, Quantity
from gateway.bench.people import Person, person

MEDIA_TYPE = "x-application/hl7-v2+er7"
FACILITIES = ("99101", "99102", "99103", "99104")  # province 99 is not assigned
_FIRST = datetime(2021, 1, 4)  # noqa: DTZ001  # local time of the facilities, written with +0700
_YEARS = timedelta(days=5 * 365)
_DOCTORS = ("BS001^TRẦN^THỊ MẪU", "BS002^LÊ^VĂN MẪU", "BS003^PHẠM^NGỌC MẪU")
_TECHNICIANS = (("KTV01", "LÊ", "VĂN MẪU"), ("KTV02", "VÕ", "THỊ MẪU"))
_REMARKS = (
    "Hồng cầu hình dạng bình thường.~Tiểu cầu phân bố đều.",
    "Tiểu cầu giảm nhẹ, kiểm tra lại trên lam kính.~Hồng cầu hình dạng bình thường.",
    "Huyết tương đục nhẹ.~Đề nghị lấy lại mẫu lúc đói.",
)


@dataclass(frozen=True, slots=True)
class Order:
    """One message. ``facility`` sends it; ``payload`` is its bytes, segments ended by carriage returns."""

    number: int
    facility: str
    person: Person
    panel: Panel
    payload: bytes


@dataclass(frozen=True, slots=True)
class Laboratories:
    """The source of orders. ``expected``: how many orders the five years before hold; each person has five of them.

    Orders numbered from ``expected`` on are new: they follow each other by seconds after those years.
    """

    seed: int = 1
    expected: int = 1000
    mixed: bool = False  # every panel in turn; otherwise the measured one alone

    @property
    def population(self) -> int:
        return min(max(self.expected // 5, 20), 1_000_000)

    def order(self, number: int) -> Order:
        random = Random(f"{self.seed}/order/{number}")  # noqa: S311  # repeatable on purpose, no secret
        facility = FACILITIES[number % len(FACILITIES)]
        panel = random.choice(PANELS) if self.mixed else MEASURED
        subject = person(self.seed, random.randrange(self.population))
        lines = _lines(random, number, facility, subject, panel, self._when(number))
        return Order(number, facility, subject, panel, ("\r".join(lines) + "\r").encode())

    def orders(self, first: int, count: int) -> Iterator[Order]:
        """Orders ``first`` to ``first + count - 1``."""
        return (self.order(number) for number in range(first, first + count))

    def _when(self, number: int) -> datetime:
        """When the specimen was taken: later orders later, local time."""
        if number < self.expected:
            return _FIRST + _YEARS * (number / self.expected)
        return _FIRST + _YEARS + timedelta(seconds=2 * (number - self.expected))


def _lines(random: Random, number: int, facility: str, subject: Person, panel: Panel, taken: datetime) -> Iterator[str]:
    at, arrived, measured, reported = (
        f"{taken + timedelta(minutes=minutes):%Y%m%d%H%M%S}" for minutes in (0, 5, 75, 95)
    )
    doctor, (technician, family, given) = random.choice(_DOCTORS), random.choice(_TECHNICIANS)
    who = f"{technician}&{family}&{given}"
    test = f"{panel.local}^{panel.name}^L^{panel.loinc}^{panel.name}^LN"
    yield (
        rf"MSH|^~\&|LIS|{facility}|GATEWAY||{reported}+0700||ORU^R01^ORU_R01|LAB{number:09}|P|2.5.1"
        "|||||VNM|UNICODE UTF-8"
    )
    yield (
        f"PID|1||BN{subject.number:07}^^^{facility}^MR~{subject.cccd}^^^CCCD^NI~{subject.card}^^^BHYT||{subject.name}||"
        f"{subject.born:%Y%m%d}|{subject.sex}|||{subject.street}^{subject.district}^{subject.ward}^{subject.province}^^VN^H"
        f"||{subject.phone}^PRN^CP"
    )
    yield f"PV1|1|O|K01^P101||||{doctor}||||||||||||LK{number:09}^^^{facility}^VN{'|' * 25}{at}"
    yield f"ORC|RE|CD{number:09}^HIS|XN{number:09}^LIS||CM||||{at}|||{doctor}"
    yield (
        f"OBR|1|CD{number:09}^HIS|XN{number:09}^LIS|{test}|||{at}|||||||{arrived}||||||||{reported}||"
        f"{panel.section}|F|||||||{who}"
    )
    yield f"SPM|1|^MAU{number:09}||{panel.specimen[0]}^{panel.specimen[1]}^HL70487|||||||||||||{at}|{arrived}"
    after = f"|||{at}|{facility}^Khoa Xét nghiệm^MA_CSKCB|{technician}^{family}^{given}|||{measured}"
    place = 0
    for place, one in enumerate(panel.tests, 1):
        yield f"OBX|{place}|{_result(random, one)}{after}"
    if panel.below is not None:
        place += 1
        yield f"OBX|{place}|{_at_most(random, panel.below)}{after}"
    if panel.remark:
        yield (
            f"OBX|{place + 1}|TX|NX^Nhận xét của phòng xét nghiệm^L||{random.choice(_REMARKS)}||||||F|||{at}||"
            f"{technician}^{family}^{given}"
        )


def _code(one: Quantity | Finding) -> str:
    return f"{one.local}^{one.name}^L^{one.loinc}^{one.name}^LN"


def _result(random: Random, one: Quantity | Finding) -> str:
    """OBX-2 to OBX-11."""
    if isinstance(one, Finding):
        word = random.choice(one.words)
        return f"ST|{_code(one)}||{word}||{one.words[0]}|{'N' if word == one.words[0] else 'A'}|||F"
    value, flag = one.drawn(random)
    return f"NM|{_code(one)}||{value}|{one.unit}|{one.span}|{flag}|||F"


def _at_most(random: Random, one: Quantity) -> str:
    """A test that is mostly below what its method can see."""
    if random.random() < 0.7:
        return f"SN|{_code(one)}||<^0.50|{one.unit}|{one.span}|N|||F"
    return _result(random, one)
