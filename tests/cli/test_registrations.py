"""`gateway facility`, `recipient`, `subscription`: what is registered, printed once, listed, and refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.facility import DEFAULT_BASIS, DEFAULT_SCOPES
from gateway.trust.jwk import new_client_key, public_jwks
from tests.cli.terminal import HOSPITAL, LAB, Terminal

NAMED = ("--name", "Phòng xét nghiệm Thử")


@pytest.fixture
def befriended(registered: Terminal) -> Terminal:
    """With ``trust.json``, as another gateway would export it."""
    registered.well("key", "export", "--output", "trust.json")
    return registered


# ---- facility -------------------------------------------------------------------------


def test_a_facility_gets_a_signing_key_and_a_client_whose_key_is_printed_once(terminal: Terminal) -> None:
    made = terminal.well("facility", "add", LAB, *NAMED, "--basis", "consent 1")
    assert list(made.line) == ["code", "signing_kid", "client"]
    assert list(made.line["client"]) == ["client_id", "scopes", "token_url", "private_jwk"]
    private = made.line["client"]["private_jwk"]
    assert (private["kty"], private["crv"], private["alg"]) == ("EC", "P-384", "ES384")
    assert made.line["client"]["scopes"] == list(DEFAULT_SCOPES)
    assert made.line["client"]["token_url"] == "http://127.0.0.1:8080/oauth/token"
    later = terminal.well("facility", "show", LAB).out + terminal.well("facility", "list").out
    assert private["d"].encode() not in later
    kept = b"".join(file.read_bytes() for file in (terminal.folder / "var").iterdir())
    assert private["d"].encode() not in kept, "the client's private key is kept nowhere"
    assert made.line["signing_kid"] == terminal.well("key", "list").line["kid"]


def test_with_its_own_keys_no_private_key_is_made(terminal: Terminal) -> None:
    own = public_jwks(new_client_key())
    terminal.file("jwks.json", own)
    made = terminal.well("facility", "add", LAB, *NAMED, "--jwks", "jwks.json")
    assert "private_jwk" not in made.line["client"]
    assert terminal.well("facility", "show", LAB).line["clients"][0]["jwks"] == own
    assert made.err == ""


def test_the_token_url_is_the_gateways_own(terminal: Terminal) -> None:
    terminal.set(base_url="https://gateway.example")
    made = terminal.well("facility", "add", LAB, *NAMED, "--scope", "system/Bundle.c")
    assert made.line["client"]["token_url"] == "https://gateway.example/oauth/token"
    assert made.line["client"]["scopes"] == ["system/Bundle.c"]


def test_a_code_is_registered_once_and_a_refusal_leaves_no_second_key(registered: Terminal) -> None:
    keys = registered.well("key", "list").out
    again = registered("facility", "add", LAB, *NAMED)
    assert (again.code, again.out) == (1, b"")
    assert "[facility-exists]" in again.err
    assert registered.well("key", "list").out == keys


PRIVATE = new_client_key()
P256 = {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}  # fmt: skip  # noqa: E501  # RFC 7517 A.1


@pytest.mark.parametrize(
    "jwks",
    ["", "{", "[1]", "{}", {"keys": []}, {"keys": [1]}, {"keys": [PRIVATE]}, {"keys": [P256]},
     {"keys": [{"kty": "oct", "k": "AA"}]}, {"keys": [{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}]}],
)  # fmt: skip
def test_keys_that_no_client_could_use_are_wrong_usage_and_register_nothing(terminal: Terminal, jwks: Any) -> None:
    terminal.file("jwks.json", jwks)
    ran = terminal("facility", "add", LAB, *NAMED, "--jwks", "jwks.json")
    assert (ran.code, ran.out) == (2, b"")
    assert PRIVATE["d"] not in ran.err
    assert terminal.well("facility", "list").lines == []


@pytest.mark.parametrize(
    "options",
    [("--name", ""), (*NAMED, "--utc-offset", "7"), (*NAMED, "--adapter", "fax"), (*NAMED, "--scope", "everything"),
     (*NAMED, "--jwks", "not-there.json"), ()],
)  # fmt: skip
def test_a_facility_told_wrongly_is_not_registered(terminal: Terminal, options: tuple[str, ...]) -> None:
    assert terminal("facility", "add", LAB, *options).code == 2
    assert terminal.well("facility", "list").lines == []


@pytest.mark.parametrize("code", ["", "a b", "../x", "x" * 33, "7900\n1", "-"])
def test_a_code_that_cannot_stand_in_a_path_is_wrong_usage(terminal: Terminal, code: str) -> None:
    assert terminal("facility", "add", *NAMED, "--", code).code == 2


def test_bytes_that_are_no_text_are_wrong_usage(terminal: Terminal) -> None:
    ran = terminal("facility", "add", LAB, "--name", "Ph\udcf2ng")
    assert (ran.code, ran.out) == (2, b"")


def test_a_change_is_shown_and_the_rest_stays(registered: Terminal) -> None:
    before = registered.well("facility", "show", LAB).line["facility"]
    registered.well("facility", "change", LAB, "--decimal-comma", "--alias", "XN", "--charset", "TCVN3")
    after = registered.well("facility", "show", LAB).line["facility"]
    assert after == before | {"decimal_comma": True, "aliases": ["XN"], "charset": "tcvn3"}
    registered.well("facility", "change", LAB, "--charset", "")
    assert registered.well("facility", "show", LAB).line["facility"] == after | {"charset": ""}
    assert registered("facility", "change", LAB, "--charset", "vps").code == 2
    assert registered("facility", "change", "00000", "--decimal-comma").code == 1


def test_a_token_needs_the_private_key_whichever_part_of_the_printed_is_given(registered: Terminal) -> None:
    printed = json.loads((registered.folder / f"{LAB}.json").read_bytes())
    silent = "http://127.0.0.1:1"  # nobody answers there: the key was good enough to ask
    for given in (printed, printed["client"], printed["client"]["private_jwk"]):
        registered.file("key.json", given)
        ran = registered("facility", "token", LAB, "--key", "key.json", "--url", silent)
        assert (ran.code, "[recipient-silent]" in ran.err) == (1, True)
        assert given.get("d", "?") not in ran.err
    wrong: list[Any] = ["", "{", "[]", "{}", {"client": 5}, {"private_jwk": 5}, {"client": {"private_jwk": {}}},
                        printed["client"]["private_jwk"] | {"kid": 1}, printed["client"] | {"scopes": 1}]  # fmt: skip
    for content in wrong:
        registered.file("key.json", content)
        assert registered("facility", "token", LAB, "--key", "key.json", "--url", silent).code == 2, content
    assert registered("facility", "token", LAB, "--key", "not-there.json").code == 2


def test_a_token_is_not_asked_for_without_tls_elsewhere(registered: Terminal) -> None:
    ran = registered("facility", "token", LAB, "--key", f"{LAB}.json", "--url", "http://gateway.example")
    assert (ran.code, "[recipient-needs-tls]" in ran.err) == (2, True)


# ---- recipient ------------------------------------------------------------------------


def test_a_recipient_is_listed_as_it_was_added_and_its_private_key_never_shown(befriended: Terminal) -> None:
    secret = json.loads((befriended.folder / f"{LAB}.json").read_bytes())["client"]["private_jwk"]["d"]
    added = befriended.well(
        "recipient", "add", "city", "--url", "https://city.example/", "--trust", "trust.json",
        "--client", f"{LAB}.json", "--facility", "79900", "--basis", "referral",
    )  # fmt: skip
    assert {name: added.line[name] for name in ("name", "url", "client_id", "facility", "basis")} == {
        "name": "city",
        "url": "https://city.example",
        "client_id": f"{LAB}-client",
        "facility": "79900",
        "basis": "referral",
    }
    listed = befriended.well("recipient", "list")
    assert listed.line == added.line
    assert secret.encode() not in added.out + listed.out
    again = befriended("recipient", "add", "city", "--url", "https://city.example/", "--trust", "trust.json")
    assert (again.code, "[recipient-exists]" in again.err) == (1, True)


@pytest.mark.parametrize(
    "url",
    ["http://city.example", "city.example", "https://", "https://a b", "ftp://city.example", "https://u:p@city.example",
     "https://city.example:99999", "https://city.example/?a=1", "https://thành-phố.example"],
)  # fmt: skip
def test_a_recipient_nothing_could_be_sent_to_is_wrong_usage(befriended: Terminal, url: str) -> None:
    assert befriended("recipient", "add", "city", "--url", url, "--trust", "trust.json").code == 2
    assert befriended.well("recipient", "list").lines == []


def test_a_recipient_without_a_usable_trust_file_client_or_name_is_wrong_usage(befriended: Terminal) -> None:
    befriended.file("wrong.json", "[1]")
    for name, trust, client in (
        ("city", "not-there.json", f"{LAB}.json"),
        ("city", "wrong.json", f"{LAB}.json"),
        ("city", "trust.json", "wrong.json"),
        ("city", "trust.json", "trust.json"),
        ("", "trust.json", f"{LAB}.json"),
    ):
        ran = befriended("recipient", "add", name, "--url", "https://c.example", "--trust", trust, "--client", client)
        assert (ran.code, ran.out) == (2, b"")
    assert befriended.well("recipient", "list").lines == []


# ---- subscription ---------------------------------------------------------------------


def test_a_subscription_is_added_listed_and_ended_but_not_forgotten(befriended: Terminal) -> None:
    befriended.well("recipient", "add", "city", "--url", "https://city.example", "--trust", "trust.json")
    added = befriended.well("subscription", "add", "--recipient", "city", "--basis", "law 15", "--facility", LAB).line
    assert (added["recipient"], added["basis"], added["facility"]) == ("city", "law 15", LAB)
    assert befriended.well("subscription", "list").line == added
    ended = befriended.well("subscription", "remove", added["id"]).line
    assert befriended.well("subscription", "list").line == ended
    assert {name for name in added if added[name] != ended[name]} == {"ended"}


def test_a_subscription_needs_a_recipient_a_basis_and_a_readable_patient(befriended: Terminal) -> None:
    befriended.well("recipient", "add", "city", "--url", "https://city.example", "--trust", "trust.json")
    assert befriended("subscription", "add", "--recipient", "village", "--basis", "law").code == 1
    assert befriended("subscription", "add", "--recipient", "city").code == 2
    assert befriended("subscription", "add", "--recipient", "city", "--basis", " ").code == 2
    assert befriended("subscription", "add", "--recipient", "city", "--basis", "law", "--patient", "0010").code == 2
    assert befriended("subscription", "remove", "no-such").code == 1
    assert befriended.well("subscription", "list").lines == []


def test_a_client_reads_as_its_facility_treats_unless_another_basis_or_none_is_named(terminal: Terminal) -> None:
    terminal.well("facility", "add", LAB, *NAMED)
    assert terminal.well("facility", "show", LAB).line["clients"][0]["basis"] == DEFAULT_BASIS
    none = terminal.well("facility", "add", HOSPITAL, *NAMED, "--basis", "")
    assert "read results" in none.err
    assert terminal.well("facility", "show", HOSPITAL).line["clients"][0]["basis"] == ""
