"""A file is one concept and fits a few screens."""

from __future__ import annotations

import ast
from statistics import median

import pytest

from tests.blueprint import ROOT, programs, tree

pytestmark = pytest.mark.unmeasured  # reads the code, runs none of it

LONGEST = 400  # lines
USUAL = 150


def _lines(folders: tuple[str, ...]) -> dict[str, int]:
    return {str(path): (ROOT / path).read_bytes().count(b"\n") for path in programs(*folders)}


def test_no_program_file_is_too_long_to_read() -> None:
    assert {path: lines for path, lines in _lines(()).items() if lines > LONGEST} == {}


def test_the_usual_file_fits_two_screens() -> None:
    assert median(lines for lines in _lines(("gateway", "adapters")).values() if lines) < USUAL


def test_every_module_of_the_product_says_what_it_is_for() -> None:
    silent = [
        str(path)
        for path in programs("gateway", "adapters")
        if tree(path).body and ast.get_docstring(tree(path)) is None
    ]
    assert silent == []
