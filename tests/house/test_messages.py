"""Every rule has its sentence in both languages, and no sentence is without a rule."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from gateway import errors
from gateway.messages import LANGUAGES, catalogue
from tests.blueprint import ROOT, files, programs, strings, tree

pytestmark = pytest.mark.unmeasured  # reads the code, runs none of it

_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9.]+)+\Z")
_ERRORS = {name for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.GatewayError)}
_PLACE_IN_ISSUE = 2  # Issue(severity, code, rule, …)


def _rules_written(node: ast.AST) -> Iterator[str]:
    """The keys written out as the rule of an error or an issue; those computed elsewhere are not seen here."""
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        place = 0 if name in _ERRORS else _PLACE_IN_ISSUE if name == "Issue" else None
        if place is None:
            continue
        rule = next((word.value for word in call.keywords if word.arg == "rule"), None)
        if rule is None and len(call.args) > place:
            rule = call.args[place]
        if isinstance(rule, ast.Constant) and isinstance(rule.value, str):
            yield rule.value


def _placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def test_rules_are_found_where_errors_and_issues_are_made() -> None:
    code = "raise PayloadError('json-empty')\nIssue('error', 'value', 'no-unit')\nIssue('error', 'x', rule='y-z')"
    assert list(_rules_written(ast.parse(code))) == ["json-empty", "no-unit", "y-z"]


def test_every_rule_that_is_written_has_a_sentence() -> None:
    written = {rule: str(path) for path in programs("gateway", "adapters") for rule in _rules_written(tree(path))}
    assert written
    assert {rule: path for rule, path in written.items() if rule not in catalogue()} == {}


def test_every_sentence_stands_in_both_languages_with_the_same_places_to_fill() -> None:
    for key, texts in catalogue().items():
        assert set(texts) - {"see"} == set(LANGUAGES), key
        assert all(texts.values()), key
        assert len({frozenset(_placeholders(texts[language])) for language in LANGUAGES}) == 1, key


def test_no_sentence_is_without_a_rule() -> None:
    """A key counts as used when it, or the beginning of a computed one, stands in code, data or a page's template."""
    said = {text for path in programs("gateway", "adapters") for text in strings(tree(path))}
    beginnings = tuple(text for text in said if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*-", text))
    data = "\n".join(
        (ROOT / path).read_text(encoding="utf-8")
        for path in files()
        if path.parts[0] in {"gateway", "adapters", "mappings"}
        and path.suffix in {".toml", ".json", ".html"}
        and path.parts[:2] != ("gateway", "messages")
    )
    unused = [
        key
        for key in catalogue()
        if key not in said and not (beginnings and key.startswith(beginnings)) and f'"{key}"' not in data
    ]
    assert unused == []


def test_keys_are_words_joined_by_hyphens() -> None:
    assert [key for key in catalogue() if not _KEY.match(key)] == []
