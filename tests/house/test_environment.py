"""The environment and the console are each known to one place."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from gateway.settings import PREFIX, Settings
from tests.blueprint import ROOT, programs, tree

pytestmark = pytest.mark.unmeasured  # reads the code, runs none of it

READER = Path("gateway/settings.py")
_READERS = {"environ", "environb", "getenv", "getenvb", "putenv"}
_VARIABLE = re.compile(r"\bGATEWAY_[A-Z][A-Z_]*[A-Z]\b")


def _reads_environment(node: ast.AST) -> bool:
    for item in ast.walk(node):
        if isinstance(item, ast.Attribute) and item.attr in _READERS:
            return True
        if isinstance(item, ast.ImportFrom) and item.module == "os" and _READERS & {alias.name for alias in item.names}:
            return True
    return False


def _documented() -> set[str]:
    return set(_VARIABLE.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))


def test_every_way_to_the_environment_is_seen() -> None:
    for code in ("import os\nos.environ['A']", "import os\nos.getenv('A')", "from os import environ"):
        assert _reads_environment(ast.parse(code))
    assert not _reads_environment(ast.parse("request.values['environ']"))


def test_only_settings_read_the_environment() -> None:
    readers = {path for path in programs("gateway", "adapters") if _reads_environment(tree(path))}
    assert readers == {READER}


def test_the_documented_variables_are_the_settings() -> None:
    assert _documented() == {PREFIX + setting.name.upper() for setting in fields(Settings)}


def test_nothing_prints() -> None:
    """Words for people go through click, lines for machines through the log: never print()."""
    printers = {
        str(path)
        for path in programs("gateway", "adapters")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "pprint"}
    }
    assert printers == set()
