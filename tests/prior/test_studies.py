"""$prior-studies over HTTP: a study is worth its report and its images, each from a system of its own."""

from __future__ import annotations

import json
from typing import Any

from tests.dicomweb.building import UID, instance, series, study
from tests.prior.lists import CHEST
from tests.prior.test_results import codes, verdicts
from tests.rest.world import HOME, World

DOOR = "/fhir/ImagingStudy/$prior-studies"
PATIENT = f"urn:vn:cskcb:{HOME}:mrn|26000001"
SITE = "|".join(CHEST)
REPORT = (
    "MSH|^~\\&|RIS|79001|||20261120100000||ORU^R01|M1|P|2.5\r"
    f"PID|1||26000001^^^{HOME}^MR||Nguyễn^Văn^Thử||19800101|M\r"
    "OBR|1|P1|F1|RAD^X-quang ngực^L^36643-5^X-quang ngực^LN|||20261120090000|||||||||||||||20261120100000||RAD|F\r"
    "{study}"
    "OBX|3|TX|IMP^Kết luận^L||Bình thường||||||F\r"
)
NAMES_THE_STUDY = f"OBX|1|ST|113014^DICOM Study^DCM||{UID}||||||F\r"


def sent(world: World, **said: Any) -> None:
    datasets = [study(StudyTime="083000", **said), series(Modality="DX", BodyPartExamined="CHEST"), instance()]
    answer = world.post(json.dumps(datasets).encode(), **{"Content-Type": "application/dicom+json"})
    assert answer.status_code == 201, answer.text


def reported(world: World, names: str = NAMES_THE_STUDY) -> None:
    answer = world.post(REPORT.format(study=names).encode())
    assert answer.status_code == 201, answer.text


def verdict(world: World, **asked: Any) -> dict[str, list[Any]]:
    given = {"patient": PATIENT, "modality": "DX", "body-site": SITE, "setting": "outpatient"} | asked
    query = {name: value for name, value in given.items() if value is not None}
    (one,) = verdicts(world.http.get(DOOR, query_string=query, headers=world.bearer()))
    return one


ARCHIVE = {"RetrieveURL": f"https://pacs.example/dicom-web/studies/{UID}"}


def test_a_study_with_its_report_and_its_images_may_be_reused(world: World) -> None:
    sent(world, **ARCHIVE)
    reported(world)
    one = verdict(world)
    assert one["decision"] == ["reuse"], one["reason"]
    assert one["result"][0]["resourceType"] == "ImagingStudy"
    assert one["proof"][0]["signature"] == ["valid"]
    by_code = verdict(world, modality=None, code="http://loinc.org|36643-5", **{"body-site": None})
    assert by_code["result"] == one["result"]


def test_images_without_a_report_and_a_report_without_images_are_a_repeat(world: World) -> None:
    reported(world, "")
    one = verdict(world, code="http://loinc.org|36643-5")
    assert one["decision"] == ["repeat"]
    assert one["result"][0]["resourceType"] == "DiagnosticReport"
    sent(world, **ARCHIVE)
    assert verdict(world)["decision"] == ["repeat"]


def test_another_part_of_the_body_is_no_prior_of_it(world: World) -> None:
    sent(world, **ARCHIVE)
    reported(world)
    other = verdict(world, **{"body-site": "http://snomed.info/sct|69536005"})
    assert other["decision"] != ["reuse"]


def test_the_report_of_a_revoked_key_spoils_the_study_it_speaks_for(world: World) -> None:
    sent(world, **ARCHIVE)
    former = world.parts.keyring.active_key(HOME)
    assert former is not None
    world.parts.keyring.issue(HOME, "Hospital", actor="test")
    reported(world)
    assert verdict(world)["decision"] == ["reuse"]
    key = world.parts.keyring.active_key(HOME)
    assert key is not None
    world.parts.keyring.revoke(key.kid, "lost", actor="test")
    one = verdict(world)
    assert one["decision"] == ["repeat"]
    assert codes(one) & {"reuse-signature-invalid"}
