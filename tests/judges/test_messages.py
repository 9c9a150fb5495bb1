"""Every sentence in both languages, and the OperationOutcome that carries it."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import messages
from gateway.messages import LANGUAGES, catalogue, register, sentence
from gateway.outcome import TRANSIENT_CODES, Issue, operation_outcome, refusing
from gateway.r4 import check
from gateway.r4.definition_files import definition_file


@pytest.fixture
def folders() -> Iterator[None]:
    """What a test registers is forgotten after it."""
    before = list(messages._folders)
    yield
    messages._folders[:] = before
    catalogue.cache_clear()


def asked(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_sentence_is_there_in_both_languages_and_asks_the_same_of_both() -> None:
    for key, texts in catalogue().items():
        assert set(texts) - {"see"} == set(LANGUAGES), key
        assert all(text.strip() for text in texts.values()), key
        assert asked(texts["en"]) == asked(texts["vi"]), key
        assert all(name.isidentifier() for name in asked(texts["en"])), key


def test_a_parameter_that_was_forgotten_is_a_gap_and_a_key_nobody_wrote_is_its_own_sentence() -> None:
    assert "…" in sentence("adapter-unknown")
    assert sentence("no-such-rule", "vi", name="x") == "no-such-rule"


def test_another_language_is_told_in_english() -> None:
    assert sentence("payload-empty", "fr") == sentence("payload-empty", "en") != sentence("payload-empty", "vi")


@given(st.text())
def test_a_parameter_is_text_and_never_a_template(value: str) -> None:
    assert value in sentence("adapter-unknown", name=value, running="-")


def test_an_adapters_own_sentences_join_the_catalogue_once(folders: None, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[own-rule]\nen = "Own {place}."\nvi = "Riêng {place}."\n', encoding="utf-8")
    register(file)
    register(file)
    assert sentence("own-rule", "vi", place="PID") == "Riêng PID."


def test_one_key_in_two_files_is_refused(folders: None, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[payload-empty]\nen = "x"\nvi = "x"\n', encoding="utf-8")
    register(tmp_path)
    with pytest.raises(ValueError, match="payload-empty"):
        catalogue()


# ---- outcomes -------------------------------------------------------------------------

RULES = st.sampled_from(sorted(catalogue()))
CODES = st.sampled_from(["invalid", "structure", "required", "conflict", "transient", "informational"])
ISSUES = st.builds(
    Issue, st.sampled_from(["fatal", "error", "warning", "information"]), CODES, RULES, st.sampled_from(["", "PID-3"])
)


@given(st.lists(ISSUES, max_size=4), st.sampled_from(LANGUAGES))
def test_an_outcome_of_any_issues_is_valid_and_says_each_by_rule_and_place(found: list[Issue], language: str) -> None:
    outcome = operation_outcome(found, language)
    assert check(outcome) == []
    rules = [one["details"]["coding"][0]["code"] for one in outcome["issue"]]
    assert rules == ([one.rule for one in found] or ["all-ok"])
    assert [one.get("expression", [""])[0] for one in outcome["issue"]] == ([one.expression for one in found] or [""])
    assert refusing(found) == any(one.severity in ("fatal", "error") for one in found)


def test_retried_is_exactly_the_transient_branch_of_r4() -> None:
    above = definition_file("code_systems")["http://hl7.org/fhir/issue-type"]
    assert {code for code, parent in above.items() if "transient" in (code, parent)} == TRANSIENT_CODES
