"""Names say what a thing is about; the words that say nothing are not used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blueprint import programs, tree

pytestmark = pytest.mark.unmeasured  # reads the code, runs none of it

# Never a whole name.
EMPTY = frozenset({
    "utils", "util", "helpers", "helper", "common", "manager", "service", "processor",
    "engine", "core", "base", "misc", "data", "handle", "handler", "process",
})  # fmt: skip
# Nor the noun a longer name ends in, or the verb it begins with.
_EMPTY_NOUNS = EMPTY - {"engine", "core", "base", "data", "service", "process"}
_EMPTY_VERBS = frozenset({"handle", "process", "manage"})
_OF_FHIR = frozenset({"process_message"})  # the operation's own name, $process-message


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)]


def says_nothing(name: str) -> bool:
    """True when the name is an empty word, ends in an empty noun or begins with an empty verb."""
    words = _words(name)
    whole = "_".join(words)
    if not words or whole in _OF_FHIR:
        return False
    return whole in EMPTY or words[-1] in _EMPTY_NOUNS or words[0] in _EMPTY_VERBS


def _named(path: Path) -> Iterator[str]:
    yield path.stem
    yield from path.parts[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


@pytest.mark.parametrize("name", ["utils", "json_utils", "KeyManager", "HL7Processor", "handle_error", "data"])
def test_an_empty_word_is_seen(name: str) -> None:
    assert says_nothing(name)


@pytest.mark.parametrize("name", ["process_message", "data_absent_reason", "ServiceRequest", "translate", "rebase_x"])
def test_a_word_of_the_field_is_not_mistaken_for_an_empty_one(name: str) -> None:
    assert not says_nothing(name)


def test_no_file_class_or_function_has_a_name_that_says_nothing() -> None:
    found = {f"{path}: {name}" for path in programs() for name in _named(path) if says_nothing(name)}
    assert not found
