"""The resources that are shown to the judge from outside are what their names say."""

from __future__ import annotations

import pytest

from gateway.bundle import Resource
from gateway.r4 import check
from tests.r4.oracle import Broken, broken, good


@pytest.mark.parametrize("resource", good().values(), ids=good())
def test_a_good_resource_is_accepted(resource: Resource) -> None:
    assert check(resource) == []


@pytest.mark.parametrize("case", broken(), ids=lambda case: case.name)
def test_a_broken_one_is_refused_by_the_rule_it_breaks(case: Broken) -> None:
    assert case.rule in [issue.rule for issue in check(case.resource) if issue.refuses]
