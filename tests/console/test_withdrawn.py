"""A report that its hospital took back: named with its status on the page, what it said not repeated."""

from __future__ import annotations

import pytest

from tests.console.clinic import Clinic, words
from tests.rest.records import CITIZEN, LOINC, patient


def page(clinic: Clinic, status: str) -> str:
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": status,
        "code": {"coding": [{"system": LOINC, "code": "36643-5"}], "text": "X-quang ngực"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-20T09:00:00+07:00",
        "conclusion": "Nghi lao phổi",
    }
    clinic.world.keep(patient(), report)
    clinic.sign_in()
    return words(clinic.get(clinic.look(CITIZEN)))


@pytest.mark.parametrize("status", ["final", "amended"])
def test_what_a_report_says_is_read(clinic: Clinic, status: str) -> None:
    assert "Nghi lao phổi" in page(clinic, status)


def test_what_a_withdrawn_report_said_is_not_but_that_it_was_there_is(clinic: Clinic) -> None:
    shown = page(clinic, "entered-in-error")
    assert "X-quang ngực" in shown
    assert "phiếu đã thu hồi" in shown
    assert "Nghi lao phổi" not in shown
