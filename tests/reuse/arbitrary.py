"""Anything a judge could be asked: results, studies, orders and contexts, mostly of the words that matter."""

from __future__ import annotations

from datetime import UTC, date, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from gateway.reuse.order import Context, OrderedTest
from gateway.reuse.result import LaboratoryLevel, PriorResult, PriorStudy, Quantity, ReferenceRange, Taken
from tests.reuse.reusable import (
    BLOOD,
    CHEST,
    CT_HEAD,
    CULTURE,
    GLUCOSE,
    HBA1C,
    HBA1C_IFCC,
    HEAD,
    NOW,
    RULES,
    URINE,
    measured,
)

CODES = st.frozensets(st.sampled_from([HBA1C, HBA1C, HBA1C_IFCC, GLUCOSE, CULTURE, CT_HEAD, ("", "")]), max_size=2)
FACILITIES = st.sampled_from(["01777", "01777", "01888", "79001", "99999", ""])
WORDS = st.sampled_from(["", "Dương tính", "âm tính", "HPLC", " ", "ghi chú"])
SPECIMENS = st.frozensets(st.sampled_from([BLOOD, BLOOD, URINE, ("local", "1")]), max_size=2)

# The moments around every edge of the windows, some without a zone, some at the ends of the calendar.
_NEAR = st.builds(
    lambda days, seconds: NOW - timedelta(days=days, seconds=seconds),
    st.sampled_from([0, 1, 3, 10, 30, 59, 60, 61, 400, -1]),
    st.integers(-2, 2),
)
MOMENTS = st.one_of(
    _NEAR,
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-14))])),
    st.datetimes(),
)
TAKEN = st.none() | st.builds(
    Taken, MOMENTS, MOMENTS, st.sampled_from(["sampling", "performance", "unstated"])
) | st.builds(lambda moment: Taken(moment, moment, "sampling"), _NEAR)  # fmt: skip
QUANTITIES = st.none() | st.builds(
    Quantity,
    st.decimals(0, 100, places=1) | st.decimals(),
    WORDS,
    st.sampled_from(["", "", "<", ">="]),
    st.sampled_from(["%", "%", "mmol/L", "mg/dL", "mmol/mol", ""]),
)
RANGES = st.lists(st.builds(ReferenceRange, QUANTITIES, QUANTITIES, WORDS), max_size=2).map(tuple)
STATUS = st.sampled_from(
    ["final", "final", "available", "corrected", "preliminary", "cancelled", "entered-in-error", "unknown", "x", ""]
)
_SAID: dict[str, Any] = {
    "version": st.integers(0, 3),
    "codes": CODES,
    "name": WORDS,
    "status": STATUS,
    "identity": st.sampled_from(["certain", "certain", "person", "conflicting", "x"]),
    "signature": st.sampled_from(["valid", "valid", "invalid", "unverifiable", "absent", ""]),
    "facility": FACILITIES,
    "taken": TAKEN,
    "amended": st.booleans(),
    "notes": st.lists(WORDS, max_size=1).map(tuple),
}
RESULTS = st.builds(
    PriorResult,
    reference=st.sampled_from(["Observation/1", "Observation/2", "Observation/3", ""]),
    issued=st.none() | MOMENTS,
    quantity=QUANTITIES,
    texts=st.lists(WORDS, max_size=2).map(tuple),
    absent=st.sampled_from(["", "", "unknown"]),
    ranges=RANGES,
    interpretation=st.frozensets(st.sampled_from(["POS", "NEG", "H"]), max_size=2),
    specimen=SPECIMENS,
    method=WORDS,
    specimen_remarks=st.lists(WORDS, max_size=1).map(tuple),
    **_SAID,
)
STUDIES = st.builds(
    PriorStudy,
    reference=st.sampled_from(["ImagingStudy/1", "ImagingStudy/2"]),
    modalities=st.frozensets(st.sampled_from(["CT", "MR"]), max_size=2),
    body_sites=st.frozensets(st.sampled_from([HEAD, CHEST]), max_size=2),
    laterality=st.sampled_from(["", "L", "R", "B", "trái", "?"]),
    report=st.sampled_from(["", "DiagnosticReport/1"]),
    report_status=st.sampled_from(["", "final", "preliminary", "cancelled"]),
    report_conclusion=st.booleans(),
    images=st.sampled_from(["", "https://pacs.example/1"]),
    instances=st.none() | st.integers(-1, 3),
    **_SAID,
)
PRIORS = st.lists(RESULTS | STUDIES, max_size=5)
ORDERS = st.builds(
    OrderedTest,
    codes=CODES,
    specimen=SPECIMENS,
    method=WORDS,
    unit=st.sampled_from(["", "%", "mg/dL", "x"]),
    ranges=RANGES,
    modality=st.sampled_from(["", "CT", "MR"]),
    body_site=st.frozensets(st.sampled_from([HEAD, CHEST]), max_size=2),
    laterality=st.sampled_from(["", "L", "B"]),
)
_DAYS = st.dates() | st.sampled_from([date(1980, 5, 1), date(2026, 11, 10), date(2026, 12, 31)])
CONTEXTS = st.builds(
    Context,
    now=st.just(NOW) | st.datetimes(timezones=st.just(UTC)) | st.datetimes(),
    rules=st.just(RULES),
    setting=st.sampled_from(["outpatient", "outpatient", "inpatient", "emergency", "monitoring", "", "x"]),
    born=st.none() | st.tuples(_DAYS, _DAYS),
    conditions=st.frozensets(st.sampled_from(["transfusion", "newborn", "contrast", "x", ""]), max_size=2),
    facility=FACILITIES,
    level=st.builds(LaboratoryLevel, st.none() | st.integers(-1, 6), st.none() | st.dates(), st.none() | st.dates()),
)
ADULT = (date(1980, 5, 1), date(1980, 5, 1))
PERCENT = ReferenceRange(measured("4.0", "%"), measured("6.0", "%"))
