"""A study stands for the ordered one where part, side and modality are the same and report and images are there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.reuse.order import OrderedTest
from tests.reuse.reusable import CHEST, HEAD, PRIOR, SCAN, SCAN_ORDER, against, verdict


def sides(ordered: str, shown: str) -> tuple[str, set[str]]:
    return against(verdict(replace(SCAN, laterality=shown), order=replace(SCAN_ORDER, laterality=ordered)))


@pytest.mark.parametrize(
    ("ordered", "shown", "why"),
    [
        ("", "", set()),
        ("L", "L", set()),
        ("left", "7771000", set()),
        ("trái", "L", set()),
        ("L", "B", set()),
        ("", "U", set()),
        ("B", "L", {"reuse-laterality-different"}),
        ("L", "24028007", {"reuse-laterality-different"}),
        ("L", "", {"reuse-laterality-unknown"}),
        ("", "R", {"reuse-laterality-unknown"}),
        ("L", "somewhere", {"reuse-laterality-unknown"}),
    ],
)
def test_the_side_is_the_ordered_one_or_both(ordered: str, shown: str, why: set[str]) -> None:
    decision = "reuse" if not why else "repeat" if why == {"reuse-laterality-different"} else "clinician-decides"
    assert sides(ordered, shown) == (decision, why)


def test_a_study_without_a_procedure_code_is_found_by_what_it_shows() -> None:
    told = verdict(replace(SCAN, codes=frozenset()), order=SCAN_ORDER)
    assert (told.decision, told.chosen is not None) == ("reuse", True)
    uncoded = OrderedTest(frozenset(), modality="CT", body_site=frozenset({HEAD}))
    assert verdict(SCAN, order=uncoded).decision == "reuse"


def test_a_study_of_one_of_two_ordered_parts_shows_too_little() -> None:
    told = verdict(SCAN, order=replace(SCAN_ORDER, body_site=frozenset({HEAD, CHEST})))
    assert against(told) == ("repeat", {"reuse-body-site-different"})


def test_a_report_without_its_study_does_not_stand_for_one() -> None:
    told = verdict(replace(PRIOR, codes=SCAN.codes), order=SCAN_ORDER)
    assert told.decision == "repeat"
    assert {"reuse-kind-different", "reuse-images-missing"} <= against(told)[1]


def test_a_cancelled_report_is_none_and_a_study_of_no_images_has_none() -> None:
    assert against(verdict(replace(SCAN, report_status="cancelled"), order=SCAN_ORDER))[1] == {"reuse-report-missing"}
    assert against(verdict(replace(SCAN, instances=0), order=SCAN_ORDER))[1] == {"reuse-images-missing"}
