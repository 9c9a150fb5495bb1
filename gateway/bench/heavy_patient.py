"""A patient with a long history: two thousand results of twenty tests, by five facilities, up to yesterday.

Beside the made-up people of a filled database (gateway.bench.people), who have a handful of orders each: what is asked
about this one costs what a person can cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from gateway.adapter import Payload
from gateway.app import utc_now
from gateway.bench.filling import TOGETHER, Gathering
from gateway.bench.orders import FACILITIES, MEDIA_TYPE
from gateway.bench.panels import PANELS, Quantity
from gateway.bench.site import Site
from gateway.facility import Facility
from gateway.installed import running_adapters
from gateway.intake import Intake
from gateway.judgement import Judge
from gateway.keyring import Keyring
from gateway.store import Connection, facilities, open_store

CCCD = "099999999999"  # province 099 is not assigned
FIFTH = "99105"
PLACES = (*FACILITIES, FIFTH)
_LOCAL = timedelta(hours=7)
_EVERY = timedelta(days=3)
_TOGETHER = 4  # tests of one order

TESTS: tuple[Quantity, ...] = tuple(
    {test.loinc: test for panel in PANELS for test in panel.tests if isinstance(test, Quantity) and test.unit}.values()
)[:20]


def settle(site: Site, results: int) -> None:
    """Their ``results``, taken in as any facility's are, into the database of a registered site."""
    settings = site.read()
    store = Gathering(open_store(settings.url))
    keyring = Keyring(store, settings, utc_now)
    store.write(_add_fifth)
    keyring.issue(FIFTH, "Phòng xét nghiệm Thử", actor="bench")
    store.commit()
    intake = Intake(store, Judge(running_adapters(settings.adapters), settings.public_url, keyring.secret), settings,
                    utc_now, keyring)  # fmt: skip
    for number, (facility, payload) in enumerate(messages(utc_now(), results), 1):
        intake.take(facility, Payload(payload, MEDIA_TYPE), adapter="hl7v2", actor="bench")
        if number % TOGETHER == 0:
            store.commit()
    store.commit()
    store.close()


def _add_fifth(connection: Connection) -> None:
    facilities.add_facility(connection, Facility(FIFTH, "Phòng xét nghiệm Thử"), utc_now())


def messages(now: datetime, results: int) -> Iterator[tuple[str, bytes]]:
    """(facility, HL7 v2 message): every third day all tests, four to an order, each time by other facilities."""
    rounds = max(results // len(TESTS), 1)
    random = Random(CCCD)  # noqa: S311  # repeatable on purpose, no secret
    for back in range(rounds, 0, -1):
        taken = now + _LOCAL - timedelta(days=1) - _EVERY * (back - 1)
        for place in range(0, len(TESTS), _TOGETHER):
            facility = PLACES[(back + place // _TOGETHER) % len(PLACES)]
            lines = _lines(random, f"{back:04}{place:02}", facility, taken, TESTS[place : place + _TOGETHER])
            yield facility, "".join(f"{line}\r" for line in lines).encode()


def _lines(random: Random, number: str, facility: str, taken: datetime, tests: tuple[Quantity, ...]) -> Iterator[str]:
    at, sent = f"{taken:%Y%m%d%H%M%S}+0700", f"{taken + timedelta(hours=2):%Y%m%d%H%M%S}+0700"
    yield rf"MSH|^~\&|LIS|{facility}|GATEWAY||{sent}||ORU^R01^ORU_R01|HEAVY{number}|P|2.5.1|||||VNM|UNICODE UTF-8"
    yield f"PID|1||BN9999999^^^{facility}^MR~{CCCD}^^^CCCD^NI||NGUYỄN^VĂN MẪU^^^^^L||19560307|M"
    yield f"ORC|RE|HCD{number}^HIS|HXN{number}^LIS||CM||||{at}"
    yield f"OBR|1|HCD{number}^HIS|HXN{number}^LIS|XN^Xét nghiệm^L|||{at}|||||||||||||||{sent}||CH|F"
    yield f"SPM|1|^HMAU{number}||BLD^Máu toàn phần^HL70487|||||||||||||{at}"
    for place, test in enumerate(tests, 1):
        value, flag = test.drawn(random)
        code = f"{test.local}^{test.name}^L^{test.loinc}^{test.name}^LN"
        by = f"{facility}^Khoa Xét nghiệm^MA_CSKCB"
        yield f"OBX|{place}|NM|{code}||{value}|{test.unit}|{test.span}|{flag}|||F|||{at}|{by}"
