"""The resources that are shown to the judge from outside are what their names say."""

from __future__ import annotations

import pytest

from gateway.bundle import Resource
from gateway.r4 import check
from tests.r4.oracle import Broken, broken, good
from tests.r4.oracle.comparing import agreed

NOT_YET = {one.resource for one, reason in agreed().items() if reason.startswith("Not checked yet")}


@pytest.mark.parametrize("resource", good().values(), ids=good())
def test_a_good_resource_is_accepted(resource: Resource) -> None:
    assert check(resource) == []


@pytest.mark.parametrize("case", broken(), ids=lambda case: case.name)
def test_a_broken_one_is_told_the_rule_it_breaks(case: Broken) -> None:
    told = [issue.rule for issue in check(case.resource)]
    assert case.rule in told or (not told and f"broken/{case.name}" in NOT_YET)
