"""Settings: half a configuration is refused, and every wrong setting is named."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SettingsError
from gateway.settings import Settings, environment_without_settings, loopback, read_settings, settings_table


def wrong(**given: str) -> str:
    """What is said of an environment that is refused; never a value of it."""
    with pytest.raises(SettingsError) as refused:
        read_settings({f"GATEWAY_{name.upper()}": value for name, value in given.items()})
    return str(refused.value)


@pytest.fixture
def pem(tmp_path: Path) -> str:
    path = tmp_path / "some.pem"
    path.write_text("-", encoding="ascii")
    return str(path)


def test_an_empty_environment_is_the_defaults() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({"GATEWAY_BIND": "", "PATH": "/bin", "gateway_bind": "x"}) == Settings()


def test_half_of_a_tls_pair_is_refused(pem: str) -> None:
    assert "GATEWAY_TLS_KEY: " in wrong(tls_cert=pem)
    assert "GATEWAY_TLS_CERT: " in wrong(tls_key=pem)
    assert read_settings({"GATEWAY_TLS_CERT": pem, "GATEWAY_TLS_KEY": pem}).public_url == "https://127.0.0.1:8080"


@pytest.mark.parametrize("name", ["tls_cert", "tls_key", "ca_file"])
def test_a_file_that_is_not_there_is_refused(name: str, pem: str, tmp_path: Path) -> None:
    both = {"tls_cert": pem, "tls_key": pem, name: str(tmp_path / "absent.pem")}
    assert f"GATEWAY_{name.upper()}: There is no such file" in wrong(**both)


def test_more_processes_than_one_need_postgresql() -> None:
    assert "GATEWAY_PROCESSES" in wrong(processes="2")
    assert "GATEWAY_PROCESSES" in wrong(processes="2", database_url="sqlite:///x.db")
    url = "postgresql://h/d"
    assert read_settings({"GATEWAY_PROCESSES": "2", "GATEWAY_DATABASE_URL": url}).url == url


@pytest.mark.parametrize("url", ["mysql://h/d", "x.db", "postgres://h/d"])
def test_a_database_nobody_built_for_is_refused(url: str) -> None:
    assert "GATEWAY_DATABASE_URL" in wrong(database_url=url)


@pytest.mark.parametrize(
    "url", ["example.org", "ftp://example.org", "https://example.org/", "http:x", "https://", "http://["]
)
def test_a_base_url_that_is_no_address_or_ends_in_a_slash_is_refused(url: str) -> None:
    assert "GATEWAY_BASE_URL" in wrong(base_url=url)


@pytest.mark.parametrize(
    "bind", ["8080", ":8080", "localhost", "localhost:", "localhost:x", "a b:80", "h:80\n", "::1:80x"]
)
def test_a_bind_that_is_not_host_and_port_is_refused(bind: str) -> None:
    assert wrong(bind=bind).startswith("GATEWAY_BIND: ")
    assert "HOST:PORT expected" in wrong(bind=bind)


@pytest.mark.parametrize("bind", ["localhost:80", "[::1]:8080", "0.0.0.0:65535"])
def test_a_host_and_a_port_are_a_bind(bind: str) -> None:
    assert read_settings({"GATEWAY_BIND": bind}).public_url == f"http://{bind}"


def test_a_list_of_adapters_that_names_none_is_not_taken_for_all() -> None:
    assert "GATEWAY_ADAPTERS" in wrong(adapters=" , ")
    assert read_settings({"GATEWAY_ADAPTERS": " bhyt, hl7v2,"}).adapters == ("bhyt", "hl7v2")


@pytest.mark.parametrize("name", ["lang", "log_level"])
def test_a_word_that_is_no_choice_is_refused(name: str) -> None:
    assert f"GATEWAY_{name.upper()}" in wrong(**{name: "xx"})


NUMBERS = [item.name for item in fields(Settings) if isinstance(item.default, int)]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "99999999999999999999999"])
def test_a_number_out_of_its_range_is_refused_by_name(name: str, value: str) -> None:
    if name == "max_payload_bytes" and value.startswith("9"):
        return  # no upper bound: the machine's memory is its owner's
    if name in ("keep_records_days", "judges") and value == "0":  # for ever; none but the serving process
        assert getattr(read_settings({f"GATEWAY_{name.upper()}": "0"}), name) == 0
        return
    assert f"GATEWAY_{name.upper()}: " in wrong(**{name: value})


def test_every_wrong_setting_is_named_at_once_and_no_value_is_shown() -> None:
    said = wrong(bind="hunter2", treads="9", poll_seconds="hunter2")
    for name in ("GATEWAY_BIND", "GATEWAY_TREADS", "GATEWAY_POLL_SECONDS"):
        assert name in said
    assert "hunter2" not in said
    assert said.count("; GATEWAY_") == 2


def test_an_unknown_setting_is_refused_with_the_one_that_was_meant() -> None:
    assert "GATEWAY_TREADS: There is no such setting. Perhaps GATEWAY_THREADS was meant" in wrong(treads="9")
    assert wrong(colour="red") == "GATEWAY_COLOUR: There is no such setting."


def test_a_base_url_without_tls_contradicts_a_certificate(pem: str) -> None:
    assert "GATEWAY_BASE_URL" in wrong(tls_cert=pem, tls_key=pem, base_url="http://gateway.example")
    assert read_settings({"GATEWAY_BASE_URL": "https://gateway.example"}).public_url == "https://gateway.example"


@pytest.mark.parametrize(("name", "value"), [("key_passphrase", "mật khẩu"), ("database_url", "postgresql://u:p@h/d")])
def test_a_secret_may_stand_in_a_file_instead(name: str, value: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    at = {f"{name}_file": str(file)}
    assert f"GATEWAY_{name.upper()}_FILE: There is no such file" in wrong(**at)
    file.write_text("\n", encoding="utf-8")
    assert f"GATEWAY_{name.upper()}_FILE" in wrong(**at)
    file.write_text(f"{value}\n", encoding="utf-8")
    assert getattr(read_settings({}, **at), name) == value
    both = wrong(**at, **{name: value})
    assert f"GATEWAY_{name.upper()}_FILE" in both
    assert value not in both


def test_what_a_caller_gives_instead_wins_and_is_held_to_the_same_rules() -> None:
    environment = {"GATEWAY_THREADS": "4", "GATEWAY_BIND": "h:1"}
    assert read_settings(environment, threads="5") == Settings(threads=5, bind="h:1")
    with pytest.raises(SettingsError):
        read_settings(environment, bind="nowhere")
    with pytest.raises(SettingsError):
        read_settings(environment, unknown="1")


@given(st.dictionaries(st.sampled_from([item.name for item in fields(Settings)]), st.text(max_size=30), max_size=5))
def test_whatever_is_given_settings_are_read_or_refused(given: dict[str, str]) -> None:
    refused = ""
    try:
        read_settings({f"GATEWAY_{name.upper()}": value for name, value in given.items()})
    except SettingsError as error:
        refused = str(error)
    assert not refused or "GATEWAY_" in refused


def test_the_table_has_every_setting_with_its_default_and_a_meaning_with_a_unit_for_every_number() -> None:
    table = {name: (default, meaning) for name, default, meaning in settings_table()}
    assert list(table) == [f"GATEWAY_{item.name.upper()}" for item in fields(Settings)]
    assert table["GATEWAY_THREADS"][0] == str(Settings().threads)
    for name in NUMBERS:
        meaning = table[f"GATEWAY_{name.upper()}"][1]
        assert meaning.rstrip(".").rpartition(", ")[2] in (
            "bytes",
            "resources",
            "milliseconds",
            "seconds",
            "threads",
            "connections",
            "processes",
            "hours",
            "days",
        )
    assert read_settings({name: default for name, (default, _) in table.items()}) == Settings()


def test_a_gateway_started_from_here_begins_without_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_BIND", "h:1")
    monkeypatch.setenv("OTHER", "x")
    found = environment_without_settings()
    assert found["OTHER"] == "x"
    assert not [name for name in found if name.startswith("GATEWAY_")]
    assert read_settings().bind == "h:1"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:8080/fhir", True),
        ("http://127.0.0.9", True),
        ("http://[::1]:80", True),
        ("http://localhost.example", False),
        ("http://127.0.0.1.example", False),
        ("http://192.168.1.1", False),
        ("http://user@example.org", False),
        ("http://localhost@example.org", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_plain_http_may_go_to_this_machine_alone(url: str, expected: bool) -> None:
    assert loopback(url) is expected
