"""`gateway key`: made, rotated, revoked, imported, exported; never a private part on stdout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.trust import trustfile
from tests.cli.terminal import HOSPITAL, LAB, ROOT, Terminal

VECTORS = ROOT / "tests" / "trust" / "vectors"


def kids(terminal: Terminal, **wanted: object) -> list[str]:
    lines = terminal.well("key", "list").lines
    return [line["kid"] for line in lines if all(line[name] == value for name, value in wanted.items())]


def test_a_rotated_key_signs_no_more_and_stays_in_the_trust_file(registered: Terminal) -> None:
    (former,) = kids(registered, facility=LAB)
    for change in ("rotate", "new"):
        made = registered.well("key", change, LAB).line
        assert list(made) == ["kid", "facility", "from", "to"]
        assert kids(registered, facility=LAB, active=True) == [made["kid"]]
    file = trustfile.read(registered.well("key", "export").out)
    bound = {binding.kid for binding in file.bindings if binding.facility == LAB}
    assert former in bound
    assert len(bound) == 3


def test_a_revoked_key_is_in_the_trust_file_with_its_reason(registered: Terminal) -> None:
    (kid,) = kids(registered, facility=LAB)
    revoked = registered.well("key", "revoke", kid, "--reason", "the computer was stolen")
    assert revoked.line["kid"] == kid
    assert "key export" in revoked.err
    file = trustfile.read(registered.well("key", "export").out)
    assert [(one.kid, one.reason) for one in file.revocations] == [(kid, "the computer was stolen")]
    assert registered("key", "revoke", "no-such", "--reason", "x").code == 1
    assert registered("key", "revoke", kid).code == 2


def test_a_key_id_that_begins_with_a_dash_is_a_key_id(registered: Terminal) -> None:
    for typed in (("-hQ" + "x" * 40, "--reason", "x"), ("--reason", "x", "--" + "x" * 41)):
        ran = registered("key", "revoke", *typed)
        assert (ran.code, "[key-unknown]" in ran.err) == (1, True)


def test_the_trust_file_is_the_same_on_stdout_and_in_a_file_but_for_its_date(registered: Terminal) -> None:
    printed = json.loads(registered.well("key", "export").out)
    assert registered.well("key", "export", "--output", "trust.json").out == b""
    written = json.loads(Path("trust.json").read_bytes())
    assert printed | {"date": ""} == written | {"date": ""}
    assert "PRIVATE" not in json.dumps(printed)


def test_a_trust_file_that_cannot_be_written_is_wrong_usage(registered: Terminal) -> None:
    for place in (".", "no/such/folder/trust.json"):
        ran = registered("key", "export", "--output", place)
        assert (ran.code, ran.out) == (2, b"")
        assert place in ran.err


def test_without_any_key_there_is_nothing_to_export(terminal: Terminal) -> None:
    ran = terminal("key", "export", "--output", "trust.json")
    assert (ran.code, "[trust-empty]" in ran.err) == (2, True)
    assert not Path("trust.json").exists()


@pytest.mark.parametrize("kind", ["es256", "rs256"])
def test_a_key_and_its_chain_are_imported_and_sign_from_then_on(registered: Terminal, kind: str) -> None:
    made = registered.well(
        "key", "import", VECTORS / f"{kind}-key.pem", "--facility", LAB, "--chain", VECTORS / f"{kind}-chain.pem"
    ).line
    assert made["facility"] == LAB
    assert kids(registered, facility=LAB, active=True) == [made["kid"]]
    assert len(kids(registered, facility=LAB)) == 2


def test_a_key_with_its_chain_in_one_file_and_a_passphrase_is_imported(registered: Terminal) -> None:
    key = load_pem_private_key((VECTORS / "es256-key.pem").read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption("bí mật".encode()))
    registered.file("locked.pem", locked + (VECTORS / "es256-chain.pem").read_bytes())
    registered.file("right.txt", "bí mật\n")
    registered.file("wrong.txt", "khác\n")
    registered.file("latin.txt", b"b\xed m\xe2t")
    importing = ("key", "import", "locked.pem", "--facility", LAB)
    for wrong in ((), ("--passphrase-file", "wrong.txt"), ("--passphrase-file", "latin.txt")):
        ran = registered(*importing, *wrong)
        assert (ran.code, "[key-unreadable]" in ran.err) == (2, True), wrong
    assert registered(*importing, "--passphrase-file", "not-there.txt").code == 2
    assert registered.well(*importing, "--passphrase-file", "right.txt").line["facility"] == LAB
    assert b"PRIVATE" not in registered.well("key", "list").out


def test_a_key_that_cannot_sign_for_the_facility_is_refused_and_none_is_kept(registered: Terminal) -> None:
    before = kids(registered)
    key, chain = VECTORS / "es256-key.pem", VECTORS / "es256-chain.pem"
    refused = {
        "key-without-certificate": (key, "--facility", LAB, "--chain", VECTORS / "rs256-chain.pem"),
        "key-chain-unreadable": (key, "--facility", LAB),
        "key-unreadable": (chain, "--facility", LAB),
    }
    for rule, arguments in refused.items():
        ran = registered("key", "import", *arguments)
        assert (ran.code, ran.out, f"[{rule}]" in ran.err) == (2, b"", True), rule
    assert registered("key", "import", key, "--chain", chain).code == 2, "whose key it is was not said"
    assert registered("key", "import", key, "--chain", chain, "--facility", "00000").code == 1
    assert registered("key", "import", "not-there.pem", "--facility", LAB).code == 2
    assert kids(registered) == before


def test_another_gateways_trust_file_is_imported_by_name_and_its_facilities_told(registered: Terminal) -> None:
    theirs = json.loads(registered.well("key", "export").out)
    registered.file("city.json", theirs)
    told = registered.well("key", "import", "city.json").line
    assert told == {"trust": "city", "facilities": sorted([LAB, HOSPITAL])}
    other = registered("key", "import", "city.json", "--name", "someone-else")
    assert (other.code, "[trust-facility-taken]" in other.err) == (1, True)
    registered.file("broken.json", {"trust": 1})
    assert registered("key", "import", "broken.json").code == 2


def test_a_key_for_a_facility_that_is_not_registered_is_refused(registered: Terminal) -> None:
    for change in ("new", "rotate"):
        ran = registered("key", change, "00000")
        assert (ran.code, "[facility-unknown]" in ran.err) == (1, True)
