"""Every rule of this adapter has its sentence in both languages, and every sentence its rule."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.messages import LANGUAGES, catalogue

FOLDER = Path(__file__).parents[2] / "adapters" / "bhyt"


def test_rules_and_sentences_agree() -> None:
    texts = [file.read_text("utf-8") for file in FOLDER.glob("*.py")]
    used = {rule for text in texts for rule in re.findall(r'"(bhyt-[a-z0-9-]+)"', text)}
    portal = (FOLDER / "portal.py").read_text("utf-8")  # numbers its rules
    used |= {f"bhyt-portal-{int(number):02}" for number in re.findall(r'_issue\("[a-z]+", ([0-9]+),', portal)}
    used -= {file.stem for file in (FOLDER.parents[1] / "mappings" / "vocabularies").glob("bhyt-*.json")}
    written = {rule for rule in catalogue() if rule.startswith("bhyt-")}
    assert used == written
    for rule in written:
        assert all(catalogue()[rule].get(language) for language in LANGUAGES)


def test_every_rule_of_the_portals_says_its_number_and_its_source() -> None:
    """In the outcome, where who reads it at night has no document at hand."""
    numbered = {int(found[1]): rule for rule in catalogue() if (found := re.match(r"bhyt-portal-([0-9]+)\Z", rule))}
    assert sorted(numbered) == list(range(1, len(numbered) + 1))
    for number, rule in numbered.items():
        for language, word in (("en", "Rule"), ("vi", "Quy tắc")):
            assert re.match(rf"{word} {number} \([^()]+\): ", catalogue()[rule][language]), rule
