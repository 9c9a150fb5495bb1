"""A whole visit: sign in, name the basis, find the patient, read what may be used again, sign out."""

from __future__ import annotations

from gateway.facility import DEFAULT_BASIS
from tests.console.clinic import DOCTOR, Clinic, words
from tests.prior.laboratory import CITIZEN, told
from tests.rest.world import OTHER


def test_a_doctor_finds_a_patient_and_reads_what_may_be_used_again(clinic: Clinic) -> None:
    told(clinic.world, "1", days_ago=40, value="6.40")
    told(clinic.world, "2", facility=OTHER, days_ago=3)
    assert clinic.sign_in().status_code == 303
    address = clinic.look()
    assert CITIZEN not in address
    page = clinic.get(address)
    assert page.status_code == 200
    said = words(page)
    assert "NGUYỄN THỊ B" in said
    assert "HbA1c" in said
    assert "6.10 %" in said
    assert "có thể dùng lại" in said
    chosen = clinic.post(address, test="hba1c", setting="outpatient")
    assert chosen.status_code == 200
    said = words(chosen)
    assert "6.40 %" in said
    assert "Chắc chắn là kết quả của chính người bệnh này." in said
    assert "hợp lệ" in said
    assert "<svg" in chosen.text
    assert clinic.post("/console/sign-out").status_code == 303
    assert clinic.get(address).headers["Location"] == "/console/sign-in"


def test_each_step_is_in_the_audit_with_who_and_on_which_basis(clinic: Clinic) -> None:
    told(clinic.world)
    clinic.sign_in()
    address = clinic.look()
    clinic.get(address)
    lines = [line for line in clinic.world.audit_lines() if line.actor == f"user:{DOCTOR}"]
    assert [line.action for line in lines] == [
        "console-signed-in", "console-search", "console-patient-opened", "prior-results", "prior-studies",
        "console-record",
    ]  # fmt: skip
    assert {line.basis for line in lines[1:]} == {DEFAULT_BASIS}
    assert CITIZEN not in str(lines)


def test_the_password_of_nobody_and_a_wrong_one_are_refused_alike(clinic: Clinic) -> None:
    wrong, unknown = clinic.sign_in(password="x" * 12), clinic.sign_in(name="nobody")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert words(wrong) == words(unknown)
    assert clinic.actions().count("console-sign-in-failed") == 2
    assert "nobody" not in str(clinic.world.audit_lines())
