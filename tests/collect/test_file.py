"""A file of collectors: what is wrong in it is said with line and path, and nothing starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.collect.file import read_collectors
from gateway.errors import SettingsError
from gateway.settings import Settings
from tests.collect.site import Site, now

GOOD = """gateway = "http://127.0.0.1:8080"

[[folder]]
name = "lab"
facility = "79001"
client = "client.json"
path = "in"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    Site(tmp_path).client_file(tmp_path)
    return tmp_path


def faults(place: Path, text: str) -> list[tuple[str, str]]:
    """Place and rule of each fault."""
    (place / "collect.toml").write_text(text)
    with pytest.raises(SettingsError) as refused:
        read_collectors(place / "collect.toml", Settings(), now)
    return [(issue.expression, issue.rule) for issue in refused.value.issues]


def test_a_good_file_gives_its_collectors_in_order(place: Path) -> None:
    second = GOOD.partition("\n\n")[2].replace('"lab"', '"lab-2"')
    (place / "collect.toml").write_text(GOOD + second)
    made = read_collectors(place / "collect.toml", Settings(), now)
    assert [(one.kind, one.name) for one in made] == [("folder", "lab"), ("folder", "lab-2")]


@pytest.mark.parametrize(
    ("change", "where", "rule"),
    [
        (("[[folder]]", "[[folder"), "line 3", "toml-syntax"),
        (('name = "lab"\n', ""), "line 3, folder[0].name", "toml-wrong"),
        (('"lab"', '"Lab 1"'), "line 4, folder[0].name", "toml-wrong"),
        (('path = "in"', 'path = "in"\npoll_second = 3'), "line 8, folder[0].poll_second", "toml-wrong"),
        (('path = "in"', 'path = "in"\npattern = ["*.csv", 3]'), "line 8, folder[0].pattern[1]", "toml-wrong"),
        (('"client.json"', '"none.json"'), "line 6, folder[0].client", "collect-unreadable"),
        (('"client.json"', '"collect.toml"'), "line 6, folder[0].client", "collect-client-open"),
        (("127.0.0.1:8080", "gateway.example"), "line 1, gateway", "recipient-needs-tls"),
        (("127.0.0.1:8080", "127.0.0.1:8080/"), "line 1, gateway", "toml-wrong"),
        (("[[folder]]", "[[folders]]"), "line 3, folders", "toml-wrong"),
    ],
)
def test_each_fault_has_its_line_and_path(place: Path, change: tuple[str, str], where: str, rule: str) -> None:
    assert (where, rule) in faults(place, GOOD.replace(*change))


def test_a_name_given_twice_and_a_file_without_collectors_are_refused(place: Path) -> None:
    assert faults(place, GOOD + GOOD.partition("\n\n")[2]) == [("line 9, folder[1].name", "collect-name-twice")]
    assert faults(place, GOOD.partition("\n\n")[0]) == [("line 1", "collect-nothing")]


def test_a_client_that_others_may_read_or_that_is_none_is_refused(place: Path) -> None:
    (place / "client.json").chmod(0o644)
    assert faults(place, GOOD) == [("line 6, folder[0].client", "collect-client-open")]
    (place / "client.json").chmod(0o600)
    for content, rule in (("[]", "client-file-form"), ("{", "client-file-form"), ("{}", "client-file-without-key")):
        (place / "client.json").write_text(content)
        assert faults(place, GOOD) == [("line 6, folder[0].client", rule)]
