"""A run that tested one database less than the other, or skipped a test, is not green."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.blueprint import ROOT

_BOTH = "def test_both(database_url): assert database_url\n"
_ONE = (
    "import pytest\n@pytest.mark.parametrize('database_url', ['sqlite'], indirect=True)\n"
    "def test_one(database_url): assert database_url\n"
)
_SKIPPED = "import pytest\ndef test_left_out(): pytest.skip('not here')\n"


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "-c", os.devnull,
         "--rootdir", folder, *arguments, folder],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_run_on_both_by_two_workers_is_green_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(_BOTH)
    ended = _run(tmp_path, "-n", "2")
    assert ended.returncode == 0, ended.stdout
    assert "databases: sqlite 1 tests, postgresql 1 tests, none skipped" in ended.stdout


@pytest.mark.parametrize(
    ("code", "reason"),
    [(_BOTH + _ONE, "one database was tested less than the other"), (_BOTH + _SKIPPED, "tests skipped: 1")],
)
def test_a_run_that_left_something_out_is_not_green(tmp_path: Path, code: str, reason: str) -> None:
    (tmp_path / "test_sample.py").write_text(code)
    ended = _run(tmp_path)
    assert ended.returncode == 1, ended.stdout
    assert f"not green: {reason}" in ended.stdout


def test_a_run_of_chosen_tests_may_differ(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(_BOTH + _ONE)
    assert _run(tmp_path, "-k", "test_one").returncode == 0
