"""The checks of an integrator against a gateway as it is installed, and their page in Chromium."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from tests.systems.browser import chromium, complaints
from tests.systems.serving import SAMPLE, Gateway


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_gateway_with_results_meets_every_requirement_and_the_page_says_so(tmp_path: Path, language: str) -> None:
    gateway = Gateway(tmp_path)
    gateway.register()
    key, shown = tmp_path / "client.json", tmp_path / "report.html"
    key.write_text(json.dumps({"client": gateway.client}))
    with gateway.serving():
        assert gateway.post(SAMPLE, gateway.token()).status_code == 201
        done = gateway.run(
            "conformance", "run", "--target", f"{gateway.url}/fhir", "--key", str(key), "--rate", "0",
            "--html", str(shown), "--language", language,
        )  # fmt: skip
    words = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
    assert set(words) == {"pass", "skip"}
    assert words.count("skip") <= 4  # nothing came from another gateway, and little is held
    with chromium(tmp_path / "profile") as driver:
        driver.get(shown.as_uri())
        assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
        assert str(words.count("pass")) in driver.find_element(By.CSS_SELECTOR, ".sum.good").text
        first = driver.find_element(By.CSS_SELECTOR, "details.pass")
        first.find_element(By.TAG_NAME, "summary").click()
        assert first.find_element(By.TAG_NAME, "code").is_displayed()
        assert complaints(driver) == []
