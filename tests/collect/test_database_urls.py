"""A database's URL that cannot be used is told with what is missing, where it stands, and without the URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.collect.file import read_collectors
from gateway.errors import SettingsError
from gateway.settings import Settings
from tests.collect.site import Site, now

VIEW = """gateway = "http://127.0.0.1:8080"
[[view]]
name = "lis"
facility = "79001"
client = "client.json"
database = "URL"
view = "v_results"
columns = ["a"]
mark = "m"
key = ["k"]
report = ["r"]
since = 2026-11-01
"""


def refused(folder: Path, text: str) -> list[tuple[str, str]]:
    """Place and sentence of each fault."""
    Site(folder).client_file(folder)
    (folder / "collect.toml").write_text(text)
    with pytest.raises(SettingsError) as wrong:
        read_collectors(folder / "collect.toml", Settings(), now)
    assert "secret" not in str(wrong.value)
    return [(issue.expression, issue.text()) for issue in wrong.value.issues]


@pytest.mark.parametrize(
    ("kind", "package"), [("mssql", "pyodbc"), ("oracle", "oracledb"), ("mssql+pymssql", "pymssql")]
)
def test_a_driver_that_is_not_installed_is_named(tmp_path: Path, kind: str, package: str) -> None:
    ((place, said),) = refused(tmp_path, VIEW.replace("URL", f"{kind}://reader:secret@lis/lis"))
    assert place == "line 2, view[0]"
    assert said.endswith(f"pip install {package}.")


@pytest.mark.parametrize("url", ["mongodb://secret@lis", "secret", "postgresql+nothing://secret@lis/lis"])
def test_what_is_no_url_of_a_database_is_refused(tmp_path: Path, url: str) -> None:
    ((place, said),) = refused(tmp_path, VIEW.replace("URL", url))
    assert place == "line 2, view[0]"
    assert "postgresql, mysql, mariadb, mssql, oracle" in said


def test_a_url_is_given_in_one_place_and_a_mark_to_begin_at_is_of_some_order(tmp_path: Path) -> None:
    both = VIEW.replace('"URL"', '"sqlite:///x"\ndatabase_file = "url"').replace("2026-11-01", "[1]")
    assert {place for place, _ in refused(tmp_path, both)} == {"line 6, view[0].database"}
    assert [
        place for place, _ in refused(tmp_path, VIEW.replace("URL", "sqlite:///x").replace("2026-11-01", "[1]"))
    ] == ["line 12, view[0].since"]
