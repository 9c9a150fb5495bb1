"""Whatever is sent to the pages, a clear page answers, in the chosen language: never a 500, never nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import StoreUnavailable
from tests.console.clinic import Clinic, words
from tests.prior.laboratory import CITIZEN, told
from tests.rest.world import BASE

HTML = "text/html; charset=utf-8"


def is_a_page(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.content_type == HTML
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    said = words(answer)
    assert len(said) > 30
    return said


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/console/nothing", 404),
        ("/console/patients/x/y/z", 404),
        ("/console/patients/", 404),
        ("/console/assets/x", 404),
    ],
)
def test_an_address_that_is_none_is_a_page(desk: Clinic, path: str, status: int) -> None:
    desk.sign_in()
    answer = desk.get(path)
    assert answer.status_code in (status, 200)
    assert answer.content_type == HTML


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_a_wrong_method_is_told_which_are_right(desk: Clinic, method: str) -> None:
    answer = desk.http.open("/console/patients", method=method, base_url=BASE)
    is_a_page(answer, 405)
    assert answer.headers["Allow"] == "GET, POST"
    answer = desk.http.open("/console/sign-out", method="GET", base_url=BASE)
    is_a_page(answer, 405)
    assert answer.headers["Allow"] == "POST"


def test_a_huge_form_is_not_read(desk: Clinic) -> None:
    desk.sign_in()
    is_a_page(desk.post("/console/patients", who="1" * 40_000, basis="treatment"), 413)


def test_a_form_of_another_kind_does_nothing(desk: Clinic) -> None:
    desk.sign_in()
    for body, kind in ((b"{}", "application/json"), (b"\xff\xfe", "application/x-www-form-urlencoded"), (b"", "")):
        is_a_page(desk.http.post("/console/patients", data=body, content_type=kind, base_url=BASE), 403)


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"who": ""}, 422, "Hãy nhập hoặc quét một số trước."),
        ({"who": "   "}, 422, "Hãy nhập hoặc quét một số trước."),
        ({"who": "12345"}, 422, "Không phải số CCCD"),
        ({"who": "Nguyễn Văn A"}, 422, "Không phải số CCCD"),
        ({"who": "|||||"}, 422, "Không phải số CCCD"),
        ({"who": "' OR 1=1 --"}, 422, "Không phải số CCCD"),
        ({"who": "9" * 3000}, 422, "Không phải số CCCD"),
        ({"who": "001090000099"}, 404, "Đã hiểu là số căn cước. Không có hồ sơ nào mang số này."),
        ({"who": CITIZEN, "basis": ""}, 422, "Căn cứ pháp lý"),
        ({"who": CITIZEN, "basis": "curiosity"}, 422, "Căn cứ pháp lý"),
        ({"who": CITIZEN, "setting": "space"}, 400, "không đúng với biểu mẫu"),
        ({"patient": "nobody"}, 404, "Hồ sơ đó không còn ở đây"),
        ({"patient": "../../x"}, 404, "Hồ sơ đó không còn ở đây"),
    ],
)
def test_a_search_that_finds_nobody_says_why(desk: Clinic, fields: dict[str, str], status: int, said: str) -> None:
    desk.sign_in()
    assert said in is_a_page(desk.search(**fields), status)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"test": "no-such-test"}, 200),
        ({"test": ["hba1c"] * 300}, 200),
        ({"test": [f"test-{number}" for number in range(20)]}, 200),
        ({"test": [f"test-{number}" for number in range(21)]}, 422),
        ({"setting": "space"}, 400),
        ({"condition": "no-such-condition"}, 400),
        ({"test": "\x00"}, 200),
    ],
)
def test_what_no_page_offers_is_refused_or_said_to_be_nothing(
    clinic: Clinic, fields: dict[str, Any], status: int
) -> None:
    told(clinic.world)
    clinic.sign_in()
    said = is_a_page(clinic.post(clinic.look(), **fields), status)
    if fields.get("test") == "no-such-test":
        assert "Không xét nghiệm nào đã chọn có kết quả" in said
    if status == 422:
        assert "chỉ đánh dấu tối đa 20 mục" in said


@pytest.mark.parametrize("name", ["no-such-handle", "x" * 500, "%00", "..%2f.."])
def test_a_page_that_was_never_opened_is_not_there(desk: Clinic, name: str) -> None:
    desk.sign_in()
    is_a_page(desk.get(f"/console/patients/{name}"), 404)


def test_evidence_of_nothing_or_of_another_patient_is_not_given(clinic: Clinic) -> None:
    told(clinic.world, "1")
    other = told(clinic.world, "2", cccd="001090000002", mrn="BN2", name="LÊ^VĂN C", born="19600101")
    clinic.sign_in()
    address = clinic.look()
    for name in ("x", "0" * 36, other):
        is_a_page(clinic.get(f"{address}/evidence/{name}"), 404)


def test_a_database_that_is_away_is_said_in_words(desk: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.sign_in()

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("store-busy")

    monkeypatch.setattr(desk.world.parts.store, "read", away)
    is_a_page(desk.get("/console/patients"), 503)


def test_a_fault_of_ours_is_a_page_with_its_number_and_no_word_of_the_patient(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told(clinic.world)
    clinic.sign_in()
    address = clinic.look()

    def broken(*_: object) -> None:
        raise RuntimeError(f"patient {CITIZEN}")

    monkeypatch.setattr("gateway.console.patients.overview", broken)
    answer = clinic.get(address)
    assert CITIZEN not in is_a_page(answer, 500)
    assert answer.headers["X-Request-Id"] in answer.text
    assert CITIZEN not in capsys.readouterr().out


def test_nobody_to_sign_in_is_said_with_the_command_that_changes_it(desk: Clinic) -> None:
    from gateway.store import users

    desk.world.parts.store.write(lambda connection: users.remove_user(connection, "bs.an"))
    assert "gateway user add" in is_a_page(desk.get("/console/sign-in"), 404)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["who", "basis", "setting", "patient", "test", "language", "back", "name"]),
        st.text(max_size=60),
    )
)
def test_no_form_breaks_a_page(desk: Clinic, fields: dict[str, str]) -> None:
    if desk.http.get_cookie("__Host-gateway-session", domain="gateway.example", path="/") is None:
        desk.sign_in()
    token = desk.form_token()
    for path in ("/console/patients", "/console/patients/x", "/console/language", "/console/sign-in"):
        data = {"form": token} | fields
        answer = desk.http.post(path, data=data, base_url=BASE, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code < 500, answer.text
        assert not answer.headers.get("Location", "/console/").startswith("//")
