"""Who is at the page: sessions that end, forms that were meant, attempts that are limited."""

from __future__ import annotations

import unicodedata

import pytest
from sqlalchemy import select

from gateway.console.password import hashed, matches
from gateway.store import users
from gateway.store.user_tables import console_attempt, console_look, console_session
from tests.console.clinic import DOCTOR, PASSWORD, Clinic, words
from tests.prior.laboratory import told
from tests.rest.world import BASE, OTHER


def cookies(clinic: Clinic) -> list[str]:
    answer = clinic.post("/console/sign-in", name=DOCTOR, password=PASSWORD)
    return answer.headers.getlist("Set-Cookie")


def test_the_cookie_of_a_session_is_out_of_reach_of_scripts_and_of_other_sites(desk: Clinic) -> None:
    [session] = [one for one in cookies(desk) if one.startswith("__Host-gateway-session=") and "Max-Age=0" not in one]
    parts = {part.strip() for part in session.split(";")[1:]}
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= parts
    assert not any(part.startswith("Domain") for part in parts)


def test_the_store_holds_no_token_and_no_password(clinic: Clinic) -> None:
    clinic.sign_in()
    cookie = clinic.http.get_cookie("__Host-gateway-session", domain="gateway.example", path="/")
    assert cookie is not None
    with clinic.world.parts.store.read() as connection:
        rows = str([tuple(row) for row in connection.execute(select(console_session))])
        kept = users.password_of(connection, DOCTOR)
    assert cookie.value not in rows
    assert kept is not None
    assert PASSWORD not in kept


def test_each_signing_in_is_a_session_of_its_own(desk: Clinic) -> None:
    desk.sign_in()
    first = desk.http.get_cookie("__Host-gateway-session", domain="gateway.example", path="/")
    desk.post("/console/sign-out")
    desk.sign_in()
    second = desk.http.get_cookie("__Host-gateway-session", domain="gateway.example", path="/")
    assert first is not None
    assert second is not None
    assert first.value != second.value


@pytest.mark.parametrize("minutes", [21, 60 * 24])
def test_a_session_that_is_not_used_ends(clinic: Clinic, minutes: int) -> None:
    clinic.sign_in()
    clinic.world.clock.forward(minutes=minutes)
    answer = clinic.get("/console/patients")
    assert answer.status_code == 401
    assert "phiên làm việc đã kết thúc" in words(answer)


def test_a_session_in_use_ends_after_a_shift(clinic: Clinic) -> None:
    clinic.sign_in()
    for _ in range(40):
        assert clinic.get("/console/patients").status_code == 200
        clinic.world.clock.forward(minutes=14.9)
    assert clinic.get("/console/patients").status_code == 200
    clinic.world.clock.forward(minutes=5)
    assert clinic.get("/console/patients").status_code == 401


def test_sessions_that_are_over_are_forgotten_with_what_they_opened(clinic: Clinic) -> None:
    told(clinic.world)
    clinic.sign_in()
    clinic.look()
    clinic.world.clock.forward(hours=11)
    clinic.browser().sign_in()
    with clinic.world.parts.store.read() as connection:
        assert len(connection.execute(select(console_session)).all()) == 1
        assert connection.execute(select(console_look)).all() == []


def test_who_is_removed_during_a_session_is_out_at_once(clinic: Clinic) -> None:
    told(clinic.world)
    clinic.sign_in()
    address = clinic.look()
    clinic.world.parts.store.write(lambda connection: users.remove_user(connection, DOCTOR))
    clinic.add("somebody.else")
    assert clinic.get(address).status_code == 401
    assert clinic.sign_in().status_code == 401


def test_a_new_password_ends_every_session(clinic: Clinic) -> None:
    clinic.sign_in()
    kept = hashed("another long password", n=16)
    clinic.world.parts.store.write(lambda connection: users.change_password(connection, DOCTOR, kept))
    assert clinic.get("/console/patients").status_code == 401
    assert clinic.browser().sign_in(password="another long password").status_code == 303


@pytest.mark.parametrize("forged", ["", "x", "A" * 43, "é" * 43, "A" * 43 + "; x", "A" * 3000])
def test_a_forged_cookie_is_no_session(desk: Clinic, forged: str) -> None:
    desk.http.set_cookie("__Host-gateway-session", forged, domain="gateway.example", path="/")
    assert desk.get("/console/patients").status_code in (303, 401)


