"""A question is kept whole: judged again, an order asks for all it asked for when its card was shown."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.jsontext import dumps, loads
from gateway.prior.question import About, Question
from gateway.reuse.order import OrderedTest
from gateway.reused.question import as_json, asked_again

ABOUT = About("", "patient")
CODE = ("http://loinc.org", "4548-4")
PLAIN = OrderedTest(frozenset({CODE}))
# `ranges` are the requester's laboratory's, which no door takes.
KEPT = sorted({one.name for one in fields(OrderedTest)} - {"ranges"})


def other_than(plain: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(plain, bool):
        return not plain
    if plain is None:
        return datetime(2026, 12, 1, tzinfo=UTC)
    return "stat" if isinstance(plain, str) else plain | {("http://snomed.info/sct", "1")}


@pytest.mark.parametrize("name", KEPT)
def test_everything_an_order_asks_for_is_asked_again(name: str) -> None:
    order = replace(PLAIN, **{name: other_than(getattr(PLAIN, name))})
    question = Question(ABOUT, (order,), "outpatient", frozenset({"transfusion"}), "dialysis")
    assert asked_again(loads(dumps(as_json(question))), ABOUT) == question
