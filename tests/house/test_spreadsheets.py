"""What a person may open in a spreadsheet: each place that writes one, and why no cell of it is computed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.blueprint import ROOT, programs, tree

pytestmark = pytest.mark.unmeasured  # reads the code, runs none of it

GUARDED = {
    Path("adapters/tabular/proposed.py"): "a sample: gateway.mapping.proposal.formula",
    Path("gateway/terminology/sheet.py"): "decisions: gateway.mapping.proposal.formula, behind an apostrophe",
    Path("gateway/collect/canonical.py"): "a payload: put aside as .csv.txt, which no spreadsheet opens",
    Path("gateway/workbench/preview.py"): "a page: preview.css says that its cells are text",
    Path("gateway/conformance/page.py"): "a page: page.css says that its cells are text",
    Path("gateway/quality/page.py"): "pages: page.css says that their cells are text",
    Path("gateway/console/rendering.py"): "pages: console.css says that their cells are text",
    Path("gateway/demo/collected.py"): "the project's own sample, for a folder of the demo",
    Path("adapters/hl7v2/coverage/extract.py"): "HL7's own tables, for the repository",
}
_TABLES = {"csv.writer", "csv.DictWriter", "csv_of", "Workbook", "to_csv", "to_excel", "select_autoescape"}


def _writes_a_table(node: ast.AST) -> bool:
    for one in ast.walk(node):
        if isinstance(one, ast.FunctionDef) and one.name in _TABLES:
            return True
        if isinstance(one, ast.Call):
            name = ast.unparse(one.func)
            page = name == "Environment" and any(keyword.arg == "autoescape" for keyword in one.keywords)
            if page or name in _TABLES - {"csv_of"} or name.rpartition(".")[2] in {"to_csv", "to_excel", "Workbook"}:
                return True
    return False


def test_every_program_that_writes_a_table_or_a_page_is_listed_with_what_guards_it() -> None:
    found = {path for path in programs("gateway", "adapters", "mappings") if _writes_a_table(tree(path))}
    assert found == set(GUARDED)


def test_each_way_to_write_one_is_seen() -> None:
    for code in ("csv.writer(f)", "csv.DictWriter(f, x)", "openpyxl.Workbook()", "Environment(autoescape=True)"):
        assert _writes_a_table(ast.parse(code)), code
    assert not _writes_a_table(ast.parse("csv.reader(f); Environment(node, node)"))


def test_the_cells_of_a_page_are_text_to_a_spreadsheet() -> None:
    """As Microsoft describes it for HTML that Excel opens (mso-number-format)."""
    for folder, sheet, template in (
        ("workbench", "preview.css", "preview.html"), ("conformance", "page.css", "page.html"),
        ("quality", "page.css", "parts.html"),
    ):  # fmt: skip
        page = ROOT / "gateway" / folder
        assert 'td, th, li { mso-number-format: "\\@"; }' in (page / sheet).read_text("utf-8")
        assert "{{ style }}" in (page / template).read_text("utf-8").replace("| safe ", "").replace("|safe", "")
    style = (ROOT / "gateway" / "console" / "assets" / "console.css").read_text("utf-8")
    assert 'td, th, li { mso-number-format: "\\@"; }' in style
