"""The commands of a demo's site run one after another in one process, as each would in its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.demo.commands import Commands
from gateway.settings import environment_without_settings


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return environment_without_settings() | {"GATEWAY_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def run(environment: dict[str, str]) -> Iterator[Commands]:
    made = Commands(environment)
    yield made
    made.close()


def test_each_ends_with_its_own_code_and_says_its_own_words(run: Commands) -> None:
    added = run("facility", "add", "79001", "--name", "Trung tâm xét nghiệm Thử")
    assert (added.code, json.loads(added.out)["code"], added.err) == (0, "79001", "")
    wrong = run("facility", "add", "79001")
    assert (wrong.code, wrong.out) == (2, "")
    assert "--name" in wrong.err
    listed = run("facility", "list")
    assert (listed.code, json.loads(listed.out)["code"], listed.err) == (0, "79001", "")


def test_a_setting_that_changes_holds_for_the_next(run: Commands, environment: dict[str, str], tmp_path: Path) -> None:
    assert run("facility", "add", "79001", "--name", "Thử").code == 0
    environment["GATEWAY_DATA_DIR"] = str(tmp_path / "another")
    assert run("facility", "list").out == ""


def test_one_that_takes_the_process_with_it_is_told_and_the_next_runs(run: Commands) -> None:
    assert run("--version").code == 0
    assert run._process is not None
    run._process.kill()
    run._process.wait()
    lost = run("--version")
    assert (lost.code, lost.err) == (1, "it ended with the process of all commands")
    assert run("--version").code == 0
