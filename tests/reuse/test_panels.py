"""A panel is reused only of one sampling, and what bears its own code is believed no more than any other result."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.reuse.order import OrderedTest
from gateway.reuse.result import PriorResult, Taken
from gateway.reuse.rules import Group
from gateway.reuse.verdict import ReuseVerdict
from tests.reuse.reusable import GLUCOSE, GROUPS, HBA1C, LOINC, NOW, PRIOR, RULES, rule, verdict

PANEL = (LOINC, "58410-2")
PAIR = Group("pair", "laboratory", "Pair", "Đôi", frozenset({PANEL}), members=("hba1c", "glucose"))
MONTH = timedelta(days=30)
MONTHLY = replace(RULES, groups=(*GROUPS, PAIR), rules=(rule("hba1c", window=MONTH), rule("glucose", window=MONTH)))
ONE_DAY = Taken(NOW - timedelta(days=3), NOW - timedelta(days=2), "sampling")
WHOLE = replace(PRIOR, reference="Observation/whole", codes=frozenset({PANEL}))


def panel(*priors: PriorResult) -> ReuseVerdict:
    return verdict(*priors, order=OrderedTest(frozenset({PANEL})), rules=MONTHLY)


def of_a_day(report: str, other: str) -> ReuseVerdict:
    """Two results of which only the day is known, and the reports they stand in."""
    told = [(HBA1C, "Observation/1", report), (GLUCOSE, "Observation/2", other)]
    return panel(
        *(
            replace(PRIOR, codes=frozenset({code}), reference=name, taken=ONE_DAY, issued=None, report=of)
            for code, name, of in told
        )
    )


def test_results_of_one_day_are_one_sampling_where_one_report_holds_them() -> None:
    assert of_a_day("DiagnosticReport/1", "DiagnosticReport/1").decision == "reuse"


@pytest.mark.parametrize("other", ["", "DiagnosticReport/2"])
def test_results_of_one_day_that_no_one_report_holds_are_left_to_the_clinician(other: str) -> None:
    found = of_a_day("DiagnosticReport/1", other)
    assert found.decision == "clinician-decides"
    assert "reuse-panel-several-sets" in {one.code for one in found.reasons}


@pytest.mark.parametrize(
    ("facts", "decision", "code"),
    [
        ({"signature": "invalid"}, "repeat", "reuse-signature-invalid"),
        ({"identity": "conflicting"}, "clinician-decides", "reuse-identity-conflicting"),
        ({"status": "preliminary"}, "clinician-decides", "reuse-status-preliminary"),
    ],
)
@pytest.mark.parametrize("beside", [(), (replace(PRIOR, taken=ONE_DAY, issued=None),)])
def test_a_result_of_the_whole_panel_is_told_with_what_speaks_against_it(
    facts: dict[str, Any], decision: str, code: str, beside: tuple[PriorResult, ...]
) -> None:
    found = panel(replace(WHOLE, **facts, taken=ONE_DAY, issued=None), *beside)
    assert found.decision == decision
    assert {"reuse-panel-whole-told", code} <= {one.code for one in found.reasons}
    assert [one.prior.reference for one in found.considered] == ["Observation/whole"]
