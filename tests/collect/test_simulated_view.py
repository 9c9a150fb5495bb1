"""The simulated laboratory writes its view as it is told, and a collector has each report whole when it is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import gateway
from gateway.collect.collector import Fate
from gateway.errors import SourceUnavailable
from gateway.simulator.hospital import read_writings
from gateway.simulator.lis import ENTRIES, SimulatedLis, reports
from tests.collect.lis import COLUMNS, collector
from tests.collect.site import Site

TABLE = """so_phieu;ma_bn;ho_ten;ma_xn;ten_xn;ket_qua;don_vi;ngay_kq
P-N;BN1;NGUYỄN THỊ MẪU;T1;Test 1;5.1;mmol/L;2026-11-23 08:00:00
P-N;BN1;NGUYỄN THỊ MẪU;T2;Test 2;6.1;mmol/L;2026-11-23 08:00:00
P-N;BN1;NGUYỄN THỊ MẪU;T3;Test 3;7.1;mmol/L;2026-11-23 08:00:00
"""


class Looking:
    """A collector that looks at the view while the laboratory waits, and once more when it is done."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.lis = SimulatedLis(folder / "lis.db", COLUMNS, lambda _: self.look())
        self._collector = collector(self.lis, site.door(), folder / "state", mark="changed", since=0)
        self.seen: list[str | int] = []

    def enter(self, behaviour: str) -> list[str | int]:
        (rows,) = reports(TABLE.replace("P-N", f"P-{next(self.site.numbers)}"), "so_phieu")
        self.seen.clear()
        for one in read_writings([behaviour], ENTRIES):
            self.lis.enter(rows, one)
        self.look()
        return self.seen

    def look(self) -> None:
        """Of each report that was posted how many rows it had; or why there was none."""
        before = len(self.site.posts)
        try:
            assert {told.fate for told in self._collector.once()} <= {Fate.TAKEN}
        except SourceUnavailable as wrong:
            self.seen.append(wrong.issues[0].rule)
        else:
            self.seen += [len(post.splitlines()) - 1 for post in self.site.posts[before:]]

    def close(self) -> None:
        self._collector.close()


@pytest.fixture
def looking(site: Site, tmp_path: Path) -> Iterator[Looking]:
    made = Looking(site, tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("behaviour", "seen"),
    [
        ("whole", [3]),
        ("half:1", [2, 3]),
        ("twice:1", [3, 3]),
        ("locked:1", ["source-slow", 3]),
        ("vanish:1", ["source-no-view", 3]),
        ("rename-column", ["source-column-renamed"]),
    ],
)
def test_what_a_collector_sees_while_a_report_is_entered_and_afterwards(
    looking: Looking, behaviour: str, seen: list[str | int]
) -> None:
    assert looking.enter("whole") == [3]
    assert looking.enter(behaviour) == seen


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "there is no column so_phieu"),
        ("so_phieu;ket_qua\n", "there is no row"),
        ("so_phieu;ket_qua\nP1\n", "line 2 has not as many fields as the header"),
        ("so_phieu,ket_qua\nP1,5,1\n", "line 2 has not as many fields as the header"),
    ],
)
def test_a_table_that_is_none_is_refused(table: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        reports(table, "so_phieu")


def test_the_command_says_what_a_collector_needs_to_know(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(TABLE + TABLE.splitlines()[1].replace("P-N", "P-M"), encoding="utf-8")
    typed = ["simulate", "view", str(tmp_path / "lis.db"), "--rows", str(tmp_path / "rows.csv"), "--report", "so_phieu"]
    done = CliRunner().invoke(gateway, [*typed, "--behave", "half:0"])
    assert done.exit_code == 0, done.stderr
    known, *entered = map(json.loads, done.stdout.splitlines())
    assert known == {
        "database": f"sqlite:///{tmp_path}/lis.db", "view": "v_results", "columns": list(COLUMNS),
        "report": ["so_phieu"], "key": ["id"], "mark": "changed", "since": 0,
    }  # fmt: skip
    assert [(one["rows"], one["behaviour"]) for one in entered] == [(3, "half"), (1, "whole")]
    again = CliRunner().invoke(gateway, typed)
    assert (again.exit_code, again.stdout) == (2, "")
