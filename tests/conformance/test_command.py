"""``gateway conformance``: what it writes, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import gateway
from gateway.conformance.credentials import Credentials
from gateway.simulator.faulty.proxy import fault_named
from tests.conformance.site import REQUIREMENTS, Site


def told(done: Result) -> list[dict[str, Any]]:
    """The JSON lines; between them stand the request logs of the gateway that is asked, in this same process."""
    return [json.loads(one) for one in done.stdout.splitlines() if one.startswith("{")]


def ran(*typed: str) -> Result:
    return CliRunner().invoke(gateway, ["conformance", *typed])


@pytest.fixture
def token(site: Site, tmp_path: Path) -> str:
    """A file with a token, as an integrator has who may not have the key."""
    made: Credentials = site.credentials()
    made.header(site.target().client)
    (tmp_path / "token").write_text(made.token)
    return str(tmp_path / "token")


def test_a_right_gateway_ends_with_0_and_a_line_a_requirement(site: Site, token: str) -> None:
    done = ran(
        "run", "--target", site.fhir, "--token-file", token, "--only", "READ-1", "--only", "READ-3", "--rate", "0"
    )
    assert done.exit_code == 0, done.output
    assert [one["verdict"] for one in told(done)] == ["pass", "pass"]
    assert "2/2 pass  READ-3" in done.stderr


def test_a_broken_one_ends_with_1_and_every_form_is_written(site: Site, token: str, tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("run.jsonl", "run.xml", "run.html")}
    site.proxy.fault = fault_named("nothing-there")
    try:
        done = ran(
            "run", "--target", f"{site.fhir}/", "--token-file", token, "--family", "read", "--rate", "0",
            "--jsonl", files["run.jsonl"], "--junit", files["run.xml"], "--html", files["run.html"], "--language", "vi",
        )  # fmt: skip
    finally:
        site.proxy.fault = None
    assert done.exit_code == 1
    assert told(done) == []
    assert "READ-1" in Path(files["run.html"]).read_text("utf-8")
    assert 'lang="vi"' in Path(files["run.html"]).read_text("utf-8")
    again = ran("run", "--target", site.fhir, "--token-file", token, "--family", "read", "--rate", "0",
                "--compare", files["run.jsonl"])  # fmt: skip
    assert again.exit_code == 0
    assert "READ-1: fail → pass" in again.stderr


def test_advice_that_is_not_followed_fails_a_run_unless_only_what_it_shall_do_is_asked(site: Site, token: str) -> None:
    asked = ("run", "--target", site.fhir, "--token-file", token, "--only", "NET-1", "--only", "NET-3")
    site.proxy.fault = fault_named("banner")
    try:
        whole, musts = ran(*asked), ran(*asked, "--severity", "shall")
    finally:
        site.proxy.fault = None
    assert [(one["verdict"], one["severity"]) for one in told(whole)] == [("fail", "should"), ("pass", "shall")]
    assert [(one["verdict"], one["severity"]) for one in told(musts)] == [("pass", "shall")]
    assert (whole.exit_code, musts.exit_code) == (1, 0)


def test_a_choice_that_leaves_nothing_to_ask_is_wrong_usage(site: Site) -> None:
    done = ran("run", "--target", site.fhir, "--only", "NET-1", "--severity", "shall")
    assert done.exit_code == 2
    assert "nothing is left to ask" in done.stderr


def test_a_check_that_breaks_ends_with_3(site: Site, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_target: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("gateway.conformance.checks.read.an_unknown_id_is_not_found", broken)
    done = ran("run", "--target", site.fhir, "--token-file", token, "--only", "READ-3")
    assert done.exit_code == 3
    assert [one["verdict"] for one in told(done)] == ["error"]


@pytest.mark.parametrize(
    "typed",
    [
        [],
        ["--target", "ftp://x"],
        ["--target", "http://partner.example/fhir"],
        ["--target", "https://x/fhir?a=b"],
        ["--target", "https://user@x/fhir"],
        ["--target", "https://x/fhir", "--only", "READ-999"],
        ["--target", "https://x/fhir", "--family", "tea"],
        ["--target", "https://x/fhir", "--key", "/no/such/file"],
        ["--target", "https://x/fhir", "--timeout", "0"],
    ],
)
def test_wrong_usage_ends_with_2(typed: list[str]) -> None:
    done = ran("run", *typed)
    assert (done.exit_code, done.stdout) == (2, "")


def test_requirements_are_listed_with_what_covers_them() -> None:
    done = ran("requirements")
    lines = told(done)
    assert [one["requirement"] for one in lines] == list(REQUIREMENTS)
    assert all(bool(one["check"]) != bool(one["reason"]) for one in lines)
    assert ran("requirements", "--family", "tea").exit_code == 2
