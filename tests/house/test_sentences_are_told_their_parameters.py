"""A refusal names what its sentence has a place for."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator

import pytest

from gateway.messages import catalogue, sentence
from tests.blueprint import programs, tree

pytestmark = pytest.mark.unmeasured  # reads the code, runs none of it

# Callables whose first or third argument is the rule and whose keywords fill its sentence.
_RULE_FIRST = {
    "PayloadError", "NotConformant", "UnknownCode", "TooLarge", "SearchRefused", "NotTrusted", "Forbidden", "NotFound",
    "Conflict", "RecipientRefused", "RecipientUnreachable", "AdapterFault", "AdapterConflict", "StoreUnavailable",
    "SettingsError", "SourceUnavailable", "CannotPlace",
}  # fmt: skip


def _raised() -> Iterator[tuple[str, int, str, set[str]]]:
    for path in programs("gateway", "adapters"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in _RULE_FIRST or any(keyword.arg is None for keyword in node.keywords):
                continue
            if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                told = {keyword.arg for keyword in node.keywords if keyword.arg}
                if "issues" not in told:
                    yield str(path), node.lineno, node.args[0].value, told


def test_every_raised_rule_is_given_the_parameters_of_its_sentence() -> None:
    short = []
    for place, line, rule, told in _raised():
        text = catalogue().get(rule, {}).get("en", "")
        wanted = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        if wanted - told:
            short.append(f"{place}:{line} {rule} lacks {sorted(wanted - told)}")
    assert short == []


def test_both_languages_have_the_same_places() -> None:
    differ = []
    for rule, texts in catalogue().items():
        places = [
            {name for _, name, _, _ in string.Formatter().parse(texts[language]) if name} for language in ("en", "vi")
        ]
        if places[0] != places[1]:
            differ.append(rule)
    assert differ == []


def test_a_forgotten_parameter_is_a_gap_and_not_a_crash() -> None:
    assert "…" in sentence("json-too-deep")


def test_a_parameter_may_have_any_name() -> None:
    assert "vs-3" in sentence("r4-profile-constraint", "vi", key="vs-3", language="x", profile="p", human="h")
