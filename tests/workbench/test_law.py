"""Each clause of an adapter's law holds for the example, and is found broken where it is broken in that one way."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.adapter import Payload, Record, SourceAdapter
from gateway.errors import PayloadError
from gateway.installed import running_adapters
from gateway.outcome import Issue
from gateway.workbench.altered import canary, words
from gateway.workbench.expected import expected_file, tree, written
from gateway.workbench.law import Finding, Trial, found
from gateway.workbench.samples import Sample, samples
from gateway.workbench.seen import seen
from gateway.workbench.watched import named_in
from tests.glucometer import SAMPLES, glucometer

type_of = type


@pytest.fixture(scope="module")
def example() -> Iterator[SourceAdapter]:
    with glucometer() as module:
        yield module.GlucometerAdapter()


@pytest.fixture
def ward() -> Sample:
    (sample,) = samples([SAMPLES / "ward.txt"])
    return sample


def _changed(example: SourceAdapter, **methods: Callable[..., Any]) -> SourceAdapter:
    """The example with one of its methods changed."""
    kind = type_of(example)
    return type("Changed", (kind,), {**methods, "__module__": kind.__module__})()  # type: ignore[no-any-return]


def _broken(adapter: SourceAdapter, sample: Sample, **more: Any) -> dict[int, list[str]]:
    """Clause → the rules broken of it."""
    trial = Trial(adapter, sample, more.pop("others", running_adapters()), **more)
    return {
        one.clause: [issue.rule for issue in one.verdict.issues] for one in found(trial) if one.verdict.word == "fail"
    }


def test_the_example_keeps_the_whole_law(example: SourceAdapter, ward: Sample) -> None:
    told: list[Finding] = [
        one for sample in samples([SAMPLES]) for one in found(Trial(example, sample, running_adapters()))
    ]
    assert [one for one in told if one.verdict.word == "fail"] == []
    assert {one.clause for one in told if one.tried} == {1, 2, 3, 4, 5, 6, 7}


def test_1_another_result_the_second_time(example: SourceAdapter, ward: Sample) -> None:
    turns = iter(range(1000))

    def translate(self: Any, record: Record, facility: Any) -> Any:
        made = type_of(example).translate(self, record, facility)
        return replace(made, recipients=[f"{next(turns)}"])

    assert "law-1-differs" in _broken(_changed(example, translate=translate), ward)[1]


@pytest.mark.parametrize("ask", [lambda: f"{time.time()}", lambda: Path(__file__).read_bytes()], ids=["clock", "file"])
def test_1_a_clock_or_a_file_is_asked(example: SourceAdapter, ward: Sample, ask: Callable[[], object]) -> None:
    def translate(self: Any, record: Record, facility: Any) -> Any:
        ask()
        return type_of(example).translate(self, record, facility)

    assert "law-1-asks" in _broken(_changed(example, translate=translate), ward)[1]


def test_1_a_clock_of_the_library_is_found_in_the_program(tmp_path: Path) -> None:
    file = tmp_path / "adapter.py"
    file.write_text("import secrets\nfrom datetime import datetime\nmade = datetime.now()\n")
    assert [(line, what) for _, line, what in named_in([file])] == [(1, "secrets"), (3, "now")]


def test_1_another_process_makes_another_bundle(example: SourceAdapter, ward: Sample) -> None:
    assert _broken(example, ward, elsewhere={str(ward.path): b"[]"})[1] == ["law-1-differs-elsewhere"]


def test_2_its_own_sample_is_not_recognised(example: SourceAdapter, ward: Sample) -> None:
    assert _broken(_changed(example, recognises=lambda *_: False), ward)[2] == ["law-2-not-its-own"]


def test_2_the_samples_of_others_are_recognised_or_others_recognise_its_own(
    example: SourceAdapter, ward: Sample
) -> None:
    greedy = _changed(example, recognises=lambda *_: True)
    assert set(_broken(greedy, ward)[2]) == {"law-2-claims-others"}
    assert "law-2-claimed-too" in _broken(example, ward, others=[greedy])[2]


def test_3_a_resource_that_is_not_r4_or_says_nothing_of_its_source(example: SourceAdapter, ward: Sample) -> None:
    def translate(self: Any, record: Record, facility: Any) -> Any:
        made = type_of(example).translate(self, record, facility)
        first, *rest = made.resources
        lineage = {path: source for path, source in made.lineage.items() if not path.startswith("Observation[1]")}
        return replace(made, resources=[first | {"gender": "?"}, *rest], lineage=lineage)

    broken = _broken(_changed(example, translate=translate), ward)[3]
    assert "law-3-whence" in broken
    assert len(broken) == 2


def test_4_a_field_nobody_reads(example: SourceAdapter, ward: Sample) -> None:
    def translate(self: Any, record: Record, facility: Any) -> Any:
        made = type_of(example).translate(self, record, facility)
        return replace(made, unplaced=[one for one in made.unplaced if not one.field.endswith("]-4")])

    assert "law-4-silent" in _broken(_changed(example, translate=translate), ward)[4]


def test_5_broken_input_is_the_programs_own_error_or_less_in_silence(example: SourceAdapter, ward: Sample) -> None:
    def naive(self: Any, payload: Payload) -> Sequence[Record]:
        lines = payload.data.decode().splitlines()
        return [Record(payload.data, lines[0].split(";")[2], lines)]

    assert "law-5-fault" in _broken(_changed(example, records=naive), ward)[5]

    def lenient(self: Any, record: Record, facility: Any) -> Any:
        whole = record.data if record.data.endswith(b"\n") else record.data[: record.data.rfind(b"\n") + 1]
        return type_of(example).translate(self, replace(record, data=whole), facility)

    def any_lines(self: Any, payload: Payload) -> Sequence[Record]:
        if payload.data.count(b"\n") < 2 or b"\x00" in payload.data:
            raise PayloadError("glucometer-form")
        return [Record(payload.data, "79001", None)]

    assert "law-5-less" in _broken(_changed(example, records=any_lines, translate=lenient), ward)[5]


def test_6_a_value_in_an_issue_or_a_log_line(example: SourceAdapter, ward: Sample) -> None:
    def told(self: Any, record: Record, facility: Any) -> Any:
        made = type_of(example).translate(self, record, facility)
        name = record.data.decode().splitlines()[1].split(";")[1]
        return replace(made, issues=[Issue("warning", "value", f"odd number {name}")])

    def logged(self: Any, record: Record, facility: Any) -> Any:
        logging.getLogger("adapter").error(record.data.decode())
        return type_of(example).translate(self, record, facility)

    for translate in (told, logged):
        assert "law-6-repeated" in _broken(_changed(example, translate=translate), ward)[6]


def test_7_another_output_under_the_same_version(example: SourceAdapter, ward: Sample, tmp_path: Path) -> None:
    file = expected_file(ward, tmp_path)
    whole = tree(example, seen(example, ward.data))
    file.write_text(written(whole), "utf-8")
    assert 7 not in _broken(example, ward, expected=tmp_path)
    file.write_text(written(whole).replace("6.10", "6.1"), "utf-8")
    assert _broken(example, ward, expected=tmp_path)[7] == ["law-7-version-stays"]
    file.write_text(json.dumps(whole | {"adapter": "glucometer 0.9.0", "refused": ["x"]}), "utf-8")
    assert _broken(example, ward, expected=tmp_path)[7] == ["law-7-expected-older"]


def test_words_are_spread_over_the_whole_sample_and_altered_ones_are_as_long() -> None:
    data = b"a1 " * 1000
    chosen = words(data, 10)
    assert len(chosen) == 10
    assert chosen[-1].start > len(data) * 0.8
    for word in (b"7", b"84529", b"ABC", b"zqxjv", "Nguyễn".encode()):
        assert len(canary(word)) == len(word)
        assert canary(word) != word
