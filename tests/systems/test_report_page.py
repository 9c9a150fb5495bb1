"""The page of a run that found much, in Chromium: who decides reads it, who mends finds the way.

Needs Chromium and npm.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from gateway.conformance.page import page
from gateway.conformance.report import Line, counted, line, own_line
from gateway.conformance.run import run
from tests.conformance.keeper import keeping
from tests.conformance.site import REQUIREMENTS
from tests.conformance.test_own_data import of
from tests.conformance.test_report import AT
from tests.systems.axe import axe_script
from tests.systems.browser import chromium
from tests.systems.report_page import wrong_with


@pytest.fixture(scope="module")
def found() -> tuple[list[Line], Line | None]:
    with keeping("keeps-all") as (url, _):
        target = of(url)
        lines = [line(one, url) for one in run(target, [one for one in REQUIREMENTS.values() if one.check])]
    return lines, own_line(target.own)


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_script(tmp_path_factory.mktemp("axe"))


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Chrome]:
    with chromium(tmp_path / "profile") as driver:
        yield driver


@pytest.mark.parametrize("language", ["vi", "en"])
def test_nobody_stumbles_over_it(
    found: tuple[list[Line], Line | None], axe: str, driver: Chrome, tmp_path: Path, language: str
) -> None:
    shown = tmp_path / "report.html"
    shown.write_text(page(found[0], "http://127.0.0.1/fhir", AT, language, own=found[1]), "utf-8")
    assert wrong_with(driver, shown, axe) == []


def test_its_first_words_say_how_many_failed_and_each_leads_to_its_request_and_answer(
    found: tuple[list[Line], Line | None], driver: Chrome, tmp_path: Path
) -> None:
    lines, own = found
    tally, shown = counted(lines), tmp_path / "report.html"
    shown.write_text(page(lines, "http://127.0.0.1/fhir", AT, "en", own=own), "utf-8")
    driver.get(shown.as_uri())
    first = driver.find_element(By.CSS_SELECTOR, ".sum.bad").text
    required = sum(one["verdict"] == "fail" and one["severity"] == "shall" for one in lines)
    asked = tally["fail"] + tally["pass"]
    assert first == (
        f"{tally['fail']} of the {asked} requirements that were asked are not met: {required} required, "
        f"{tally['fail'] - required} recommended. {tally['skip'] + tally['omit']} were not asked."
    )
    to_mend = driver.find_elements(By.CSS_SELECTOR, "main > ul:first-of-type a")
    assert len(to_mend) == tally["fail"]
    for link in to_mend:
        of_it = driver.find_element(By.ID, link.text)
        assert of_it.get_attribute("open") is not None
        assert of_it.find_elements(By.CSS_SELECTOR, ".seen pre")
        assert f"--only {link.text}" in of_it.text
    assert own
    for place in own["own_data"]["left"]:
        assert place in driver.find_element(By.ID, "own-data").text
