"""A study, its order and its report come from three systems, and are found from each other."""

from __future__ import annotations

import json

import pytest

from gateway.jsontext import loads
from tests.dicomweb.building import UID, instance, series, study
from tests.rest.world import HOME, World

ACCESSION = f"urn:vn:cskcb:{HOME}:accession|ACC1"
STUDY = f"urn:dicom:uid|urn:oid:{UID}"
REPORT = (
    "MSH|^~\\&|RIS|79001|||20261120100000||ORU^R01|M1|P|2.5\r"
    f"PID|1||{{patient}}^^^{HOME}^MR||Nguyễn^Văn^Thử||19800101|M\r"
    "OBR|1|P1|F1|RAD^X-quang ngực^L|||20261120090000|||||||||||||||20261120100000||RAD|F\r"
    "OBX|1|ST|113014^DICOM Study^DCM||{uid}||||||F\r"
    "OBX|2|ST|121022^Accession Number^DCM||{accession}||||||F\r"
    "OBX|3|TX|IMP^Kết luận^L||Bình thường||||||F\r"
)


@pytest.fixture
def world(world: World) -> World:
    world.sign_here()
    return world


def told(world: World, *datasets: object) -> list[str]:
    """What became of the study."""
    headers = {"Content-Type": "application/dicom+json"}
    answer = world.post(json.dumps(datasets).encode(), **headers)
    return [one["status"] for one in loads(answer.data)["exchanges"]]


def reported(world: World, *, patient: str = "26000001", uid: str = UID, accession: str = "ACC1") -> list[str]:
    message = REPORT.format(patient=patient, uid=uid, accession=accession).encode()
    return [one["status"] for one in loads(world.post(message).data)["exchanges"]]


def found(world: World, query: str) -> list[str]:
    answer = loads(world.get(f"/fhir/{query}").data)
    return [entry["resource"]["id"] for entry in answer.get("entry", ()) if entry["search"]["mode"] == "match"]


@pytest.mark.parametrize("study_first", [True, False])
def test_whichever_comes_first_study_and_report_are_found_from_each_other(world: World, study_first: bool) -> None:
    if study_first:
        assert told(world, study(), series(), instance()) == ["kept"]
        assert reported(world) == ["kept"]
    else:
        assert reported(world) == ["kept"]
        assert told(world, study(), series(), instance()) == ["kept"]
    (own,), (report,) = found(world, f"ImagingStudy?identifier={STUDY}"), found(world, "DiagnosticReport")
    assert found(world, f"DiagnosticReport?study:identifier={STUDY}") == [report]
    assert found(world, f"DiagnosticReport?identifier={ACCESSION}") == [report]
    assert found(world, f"ImagingStudy?basedon:identifier={ACCESSION}") == [own]
    assert found(world, f"ImagingStudy?identifier={ACCESSION}&patient.identifier=urn:vn:cskcb:{HOME}:mrn|26000001") == [
        own
    ]
    named = loads(world.get(f"/fhir/DiagnosticReport/{report}").data)["imagingStudy"][0]["identifier"]
    assert f"{named['system']}|{named['value']}" == STUDY


def test_another_study_and_another_issuers_number_are_not_found(world: World) -> None:
    told(world, study(), series())
    reported(world, uid=f"{UID}.9", accession="ACC2")
    assert found(world, f"DiagnosticReport?study:identifier={STUDY}") == []
    assert found(world, f"DiagnosticReport?identifier={ACCESSION}") == []
    assert found(world, "ImagingStudy?basedon:identifier=urn:vn:cskcb:01001:accession|ACC1") == []


def test_an_accession_number_of_another_patient_is_held_and_joined_to_nothing(world: World) -> None:
    assert told(world, study(), series()) == ["kept"]
    assert reported(world, patient="26999999") == ["held"]
    assert found(world, "DiagnosticReport") == []
    assert told(world, study(StudyInstanceUID=f"{UID}.8", PatientID="26777777")) == ["held"]


def test_a_study_that_grows_is_one_study_in_two_versions_and_the_same_payload_changes_nothing(world: World) -> None:
    first = [study(), series(), instance()]
    assert told(world, *first) == ["kept"]
    world.clock.forward(minutes=5)
    assert told(world, *first, series(2, Modality="CT")) == ["kept"]
    assert told(world, *first, series(2, Modality="CT")) == ["kept"]
    (own,) = found(world, "ImagingStudy")
    assert len(loads(world.get(f"/fhir/ImagingStudy/{own}/_history").data)["entry"]) == 2
    assert found(world, "ImagingStudy?modality=CT") == [own]
    assert found(world, f"ImagingStudy?series={UID}.2") == [own]


def test_the_archive_is_found_from_its_studies(world: World) -> None:
    told(world, study(RetrieveURL=f"https://pacs.example/dicom-web/studies/{UID}"), series())
    answer = loads(world.get("/fhir/ImagingStudy?_include=ImagingStudy:endpoint").data)
    (endpoint,) = (one["resource"] for one in answer["entry"] if one["search"]["mode"] == "include")
    assert endpoint["address"] == "https://pacs.example/dicom-web"
    assert found(world, f"ImagingStudy?endpoint=Endpoint/{endpoint['id']}") == found(world, "ImagingStudy")
    assert found(world, "Endpoint?connection-type=dicom-wado-rs") == [endpoint["id"]]
