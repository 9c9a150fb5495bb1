"""What the project says of itself is true of the tree it stands in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.blueprint import ROOT, documents, files

pytestmark = pytest.mark.unmeasured  # reads the code, runs none of it

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_STATUS = re.compile(r"^Status: (proposed|accepted|superseded by \d{4})\b", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)  # what stands as code is no link

# Words that tie the project to one workplace or one registry; spelled so that this file has none.
_FOREIGN = re.compile(
    "|".join([r"(?<![\w.-])/" + "work/", "py" + r"pi\.org", "python" + "hosted", "registry" + r"\.npm"])
)


def _targets(document: Path) -> list[str]:
    text = _FENCE.sub("", (ROOT / document).read_text(encoding="utf-8"))
    return [link.split("#")[0] for link in _LINK.findall(text) if not re.match(r"[a-z]+:|#", link)]


@pytest.mark.parametrize("document", documents(), ids=str)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    lost = [link for link in _targets(document) if not (ROOT / document.parent / link).exists()]
    assert lost == []


def test_every_decision_has_a_number_of_its_own_a_status_and_a_reason() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [record.name[:4] for record in records]
    assert numbers == [f"{number:04}" for number in range(1, len(records) + 1)]
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert _STATUS.search(text), record.name
        assert re.search(r"^## Why", text, re.MULTILINE), record.name


def test_no_file_names_a_registry_or_a_workplace() -> None:
    found = []
    for path in files():
        text = (ROOT / path).read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path}: {match.group()}" for match in _FOREIGN.finditer(text)]
    assert found == []
