"""A requirement is covered when its check fails against a gateway broken in that one way, and passes otherwise."""

from __future__ import annotations

import pytest

from gateway.conformance.requirement import families
from gateway.simulator.faulty.proxy import faults
from tests.conformance.site import REQUIREMENTS, Site, of_family, told

SENDING = ("mllp",)  # families whose messages stay with the gateway
FAMILIES = [family.name for family in families()]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_right_gateway_passes_every_check(site: Site, receiving: Site, family: str) -> None:
    found = (receiving if family in SENDING else site).verdicts(of_family(family))
    assert [told(one) for one in found.values() if one.word != "pass"] == []


@pytest.mark.parametrize("fault", sorted(faults()))
def test_a_broken_gateway_fails_the_check_of_what_is_broken(site: Site, receiving: Site, fault: str) -> None:
    broken = REQUIREMENTS[faults()[fault].breaks]
    found = (receiving if broken.family in SENDING else site).verdicts([broken], fault=fault)
    assert found[broken.id].word == "fail", told(found[broken.id])


@pytest.mark.parametrize("fault", ["read-other", "statement-invalid", "type-promised", "nothing-is-404"])
def test_no_check_breaks_by_what_is_broken_elsewhere(receiving: Site, fault: str) -> None:
    """``error`` is the checker's own; a target that misbehaves fails."""
    found = receiving.verdicts([one for one in REQUIREMENTS.values() if one.check], fault=fault)
    assert [told(one) for one in found.values() if one.word == "error"] == []


def test_every_requirement_with_a_check_has_a_fault_that_its_check_notices() -> None:
    noticed = {fault.breaks for fault in faults().values()}
    assert noticed == {one.id for one in REQUIREMENTS.values() if one.check}


def test_of_all_requirements_19_of_20_are_covered() -> None:
    every = list(REQUIREMENTS.values())
    assert sum(bool(one.check) for one in every) >= 0.95 * len(every)


def test_every_check_is_there_and_belongs_to_one_requirement() -> None:
    checks = [one.check for one in REQUIREMENTS.values() if one.check]
    assert len(checks) == len(set(checks))
    for one in REQUIREMENTS.values():
        if one.check:
            assert callable(one.function())


def test_numbers_are_given_once_and_addresses_lead_to_a_specification() -> None:
    every = [one for family in families() for one in family.requirements]
    assert len({one.id for one in every}) == len(every)
    assert all(one.clause.startswith("https://") for one in every)
