"""Every code of the table has a case that brings it about, and a sentence without a gap in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.messages import LANGUAGES
from gateway.reuse.order import OrderedTest
from gateway.reuse.reasons import DECISIONS, EFFECTS, reason, worst
from gateway.reuse.result import LaboratoryLevel, ReferenceRange, Taken
from gateway.reuse.rules import Group, RuleSet
from gateway.reuse.standing import Prior
from gateway.reuse.verdict import ReuseVerdict
from tests.reuse.reusable import (
    BLOOD,
    CHEST,
    CULTURE_ORDER,
    CULTURE_PRIOR,
    GLUCOSE_ORDER,
    GLUCOSE_PRIOR,
    GROUPS,
    HBA1C,
    HBA1C_IFCC,
    LOINC,
    NOW,
    ORDER,
    PRIOR,
    RULES,
    SCAN,
    SCAN_ORDER,
    URINE,
    ago,
    measured,
    rule,
    spoiled,
    verdict,
)

DAY = timedelta(days=1)
WHOLE_PANEL = (LOINC, "58410-2")
GLUCOSE_TOO = replace(GLUCOSE_PRIOR, reference="Observation/2")
OF_ONE_SET = replace(PRIOR, taken=GLUCOSE_PRIOR.taken, issued=None)
LEVEL_OF_ONE = replace(
    RULES, rules=(rule("hba1c", window=DAY, minimum_level=3), rule("glucose", window=DAY))
)  # what is asked of one test alone
NEWER = replace(PRIOR, reference="Observation/2", taken=ago(days=5), issued=None)


def ruled(prior: Prior = PRIOR, order: OrderedTest = ORDER, **figures: object) -> ReuseVerdict:
    """By rules that all have these figures too."""
    rules = tuple(replace(one, **figures) for one in RULES.rules)  # type: ignore[arg-type]
    return verdict(prior, order=order, rules=replace(RULES, rules=rules))


def glucose(**facts: object) -> ReuseVerdict:
    return verdict(replace(GLUCOSE_PRIOR, **facts), order=GLUCOSE_ORDER)  # type: ignore[arg-type]


def culture(*texts: str) -> ReuseVerdict:
    return verdict(replace(CULTURE_PRIOR, texts=texts), order=CULTURE_ORDER)


def scanned(order: OrderedTest = SCAN_ORDER, **facts: object) -> ReuseVerdict:
    return verdict(replace(SCAN, **facts), order=order)  # type: ignore[arg-type]


def levels(**known: LaboratoryLevel) -> RuleSet:
    return replace(RULES, laboratories={code.strip("_"): one for code, one in known.items()})


def panel(*priors: Prior, rules: RuleSet = RULES) -> ReuseVerdict:
    """Of HbA1c and glucose, ordered as one."""
    group = Group("pair", "laboratory", "Pair", "Đôi", frozenset({WHOLE_PANEL}), members=("hba1c", "glucose"))
    order = OrderedTest(group.codes, specimen=ORDER.specimen)
    return verdict(*priors, order=order, rules=replace(rules, groups=(*GROUPS, group)))


MADE: dict[str, Callable[[], ReuseVerdict]] = {
    "reuse-inside-window": lambda: verdict(PRIOR),
    "reuse-identity-certain": lambda: verdict(PRIOR),
    "reuse-identity-by-person": lambda: spoiled(identity="person"),
    "reuse-signature-valid": lambda: verdict(PRIOR),
    "reuse-status-final": lambda: verdict(PRIOR),
    "reuse-status-corrected": lambda: spoiled(status="corrected", version=2),
    "reuse-newer-withdrawn": lambda: verdict(PRIOR, replace(NEWER, status="entered-in-error")),
    "reuse-level-sufficient": lambda: verdict(PRIOR),
    "reuse-level-own": lambda: spoiled(facility="79001"),
    "reuse-level-iso15189": lambda: verdict(
        PRIOR, rules=levels(_01777=LaboratoryLevel(None, date(2026, 1, 1), iso15189=True))
    ),
    "reuse-specimen-same": lambda: verdict(PRIOR),
    "reuse-method-same": lambda: ruled(
        replace(PRIOR, method="HPLC"), replace(ORDER, method="hplc"), method_must_match=True
    ),
    "reuse-unit-converted": glucose,
    "reuse-positive": lambda: culture("Dương tính"),
    "reuse-examination-same": scanned,
    "reuse-report-and-images": scanned,
    "reuse-order-uncoded": lambda: verdict(PRIOR, order=OrderedTest(frozenset())),
    "reuse-test-unknown": lambda: verdict(PRIOR, order=OrderedTest(frozenset({(LOINC, "0-0")}))),
    "reuse-groups-ambiguous": lambda: verdict(PRIOR, order=replace(ORDER, codes=ORDER.codes | GLUCOSE_ORDER.codes)),
    "reuse-panel-one-set": lambda: panel(OF_ONE_SET, GLUCOSE_TOO),
    "reuse-panel-several-sets": lambda: panel(PRIOR, GLUCOSE_TOO),
    "reuse-panel-stands": lambda: panel(PRIOR),
    "reuse-panel-missing": lambda: panel(PRIOR),
    "reuse-panel-member": lambda: panel(OF_ONE_SET, GLUCOSE_TOO, rules=LEVEL_OF_ONE),
    "reuse-panel-doubtful": lambda: panel(PRIOR, replace(GLUCOSE_TOO, notes=("tan máu",))),
    "reuse-panel-repeat": lambda: panel(PRIOR, replace(GLUCOSE_TOO, taken=ago(days=2))),
    "reuse-panel-whole-told": lambda: panel(replace(PRIOR, codes=frozenset({WHOLE_PANEL}))),
    "reuse-no-rule": lambda: verdict(PRIOR, rules=replace(RULES, rules=())),
    "reuse-no-window": lambda: ruled(window=None),
    "reuse-left-to-the-doctor": lambda: ruled(clinician_decides=True),
    "reuse-order-later": lambda: verdict(PRIOR, order=replace(ORDER, repeated=True)),
    "reuse-order-urgent": lambda: verdict(PRIOR, order=replace(ORDER, priority="stat")),
    "reuse-order-detailed": lambda: verdict(PRIOR, order=replace(ORDER, detailed=True)),
    "reuse-times-differ": lambda: spoiled(effective=ago("unstated", days=20)),
    "reuse-newest-unsure": lambda: verdict(PRIOR, withheld={HBA1C: NOW}),
    "reuse-setting-unknown": lambda: verdict(GLUCOSE_PRIOR, order=GLUCOSE_ORDER, setting=""),
    "reuse-setting-monitoring": lambda: verdict(PRIOR, setting="monitoring"),
    "reuse-setting-emergency": lambda: verdict(PRIOR, setting="emergency"),
    "reuse-age-unknown": lambda: verdict(PRIOR, born=None),
    "reuse-newborn": lambda: verdict(PRIOR, born=(date(2026, 1, 1), date(2026, 12, 31))),
    "reuse-condition-unheard": lambda: verdict(PRIOR, conditions=frozenset({"on-fire"})),
    "reuse-time-missing": lambda: spoiled(taken=None),
    "reuse-time-unstated": lambda: spoiled(taken=ago("unstated", days=11)),
    "reuse-time-future": lambda: spoiled(taken=ago(days=-1), issued=None),
    "reuse-time-contradictory": lambda: spoiled(taken=Taken(NOW, NOW - timedelta(days=2), "sampling")),
    "reuse-window-open": lambda: spoiled(taken=Taken(NOW - timedelta(days=70), NOW - timedelta(days=40), "sampling")),
    "reuse-identity-conflicting": lambda: spoiled(identity="conflicting"),
    "reuse-signature-unverifiable": lambda: spoiled(signature="unverifiable"),
    "reuse-signature-absent": lambda: spoiled(signature="absent"),
    "reuse-status-preliminary": lambda: spoiled(status="preliminary"),
    "reuse-status-unknown": lambda: spoiled(status="unknown"),
    "reuse-flagged": lambda: spoiled(interpretation=frozenset({"HH"})),
    "reuse-result-ambiguous": lambda: spoiled(codes=frozenset({HBA1C, HBA1C_IFCC})),
    "reuse-kind-different": lambda: verdict(replace(PRIOR, codes=SCAN.codes), order=SCAN_ORDER),
    "reuse-notes": lambda: spoiled(notes=("tan máu nhẹ",)),
    "reuse-specimen-remarks": lambda: spoiled(specimen_remarks=("mẫu vón",)),
    "reuse-level-unknown": lambda: spoiled(facility="99999"),
    "reuse-level-expired": lambda: verdict(PRIOR, rules=levels(_01777=LaboratoryLevel(4, expires=date(2026, 11, 20)))),
    "reuse-level-requester-unknown": lambda: verdict(PRIOR, facility="79002"),
    "reuse-specimen-unknown": lambda: spoiled(specimen=frozenset()),
    "reuse-specimen-other": lambda: verdict(
        replace(GLUCOSE_PRIOR, specimen=frozenset({URINE})), order=replace(GLUCOSE_ORDER, specimen=frozenset({BLOOD}))
    ),
    "reuse-method-unknown": lambda: ruled(method_must_match=True),
    "reuse-unit-unknown": lambda: spoiled(quantity=measured("6.5", "")),
    "reuse-unit-not-comparable": lambda: spoiled(quantity=measured("48", "mmol/mol")),
    "reuse-range-missing": lambda: spoiled(ranges=()),
    "reuse-range-different": lambda: verdict(PRIOR, order=replace(ORDER, ranges=(ReferenceRange(measured("4", "%")),))),
    "reuse-positivity-unknown": lambda: culture("Nghi ngờ dương tính"),
    "reuse-same-time-disagrees": lambda: verdict(
        PRIOR, replace(PRIOR, reference="Observation/2", quantity=measured("7.5", "%"))
    ),
    "reuse-same-time-doubtful": lambda: verdict(PRIOR, replace(PRIOR, reference="Observation/0", notes=("tan máu",))),
    "reuse-older-usable": lambda: verdict(PRIOR, replace(NEWER, status="preliminary")),
    "reuse-examination-unknown": lambda: scanned(codes=frozenset({(LOINC, "79068-1")})),  # angiography
    "reuse-body-site-unknown": lambda: scanned(body_sites=frozenset({("http://www.radlex.org", "RID6434")})),
    "reuse-laterality-unknown": lambda: scanned(replace(SCAN_ORDER, laterality="L")),
    "reuse-report-preliminary": lambda: scanned(report_status="preliminary"),
    "reuse-report-without-conclusion": lambda: scanned(report_conclusion=False),
    "reuse-no-prior": verdict,
    "reuse-only-withdrawn": lambda: spoiled(status="cancelled"),
    "reuse-window-passed": lambda: spoiled(taken=ago(days=61)),
    "reuse-never-alone": lambda: ruled(never_alone=True),
    "reuse-unsafe": lambda: verdict(PRIOR, conditions=frozenset({"transfusion"})),
    "reuse-signature-invalid": lambda: spoiled(signature="invalid"),
    "reuse-level-lower": lambda: spoiled(facility="01888"),
    "reuse-specimen-different": lambda: spoiled(specimen=frozenset({URINE})),
    "reuse-method-different": lambda: ruled(
        replace(PRIOR, method="HPLC"), replace(ORDER, method="Immunoassay"), method_must_match=True
    ),
    "reuse-other-quantity": lambda: spoiled(codes=frozenset({HBA1C_IFCC})),
    "reuse-no-value": lambda: spoiled(quantity=None),
    "reuse-negative": lambda: culture("Âm tính"),
    "reuse-modality-different": lambda: scanned(modalities=frozenset({"MR"})),
    "reuse-body-site-different": lambda: scanned(body_sites=frozenset({CHEST})),
    "reuse-laterality-different": lambda: scanned(replace(SCAN_ORDER, laterality="L"), laterality="R"),
    "reuse-report-missing": lambda: scanned(report=""),
    "reuse-images-missing": lambda: scanned(images=""),
}
BESIDE_ONLY = {"reuse-withdrawn": "reuse-only-withdrawn"}  # said of one that was looked at, never of the verdict


def test_every_reason_of_the_table_has_a_case() -> None:
    assert {*MADE, *BESIDE_ONLY} == set(EFFECTS)


@pytest.mark.parametrize("code", MADE)
def test_a_reason_counts_as_the_table_says_and_is_told_without_a_gap(code: str) -> None:
    told = MADE[code]()
    (found,) = [one for one in told.reasons if one.code == code]
    assert DECISIONS.index(told.decision) >= DECISIONS.index(EFFECTS[code])
    for language in LANGUAGES:
        text = found.text(language)
        assert text != code
        assert "…" not in text


def test_of_a_withdrawn_result_it_is_said_that_it_was() -> None:
    (one,) = spoiled(status="entered-in-error").considered
    assert [each.code for each in one.reasons] == ["reuse-withdrawn"]


def test_the_worst_reason_decides_and_nothing_at_all_is_no_reuse() -> None:
    assert worst([]) == "clinician-decides"
    assert (
        worst([reason("reuse-signature-valid"), reason("reuse-no-prior"), reason("reuse-notes", count=1)]) == "repeat"
    )


def test_a_reason_without_a_row_in_the_table_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        reason("reuse-because-i-say-so")


def test_imaging_needs_no_laboratory_level() -> None:
    assert scanned(facility="99999").decision == "reuse"
