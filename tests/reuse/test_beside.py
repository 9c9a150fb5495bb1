"""Several results of one test: versions, withdrawals, which is the newest, and what stands beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

from gateway.reuse.result import PriorResult, Taken
from tests.reuse.reusable import (
    GLUCOSE_ORDER,
    GLUCOSE_PRIOR,
    NOW,
    PRIOR,
    against,
    ago,
    codes,
    measured,
    verdict,
)

MIDNIGHT = NOW.replace(hour=17) - timedelta(days=1)  # in Viet Nam
TODAY = Taken(MIDNIGHT, MIDNIGHT + timedelta(days=1), "sampling")


def another(number: int, **facts: object) -> PriorResult:
    return replace(PRIOR, reference=f"Observation/{number}", issued=None, **facts)  # type: ignore[arg-type]


def test_the_newest_that_stands_is_the_one_spoken_of() -> None:
    newer = another(2, taken=ago(days=2), quantity=measured("7.1", "%"))
    for told in (verdict(PRIOR, newer), verdict(newer, PRIOR)):
        assert (told.decision, told.chosen) == ("reuse", newer)
        assert [one.prior for one in told.considered] == [newer]
        assert [point.prior for point in told.series] == [PRIOR, newer]


def test_an_older_result_is_never_chosen_over_a_newer_one_that_stands() -> None:
    newer = another(2, taken=ago(days=2), status="preliminary")
    told = verdict(PRIOR, newer)
    assert against(told) == ("clinician-decides", {"reuse-status-preliminary", "reuse-older-usable"})
    assert told.chosen == newer
    assert [one.decision for one in told.considered] == ["clinician-decides", "reuse"]


def test_a_newer_result_that_is_to_be_repeated_is_repeated_and_the_older_is_told() -> None:
    told = verdict(PRIOR, another(2, taken=ago(days=2), signature="invalid"))
    assert against(told) == ("repeat", {"reuse-signature-invalid", "reuse-older-usable"})


def test_what_was_withdrawn_stands_for_nothing_and_the_one_before_it_counts() -> None:
    told = verdict(PRIOR, another(2, taken=ago(days=2), status="entered-in-error"))
    assert (told.decision, told.chosen) == ("reuse", PRIOR)
    assert "reuse-newer-withdrawn" in codes(told)
    assert "reuse-newer-withdrawn" not in codes(verdict(PRIOR, another(2, taken=ago(days=20), status="cancelled")))


def test_only_the_last_version_of_a_result_counts() -> None:
    first = replace(PRIOR, version=1)
    assert verdict(first, replace(PRIOR, version=2, status="entered-in-error")).decision == "repeat"
    corrected = replace(PRIOR, version=2, status="corrected", quantity=measured("5.6", "%"))
    told = verdict(corrected, first)
    assert (told.decision, told.chosen, len(told.considered)) == ("reuse", corrected, 1)


def test_a_version_that_is_told_as_standing_and_as_withdrawn_is_withdrawn() -> None:
    for order in permutations([PRIOR, replace(PRIOR, status="entered-in-error")]):
        assert against(verdict(*order)) == ("repeat", {"reuse-only-withdrawn"})


def test_a_result_told_twice_in_the_same_words_is_one() -> None:
    assert len(verdict(PRIOR, replace(PRIOR)).considered) == 1


def test_the_same_value_by_two_roads_is_no_disagreement() -> None:
    assert verdict(PRIOR, another(2, facility="79001")).decision == "reuse"
    in_other_unit = replace(GLUCOSE_PRIOR, reference="Observation/2", quantity=measured("97", "mg/dL"), ranges=())
    told = verdict(GLUCOSE_PRIOR, in_other_unit, order=GLUCOSE_ORDER)
    assert "reuse-same-time-disagrees" not in codes(told)


def test_two_values_of_one_time_are_the_clinicians() -> None:
    for quantity in (measured("6.6", "%"), measured("6.5", "%", "<"), measured("6.5", "mmol/mol"), None):
        told = verdict(PRIOR, another(2, quantity=quantity))
        assert told.decision != "reuse"
        assert "reuse-same-time-disagrees" in codes(told)


def test_a_day_without_an_hour_may_be_newer_than_an_hour_of_that_day() -> None:
    told = verdict(another(1, taken=ago(hours=3)), another(2, taken=TODAY, quantity=measured("8.0", "%")))
    assert against(told) == ("clinician-decides", {"reuse-same-time-disagrees"})


def test_a_remark_on_one_telling_is_not_lost_behind_the_other() -> None:
    told = verdict(another(1), another(2, specimen_remarks=("tan máu",)))
    assert told.decision == "clinician-decides"


def test_a_result_without_a_time_may_be_the_newest_unless_it_was_issued_before() -> None:
    undated = another(2, taken=None)
    told = verdict(PRIOR, undated)
    assert (told.chosen, told.decision) == (PRIOR, "clinician-decides")
    assert "reuse-same-time-doubtful" in codes(told)
    assert verdict(PRIOR, replace(undated, issued=NOW - timedelta(days=30))).decision == "reuse"


def test_the_series_holds_all_that_stand_oldest_first_and_marks_what_does_not_compare() -> None:
    told = verdict(
        replace(GLUCOSE_PRIOR, reference="Observation/3", taken=ago(days=3), quantity=measured("99", "mg/dL")),
        GLUCOSE_PRIOR,
        replace(GLUCOSE_PRIOR, reference="Observation/4", taken=ago(days=9), quantity=measured("12", "[arb'U]")),
        replace(GLUCOSE_PRIOR, reference="Observation/5", taken=ago(days=1), status="cancelled"),
        order=GLUCOSE_ORDER,
    )
    assert [[one.value.text for one in point.shown] for point in told.series] == [["12"], ["99"], ["5.4", "97"]]
    assert [point.comparable for point in told.series] == [False, True, True]
    own, carried = told.shown
    assert (own.converted_by, own.value) == ("", measured("5.4", "mmol/L"))
    assert (carried.converted_by, carried.value.unit) == ("molar mass of glucose", "mg/dL")
    (limits,) = carried.ranges
    assert limits.low is not None
    assert limits.high is not None
    assert (limits.low.text, limits.high.text) == ("70", "110")


def test_a_thousand_results_are_one_verdict_of_bounded_length() -> None:
    many = [another(number, taken=ago(days=number + 1)) for number in range(1000)]
    told = verdict(*many)
    assert (told.decision, told.chosen) == ("reuse", many[0])
    assert (len(told.considered) < 50, len(told.series)) == (True, 1000)
