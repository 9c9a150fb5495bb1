"""`gateway facility --signature…` and what `gateway translate` then says of a signed national file."""

from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import HOSPITAL, Terminal

PAYLOADS = Path(__file__).parents[1] / "bhyt" / "payloads"
SIGNED, MODIFIED = PAYLOADS / "3176_full_signed_test.xml", PAYLOADS / "3176_full_signed_then_modified.xml"
CERTIFICATE = str(PAYLOADS / "test_cert.pem")


def test_what_a_facility_signs_with_is_registered_changed_and_shown(terminal: Terminal) -> None:
    terminal.well(
        "facility", "add", HOSPITAL, "--name", "Bệnh viện Thử",
        "--signature", "require", "--signature-roots", CERTIFICATE, "--signature-subject", "MST:0000000000",
    )  # fmt: skip
    told = terminal.well("facility", "change", HOSPITAL, "--weak-signatures").line
    assert (told["signature"], told["signature_subject"], told["weak_signatures"]) == (
        "require",
        "MST:0000000000",
        True,
    )
    assert told["signature_roots"].count("BEGIN CERTIFICATE") == 1
    told = terminal.well("facility", "change", HOSPITAL, "--signature", "accept", "--no-weak-signatures").line
    assert (told["signature"], told["weak_signatures"]) == ("", False)


def test_translate_says_what_the_signature_is_worth(terminal: Terminal) -> None:
    terminal.well("facility", "add", HOSPITAL, "--name", "Bệnh viện Thử", "--signature-roots", CERTIFICATE)
    by_itself = terminal("translate", str(SIGNED)).line
    assert by_itself["signature"]["verdict"] == "unverifiable"
    registered = terminal("translate", "--facility", HOSPITAL, str(SIGNED)).line
    assert len(registered["signature"].pop("certificate")) == 64
    assert registered["signature"] == {
        "verdict": "valid", "scope": ["document"], "algorithms": ["rsa-sha256", "sha256"], "said_at": ""
    }  # fmt: skip
    refused = terminal("translate", str(MODIFIED))
    assert (refused.code, refused.line["bundle"]) == (1, None)
    assert "changed after signing" in str(refused.line["outcome"])


def test_a_file_that_holds_no_certificate_is_wrong_usage(terminal: Terminal) -> None:
    wrong = terminal("facility", "add", HOSPITAL, "--name", "x", "--signature-roots", str(SIGNED))
    assert wrong.code == 2
    assert "no PEM certificate" in wrong.err