def test_a_form_of_another_session_or_of_none_does_nothing(desk: Clinic) -> None:
    other = desk.browser()
    desk.add("bs.binh")
    other.sign_in("bs.binh")
    theirs = other.form_token()
    desk.sign_in()
    for token in (theirs, "", "0" * 64, "\x00", "ế"):
        answer = desk.post("/console/sign-out", form=token)
        assert answer.status_code == 403
        assert "không được gửi từ trang này" in words(answer)
    assert desk.get("/console/patients").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": "https://elsewhere.example"},
    ],
)
def test_a_form_that_stood_on_another_site_does_nothing(desk: Clinic, headers: dict[str, str]) -> None:
    desk.sign_in()
    assert desk.post("/console/sign-out", headers=headers).status_code == 403
    assert desk.get("/console/patients").status_code == 200


@pytest.mark.parametrize("origin", ["null", BASE])
def test_a_browser_that_says_less_may_send_its_own_form(desk: Clinic, origin: str) -> None:
    desk.sign_in()
    assert desk.post("/console/sign-out", headers={"Sec-Fetch-Site": "", "Origin": origin}).status_code == 303


def test_five_wrong_passwords_close_a_name_for_a_while_even_to_the_right_one(clinic: Clinic) -> None:
    for _ in range(5):
        assert clinic.sign_in(password="wrong wrong wrong").status_code == 401
    closed = clinic.sign_in()
    assert closed.status_code == 429
    assert closed.headers["Retry-After"] == "900"
    assert clinic.browser().sign_in().status_code == 429, "another browser is the same name"
    clinic.add("bs.binh")
    assert clinic.browser().sign_in("bs.binh").status_code == 303
    clinic.world.clock.forward(minutes=15, seconds=1)
    assert clinic.sign_in().status_code == 303
    assert clinic.actions().count("console-sign-in-limited") == 2


def test_one_who_comes_in_has_all_attempts_again(clinic: Clinic) -> None:
    for _ in range(3):
        for _ in range(4):
            assert clinic.browser().sign_in(password="wrong wrong wrong").status_code == 401
        assert clinic.browser().sign_in().status_code == 303


def test_attempts_of_all_names_together_are_limited(clinic: Clinic) -> None:
    store, now = clinic.world.parts.store, clinic.world.clock()
    since = now.replace(hour=0)
    taken = [
        store.write(lambda connection, name=name: users.attempted(connection, name, now, since, 5, 7))  # type: ignore[misc]
        for name in "abcdefghi"
    ]
    assert taken == [True] * 7 + [False] * 2
    with store.read() as connection:
        assert len(connection.execute(select(console_attempt)).all()) == 7


def test_a_patient_that_another_session_opened_is_not_found(clinic: Clinic) -> None:
    told(clinic.world)
    clinic.sign_in()
    address = clinic.look()
    clinic.add("bs.binh", OTHER)
    other = clinic.browser()
    other.sign_in("bs.binh")
    before = len(clinic.world.audit_lines())
    assert other.get(address).status_code == 404
    assert other.post(address, test="hba1c").status_code == 404
    assert len(clinic.world.audit_lines()) == before, "nothing was disclosed"
    assert clinic.get(address).status_code == 200


def test_passwords_are_told_apart_and_kept_with_a_salt_of_their_own() -> None:
    kept = hashed("a password of some length", n=16)
    assert matches("a password of some length", kept)
    assert not matches("a password of some lengtH", kept)
    assert not matches("a password of some length", None)
    assert hashed("the same", n=16) != hashed("the same", n=16)
    assert kept.startswith("scrypt:16:8:3:")
    assert hashed("x").startswith("scrypt:32768:8:3:")


def test_a_password_is_the_same_however_the_keyboard_composes_its_letters() -> None:
    password = "một mật khẩu thật dài"
    composed, parts = (unicodedata.normalize(form, password) for form in ("NFC", "NFD"))
    assert composed != parts
    assert matches(parts, hashed(composed, n=16))
    assert matches(composed, hashed(parts, n=16))
    assert not matches("mot mat khau that dai", hashed(composed, n=16))
