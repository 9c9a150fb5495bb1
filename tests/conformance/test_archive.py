"""The image archive under test: its credentials stay with it, and what it says is masked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import gateway
from gateway.conformance.archive import Archive
from gateway.conformance.client import Answer, Client
from gateway.conformance.masking import shown
from gateway.conformance.run import run
from gateway.conformance.target import Target
from gateway.simulator.pacs import SimulatedPacs
from tests.conformance.site import AUTHORIZATION, QUICK, Site, of_family
from tests.conformance.test_bounds import IMPATIENT, odd
from tests.conformance.test_command import ran, told


def of(url: str) -> Target:
    client = Client("http://127.0.0.1:9/fhir", limits=IMPATIENT)
    return Target(client, archive=Archive(Client(url, limits=IMPATIENT), client, AUTHORIZATION))


def test_without_an_archive_nothing_is_asked(site: Site) -> None:
    target = Target(site.target().client)
    assert {one.word for one in run(target, of_family("dicomweb"))} == {"omit"}


def test_an_empty_archive_is_skipped_and_one_that_talks_nonsense_fails() -> None:
    with SimulatedPacs() as empty:
        assert {one.word for one in run(of(empty.url), of_family("dicomweb"))} == {"skip"}
    with odd() as (url, _):
        assert {one.word for one in run(of(f"{url}/page"), of_family("dicomweb"))} == {"fail"}


def test_an_archive_that_hangs_is_given_up() -> None:
    with odd() as (url, _):
        found = list(run(of(f"{url}/hang"), of_family("dicomweb")))
    assert [one.word for one in found] == ["fail"] * 3 + ["skip"] * (len(found) - 3)


def test_its_credentials_are_shown_to_nobody_else() -> None:
    with odd() as (images, own), odd() as (fhir, others):
        client = Client(f"{fhir}/page", limits=QUICK)
        archive = Archive(Client(f"{images}/page", limits=QUICK), client, AUTHORIZATION)
        archive.get("/studies")
        Target(client, archive=archive).get("/metadata", bare=True)
    assert (own, others) == ([AUTHORIZATION], [None])


def test_a_report_shows_no_value_of_a_patient() -> None:
    asked = "http://x/dicom-web/studies?PatientID=BN000123&00100010=Lan&StudyDate=20261101"
    body = b'[{"00100020":{"vr":"LO","Value":["BN000123"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"LAN"}]}}]'
    one = shown(Answer("GET", asked, {"Authorization": AUTHORIZATION}, status=200,
                       headers={"content-type": "application/dicom+json"}, body=body))  # fmt: skip
    everything = json.dumps(one)
    assert "00100020" in one["answer"]
    for value in ("BN000123", "Lan", "LAN", AUTHORIZATION):
        assert value not in everything


def test_the_command_asks_an_archive(site: Site, tmp_path: Path) -> None:
    (tmp_path / "header").write_text(f"{AUTHORIZATION}\n")
    done = ran("run", "--target", site.fhir, "--family", "dicomweb", "--rate", "0", "--read-only", "--dicomweb",
               f"{site.images.url}/dicom-web", "--dicomweb-authorization", str(tmp_path / "header"))  # fmt: skip
    assert done.exit_code == 0, done.output
    assert {one["verdict"] for one in told(done)} == {"pass"}
    assert f"--dicomweb {site.images.url}/dicom-web --only DICOM-1" in told(done)[0]["repeat"]
    assert AUTHORIZATION not in done.output


@pytest.mark.parametrize(
    "typed",
    [
        ["--dicomweb", "http://pacs.example/dicom-web"],
        ["--dicomweb", "https://user@pacs.example/dicom-web"],
        ["--dicomweb", "https://pacs.example/dicom-web?x=1"],
        ["--dicomweb-authorization", str(Path(__file__))],
        ["--dicomweb", "https://pacs.example/dicom-web", "--dicomweb-authorization", str(Path(__file__))],
    ],
)
def test_wrong_usage_of_an_archive_ends_with_2(typed: list[str]) -> None:
    done = CliRunner().invoke(gateway, ["conformance", "run", "--target", "https://x/fhir", *typed])
    assert (done.exit_code, done.stdout) == (2, "")
