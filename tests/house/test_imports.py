"""No import ring of any kind; the layers themselves are import-linter's (pyproject.toml)."""

from __future__ import annotations

import subprocess
import sys

import grimp
import pytest

from tests.blueprint import ROOT

pytestmark = pytest.mark.unmeasured  # reads the code, runs none of it


def _rings(imports: dict[str, set[str]]) -> set[str]:
    """What remains when every module that imports nothing remaining is taken away, again and again."""
    remaining = {module: set(imported) for module, imported in imports.items()}
    while free := {module for module, imported in remaining.items() if not imported & remaining.keys() - {module}}:
        for module in free:
            del remaining[module]
    return set(remaining)


def test_a_ring_of_three_modules_is_seen_and_what_hangs_below_it_is_not_blamed() -> None:
    assert _rings({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == {"a", "b", "c"}
    assert _rings({"a": {"b"}, "b": {"c"}, "c": set()}) == set()


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph("gateway", "adapters", cache_dir=None)
    imports = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    assert len(imports) > 10
    assert _rings(imports) == set()


def test_the_layers_hold() -> None:
    linted = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert linted.returncode == 0, linted.stdout + linted.stderr
