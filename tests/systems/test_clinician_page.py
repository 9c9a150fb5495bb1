"""The clinician's page in Chromium: a whole visit, what a screen reader needs, and how soon something is seen."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.systems.axe import axe_script, serious
from tests.systems.browser import chromium, complaints
from tests.systems.clinic import DOCTOR, SCANNED, Clinic, open_clinic
from tests.systems.serving import PATIENCE

WIDTHS = (1280, 390)
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}  # 1.6 Mbit/s
SOON = 1000  # milliseconds: the first words on the page, over such a line
TRIES = 5


@dataclass
class Visit:
    """A doctor's browser."""

    clinic: Clinic
    driver: Chrome

    def one(self, found_by: str) -> Any:
        return self.driver.find_element(By.CSS_SELECTOR, found_by)

    def text(self) -> str:
        return str(self.one("main").text)

    def until(self, found_by: str) -> Any:
        WebDriverWait(self.driver, PATIENCE).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, found_by))
        return self.one(found_by)

    def press(self, found_by: str) -> None:
        self.driver.execute_script("arguments[0].click()", self.one(found_by))

    def wide(self, width: int) -> None:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def sign_in(self) -> None:
        self.driver.get(self.clinic.address)
        self.one("#name").send_keys(DOCTOR)
        self.one("#password").send_keys(self.clinic.password)
        self.press("main button")
        self.until("#who")

    def find(self, scanned: str = SCANNED) -> None:
        self.one("#who").send_keys(scanned)
        self.press("input[value=treatment]")
        self.press("option[value=outpatient]")
        self.driver.execute_script("document.querySelector('#setting').value = 'outpatient'")
        self.press("main button.main")
        self.until("#tests")

    def choose(self, *tests: str) -> None:
        for test in tests:
            self.press(f"input[name=test][value={test}]")
        self.press(".asking button.main")
        self.until("#chosen")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with open_clinic(tmp_path_factory.mktemp("clinic")) as made:
        yield made


@pytest.fixture
def visit(clinic: Clinic, tmp_path: Path) -> Iterator[Visit]:
    with chromium(tmp_path / "profile") as driver:
        yield Visit(clinic, driver)


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_script(tmp_path_factory.mktemp("axe"))


def test_a_whole_visit_from_signing_in_to_signing_out(visit: Visit) -> None:
    visit.sign_in()
    visit.find()
    assert "001090000001" not in visit.driver.current_url
    assert "NGUYỄN THỊ MẪU" in visit.text()
    assert "mã QR thẻ căn cước" in visit.text()
    visit.choose("hba1c", "glucose")
    said = visit.text()
    for words in ("HbA1c", "có thể dùng lại", "cần làm lại", "6.50 %", "110 mg/dL", "hợp lệ", "Bệnh viện tỉnh Mẫu"):
        assert words in said, words
    assert len(visit.driver.find_elements(By.CSS_SELECTOR, ".chart > svg .mark")) == 8
    assert visit.driver.switch_to.active_element.get_attribute("id") == "chosen", "the reader is led to what came"
    paper = visit.driver.execute_cdp_cmd("Page.printToPDF", {})
    assert base64.b64decode(paper["data"]).startswith(b"%PDF")
    visit.press("button[name=language]")
    visit.until("html[lang=en]")
    assert "may be used again" in visit.text()
    visit.press("form[action='/console/sign-out'] button")
    visit.until("#password")
    visit.driver.back()
    visit.until("#password")
    assert "NGUYỄN" not in visit.text()
    assert complaints(visit.driver) == []


def test_the_same_visit_without_a_script(visit: Visit) -> None:
    visit.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    visit.driver.get(visit.clinic.address)
    visit.one("#name").send_keys(DOCTOR)
    visit.one("#password").send_keys(visit.clinic.password)
    visit.one("main button").click()
    visit.one("#who").send_keys(SCANNED)
    visit.one("input[value=treatment]").click()
    visit.one("main button.main").click()
    visit.one("input[name=test][value=hba1c]").click()
    visit.one(".asking button.main").click()
    assert "6.50 %" in visit.one("section.chosen").text


def test_where_the_line_breaks_a_former_verdict_does_not_stay_under_what_was_asked_since(visit: Visit) -> None:
    visit.sign_in()
    visit.find()
    visit.choose("hba1c")
    assert "có thể dùng lại" in visit.text()
    visit.driver.execute_cdp_cmd("Network.enable", {})
    visit.driver.execute_cdp_cmd("Network.emulateNetworkConditions", SLOW | {"offline": True})
    visit.press("input[name=condition]")
    visit.press(".asking button.main")
    gone = WebDriverWait(visit.driver, PATIENCE)
    gone.until(lambda driver: not driver.find_elements(By.CSS_SELECTOR, "section.chosen"))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_axe_finds_nothing_serious_on_any_page(visit: Visit, axe: str, language: str, width: int) -> None:
    def looked_at(name: str) -> dict[str, list[str]]:
        return {f"{name}: {rule}": places for rule, places in serious(visit.driver, axe).items()}

    visit.wide(width)
    visit.driver.get(visit.clinic.address)
    if language == "en":
        visit.press("button[name=language]")
        visit.until("html[lang=en]")
    grave = looked_at("sign-in")
    visit.sign_in()
    grave |= looked_at("search")
    visit.find()
    grave |= looked_at("patient")
    visit.choose("hba1c", "glucose", "platelets")
    grave |= looked_at("chosen")
    assert grave == {}, json.dumps(grave, ensure_ascii=False, indent=1)
    overflow = visit.driver.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0, "nothing is pushed off the side"


def test_the_first_words_are_seen_within_a_second_on_a_slow_line(
    visit: Visit, capsys: pytest.CaptureFixture[str]
) -> None:
    """The issue's own figure, of 1.6 Mbit/s and 150 ms with an empty cache; of a few tries, on a shared machine."""
    visit.sign_in()
    visit.find()
    pages = {"search": visit.clinic.address, "patient": visit.driver.current_url}
    visit.driver.execute_cdp_cmd("Network.enable", {})
    visit.driver.execute_cdp_cmd("Network.emulateNetworkConditions", SLOW)
    best = {}
    for name, address in pages.items():
        seen = []
        for _ in range(TRIES):
            visit.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
            visit.driver.get(address)
            seen.append(_first_paint(visit.driver))
        best[name] = min(seen)
        with capsys.disabled():
            tries = ", ".join(f"{one:.0f}" for one in seen)
            sys.stdout.write(f"\nfirst contentful paint, {name}: {min(seen):.0f} ms, of {tries}\n")
    assert max(best.values()) < SOON


def _first_paint(driver: Chrome) -> float:
    script = "return performance.getEntriesByName('first-contentful-paint').map((one) => one.startTime)[0]"
    found = WebDriverWait(driver, PATIENCE).until(lambda shown: shown.execute_script(script))
    return float(found)
