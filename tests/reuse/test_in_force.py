"""A running gateway takes a changed list, and keeps the old set where the new one is refused."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog.testing

from gateway.errors import SettingsError
from gateway.reuse.in_force import RulesInForce
from gateway.reuse.rule_set import rule_set
from tests.reuse.lists import GROUPS, folder, head, rule


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return folder(tmp_path / "site", own=head() + GROUPS + rule())


def change(site: Path, text: str) -> None:
    """As an editor does it: a new file in the old one's place."""
    (site / "new").write_text(text, encoding="utf-8")
    (site / "new").replace(site / "own.toml")


def windows(rules: RulesInForce) -> set[Any]:
    return {one.window.total_seconds() / 3600 for one in rules().rules if one.group == "test-a" and one.window}


def test_a_changed_list_is_in_force_without_a_restart(site: Path) -> None:
    rules = RulesInForce(site, every=0)
    assert windows(rules) == {24}
    before = rules().digest
    change(site, head() + GROUPS + rule(window="12 h"))
    assert windows(rules) == {12}
    assert rules().digest != before


def test_a_refused_list_leaves_the_old_set_in_force_and_is_told_once_with_its_line(site: Path) -> None:
    rules = RulesInForce(site, every=0)
    before = rules()
    change(site, head() + GROUPS + rule(window="soon"))
    with structlog.testing.capture_logs() as lines:
        assert rules() is before
        assert rules() is before
    assert rules.refused
    told = [(line["log_level"], line["at"]) for line in lines if line["event"] == "reuse-rules-refused"]
    assert told == [("error", "own.toml line 26, rule[0].window")]
    change(site, head() + GROUPS + rule(window="6 h"))
    assert windows(rules) == {6}
    assert not rules.refused


@pytest.mark.parametrize("gone", [shutil.rmtree, lambda site: (site / "own.toml").write_bytes(b"\xff")])
def test_a_folder_that_is_gone_or_broken_leaves_the_old_set_in_force(site: Path, gone: Callable[[Path], Any]) -> None:
    rules = RulesInForce(site, every=0)
    before = rules()
    gone(site)
    assert rules() is before
    assert rules.refused


def test_a_list_that_contradicts_is_refused_at_the_start(site: Path) -> None:
    change(site, head() + GROUPS + rule() + rule("rule-b", window="48 h"))
    with pytest.raises(SettingsError) as refused:
        RulesInForce(site)
    assert [issue.rule for issue in refused.value.issues] == ["reuse-rules-differ"]


def test_without_a_folder_the_shipped_lists_are_in_force() -> None:
    assert RulesInForce(None)().digest == rule_set().digest


def test_many_threads_see_one_whole_set_or_the_other(site: Path) -> None:
    rules = RulesInForce(site, every=0)
    seen: list[set[Any]] = []
    threads = [threading.Thread(target=lambda: seen.extend(windows(rules) for _ in range(20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    change(site, head() + GROUPS + rule(window="12 h"))
    for thread in threads:
        thread.join()
    assert windows(rules) == {12}
    assert all(one in ({24}, {12}) for one in seen)
