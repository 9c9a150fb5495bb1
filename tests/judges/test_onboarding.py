"""Each step of a facility's onboarding is done by what is stored, or missing with what is missing and what to type."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.facility import Facility
from gateway.messages import catalogue
from gateway.onboarding import Codes, Passed, Standing, Step, checklist

LAB = Facility("79001", "Laboratory")
NEW = Standing(LAB, running=("bhyt", "hl7v2", "tabular"))
HL7 = replace(LAB, adapters=("hl7v2",))
KEY = ("kid-1", datetime(2028, 11, 22, 3, tzinfo=UTC))
LIVE = Standing(HL7, ("hl7v2",), (), KEY, 1, 1, Passed("hl7v2", kept=True, delivered=True), Codes(200, 199, 1))


def step(name: str, known: Standing) -> Step:
    (found,) = [one for one in checklist(known) if one.name == name]
    return found


def test_the_steps_stand_in_the_order_in_which_they_are_done() -> None:
    names = ["adapter", "samples", "codes", "key", "subscription", "conformance", "delivery"]
    assert [one.name for one in checklist(NEW)] == [one.name for one in checklist(LIVE)] == names


def test_of_a_new_facility_everything_is_missing_and_of_a_live_one_nothing() -> None:
    assert {one.name: one.state for one in checklist(NEW) if one.state != "missing"} == {"conformance": "outside"}
    assert {one.name: one.state for one in checklist(LIVE) if one.state != "done"} == {"conformance": "outside"}


@pytest.mark.parametrize(
    ("name", "known", "rule", "command"),
    [
        ("adapter", NEW, "none", "gateway facility change 79001 --adapter NAME"),
        ("adapter", replace(NEW, passed=Passed("hl7v2")), "recognised", ""),
        ("adapter", replace(LIVE, running=("bhyt",)), "not-running", ""),
        ("adapter", replace(LIVE, unmapped=("tabular",)), "without-mapping",
         "gateway mapping add FILE --facility 79001"),
        ("samples", replace(LIVE, passed=Passed("hl7v2", kept=True, held=2)), "held",
         "gateway exchange list --status held --facility 79001"),
        ("samples", replace(LIVE, passed=Passed("hl7v2")), "none", "gateway translate --facility 79001 FILE"),
        ("codes", replace(LIVE, codes=Codes()), "standard", ""),
        ("codes", replace(LIVE, codes=Codes(100, 95, 3)), "decided", ""),
        ("codes", replace(LIVE, codes=Codes(1000, 949, 3)), "wait",
         "gateway vocabulary unmapped --facility 79001 --text"),
        ("key", NEW, "none", "gateway key new 79001"),
        ("subscription", NEW, "no-recipient", "gateway recipient add NAME --url URL --trust FILE"),
        ("subscription", replace(NEW, recipients=1), "none",
         'gateway subscription add --recipient NAME --basis "BASIS" --facility 79001'),
        ("delivery", replace(LIVE, passed=Passed("hl7v2", kept=True)), "for-nobody",
         "gateway exchange list --facility 79001"),
        ("delivery", replace(LIVE, passed=Passed("hl7v2", kept=True, waiting=1)), "waits", "gateway serve"),
        ("delivery", replace(LIVE, passed=Passed("hl7v2", kept=True, waiting=1, failed=1)), "failed",
         "gateway exchange list --facility 79001 --status failed"),
        ("delivery", replace(LIVE, passed=Passed("hl7v2", kept=True, delivered=True, failed=1)), "arrived", ""),
    ],
)  # fmt: skip
def test_a_step_says_what_is_missing_and_what_does_it(name: str, known: Standing, rule: str, command: str) -> None:
    found = step(name, known)
    assert (found.rule, found.command) == (f"onboarding-{name}-{rule}", command)
    assert bool(command) <= (found.state == "missing")


@pytest.mark.parametrize("known", [NEW, LIVE, replace(LIVE, codes=Codes(1000, 949, 3), running=("bhyt",))])
def test_every_step_is_said_whole_in_both_languages(known: Standing) -> None:
    for one in checklist(known):
        assert set(catalogue()[one.rule]) == {"en", "vi"}
        assert one.text("en") != one.text("vi")
        assert "…" not in one.text("en") + one.text("vi")


def test_the_share_of_codes_is_by_how_often_they_came_and_never_rounded_up() -> None:
    assert "94 % are decided, 95 % are wanted" in step("codes", replace(LIVE, codes=Codes(1000, 949, 3))).text("en")
