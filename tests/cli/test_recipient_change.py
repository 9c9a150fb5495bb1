"""``gateway recipient change``, and how a recipient's private key lies in the database."""

from __future__ import annotations

from gateway.settings import read_settings
from gateway.store import facilities, open_store
from tests.cli.terminal import Terminal


def _added(registered: Terminal) -> None:
    registered.well("key", "export", "--output", registered.folder / "trust.json")
    registered.well(
        "recipient", "add", "city", "--url", "https://city.example", "--trust", registered.folder / "trust.json",
        "--client", registered.folder / "79001.json",
    )  # fmt: skip


def test_a_newer_trust_file_replaces_the_older(registered: Terminal) -> None:
    _added(registered)
    registered.well("key", "rotate", "79001")
    registered.well("key", "export", "--output", registered.folder / "newer.json")
    changed = registered.well("recipient", "change", "city", "--trust", registered.folder / "newer.json").line
    assert len(changed["trust"]["facilities"]) == 3
    assert (changed["url"], changed["client_id"]) == ("https://city.example", "79001-client")


def test_an_unknown_recipient_cannot_be_changed_and_plain_http_is_refused(registered: Terminal) -> None:
    assert registered("recipient", "change", "nobody", "--basis", "law").code == 1
    _added(registered)
    assert registered("recipient", "change", "city", "--url", "http://city.example").code == 2


def test_the_private_key_is_sealed_in_the_database_and_shown_nowhere(registered: Terminal) -> None:
    _added(registered)
    assert registered.well("recipient", "list").line["private_jwk"] == {}
    store = open_store(read_settings().url)
    with store.read() as connection:
        stored = facilities.get_recipient(connection, "city")
    store.close()
    assert stored is not None
    assert set(stored.private_jwk) == {"sealed"}
