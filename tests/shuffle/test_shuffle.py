"""What stands depends on what was said, never on the order in which it came."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.simulator.province import FACILITIES, traffic
from tests.shuffle.shuffle import shuffled, stands_after
from tests.shuffle.standing import differences

pytestmark = pytest.mark.unmeasured  # mostly thousands of runs of what other tests run through once

SEED = 2


def test_messages_in_order_and_twice_and_shuffled_leave_the_same(tables_url: str, tmp_path: Path) -> None:
    messages = traffic(SEED, 60)
    first = stands_after(f"sqlite:///{tmp_path}/order.sqlite3", tmp_path / "order", messages)
    other = stands_after(tables_url, tmp_path / "shuffled", shuffled(messages, SEED))
    assert list(differences(first, other)) == []
    assert set(first.exchanges.values()) == {"kept"}
    assert len(first.exchanges) >= len(messages)  # what the law keeps apart travels in one of its own


def test_a_seed_always_gives_the_same_traffic_and_another_seed_another() -> None:
    assert traffic(SEED, 40) == traffic(SEED, 40) != traffic(SEED + 1, 40)


def test_a_thousand_messages_are_of_every_kind_the_gateway_reads() -> None:
    sent = traffic(SEED, 1000)
    events = {"^".join(one.kind.split("^")[:2]) for one in sent}
    assert events >= {f"ADT^A{number:02}" for number in (1, 2, 3, 4, 8, 11, 12, 13, 28, 31, 40)}
    assert events >= {"OML^O21", "ORM^O01", "OMG^O19", "OMI^O23", "ORU^R01", "VXU^V04"}
    assert events >= {"MDM^T02", "MDM^T04", "MDM^T08", "MDM^T10", "MDM^T11", "SIU^S12", "SIU^S13", "SIU^S15"}
    assert [one.at for one in sent] == sorted(one.at for one in sent)
    assert {one.facility for one in sent} == set(FACILITIES)
