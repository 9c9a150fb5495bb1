"""A small national list for the tests of serving: what it says is no medicine."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from gateway.reuse.result import LaboratoryLevel
from gateway.reuse.rules import Condition, Group, Rule, RuleSet
from tests.rest.world import HOME, OTHER

LOINC, SCT = "http://loinc.org", "http://snomed.info/sct"
CHEST = (SCT, "816094009")
ELSEWHERE = "01555"  # a laboratory with a gateway of its own
_LEVEL = LaboratoryLevel(3, date(2026, 1, 10), date(2027, 1, 10))


def _rule(group: str, **figures: Any) -> Rule:
    listed = {"layer": "national", "applies_to": "", "list_name": "list-of-tests 1", "source": "a source, page 1"}
    dated = {"author": "an author", "valid_from": date(2026, 1, 1), "approved": False}
    return Rule(**{"id": f"{group}-rule", "group": group, **listed, **dated, **figures})


RULES = RuleSet(
    groups=(
        Group("hba1c", "laboratory", "HbA1c", "HbA1c", frozenset({(LOINC, "4548-4"), (LOINC, "17856-6")})),
        Group("glucose", "laboratory", "Glucose", "Glucose", frozenset({(LOINC, "2345-7")})),
        Group(
            "diabetes-panel", "laboratory", "Diabetes panel", "Bộ đái tháo đường", frozenset({(LOINC, "55399-0")}),
            members=("hba1c", "glucose"),
        ),
        Group(
            "chest-radiograph", "imaging", "Chest radiograph", "X-quang ngực", frozenset({(LOINC, "36643-5")}),
            modalities=frozenset({"DX", "CR"}), body_sites=frozenset({CHEST}),
        ),
    ),
    rules=(
        _rule("hba1c", window=timedelta(days=60), minimum_level="same-or-higher", unsafe=frozenset({"transfusion"})),
        _rule("glucose", window=timedelta(hours=24)),
        _rule("chest-radiograph", window=timedelta(days=30), report_required=True, images_required=True),
    ),
    conditions=(Condition("transfusion", "a transfusion since", "đã truyền máu từ đó"),),
    laboratories={HOME: _LEVEL, OTHER: _LEVEL, ELSEWHERE: _LEVEL},
    digest="0" * 64,
)  # fmt: skip
