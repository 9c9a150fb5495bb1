"""`gateway verify`: valid 0, invalid 1, unverifiable 3, offline, and never valid without a trust file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.adapter import Payload
from gateway.cli.open import house
from gateway.store import exchanges
from gateway.trust.evidence import build
from tests.cli.terminal import LAB, LAB_SAMPLE, Terminal


@pytest.fixture
def evidence(registered: Terminal) -> Path:
    """The evidence of an exchange of the laboratory's, and ``trust.json`` beside it."""
    with house() as opened:
        taken = opened.intake().take(LAB, Payload(LAB_SAMPLE.read_bytes()), actor="test")
        with opened.store.read() as connection:
            found = exchanges.get(connection, taken.exchanges[0]["id"])
    assert found is not None
    assert found.bundle is not None
    registered.well("key", "export", "--output", "trust.json")
    return registered.file("evidence.json", build(found.bundle, payload=LAB_SAMPLE.read_bytes()))


def changed(evidence: Path) -> Path:
    """One digit of one value changed."""
    text = evidence.read_bytes()
    place = text.index(b'"value":', text.index(b'"valueQuantity":')) + len(b'"value":')
    digit = b"1" if text[place : place + 1] != b"1" else b"2"
    forged = evidence.with_name("forged.json")
    forged.write_bytes(text[:place] + digit + text[place + 1 :])
    return forged


def test_a_valid_one_has_four_members_and_every_step(registered: Terminal, evidence: Path) -> None:
    ran = registered.well("verify", "--trust", "trust.json", evidence)
    assert list(ran.line) == ["source", "verdict", "steps", "reasons"]
    assert (ran.line["verdict"], ran.line["reasons"], ran.err) == ("valid", [], "")
    assert [step["step"] for step in ran.line["steps"]] == list(range(1, 11))


def test_the_exit_code_tells_the_worst_verdict(registered: Terminal, evidence: Path) -> None:
    forged = changed(evidence)
    trust = ("verify", "--trust", "trust.json")
    assert registered(*trust, evidence, evidence).code == 0
    assert registered("verify", evidence).code == 3
    assert registered(*trust, forged).code == 1
    both = registered("verify", evidence, forged)
    assert (both.code, [line["verdict"] for line in both.lines]) == (1, ["unverifiable", "invalid"])
    assert [line["source"] for line in both.lines] == [str(evidence), str(forged)]


def test_it_needs_no_settings_and_no_database(
    registered: Terminal, evidence: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    registered.set(data_dir=str(elsewhere / "var"), database_url="postgresql://127.0.0.1:1/none")
    monkeypatch.chdir(elsewhere)
    registered.well("verify", "--trust", evidence.with_name("trust.json"), evidence)
    assert list(elsewhere.iterdir()) == []


def test_a_time_before_the_key_was_made_is_not_valid(registered: Terminal, evidence: Path) -> None:
    ran = registered("verify", "--trust", "trust.json", "--at", "2020-01-01T00:00:00Z", evidence)
    assert (ran.code, ran.line["verdict"]) == (1, "invalid")


def test_what_is_no_evidence_is_invalid(registered: Terminal, evidence: Path) -> None:
    for content in (b"", b"{", b"[]", b"{}", b"\x00", b"[" * 100_000):
        ran = registered("verify", "--trust", "trust.json", "-", stdin=content)
        assert (ran.code, ran.line["verdict"], ran.line["source"]) == (1, "invalid", "-"), content[:8]


def test_a_trust_file_that_is_none_is_wrong_usage(registered: Terminal, evidence: Path) -> None:
    for content in (b"", b"{", b"[]", b"{}", b'{"trust":1}'):
        wrong = registered.file("wrong.json", content)
        ran = registered("verify", "--trust", wrong, evidence)
        assert (ran.code, ran.out) == (2, b""), content


@pytest.mark.parametrize("time", ["yesterday", "2026-11-22", "2026-11-22T03:04:05", "26-11-22T03:04:05Z"])
def test_a_time_without_its_zone_is_wrong_usage(terminal: Terminal, time: str) -> None:
    file = terminal.file("evidence.json", b"{}")
    assert terminal("verify", "--at", time, file).code == 2


def test_reasons_are_told_in_vietnamese_when_asked(registered: Terminal, evidence: Path) -> None:
    forged = changed(evidence)
    english = registered("verify", "--trust", "trust.json", forged).line
    registered.set(lang="vi")
    vietnamese = registered("verify", "--trust", "trust.json", forged).line
    assert vietnamese["verdict"] == english["verdict"]
    assert [one["rule"] for one in vietnamese["reasons"]] == [one["rule"] for one in english["reasons"]]
    assert json.dumps(vietnamese["reasons"]) != json.dumps(english["reasons"])
