"""The author's page of a payload in Chromium: what is pointed at lights up, and the browser complains of nothing."""

from __future__ import annotations

from pathlib import Path

from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By

from gateway.installed import running_adapters
from gateway.workbench.preview import page
from gateway.workbench.samples import samples
from tests.blueprint import ROOT
from tests.systems.browser import chromium, complaints


def _lit(driver: Chrome) -> list[str]:
    return [one.text for one in driver.find_elements(By.CSS_SELECTOR, ".lit")]


def test_a_word_lights_its_elements_and_an_element_its_words_by_mouse_and_keyboard(tmp_path: Path) -> None:
    (adapter,) = running_adapters(["hl7v2"])
    (titres,) = samples([ROOT / "adapters" / "hl7v2" / "samples" / "lab-titres.hl7"])
    file = tmp_path / "titres.html"
    file.write_text(page(adapter, titres, "vi"), encoding="utf-8")
    with chromium(tmp_path / "profile") as driver:
        driver.get(file.as_uri())
        assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "vi"
        word = driver.find_element(By.XPATH, "//span[@data-follow][.='61']")
        ActionChains(driver).move_to_element(word).perform()
        assert _lit(driver) == ["61", "valueQuantity.value 0.61 OBX[2]-5.2"]
        row = driver.find_element(By.XPATH, "//tr[th='birthDate']")
        driver.execute_script("arguments[0].focus()", row)
        assert _lit(driver) == ["1985", "birthDate 1985 PID-7"]
        ActionChains(driver).send_keys(Keys.ESCAPE).perform()
        assert _lit(driver) == []
        assert complaints(driver) == []
