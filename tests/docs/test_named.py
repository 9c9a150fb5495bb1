"""Rules, metrics and endpoints that a guide names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.messages import catalogue
from gateway.settings import settings_table
from tests.blueprint import ROOT, documents

OPERATE = Path("docs/operate.md")
LIMITS = Path("docs/limits.md")
_WORDS = re.compile(r"`([a-z]+(?:-[a-z]+)+)`")
_METRIC = re.compile(r"\bgateway_[a-z_]+\b")
_VARIABLE = re.compile(r"\bGATEWAY_[A-Z_]*[A-Z]\b")
# Joined words in backticks that are no rules.
_OTHER = {
    "key-secret",
    "transient-error",
    "fatal-error",
    "in-progress",
    "payload-refused",
    "message-refused",
    "waiting-for-database",
}


def _text(document: Path) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def test_the_rules_an_operator_is_told_of_exist() -> None:
    named = set(_WORDS.findall(_text(OPERATE))) - _OTHER
    assert len(named) > 3
    assert named - set(catalogue()) == set()
    assert set(_WORDS.findall(_text(LIMITS))) - set(catalogue()) == set()


def test_the_documented_limits_are_the_defaults() -> None:
    defaults = {name: default for name, default, _ in settings_table()}
    text = _text(LIMITS).replace(",", "").replace("20 MiB", str(20 * 1024 * 1024)).replace("1 hour", "3600")
    for row in re.findall(r"^\|.*GATEWAY_.*$", text, re.MULTILINE):
        value = row.split("|")[2]
        for name in _VARIABLE.findall(row):
            assert re.search(rf"\b{defaults[name]}\b", value) or name == "GATEWAY_PROCESSES", row


def test_the_metrics_an_operator_is_told_of_are_documented() -> None:
    documented = set(_METRIC.findall(_text(Path("docs/metrics.md"))))  # which is held equal to what is told
    assert set(_METRIC.findall(_text(OPERATE))) - documented == set()


@pytest.mark.parametrize("document", documents(), ids=str)
def test_a_document_names_no_setting_that_is_not_there(document: Path) -> None:
    known = {name for name, _, _ in settings_table()}
    assert set(_VARIABLE.findall(_text(document))) - known == set()
