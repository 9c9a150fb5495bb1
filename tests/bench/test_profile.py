"""Where the time goes is told by the file that spends it."""

from __future__ import annotations

import pytest

from gateway.bench.profile import ELSEWHERE, shares
from gateway.jsontext import loads
from gateway.mapping.misread import misread


def test_each_file_has_its_part_and_the_parts_are_the_whole() -> None:
    told = shares(misread, ["Nguyễn Thị Hoa", "không rõ"] * 50)
    assert {"gateway/mapping/misread.py", ELSEWHERE} <= dict(told).keys()
    assert sum(part for _, part in told) == pytest.approx(1)
    assert [part for _, part in told] == sorted((part for _, part in told), reverse=True)


def test_what_is_not_called_has_no_part() -> None:
    assert "gateway/mapping/misread.py" not in dict(shares(loads, [b"{}"]))
