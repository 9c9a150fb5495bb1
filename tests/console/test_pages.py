"""How the pages are written: languages, headers, sizes, what is kept apart, and the values as they were told."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from gateway.console import rendering
from gateway.jsontext import loads
from tests.console.clinic import Clinic, words
from tests.prior.laboratory import CITIZEN, told
from tests.rest.records import observation, patient
from tests.rest.world import OTHER

ASSETS = Path(rendering.__file__).parent / "assets"
MOST = 40_000  # bytes of a first page with its style


def linked(page: str, ending: str) -> list[str]:
    return re.findall(rf'"(/console/assets/[\w.]+\.{ending})"', page)


def test_the_first_pages_with_their_style_are_at_most_forty_kilobytes(clinic: Clinic) -> None:
    results = [
        observation(
            f"o{number}", code={"text": f"Xét nghiệm số {number}", "coding": [{"system": "x", "code": str(number)}]}
        )
        for number in range(40)
    ]
    clinic.world.keep(patient(), *results)
    sizes = {"sign-in": len(clinic.get("/console/sign-in").data)}
    clinic.sign_in()
    search = clinic.get("/console/patients")
    sizes["search"] = len(search.data)
    sizes["patient of forty tests"] = len(clinic.get(clinic.look("001099012345")).data)
    [style] = linked(search.text, "css")
    whole = {name: size + len(clinic.get(style).data) for name, size in sizes.items()}
    assert max(whole.values()) <= MOST, whole


def test_a_file_is_kept_for_a_year_under_a_name_that_changes_with_it(desk: Clinic) -> None:
    page = desk.get("/console/sign-in").text
    files = [*linked(page, "css"), *linked(page, "js")]
    assert len(files) == 3
    for file in files:
        answer = desk.get(file)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert hashlib.sha256(answer.data).hexdigest()[:16] in file


def test_the_one_script_of_others_is_unchanged_and_says_whose_it_is() -> None:
    said = (ASSETS / "htmx.md").read_text("utf-8")
    assert hashlib.sha256((ASSETS / "htmx.min.js").read_bytes()).hexdigest() in said
    assert "Zero-Clause BSD" in (ASSETS / "htmx-LICENSE.txt").read_text("utf-8")


def test_the_policy_lets_nothing_run_that_is_not_a_file_of_ours(clinic: Clinic) -> None:
    told(clinic.world)
    clinic.sign_in()
    page = clinic.post(clinic.look(), test="hba1c")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son[a-z]+=", page.text)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"


def test_vietnamese_comes_first_and_english_stays_once_chosen(clinic: Clinic) -> None:
    told(clinic.world)
    shown = clinic.get("/console/sign-in", **{"Accept-Language": "en-US"})
    assert '<html lang="vi">' in shown.text
    clinic.sign_in()
    address = clinic.look()
    turned = clinic.post("/console/language", language="en", back=address)
    assert turned.headers["Location"] == address
    page = clinic.get(address)
    assert '<html lang="en">' in page.text
    assert page.headers["Content-Language"] == "en"
    assert "Reference range" in words(page)
    assert "Xét nghiệm" not in words(page)


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/console//x", "", "/fhir"])
def test_no_form_leads_away_from_the_pages(desk: Clinic, back: str) -> None:
    assert desk.post("/console/language", language="en", back=back).headers["Location"] == "/console/"


def test_a_comparator_and_every_digit_stand_as_they_were_told(clinic: Clinic) -> None:
    told(clinic.world, "1", days_ago=3, value="6.10")
    told(clinic.world, "2", days_ago=20, facility=OTHER, value="6.000")
    clinic.sign_in()
    said = words(clinic.post(clinic.look(), test="hba1c"))
    assert "6.10 %" in said
    assert "6.000 %" in said


def test_markup_in_what_a_facility_sent_is_text(clinic: Clinic) -> None:
    told(clinic.world, note="<script>alert(1)</script>", name="<b>NGUYỄN</b>^THỊ")
    clinic.sign_in()
    page = clinic.post(clinic.look(), test="hba1c").text
    assert "<script>alert" not in page
    assert "<b>NGUY" not in page
    assert "&lt;script&gt;" in page


def test_the_evidence_of_a_result_is_the_signed_file(clinic: Clinic) -> None:
    exchange = told(clinic.world, facility=OTHER)
    clinic.sign_in()
    address = clinic.look()
    assert f"{address}/evidence/{exchange}" in clinic.post(address, test="hba1c").text
    answer = clinic.get(f"{address}/evidence/{exchange}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert loads(answer.data)["bundle"]["resourceType"] == "Bundle"
    assert clinic.actions().count("evidence-read") == 1


def test_a_revoked_key_is_seen_on_the_page(clinic: Clinic) -> None:
    told(clinic.world)
    clinic.sign_in()
    address = clinic.look()
    assert "có thể dùng lại" in words(clinic.get(address))
    key = clinic.world.parts.keyring.active_key("79001")
    assert key is not None
    clinic.world.parts.keyring.revoke(key.kid, "lost", actor="test")
    said = words(clinic.post(address, test="hba1c"))
    assert "không hợp lệ" in said
    assert "cần làm lại" in said


def test_no_number_of_a_patient_is_in_a_log_or_an_address(clinic: Clinic, capsys: pytest.CaptureFixture[str]) -> None:
    told(clinic.world)
    clinic.sign_in()
    capsys.readouterr()
    address = clinic.look()
    clinic.get(address)
    clinic.post(address, test="hba1c")
    out = capsys.readouterr()
    assert "route=/console/patients/<handle>" in out.out
    assert CITIZEN not in out.out + out.err
    assert address.rpartition("/")[2] not in out.out + out.err
