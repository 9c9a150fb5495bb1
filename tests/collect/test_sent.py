"""The states of a report that were sent: each time one comes again, its bytes were never sent before."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path

import pytest

from gateway.collect.sent import Sent
from gateway.errors import SourceUnavailable


@pytest.mark.parametrize("states", [2, 3, 150])
def test_a_state_that_comes_again_is_counted_on_however_many_lie_between(tmp_path: Path, states: int) -> None:
    sent = Sent(tmp_path / "sent.db")
    came = [(f"{one}", sent.earlier("r", b"%d" % one)) for one in islice(cycle(range(states)), 460)]
    assert len(set(came)) == len(came)
    assert sent.earlier("other", b"0") == 0
    sent.close()


def test_the_latest_state_is_the_same_bytes_again_after_a_restart_too(tmp_path: Path) -> None:
    for content, times in ((b"a", 0), (b"a", 0), (b"b", 0), (b"a", 1), (b"a", 1), (b"b", 1)):
        sent = Sent(tmp_path / "sent.db")
        assert sent.earlier("r", content) == times
        sent.close()


def test_a_memory_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "sent.db").write_bytes(b"no database at all, but bytes enough to be taken for one" * 100)
    with pytest.raises(SourceUnavailable, match=r"sent\.db"):
        Sent(tmp_path / "sent.db").earlier("r", b"a")
