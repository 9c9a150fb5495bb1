"""The stricter wins: what all lists together ask, and that a lower list never loosens it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.reuse.order import Context, OrderedTest
from gateway.reuse.precedence import SETTINGS, Requirement, applicable
from gateway.reuse.rules import Age, Group, Layer, Rule, RuleSet

HBA1C = ("http://loinc.org", "4548-4")
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
ORDER = OrderedTest(codes=frozenset({HBA1C}))
GROUP = Group("hba1c", "laboratory", "HbA1c", "HbA1c", frozenset({HBA1C}))
WHERE = {"national": "", "province": "79", "facility": "79001", "specialty": "endocrinology"}
NATIONAL = Rule(
    "national", "hba1c", "national", "", "list 1", "a source", "an author", date(2026, 1, 1), approved=True,
    window=timedelta(days=60),
)  # fmt: skip


def below(layer: Layer = "facility", **figures: Any) -> Rule:
    return replace(NATIONAL, id=f"of-{layer}", layer=layer, applies_to=WHERE[layer], **{"window": None, **figures})


def asked(*rules: Rule, **context: Any) -> Requirement:
    given_context = {"setting": "outpatient", "born": (date(1980, 5, 1), date(1980, 5, 1)), **context}
    return applicable(
        ORDER,
        Context(
            NOW, RuleSet((GROUP,), rules), province="79", facility="79001", specialty="endocrinology", **given_context
        ),
    )


def test_the_shortest_window_holds_and_says_whose_it_is() -> None:
    found = asked(NATIONAL, below(window=timedelta(days=30)))
    assert (found.window, found.asked_by["window"]) == (timedelta(days=30), "of-facility")


def test_a_longer_window_of_a_lower_list_has_no_effect() -> None:
    found = asked(NATIONAL, below(window=timedelta(days=90)))
    assert (found.window, found.asked_by["window"]) == (timedelta(days=60), "national")


def test_a_number_and_the_requesters_own_level_are_asked_together() -> None:
    found = asked(NATIONAL, below(minimum_level="same-or-higher"), below("province", minimum_level=3))
    assert (found.minimum_level, found.same_level) == (3, True)
    assert (found.asked_by["minimum_level"], found.asked_by["same_level"]) == ("of-province", "of-facility")


def test_a_list_of_another_hospital_is_not_heard() -> None:
    found = asked(NATIONAL, replace(below(never_alone=True), applies_to="01001"))
    assert not found.never_alone


def test_where_the_national_list_gives_no_window_for_a_setting_no_list_below_gives_one() -> None:
    for_wards = replace(NATIONAL, settings=frozenset({"inpatient"}))
    assert asked(for_wards, setting="inpatient").permits
    assert not asked(for_wards, below(window=timedelta(days=1)), setting="outpatient").permits


def test_an_expired_national_list_does_not_open_the_door_to_the_lists_below() -> None:
    expired = replace(NATIONAL, valid_to=date(2026, 11, 22))
    assert not asked(expired, below(window=timedelta(days=1))).permits


def test_a_list_is_in_force_by_the_day_of_viet_nam() -> None:
    until_22 = replace(NATIONAL, valid_to=date(2026, 11, 22))
    context = Context(datetime(2026, 11, 22, 16, 59, tzinfo=UTC), RuleSet((GROUP,), (until_22,)), "outpatient")
    assert applicable(ORDER, context).permits
    assert not applicable(ORDER, replace(context, now=datetime(2026, 11, 22, 17, 0, tzinfo=UTC))).permits


def test_where_the_lists_above_never_speak_of_a_test_the_next_one_does() -> None:
    assert asked(below(window=timedelta(days=1))).permits


def test_an_unknown_setting_is_open_only_where_it_would_change_what_is_asked() -> None:
    assert asked(NATIONAL, below(settings=frozenset({"emergency"}), window=timedelta(days=1)), setting="").setting_open
    alike = [replace(NATIONAL, id=f"national-{one}", settings=frozenset({one})) for one in SETTINGS]
    assert not asked(*alike, setting="").setting_open


def test_an_age_is_counted_by_the_calendar_and_open_only_where_it_matters() -> None:
    adults = below(youngest=Age(18, "years"), window=timedelta(days=7))
    eighteen_today = date(2008, 11, 23)
    tomorrow = date(2008, 11, 24)
    assert asked(NATIONAL, adults, born=(eighteen_today, eighteen_today)).window == timedelta(days=7)
    assert asked(NATIONAL, adults, born=(tomorrow, tomorrow)).window == timedelta(days=60)
    assert asked(NATIONAL, adults, born=(eighteen_today, tomorrow)).age_open
    assert asked(NATIONAL, adults, born=None).age_open
    assert not asked(NATIONAL, replace(adults, window=timedelta(days=61)), born=None).age_open


def test_an_age_beyond_the_calendar_is_its_last_or_first_day() -> None:
    assert Age(900, "years").reached(date(9900, 1, 1)) == Age(9, "weeks").reached(date.max) == date.max
    assert Age(900, "years").before(date(100, 1, 1)) == date.min
    assert Age(1, "years").reached(date(2024, 2, 29)) == date(2025, 2, 28)


def test_an_age_band_that_lies_inside_what_is_not_known_is_open() -> None:
    infants = below(youngest=Age(28, "days"), younger_than=Age(2, "months"), never_alone=True)
    assert asked(NATIONAL, infants, born=(date(2026, 1, 1), date(2026, 11, 23))).age_open


def test_codes_of_two_groups_are_no_group() -> None:
    other = replace(GROUP, id="glucose", codes=frozenset({("http://loinc.org", "14749-6")}))
    both = replace(ORDER, codes=GROUP.codes | other.codes)
    found = applicable(both, Context(NOW, RuleSet((GROUP, other), (NATIONAL,))))
    assert (found.group, len(found.groups), found.permits) == (None, 2, False)


_conditions = st.frozensets(st.sampled_from(["transfusion", "newborn", "contrast"]))
_ages = st.none() | st.builds(Age, st.integers(0, 90), st.sampled_from(["days", "years"]))
_days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
_rules = st.builds(
    lambda layer, own, **figures: replace(
        NATIONAL, layer=layer, applies_to=WHERE[layer] if own else "99", id=f"{layer}-rule", **figures
    ),
    st.sampled_from(get_args(Layer)),
    st.booleans(),
    window=st.none() | st.integers(1, 90).map(lambda days: timedelta(days=days)),
    minimum_level=st.integers(0, 5) | st.just("same-or-higher"),
    settings=st.frozensets(st.sampled_from(SETTINGS), max_size=2),
    youngest=_ages,
    younger_than=_ages,
    valid_from=_days,
    valid_to=st.none() | _days,
    never_alone=st.booleans(),
    specimen_must_match=st.booleans(),
    method_must_match=st.booleans(),
    positives_only=st.booleans(),
    report_required=st.booleans(),
    images_required=st.booleans(),
    unsafe=_conditions,
)
_born = st.none() | st.tuples(st.dates(date(1930, 1, 1)), st.dates(date(1930, 1, 1))).map(
    lambda days: (min(days), max(days))
)


def at_least_as_strict(one: Requirement, other: Requirement) -> bool:
    return all((
        not one.permits or other.permits,
        other.window is None or (one.window is not None and one.window <= other.window),
        one.minimum_level >= other.minimum_level,
        one.same_level >= other.same_level,
        one.unsafe >= other.unsafe,
        *(
            getattr(one, must) >= getattr(other, must)
            for must in ("specimen_must_match", "method_must_match", "positives_only", "never_alone",
                         "report_required", "images_required")
        ),
    ))  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(_rules, max_size=5), _rules, st.sampled_from([*SETTINGS, ""]), _born)
def test_one_more_rule_of_a_lower_list_never_loosens_what_is_asked(
    rules: list[Rule], more: Rule, setting: str, born: tuple[date, date] | None
) -> None:
    """Lower: a list above it speaks of the test already. What holds for every setting and birth date holds for all."""
    above = replace(NATIONAL, settings=more.settings, valid_from=date(2026, 1, 1))
    more = more if more.layer != "national" else replace(more, layer="facility", applies_to=WHERE["facility"])
    before = asked(above, *rules, setting=setting, born=born)
    after = asked(above, *rules, more, setting=setting, born=born)
    assert at_least_as_strict(after, before)
