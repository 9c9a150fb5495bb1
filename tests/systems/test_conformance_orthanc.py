"""The checks of an image archive against a real one: Orthanc. What it does otherwise than DICOM says is listed."""

from __future__ import annotations

from pathlib import Path

from gateway.conformance.archive import Archive
from gateway.conformance.client import Client, Limits
from gateway.conformance.run import run
from gateway.conformance.target import Target
from gateway.simulator.orthanc import running
from tests.collect.archive import held
from tests.conformance.site import of_family, told

NAME = {"Alphabetic": "NGUYEN^THI^ANH TUYET", "Ideographic": "Nguyễn^Thị^Ánh Tuyết"}
# Of Orthanc 1.10.1 with DICOMweb 1.7, each looked at:
OTHERWISE = {
    "DICOM-12": "StudyDate=yesterday finds nothing, with 200 (PS3.18 section 8.3.4 has 400 for what cannot be read)",
    "DICOM-18": "a form it does not have is 400 (PS3.18 section 8.7.1: 406)",
}


def test_what_orthanc_does_otherwise_than_dicom_says_is_all_that_fails(tmp_path: Path) -> None:
    with running(tmp_path) as orthanc:
        for number in (900, 901, 902):
            orthanc.store(
                held(number, day=f"202611{number - 885}", PatientName=NAME, StudyDescription="X-quang ngực thẳng",
                     StudyTime="081530", images=(2, 3))
            )  # fmt: skip
        client = Client("http://127.0.0.1:9/fhir", limits=Limits(pace=0))
        archive = Archive(Client(orthanc.url, limits=Limits(pace=0)), client)
        found = {one.requirement.id: one for one in run(Target(client, archive=archive), of_family("dicomweb"))}
    assert {name: told(one) for name, one in found.items() if one.word in ("error", "omit")} == {}
    assert {name for name, one in found.items() if one.word == "fail"} == set(OTHERWISE)
    assert {name for name, one in found.items() if one.word == "skip"} == {"DICOM-20"}  # it asks for no password
