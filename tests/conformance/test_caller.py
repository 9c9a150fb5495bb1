"""The client of CDS services: who it is, and that its key and a patient's values stay out of reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import gateway
from gateway.conformance.report import line
from gateway.conformance.run import run
from gateway.conformance.target import Target
from gateway.trust.jwk import new_client_key
from tests.conformance.site import HIS, Site, of_family, told
from tests.rest.records import CITIZEN


def test_without_a_client_the_calls_of_one_are_not_made(site: Site) -> None:
    found = {one.requirement.id: one.word for one in run(Target(site.target().client), of_family("cds"))}
    assert {word for name, word in found.items() if name not in ("CDS-1", "CDS-2", "CDS-3")} == {"omit"}


def test_a_target_that_holds_nobody_gives_no_card_and_is_skipped(site: Site) -> None:
    target = site.target()
    target.credentials.token, target.credentials.key = "none", {}
    found = {one.requirement.id: one for one in run(target, of_family("cds"))}
    assert {name for name, one in found.items() if one.word == "skip"} == {"CDS-4", "CDS-5", "CDS-6", "CDS-13"}
    assert [told(one) for one in found.values() if one.word not in ("skip", "pass")] == []


def test_only_reading_tells_nothing_of_cards(site: Site) -> None:
    found = {one.requirement.id: one.word for one in run(site.target(read_only=True), of_family("cds"))}
    assert {name for name, word in found.items() if word == "skip"} == {"CDS-13", "CDS-14"}


def test_no_report_shows_a_call_s_jwt_or_a_patient(site: Site) -> None:
    everything = json.dumps([line(one, site.fhir) for one in run(site.target(), of_family("cds"))])
    assert CITIZEN not in everything
    assert "eyJ" not in everything  # how the header of every JWT begins
    assert site.world.keys[HIS]["d"] not in everything


def test_the_command_reads_the_client_s_key(site: Site, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(json.dumps(site.world.keys[HIS]))
    done = CliRunner().invoke(
        gateway,
        ["conformance", "run", "--target", site.fhir, "--only", "CDS-22", "--cds-client", HIS,
         "--cds-key", str(tmp_path / "key.json")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output


def typed(**options: Any) -> list[str]:
    return [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]


@pytest.mark.parametrize(
    ("options", "content"),
    [
        ({"cds_client": HIS}, b""),
        ({"cds_origin": "https://x"}, b""),
        ({"cds_client": HIS, "cds_key": ""}, b"{}"),
        ({"cds_client": HIS, "cds_key": ""}, json.dumps(new_client_key() | {"kid": None, "d": None}).encode()),
    ],
)
def test_wrong_usage_of_a_client_ends_with_2(tmp_path: Path, options: dict[str, str], content: bytes) -> None:
    if "cds_key" in options:
        (tmp_path / "key").write_bytes(content)
        options = options | {"cds_key": str(tmp_path / "key")}
    done = CliRunner().invoke(gateway, ["conformance", "run", "--target", "https://x/fhir", *typed(**options)])
    assert (done.exit_code, done.stdout) == (2, "")
