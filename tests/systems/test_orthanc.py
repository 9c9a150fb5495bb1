"""`gateway collect` beside a real PACS: studies stored in Orthanc are found at the gateway, each once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from gateway.jsontext import dumps
from gateway.simulator.held_study import HeldStudy
from gateway.simulator.orthanc import Orthanc, running
from tests.collect.archive import BASE, held
from tests.systems.serving import LAB, Gateway, kill_all

NAME = {"Alphabetic": "NGUYEN^THI^ANH TUYET", "Ideographic": "Nguyễn^Thị^Ánh Tuyết"}


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with running(tmp_path_factory.mktemp("orthanc")) as made:
        yield made


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    made = Gateway(tmp_path, "", {"judges": "0"})
    made.register()
    with made.serving():
        yield made


def today(number: int, **said: Any) -> HeldStudy:
    return held(number, day=f"{datetime.now(UTC):%Y%m%d}", **said)


def file(gateway: Gateway, orthanc: Orthanc) -> Path:
    client = gateway.folder / "client.json"
    client.touch(mode=0o600)
    client.write_bytes(dumps({"client": gateway.client}))
    made = gateway.folder / "collect.toml"
    made.write_text(
        f'gateway = "{gateway.url}"\n[[pacs]]\nname = "pacs"\nfacility = "{LAB}"\nclient = "client.json"\n'
        f'url = "{orthanc.url}"\nimages_at = "https://pacs.hospital.example/dicom-web"\n'
        "poll_seconds = 1\npage = 5\n"
    )
    return made


def collected(gateway: Gateway, orthanc: Orthanc) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(gateway.run("collect", str(file(gateway, orthanc)), "--once").stdout)
    assert told["failed"] == ""
    return told


def found(gateway: Gateway, kind: str, **asked: str) -> list[dict[str, Any]]:
    answer = gateway.get(f"/fhir/{kind}?{urlencode(asked)}", gateway.token())
    return [entry["resource"] for entry in answer.json().get("entry", ())]


def test_a_study_in_orthanc_is_found_at_the_gateway_and_again_when_it_has_grown(
    gateway: Gateway, orthanc: Orthanc
) -> None:
    said = {"PatientName": NAME, "StudyDescription": "X-quang ngực thẳng", "StudyTime": "081530"}
    orthanc.store(today(900, **said))
    assert collected(gateway, orthanc)["taken"] == 1
    number = f"urn:dicom:uid|urn:oid:{BASE}.900"
    (study,) = found(gateway, "ImagingStudy", identifier=number)
    assert (study["description"], study["started"][11:]) == ("X-quang ngực thẳng", "08:15:30+07:00")
    assert (study["numberOfSeries"], study["numberOfInstances"]) == (1, 2)
    assert [len(one["instance"]) for one in study["series"]] == [2]
    (patient,) = found(gateway, "Patient", identifier=f"urn:vn:cskcb:{LAB}:mrn|BN900")
    assert "Nguyễn Thị Ánh Tuyết" in [one["text"] for one in patient["name"]]
    (endpoint,) = found(gateway, "Endpoint")
    assert endpoint["address"] == "https://pacs.hospital.example/dicom-web"
    assert collected(gateway, orthanc)["taken"] == 0

    orthanc.store(today(900, **said, images=(2, 3)))
    assert collected(gateway, orthanc)["taken"] == 1
    (study,) = found(gateway, "ImagingStudy", identifier=number)
    assert [len(one["instance"]) for one in study["series"]] == [2, 3]
    assert study["meta"]["versionId"] == "2"


def test_a_collector_killed_again_and_again_loses_nothing_and_tells_nothing_twice(
    gateway: Gateway, orthanc: Orthanc
) -> None:
    numbers = range(901, 913)
    for number in numbers:
        orthanc.store(today(number))
    collectors = file(gateway, orthanc)
    for kills in range(1, 4):
        with subprocess.Popen(
            [sys.executable, "-m", "gateway", "collect", str(collectors)],
            env=gateway.environment, stderr=subprocess.PIPE, start_new_session=True,
        ) as started:  # fmt: skip
            assert started.stderr is not None
            for _ in range(kills):  # studies told before it dies
                while b'"collected"' not in (line := started.stderr.readline()):
                    assert line, "it ended by itself"
            kill_all(started)
    collected(gateway, orthanc)
    for number in numbers:
        (study,) = found(gateway, "ImagingStudy", identifier=f"urn:dicom:uid|urn:oid:{BASE}.{number}")
        assert study["meta"]["versionId"] == "1"
    exchanges = gateway.run("exchange", "list").stdout.splitlines()
    assert len(exchanges) == len({json.loads(line)["id"] for line in exchanges}) >= len(numbers)
    assert collected(gateway, orthanc)["taken"] == 0
