"""The score says how right the check is, and counts no case twice or for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.outcome import Issue
from gateway.r4 import check_json
from tests.r4.score import __main__ as score
from tests.r4.score.archive import CASES, EXAMPLES, json_files
from tests.r4.score.cases import CLASSES, judged_cases
from tests.r4.score.examples import NOT_VALID, refused_examples
from tests.r4.score.mutants import judged_mutants
from tests.r4.score.tally import Tally, tally

pytestmark = pytest.mark.unmeasured  # mostly thousands of runs of what other tests run through once

# Kinds of mutants of which the check catches less than 90 % yet. A line goes when its rule is built.
NOT_YET: frozenset[str] = frozenset()


def _refuses_all(_text: bytes) -> Sequence[Issue]:
    return [Issue("error", "structure", "r4-required", "Patient")]


def _warns_of_all(_text: bytes) -> Sequence[Issue]:
    return [Issue("warning", "structure", "r4-required", "Patient")]


def test_precision_recall_and_f1_are_what_the_words_mean() -> None:
    said = tally([*[(True, True)] * 6, *[(False, True)] * 2, *[(True, False)] * 4, *[(False, False)] * 8])
    assert said == Tally(hits=6, false_alarms=2, missed=4, passed=8)
    assert (said.precision, said.recall) == (0.75, 0.6)
    assert abs(said.f1 - 2 / 3) < 1e-9


def test_a_check_that_refuses_everything_has_a_full_recall_and_a_poor_precision() -> None:
    cases = [case for case in judged_cases(json_files(CASES), _refuses_all) if case.in_scope]
    said = tally((case.is_invalid, case.is_refused) for case in cases)
    assert said == Tally(hits=28, false_alarms=33, missed=0, passed=0)


def test_a_warning_refuses_nothing() -> None:
    assert not any(case.is_refused for case in judged_cases(json_files(CASES), _warns_of_all))


def test_invalid_cases_count_by_the_class_of_what_is_wrong() -> None:
    cases = list(judged_cases(json_files(CASES), check_json))
    assert len(cases) == 71
    assert {case.kind for case in cases if case.is_invalid and case.in_scope} == CLASSES
    assert {case.kind for case in cases if not case.in_scope} == {"unknown-extension", "canonical-artifact", "other"}


def test_no_official_example_is_refused_whose_fault_nobody_has_looked_at() -> None:
    assert set(dict(refused_examples(json_files(EXAMPLES), check_json))) == set(NOT_VALID)


def test_the_kinds_of_mutants_that_the_check_misses_are_known() -> None:
    short = {name: content for name, content in json_files(EXAMPLES).items() if len(content) < 5_000}
    said = judged_mutants(short, check_json, seed="1", of_each_type=1, of_each_kind=1)
    assert said.refused == {}
    assert {kind for kind in said.made if said.caught[kind] < 0.9 * said.made[kind]} == NOT_YET


def test_a_control_that_is_refused_is_named_and_not_broken_further() -> None:
    said = judged_mutants({}, _refuses_all, seed="1", of_each_type=1, of_each_kind=1)
    assert len(said.refused) == said.controls > 100
    assert said.made.total() == 0


def test_the_command_reads_a_folder_as_well_and_names_what_it_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Patient-wrong.json").write_text('{"resourceType":"Patient","gender":"M"}', encoding="utf-8")
    (tmp_path / "Patient-right.json").write_text('{"resourceType":"Patient"}', encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["score", "examples", "--examples", str(tmp_path)])
    score.main()
    told = capsys.readouterr().out
    assert "1 of 2 refused, 50.0%" in told
    assert "Patient-wrong.json: r4-code at Patient.gender | NOT LOOKED AT" in told
