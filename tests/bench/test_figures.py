"""What a figure says of itself, on a line and in a document."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.bench.figures import About, Target, quantile
from gateway.bench.machine import Machine, machine
from gateway.bench.table import parts, written

HERE = Machine("a processor", 2, 8.0, "an OS", "CPython 3.11", 0.1)
ABOUT = About("exchange", "3 exchanges", {"GATEWAY_PROCESSES": "2"})
DOCUMENT = "Before.\n<!-- bench exchange: begin -->\nold\n<!-- bench exchange: end -->\nAfter.\n"


def test_the_ratio_of_a_figure_is_how_many_times_it_meets_its_target() -> None:
    assert ABOUT.figure("rate", 75, "/s", target=Target(150, "higher")).ratio == 0.5
    assert ABOUT.figure("time", 75, "ms", target=Target(150, "lower")).ratio == 2
    assert ABOUT.figure("time", 75, "ms").ratio is None
    assert ABOUT.figure("other", None, "ms", target=Target(1, "lower"), note="not installed").ratio is None


def test_a_figure_of_samples_has_their_median_p99_and_quartiles() -> None:
    told = ABOUT.sampled("time", [float(one) for one in range(1, 101)], "ms").as_json({})
    assert (told["value"], told["median"], told["p99"], told["spread"], told["n"]) == (50.5, 50.5, 100, [26, 76], 100)
    assert ABOUT.sampled("p99", [1.0, 2.0, 3.0], "ms", part=0.99).value == 3


@pytest.mark.parametrize(("part", "expected"), [(0, 1), (0.5, 3), (0.99, 4), (1, 4)])
def test_a_quantile_is_one_of_the_samples(part: float, expected: float) -> None:
    assert quantile([3, 1, 4, 2], part) == expected


def test_a_document_gets_the_part_of_its_benchmark_and_keeps_the_rest() -> None:
    figures = [ABOUT.figure("rate", 75.04, "/s", n=9, target=Target(150, "higher"), note="held")]
    once = written(DOCUMENT, "exchange", figures, HERE, date(2026, 11, 23))
    assert once.startswith("Before.\n")
    assert once.endswith("After.\n")
    assert "| rate | 75 /s | ≥ 150 | 0.5 | 9 |" in once
    assert "GATEWAY_PROCESSES=2; held" in once
    assert "2026-11-23: a processor, 2 cores" in once
    assert "old" not in once
    assert written(once, "exchange", figures, HERE, date(2026, 11, 23)) == once


def test_a_document_without_the_marks_is_not_written_into() -> None:
    with pytest.raises(ValueError, match="bench search: begin"):
        written(DOCUMENT, "search", [], HERE, date(2026, 11, 23))


def test_a_busy_machine_is_said_to_be_busy() -> None:
    assert not HERE.busy
    assert Machine("a processor", 2, 8.0, "an OS", "CPython 3.11", 1.5).busy
    assert "not quiet" in written(DOCUMENT, "exchange", [], Machine("p", 2, 8.0, "o", "c", 1.5), date(2026, 11, 23))


def test_the_machine_says_what_it_is() -> None:
    here = machine()
    assert here.cpu
    assert here.cores >= 1
    assert here.memory_gb > 0
    assert here.python.startswith("CPython 3.")


def test_exchanges_have_a_part_for_each_database_and_other_benchmarks_one() -> None:
    figures = [ABOUT.figure(name, 1, "") for name in ("SQLite: rate", "PostgreSQL: rate", "PostgreSQL beside SQLite")]
    found = parts("exchange", figures)
    assert {name: len(of_it) for name, of_it in found.items()} == {"exchange sqlite": 1, "exchange postgresql": 2}
    assert list(parts("store", figures)) == ["store"]
