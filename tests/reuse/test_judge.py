"""What one result comes to: proof, time, status, laboratory, each fact alone enough to leave reuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from gateway.reuse.order import OrderedTest
from gateway.reuse.result import LaboratoryLevel, Taken
from gateway.reuse.rules import Age
from tests.reuse.reusable import (
    CONTEXT,
    GLUCOSE_ORDER,
    GLUCOSE_PRIOR,
    HBA1C,
    HBA1C_IFCC,
    NOW,
    ORDER,
    PRIOR,
    RULES,
    against,
    ago,
    codes,
    measured,
    spoiled,
    verdict,
)  # fmt: skip

LOCAL = "https://example.org/codes"


def test_a_result_that_every_guard_lets_through_may_be_reused_and_says_why() -> None:
    told = verdict(PRIOR)
    assert told.decision == "reuse"
    assert told.chosen == PRIOR
    assert codes(told) == {
        "reuse-identity-certain", "reuse-signature-valid", "reuse-status-final", "reuse-inside-window",
        "reuse-level-sufficient", "reuse-specimen-same",
    }  # fmt: skip
    assert (told.rules, told.rules_digest, told.illustrative) == (("hba1c",), "sha256:0", False)


def test_the_doctor_always_decides_and_is_told_so() -> None:
    assert verdict(PRIOR).notices("vi")[0].startswith("Bác sĩ là người quyết định")
    unapproved = replace(RULES, rules=tuple(replace(one, approved=False) for one in RULES.rules))
    told = verdict(PRIOR, rules=unapproved)
    assert told.decision == "reuse"
    assert len(told.notices()) == len(verdict(PRIOR).notices()) + 1


def test_what_would_make_reuse_unsafe_and_nobody_spoke_of_is_said_to_the_doctor() -> None:
    told = verdict(PRIOR)
    assert told.decision == "reuse"
    assert told.notices("en")[1].endswith("of which the gateway was told nothing: Transfusion.")  # of age: no newborn
    assert told.notices("vi")[1].endswith("chưa được cho biết: Truyền máu.")
    assert [one.id for one in verdict(PRIOR, born=None).unless] == ["transfusion", "newborn"]
    assert verdict(PRIOR, conditions=frozenset({"transfusion"})).unless == ()


def test_figures_and_dates_are_said_in_both_languages() -> None:
    (reason,) = [one for one in verdict(PRIOR).reasons if one.code == "reuse-inside-window"]
    assert "2026-11-13 09:00, 10 days ago: within the 60 days" in reason.text("en")
    assert "13/11/2026 09:00, cách đây 10 ngày: còn trong thời hạn 60 ngày" in reason.text("vi")
    assert reason.rule == "hba1c"


@pytest.mark.parametrize(
    ("facts", "decision", "why"),
    [
        ({"identity": "conflicting"}, "clinician-decides", {"reuse-identity-conflicting"}),
        ({"signature": "invalid"}, "repeat", {"reuse-signature-invalid"}),
        ({"signature": "unverifiable"}, "clinician-decides", {"reuse-signature-unverifiable"}),
        ({"signature": "absent"}, "clinician-decides", {"reuse-signature-absent"}),
        ({"signature": "a word of tomorrow"}, "clinician-decides", {"reuse-signature-unverifiable"}),
        ({"status": "preliminary"}, "clinician-decides", {"reuse-status-preliminary"}),
        ({"status": "registered"}, "clinician-decides", {"reuse-status-preliminary"}),
        ({"status": "unknown"}, "clinician-decides", {"reuse-status-unknown"}),
        ({"status": "a word of tomorrow"}, "clinician-decides", {"reuse-status-unknown"}),
        ({"notes": ("tan máu",)}, "clinician-decides", {"reuse-notes"}),
        ({"specimen_remarks": ("mẫu vón",)}, "clinician-decides", {"reuse-specimen-remarks"}),
        ({"taken": None}, "clinician-decides", {"reuse-time-missing"}),
        ({"taken": ago("unstated", days=11)}, "clinician-decides", {"reuse-time-unstated"}),
        ({"taken": ago(days=-1), "issued": None}, "clinician-decides", {"reuse-time-future"}),
        ({"taken": ago(days=8)}, "clinician-decides", {"reuse-time-contradictory"}),  # issued the day before
        ({"taken": ago(days=61)}, "repeat", {"reuse-window-passed"}),
        ({"facility": "01888"}, "repeat", {"reuse-level-lower"}),
        ({"facility": "99999"}, "clinician-decides", {"reuse-level-unknown"}),
        ({"quantity": None}, "repeat", {"reuse-no-value"}),
        ({"absent": "unknown"}, "repeat", {"reuse-no-value"}),
        ({"quantity": measured("NaN", "%")}, "repeat", {"reuse-no-value"}),
        ({"codes": frozenset({HBA1C, HBA1C_IFCC})}, "clinician-decides", {"reuse-result-ambiguous"}),
    ],
)  # fmt: skip
def test_one_bad_fact_leaves_reuse(facts: dict[str, object], decision: str, why: set[str]) -> None:
    assert against(spoiled(**facts)) == (decision, why)


def test_a_corrected_result_may_stand_in_its_latest_version() -> None:
    for facts in ({"status": "corrected"}, {"status": "amended"}, {"amended": True}):
        told = spoiled(version=2, **facts)
        assert told.decision == "reuse"
        assert "reuse-status-corrected" in codes(told)


# -- time --------------------------------------------------------------------------------------------------------------


def test_a_result_stands_to_the_last_moment_of_its_window() -> None:
    assert spoiled(taken=ago(days=60)).decision == "reuse"
    assert spoiled(taken=ago(days=60, seconds=1)).decision == "repeat"


def test_a_day_without_an_hour_is_asked_at_both_ends() -> None:
    def on(days: int) -> tuple[str, set[str]]:
        start = NOW.replace(hour=17) - timedelta(days=days + 1)  # midnight in Viet Nam
        return against(spoiled(taken=Taken(start, start + timedelta(days=1), "sampling"), issued=None))

    assert on(0) == ("reuse", set())  # today: the part of the day that is still to come is not the future
    assert on(59) == ("reuse", set())
    assert on(60) == ("clinician-decides", {"reuse-window-open"})
    assert on(61) == ("repeat", {"reuse-window-passed"})


def test_a_time_that_nobody_said_to_be_of_the_sample_can_only_rule_out() -> None:
    assert against(spoiled(taken=ago("unstated", days=90))) == (
        "repeat",
        {"reuse-time-unstated", "reuse-window-passed"},
    )


def test_times_that_cannot_be_believed_are_the_clinicians() -> None:
    reversed_edges = Taken(NOW, NOW - timedelta(days=3), "sampling")
    without_zone = Taken(datetime(2026, 11, 20), datetime(2026, 11, 20), "sampling")  # noqa: DTZ001 - what is tested
    for taken in (reversed_edges, without_zone):
        assert against(spoiled(taken=taken, issued=None)) == ("clinician-decides", {"reuse-time-contradictory"})
    told = verdict(PRIOR, now=datetime(2026, 11, 23))  # noqa: DTZ001
    assert against(told) == ("clinician-decides", {"reuse-time-contradictory"})
    before_birth = verdict(PRIOR, born=(date(2026, 11, 20), date(2026, 11, 20)))
    assert "reuse-time-contradictory" in codes(before_birth)


# -- laboratory --------------------------------------------------------------------------------------------------------


def levelled(**level: object) -> tuple[str, set[str]]:
    known = {**RULES.laboratories, "01777": replace(LaboratoryLevel(), **level)}  # type: ignore[arg-type]
    return against(verdict(PRIOR, rules=replace(RULES, laboratories=known)))


def test_a_level_counts_by_its_date() -> None:
    assert levelled(level=3, assessed=date(2026, 11, 1)) == ("reuse", set())
    assert levelled(level=2, assessed=date(2026, 11, 1)) == ("repeat", {"reuse-level-lower"})
    assert levelled(level=3, expires=NOW.date()) == ("clinician-decides", {"reuse-level-expired"})
    assert levelled(level=3, assessed=date(2026, 11, 20)) == ("clinician-decides", {"reuse-level-unknown"})
    assert levelled(level=3) == ("clinician-decides", {"reuse-level-unknown"})
    assert levelled(level=7, assessed=date(2026, 11, 1)) == ("clinician-decides", {"reuse-level-unknown"})


def test_accreditation_in_force_stands_for_a_level() -> None:
    assert levelled(iso15189=True, assessed=date(2026, 1, 1)) == ("reuse", set())
    assert levelled(iso15189=True, expires=date(2026, 11, 1))[0] == "clinician-decides"


def test_without_a_level_of_its_own_the_requester_cannot_compare() -> None:
    told = verdict(PRIOR, facility="79002")
    assert against(told) == ("clinician-decides", {"reuse-level-requester-unknown"})
    assert verdict(PRIOR, facility="79002", level=LaboratoryLevel(4, date(2026, 1, 1))).decision == "reuse"


def test_a_laboratory_need_not_know_its_own_level_to_use_its_own_result() -> None:
    told = verdict(replace(PRIOR, facility="79002"), facility="79002")
    assert (told.decision, "reuse-level-own" in codes(told)) == ("reuse", True)


# -- order and situation -----------------------------------------------------------------------------------------------


def test_nothing_found_is_a_new_test() -> None:
    assert against(verdict()) == ("repeat", {"reuse-no-prior"})


def test_an_order_nobody_can_place_is_the_clinicians() -> None:
    assert against(verdict(PRIOR, order=OrderedTest(frozenset()))) == ("clinician-decides", {"reuse-order-uncoded"})
    own = frozenset({(LOCAL, "X1")})
    told = verdict(replace(PRIOR, codes=own), order=OrderedTest(own))
    assert against(told) == ("clinician-decides", {"reuse-test-unknown"})
    assert told.chosen is not None
    both = replace(ORDER, codes=ORDER.codes | GLUCOSE_ORDER.codes)
    assert against(verdict(PRIOR, order=both)) == ("clinician-decides", {"reuse-groups-ambiguous"})


def test_without_a_rule_or_a_window_nothing_is_reused() -> None:
    none = replace(RULES, rules=())
    assert against(verdict(PRIOR, rules=none)) == ("clinician-decides", {"reuse-no-rule"})
    open_ended = replace(RULES, rules=tuple(replace(one, window=None) for one in RULES.rules))
    assert against(verdict(PRIOR, rules=open_ended)) == ("clinician-decides", {"reuse-no-window"})


def test_what_is_never_used_alone_is_done_again() -> None:
    alone = replace(RULES, rules=(replace(RULES.rules[0], never_alone=True),))
    assert against(verdict(PRIOR, rules=alone)) == ("repeat", {"reuse-never-alone"})


def test_a_condition_decides_by_what_the_rules_say_of_it() -> None:
    told = verdict(PRIOR, conditions=frozenset({"transfusion"}))
    assert against(told) == ("repeat", {"reuse-unsafe"})
    assert "Truyền máu" in next(one.text("vi") for one in told.reasons if one.code == "reuse-unsafe")
    assert verdict(PRIOR, conditions=frozenset({"contrast"})).decision == "reuse"
    unheard = verdict(PRIOR, conditions=frozenset({"on-fire"}))
    assert against(unheard) == ("clinician-decides", {"reuse-condition-unheard"})


def test_a_newborn_is_known_by_its_age() -> None:
    def born(first: date, last: date | None = None) -> tuple[str, set[str]]:
        return against(verdict(replace(PRIOR, taken=ago(hours=2), issued=None), born=(first, last or first)))

    assert born(date(2026, 11, 1)) == ("repeat", {"reuse-unsafe"})
    assert born(date(2026, 10, 20)) == ("reuse", set())
    assert born(date(2026, 1, 1), date(2026, 12, 31)) == ("clinician-decides", {"reuse-newborn"})
    assert against(verdict(PRIOR, born=None)) == ("clinician-decides", {"reuse-age-unknown"})


def test_an_age_the_rules_need_must_be_known() -> None:
    known = (date(1980, 5, 1), date(1980, 5, 1))
    for born, decision in ((known, "reuse"), (None, "clinician-decides"), ((NOW.date(), date(2027, 1, 1)), "")):
        told = verdict(GLUCOSE_PRIOR, order=GLUCOSE_ORDER, born=born)
        assert told.decision == decision or (not decision and told.decision != "reuse")


def test_a_setting_the_rules_need_must_be_known_and_named() -> None:
    assert "reuse-setting-unknown" in codes(verdict(GLUCOSE_PRIOR, order=GLUCOSE_ORDER, setting=""))
    assert against(verdict(PRIOR, setting="monitoring")) == ("clinician-decides", {"reuse-setting-monitoring"})
    assert against(verdict(PRIOR, setting="emergency")) == ("clinician-decides", {"reuse-setting-emergency"})
    named = replace(RULES, rules=(replace(RULES.rules[0], settings=frozenset({"monitoring"})),))
    assert verdict(PRIOR, rules=named, setting="monitoring").decision == "reuse"


def test_a_rule_that_may_not_be_this_patients_rules_nothing_out() -> None:
    of_newborns = replace(RULES.rules[0], id="newborns", window=None, never_alone=True, younger_than=Age(28, "days"))
    of_wards = replace(RULES.rules[0], id="wards", window=timedelta(days=1), settings=frozenset({"inpatient"}))
    for rule, unknown, why in (
        (of_newborns, {"born": None}, "reuse-age-unknown"),
        (of_wards, {"setting": ""}, "reuse-setting-unknown"),
    ):
        rules = replace(RULES, rules=(replace(RULES.rules[0], unsafe=frozenset()), replace(rule, unsafe=frozenset())))
        assert against(verdict(PRIOR, rules=rules, **unknown)) == ("clinician-decides", {why})
        assert against(verdict(rules=rules, **unknown)) == ("repeat", {why, "reuse-no-prior"})
    of_both = replace(RULES, rules=(RULES.rules[0], of_wards))
    assert against(verdict(PRIOR, rules=of_both, setting="inpatient")) == ("repeat", {"reuse-window-passed"})


def test_a_setting_that_is_none_is_as_good_as_unknown() -> None:
    told = verdict(GLUCOSE_PRIOR, order=GLUCOSE_ORDER, setting="on the moon")
    assert "reuse-setting-unknown" in codes(told)


def test_another_quantity_is_told_and_never_stands_for_the_one_ordered() -> None:
    ifcc = replace(PRIOR, codes=frozenset({HBA1C_IFCC}), quantity=measured("48", "mmol/mol"))
    told = verdict(ifcc)
    assert against(told) == ("repeat", {"reuse-no-prior", "reuse-other-quantity"})
    assert (told.chosen, told.considered[0].prior) == (None, ifcc)
    assert verdict(ifcc, PRIOR).chosen == PRIOR


def test_the_context_is_not_changed_by_asking() -> None:
    verdict(PRIOR)
    assert CONTEXT.rules is RULES
