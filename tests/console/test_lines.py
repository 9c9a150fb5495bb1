"""A line says all that its source said: flags without a word of ours, a range in its own unit, what has no code."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.console.chart import chart
from gateway.console.shown import Words, _line
from gateway.reuse.order import OrderedTest
from gateway.reuse.result import Quantity, ReferenceRange
from gateway.reuse.series import Point, Shown
from gateway.reuse.verdict import ReuseVerdict
from tests.console.clinic import Clinic, words
from tests.console.test_chart import point
from tests.prior.laboratory import told
from tests.rest.world import HOME

VERDICT = ReuseVerdict(OrderedTest(frozenset()), "clinician-decides", ())


def line(**changes: Any) -> Any:
    return _line(replace(point("110", 1).prior, **changes), None, VERDICT, Words("en"))


def end(text: str, unit: str) -> Quantity:
    return Quantity(Decimal(text), text, unit=unit, unit_text=unit)


@pytest.mark.parametrize(("unit", "said"), [("mmol/L", "3.9–6.4"), ("", "3.9–6.4"), ("mg/dL", "3.9–6.4 mg/dL")])
def test_a_range_in_another_unit_than_the_value_says_so(unit: str, said: str) -> None:
    assert line(ranges=(ReferenceRange(end("3.9", unit), end("6.4", unit)),)).range == said


def test_a_flag_that_has_no_word_here_stands_as_it_is() -> None:
    assert line(interpretation=frozenset({"H", "R"})).mark == "high, R"


def test_a_value_beyond_the_scale_says_so_and_is_drawn_as_an_arrow() -> None:
    beyond = frozenset({"<"})
    assert line(interpretation=beyond).mark == "below what can be measured"
    first, last = point("5", 1), point("2", 2)
    last = Point(
        replace(last.prior, interpretation=beyond), (Shown(Quantity(Decimal(2), "2", unit="mmol/L"), ()),), True
    )
    made = chart([first, last], (), frozenset(), "vi")
    assert made is not None
    assert [mark.arrow for mark in made.marks] == ["", "down"]


def test_words_beside_a_number_are_shown_with_it() -> None:
    assert line(texts=("haemolysed",)).value == "110 mmol/L; haemolysed"


def test_a_result_named_in_words_alone_is_counted_as_not_shown(clinic: Clinic) -> None:
    told(clinic.world)
    clinic.sign_in()
    address = clinic.look()
    assert "chưa hiển thị" not in words(clinic.get(address))
    patient = next(
        name for one in clinic.world.audit_lines() if one.action == "console-search" for name in one.detail["about"]
    )
    clinic.world.keep(
        {
            "resourceType": "Observation", "id": "words", "status": "final", "code": {"text": "Xét nghiệm lạ"},
            "subject": {"reference": patient}, "effectiveDateTime": "2026-11-20", "valueString": "x",
        },
        facility=HOME,
    )  # fmt: skip
    assert "Còn 1 xét nghiệm hoặc phiếu chưa hiển thị" in words(clinic.get(address))
