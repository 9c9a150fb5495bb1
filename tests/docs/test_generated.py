"""What a document takes from the code is what the code says now."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import settings_table
from tests.blueprint import ROOT
from tests.docs.generated import GENERATED, with_generated


@pytest.mark.parametrize("document", sorted(GENERATED), ids=str)
def test_the_generated_part_is_what_the_code_says(document: Path) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert text == with_generated(text, GENERATED[document]()), "run: python -m tests.docs.generated"


def test_every_setting_with_a_limit_names_its_unit() -> None:
    units = {"bytes", "resources", "seconds", "threads", "processes", "connections", "hours", "days", "milliseconds"}
    numbers = [(name, meaning) for name, default, meaning in settings_table() if default.isdigit()]
    assert numbers
    assert [name for name, meaning in numbers if not units & set(meaning.lower().replace(".", "").split())] == []


def test_a_document_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="generated: begin"):
        with_generated("# Settings\n", "| |")
