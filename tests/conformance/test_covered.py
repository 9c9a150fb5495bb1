"""A requirement is covered when its check fails against a gateway broken in that one way, and passes otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.conformance.requirement import families
from gateway.simulator.faulty.proxy import faults
from tests.conformance.site import REQUIREMENTS, Site, of_family, told

ELSEWHERE = {"mllp": "receiving", "tls": "secured"}  # families that are asked of a gateway of their own
FAMILIES = [family.name for family in families()]


@pytest.fixture
def at(request: pytest.FixtureRequest) -> Callable[[str], Site]:
    """The gateway of which a family is asked."""

    def of(family: str) -> Site:
        made: Site = request.getfixturevalue(ELSEWHERE.get(family, "site"))
        return made

    return of


@pytest.mark.parametrize("family", FAMILIES)
def test_a_right_gateway_passes_every_check(at: Callable[[str], Site], family: str) -> None:
    found = at(family).verdicts(of_family(family))
    assert [told(one) for one in found.values() if one.word != "pass"] == []


@pytest.mark.parametrize("fault", sorted(faults()))
def test_a_broken_gateway_fails_the_check_of_what_is_broken(at: Callable[[str], Site], fault: str) -> None:
    broken = REQUIREMENTS[faults()[fault].breaks]
    found = at(broken.family).verdicts([broken], fault=fault)
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
