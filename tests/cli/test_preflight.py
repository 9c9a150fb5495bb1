"""A gateway that is half configured does not start: each fault is told in a line, all of them at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import SettingsError, StoreUnavailable
from gateway.facility import Facility
from gateway.keyring import Keyring
from gateway.preflight import refuse_half_configured
from gateway.settings import Settings
from gateway.store import facilities, open_store
from gateway.trust.authority import issue_server, new_authority

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
ANYWHERE = "0.0.0.0:8080"


def faults(settings: Settings, now: datetime = NOW) -> set[tuple[str, str]]:
    """(rule, setting) of each fault; empty when nothing keeps it from starting."""
    try:
        refuse_half_configured(settings, lambda: now)
    except (SettingsError, StoreUnavailable) as refused:
        for issue in refused.issues:
            assert issue.text("en") != issue.text("vi"), "in both languages"
        return {(issue.rule, issue.expression) for issue in refused.issues}
    return set()


@pytest.fixture
def fine(tmp_path: Path) -> Settings:
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    return Settings(data_dir=folder)


@pytest.fixture
def tls(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Settings of a certificate made at a time, and its key."""
    root = new_authority("Authority", now=NOW)

    def made(name: str = "server", now: datetime = NOW) -> dict[str, Any]:
        issued = issue_server(root, hosts=["127.0.0.1"], now=now)
        (tmp_path / f"{name}.pem").write_text(issued.chain_pem)
        (tmp_path / f"{name}.key").write_text(issued.private_pem)
        return {"tls_cert": str(tmp_path / f"{name}.pem"), "tls_key": str(tmp_path / f"{name}.key")}

    return made


def test_profiles_that_cannot_be_read_keep_it_from_starting(fine: Settings, tmp_path: Path) -> None:
    (tmp_path / "no.tgz").write_bytes(b"no archive")
    (tmp_path / "empty").mkdir()
    sources = tuple(str(tmp_path / name) for name in ("no.tgz", "empty", "nowhere"))
    told = [("r4-profile-source", "no.tgz"), ("profiles-none", "empty"), ("r4-profile-source", "nowhere")]
    assert faults(replace(fine, profiles=sources)) == {
        (rule, f"GATEWAY_PROFILES {tmp_path / name}") for rule, name in told
    }


def test_lists_of_reuse_rules_that_are_refused_keep_it_from_starting(fine: Settings, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "clinic.toml").write_bytes(b"\xff")
    assert faults(replace(fine, reuse_rules=str(site))) == {("reuse-not-utf8", "clinic.toml")}
    gone = str(tmp_path / "nowhere")
    assert faults(replace(fine, reuse_rules=gone)) == {("reuse-unreadable", gone)}


def test_the_defaults_start_and_nothing_is_made_by_asking(tmp_path: Path) -> None:
    assert faults(Settings(data_dir=tmp_path / "var")) == set()
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_others_reach_needs_tls_or_a_proxy_that_ends_it(
    fine: Settings, tls: Callable[..., dict[str, Any]]
) -> None:
    for bind in (ANYWHERE, "[::]:8080", "192.0.2.1:80", "gateway.example:80"):
        assert faults(replace(fine, bind=bind)) == {("serve-open-without-tls", "GATEWAY_BIND")}
        assert faults(replace(fine, bind=bind, base_url="http://gateway.example"))
        assert faults(replace(fine, bind=bind, base_url="https://gateway.example")) == set()
    assert faults(replace(fine, bind="192.0.2.1:80", **tls())) == set()
    assert faults(replace(fine, bind=ANYWHERE, **tls())) == {("serve-base-url-missing", "GATEWAY_BASE_URL")}
    for bind in ("127.0.0.1:8080", "localhost:80", "[::1]:80"):
        assert faults(replace(fine, bind=bind)) == set()


def test_a_certificate_must_be_in_force_and_its_key_its_own(
    fine: Settings, tls: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    good, other = tls(), tls("other")
    assert faults(replace(fine, **good)) == set()
    assert faults(replace(fine, **good | {"tls_key": other["tls_key"]})) == {
        ("serve-tls-another-key", "GATEWAY_TLS_KEY")
    }
    assert faults(replace(fine, **good), NOW + timedelta(days=4000)) == {("serve-tls-expired", "GATEWAY_TLS_CERT")}
    assert faults(replace(fine, **good), NOW - timedelta(days=9)) == {("serve-tls-not-yet", "GATEWAY_TLS_CERT")}
    swapped = {"tls_cert": good["tls_key"], "tls_key": good["tls_cert"]}
    assert faults(replace(fine, **swapped)) == {
        ("serve-tls-unreadable", "GATEWAY_TLS_CERT"), ("serve-tls-unreadable", "GATEWAY_TLS_KEY"),
    }  # fmt: skip


def test_the_data_folder_is_its_users_own(fine: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert faults(Settings(data_dir=tmp_path / "file")) == {("settings-data-dir", "GATEWAY_DATA_DIR")}
    fine.data_dir.chmod(0o770)
    assert faults(fine) == {("serve-data-dir-open", "GATEWAY_DATA_DIR")}
    fine.data_dir.chmod(0o700)
    secret = fine.data_dir / "key-secret"
    secret.write_text("x")
    secret.chmod(0o644)
    assert faults(fine) == {("serve-secret-open", "GATEWAY_DATA_DIR")}
    secret.chmod(0o600)
    with monkeypatch.context() as as_nobody:
        as_nobody.setattr(os, "access", lambda path, mode: path != fine.data_dir)
        assert faults(fine) == {("serve-data-dir-not-writable", "GATEWAY_DATA_DIR")}
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    assert faults(fine) == {("serve-data-dir-of-another", "GATEWAY_DATA_DIR")}


def test_keys_sealed_with_another_passphrase_are_found_before_anything_must_be_signed(
    tables_url: str, fine: Settings
) -> None:
    settings = replace(fine, database_url=tables_url, key_passphrase="one")
    store = open_store(settings.url)
    store.write(lambda connection: facilities.add_facility(connection, Facility("79001", "H"), NOW))
    Keyring(store, settings, lambda: NOW).issue("79001", "H", actor="test")
    store.close()
    assert faults(settings) == set()
    for other in ("another", ""):
        assert faults(replace(settings, key_passphrase=other)) == {("serve-passphrase-other", "GATEWAY_KEY_PASSPHRASE")}
    assert not (fine.data_dir / "key-secret").exists(), "asking makes nothing"


def test_a_database_that_does_not_answer_is_waited_for_and_then_told(fine: Settings, tmp_path: Path) -> None:
    silent = replace(fine, database_url=f"postgresql:///x?host={tmp_path}", database_wait_seconds=1)
    assert faults(silent) == {("serve-database-silent", "GATEWAY_DATABASE_URL"), ("store-unreachable", "")}


def test_every_fault_is_told_at_once(fine: Settings, tls: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    fine.data_dir.chmod(0o777)
    many = replace(
        fine, bind=ANYWHERE, database_url=f"postgresql:///x?host={tmp_path}", database_wait_seconds=1, **tls()
    )
    assert {rule for rule, _ in faults(many, NOW + timedelta(days=4000))} == {
        "serve-base-url-missing", "serve-tls-expired", "serve-data-dir-open", "serve-database-silent",
        "store-unreachable",
    }  # fmt: skip
