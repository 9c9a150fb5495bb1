"""An imaging order: the study of another day, its report and its images, as a card."""

from __future__ import annotations

from gateway.jsontext import dumps
from gateway.r4 import check_json
from tests.cds.his import ENCOUNTER, SIGN, His, hook, request
from tests.prior.test_studies import ARCHIVE, reported, sent
from tests.rest.world import HOME

SUBJECT = {
    "resourceType": "Patient",
    "id": "bn-1",
    "identifier": [{"system": f"urn:vn:cskcb:{HOME}:mrn", "value": "26000001"}],
    "gender": "male",
    "birthDate": "1980-01-01",
}
ORDER = request(code="36643-5") | {
    "code": {"coding": [{"system": "http://loinc.org", "code": "36643-5", "display": "X-quang ngực"}]}
}


def test_a_study_with_its_report_and_its_images_is_offered_for_the_ordered_examination(his: His) -> None:
    sent(his.world, **ARCHIVE)
    reported(his.world)
    (card,) = his.cards(SIGN, hook("order-sign", ORDER, prefetch={"patient": SUBJECT, "encounter": ENCOUNTER}))
    assert card["summary"].startswith("X-quang ngực: ")
    assert card["summary"].endswith("Có thể dùng lại.")
    study = card["suggestions"][0]["actions"][1]["resource"]
    assert (study["resourceType"], study["subject"]) == ("ImagingStudy", {"reference": "Patient/bn-1"})
    assert check_json(dumps(study)) == []


def test_a_study_without_a_report_is_no_reason_for_a_card(his: His) -> None:
    sent(his.world, **ARCHIVE)
    assert his.cards(SIGN, hook("order-sign", ORDER, prefetch={"patient": SUBJECT})) == []
