"""A case that may be reused, to be spoiled one fact at a time: HbA1c for an outpatient, and a CT of the head."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.reuse.judge import judge
from gateway.reuse.order import Context, OrderedTest
from gateway.reuse.result import LaboratoryLevel, PriorResult, PriorStudy, Quantity, ReferenceRange, Taken
from gateway.reuse.rules import Age, Condition, Conversion, Group, Rule, RuleSet
from gateway.reuse.standing import Prior
from gateway.reuse.verdict import ReuseVerdict

LOINC, SCT = "http://loinc.org", "http://snomed.info/sct"
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 9 o'clock in Viet Nam
HBA1C, HBA1C_IFCC, GLUCOSE, CULTURE = (LOINC, "4548-4"), (LOINC, "59261-8"), (LOINC, "2345-7"), (LOINC, "630-4")
BLOOD, URINE = (SCT, "119297000"), (SCT, "122575003")
HEAD, CHEST, CT_HEAD = (SCT, "69536005"), (SCT, "51185008"), (LOINC, "24725-4")

GROUPS = (
    Group("hba1c", "laboratory", "HbA1c", "HbA1c", frozenset({HBA1C}), frozenset({HBA1C_IFCC})),
    Group("glucose", "laboratory", "Glucose", "Glucose", frozenset({GLUCOSE})),
    Group("urine-culture", "microbiology", "Urine culture", "Cấy nước tiểu", frozenset({CULTURE})),
    Group(
        "ct-head", "imaging", "CT of the head", "CT sọ não", frozenset({CT_HEAD}),
        modalities=frozenset({"CT"}), body_sites=frozenset({HEAD}),
    ),
)  # fmt: skip


def rule(group: str, **figures: Any) -> Rule:
    return Rule(
        group, group, "national", "", "list 1", "a source", "an author", date(2026, 1, 1), approved=True, **figures
    )


RULES = RuleSet(
    GROUPS,
    (
        rule(
            "hba1c", window=timedelta(days=60), minimum_level="same-or-higher", specimen_must_match=True,
            unsafe=frozenset({"transfusion", "newborn"}),
        ),
        rule("glucose", window=timedelta(hours=24), youngest=Age(18, "years"), settings=frozenset({"outpatient"})),
        rule("urine-culture", window=timedelta(days=3), positives_only=True),
        rule("ct-head", window=timedelta(days=30), report_required=True, images_required=True),
    ),
    (Conversion("glucose", "mmol/L", "mg/dL", "18.016", "0", "molar mass of glucose"),),
    laboratories={
        "79001": LaboratoryLevel(3, date(2026, 1, 10), date(2027, 1, 10)),
        "01777": LaboratoryLevel(4, date(2026, 2, 1), date(2027, 2, 1)),
        "01888": LaboratoryLevel(2, date(2026, 2, 1), date(2027, 2, 1)),
    },
    digest="sha256:0",
    conditions=(
        Condition("transfusion", "Transfusion", "Truyền máu"),
        Condition("newborn", "Newborn", "Trẻ sơ sinh"),
        Condition("contrast", "Contrast medium", "Thuốc cản quang"),
    ),
)  # fmt: skip
CONTEXT = Context(NOW, RULES, "outpatient", (date(1980, 5, 1), date(1980, 5, 1)), facility="79001")


def ago(meaning: str = "sampling", **length: float) -> Taken:
    moment = NOW - timedelta(**length)
    return Taken(moment, moment, meaning)  # type: ignore[arg-type]  # a literal that a caller spells out


def measured(text: str, unit: str, comparator: str = "") -> Quantity:
    return Quantity(Decimal(text), text, comparator, unit, unit)


ORDER = OrderedTest(frozenset({HBA1C}), "HbA1c", specimen=frozenset({BLOOD}), unit="%")
PRIOR = PriorResult(
    "Observation/1", 1, frozenset({HBA1C}), "HbA1c", "final", "certain", "valid", "01777", "Phòng khám Thử",
    taken=ago(days=10), issued=NOW - timedelta(days=9), quantity=measured("6.5", "%"),
    ranges=(ReferenceRange(measured("4.0", "%"), measured("6.0", "%")),), specimen=frozenset({BLOOD}),
)  # fmt: skip

SCAN_ORDER = OrderedTest(frozenset({CT_HEAD}), "CT head", modality="CT", body_site=frozenset({HEAD}))
SCAN = PriorStudy(
    "ImagingStudy/1", 1, frozenset({CT_HEAD}), "CT head", "available", "certain", "valid", "01777",
    taken=ago("performance", days=3), modalities=frozenset({"CT"}), body_sites=frozenset({HEAD}),
    report="DiagnosticReport/1", report_status="final", report_conclusion=True,
    images="https://pacs.example/studies/1", instances=120,
)  # fmt: skip

GLUCOSE_ORDER = OrderedTest(frozenset({GLUCOSE}), "Glucose", unit="mg/dL")
GLUCOSE_PRIOR = replace(
    PRIOR, codes=frozenset({GLUCOSE}), name="Glucose", taken=ago(hours=5), issued=None,
    quantity=measured("5.4", "mmol/L"), ranges=(ReferenceRange(measured("3.9", "mmol/L"), measured("6.1", "mmol/L")),),
)  # fmt: skip

CULTURE_ORDER = OrderedTest(frozenset({CULTURE}), "Urine culture")
CULTURE_PRIOR = replace(
    PRIOR, codes=frozenset({CULTURE}), taken=ago(days=1), issued=None, quantity=None, ranges=(), texts=("Dương tính",)
)


def verdict(*priors: Prior, order: OrderedTest = ORDER, context: Context = CONTEXT, **changed: Any) -> ReuseVerdict:
    """``changed``: of the context."""
    return judge(priors, order, replace(context, **changed))


def spoiled(**facts: Any) -> ReuseVerdict:
    """The verdict on the reusable HbA1c with these facts changed."""
    return verdict(replace(PRIOR, **facts))


def codes(told: ReuseVerdict, decision: str = "") -> set[str]:
    """Of its reasons; only those that leave ``decision``, if one is named."""
    return {one.code for one in told.reasons if not decision or one.decision == decision}


def against(told: ReuseVerdict) -> tuple[str, set[str]]:
    """The decision, and every reason that does not speak for reuse."""
    return told.decision, codes(told) - codes(told, "reuse")
