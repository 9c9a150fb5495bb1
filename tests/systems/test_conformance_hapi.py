"""The checks of an integrator against another FHIR server, HAPI FHIR's own: they end, and each failure they tell was
looked at and is true (docs/conformance-hapi.md).

Needs Maven, a JDK, Chromium and npm."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.systems.axe import axe_script
from tests.systems.browser import chromium
from tests.systems.hapifhir import fill, hapi
from tests.systems.report_page import wrong_with
from tests.systems.serving import ROOT

_LISTED = re.compile(r"^\| ([A-Z0-9]+-[0-9]+) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with hapi(tmp_path_factory.mktemp("hapi") / "log") as url:
        yield url


@pytest.fixture(scope="module")
def server(empty: str) -> str:
    fill(empty)
    return empty


def checked(server: str, *typed: str, ends: int = 1) -> list[dict[str, Any]]:
    """The lines of a run, which ends with this exit code."""
    command = [sys.executable, "-m", "gateway", "conformance", "run", "--target", server, "--rate", "0", *typed]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == ends, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_of_an_empty_server_all_is_asked_by_test_data_and_nothing_stays(empty: str) -> None:
    *found, own = checked(empty, "--family", "read", "--family", "search", "--family", "resources")
    assert not [one["requirement"] for one in found if one["verdict"] == "skip"]
    assert {one["requirement"] for one in found if one["verdict"] == "fail"} == {"SEARCH-10", "SEARCH-12"}
    assert own["own_data"] == {**own["own_data"], "made": 9, "left": [], "refused": {}}
    for kind in ("Patient", "Encounter", "ServiceRequest", "Observation", "DiagnosticReport"):
        asked = {"_tag": own["own_data"]["find"].partition("=")[2], "_summary": "count"}
        answer = requests.get(f"{empty}/{kind}", params=asked, headers={"Cache-Control": "no-cache"}, timeout=60)
        assert answer.json()["total"] == 0


def test_a_run_that_only_reads_writes_nothing(server: str) -> None:
    found = checked(server, "--read-only")
    assert not [one for one in found if "own_data" in one]


def test_what_fails_is_what_was_looked_at_and_listed(server: str, tmp_path: Path) -> None:
    *found, own = checked(server, "--html", str(tmp_path / "report.html"), "--language", "vi")
    assert own["own_data"]["left"] == []
    failed = {
        one["requirement"]: [finding["en"] for finding in one["findings"]] for one in found if one["verdict"] == "fail"
    }
    listed = _LISTED.findall((ROOT / "docs" / "conformance-hapi.md").read_text("utf-8"))
    assert sorted(failed) == sorted(listed), failed
    assert "error" not in {one["verdict"] for one in found}
    assert sum(one["milliseconds"] for one in found) < 120_000
    with chromium(tmp_path / "profile") as driver:
        assert wrong_with(driver, tmp_path / "report.html", axe_script(tmp_path)) == []


def test_what_is_this_exchanges_own_is_not_asked_of_who_does_not_claim_it(server: str) -> None:
    own = checked(server, "--family", "signed", "--family", "cds", "--family", "smart", ends=0)
    assert {one["verdict"] for one in own} == {"skip", "omit"}
    assert all(one["findings"] for one in own)
