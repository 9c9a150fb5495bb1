"""Every ConceptMap is one that R4 allows, and is served under the address it gives itself."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.r4 import check
from gateway.terminology.concept_maps import project_maps


@pytest.mark.parametrize("one", project_maps(), ids=lambda one: str(one["id"]))
def test_every_map_is_valid_r4_and_stands_under_its_name(one: dict[str, Any]) -> None:
    assert check(one) == []  # cmd-0: a name like a class's; cmd-1: what is narrower or inexact says in which way
    assert one["url"] == f"https://lienthong.example/fhir/ConceptMap/{one['id']}"
