"""Every rule of this adapter has its sentence in both languages, and every sentence its rule."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.messages import LANGUAGES, catalogue

FOLDER = Path(__file__).parents[2] / "adapters" / "bhyt"


def test_rules_and_sentences_agree() -> None:
    used = {
        rule for file in FOLDER.glob("*.py") for rule in re.findall(r'"(bhyt-[a-z0-9-]+)"', file.read_text("utf-8"))
    } - {file.stem for file in (FOLDER.parents[1] / "mappings" / "vocabularies").glob("bhyt-*.json")}
    written = {rule for rule in catalogue() if rule.startswith("bhyt-")}
    assert used == written
    for rule in written:
        assert all(catalogue()[rule].get(language) for language in LANGUAGES)
