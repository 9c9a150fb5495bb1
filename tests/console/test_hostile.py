"""What nobody meant to send: addresses, ids and names made up, a user removed between two steps, a step left out."""

from __future__ import annotations

import pytest

from gateway.console import patients
from gateway.store import Connection, users
from tests.console.clinic import DOCTOR, Clinic, words
from tests.prior.laboratory import CITIZEN, told


@pytest.mark.parametrize("handle", ["%00", "%F0%9F%98%80", "a" * 3000, "..%2F..", "' OR 1=1 --"])
def test_an_address_that_nobody_was_given_is_no_page(clinic: Clinic, handle: str) -> None:
    clinic.sign_in()
    for path in (f"/console/patients/{handle}", f"/console/patients/{handle}/evidence/{'0' * 36}"):
        assert clinic.get(path).status_code == 404


@pytest.mark.parametrize("named", ["\x00", "nobody", "x' OR 1=1 --", "", "a" * 5000])
def test_a_patient_chosen_who_is_not_there_is_said_to_be_nobody(clinic: Clinic, named: str) -> None:
    clinic.sign_in()
    answer = clinic.search(patient=named)
    assert answer.status_code == 404
    assert "Hồ sơ đó không còn ở đây" in words(answer)


@pytest.mark.parametrize("basis", ["", "because", "\x00"])
def test_without_a_legal_basis_nobody_is_looked_for_and_the_page_says_what_is_missing(
    clinic: Clinic, basis: str
) -> None:
    clinic.sign_in()
    answer = clinic.search(basis=basis)
    assert answer.status_code == 422
    assert "Hãy chọn căn cứ pháp lý trước." in words(answer)
    assert "console-search" not in clinic.actions()


def test_a_user_removed_while_a_patient_is_looked_for_opens_nothing(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(clinic.world)
    clinic.sign_in()
    token = clinic.form_token()

    def removed(connection: Connection) -> None:
        users.remove_user(connection, DOCTOR)

    def nearly(*of: object) -> str:
        clinic.world.parts.store.write(removed)
        return ""

    clinic.add("bs.binh")
    monkeypatch.setattr(patients, "differing", nearly)  # asked between finding the patient and opening the page
    answer = clinic.post("/console/patients", form=token, who=CITIZEN, basis="treatment", setting="")
    assert answer.status_code == 401
    assert "console-patient-opened" not in clinic.actions()
