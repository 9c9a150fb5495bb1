"""Each dangerous input of tests/hl7v2/safety comes out as its file says by hand, and as conformant FHIR."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.messages import catalogue
from tests.hl7v2.safety.cases import Subject, subjects
from tests.hl7v2.safety.outcomes import expected, outcomes
from tests.intake.world import World

pytestmark = pytest.mark.unmeasured  # mostly thousands of runs of what other tests run through once

CASES = [case for subject in subjects() for case in subject.cases]
ALONE = [case for case in CASES if not case.comes]


@pytest.mark.parametrize("subject", subjects(), ids=lambda subject: subject.title)
def test_what_comes_of_a_dangerous_input_is_what_its_case_says(subject: Subject) -> None:
    found = {case.name: outcomes()[case.name] for case in subject.cases}
    assert found == {case.name: expected(case) for case in subject.cases}


def test_behind_the_gateways_door_the_same_are_held_and_the_same_kept(tmp_path: Path) -> None:
    """In one payload, each of a patient and an order of its own."""
    alone = [case for case in ALONE if not case.refused and case.sent[0].has_one_order]
    plain = [case for case in alone if case.sent[0].written == "utf-8" and not case.sent[0].profile]
    world = World.opened(f"sqlite:///{tmp_path}/gateway.db", tmp_path)
    taken = world.take(b"".join(case.sent[0].numbered(number).as_sent for number, case in enumerate(plain)))
    world.store.close()
    found = {case.name: line["status"] for case, line in zip(plain, taken.exchanges, strict=True)}
    assert found == {case.name: "held" if case.held else "kept" for case in plain}


def test_no_case_stands_twice_and_each_says_why_it_is_dangerous() -> None:
    assert len({(case.words, case.name.split()[0]) for case in CASES}) == len(CASES)
    assert all(case.danger for case in CASES)


def test_each_rule_is_one_the_gateway_has_a_sentence_for() -> None:
    named = {rule for case in ALONE for rule in (*case.held, *case.told, *case.refused.split()[:1])}
    assert named
    assert named <= set(catalogue())
