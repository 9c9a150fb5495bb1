"""The checks of an integrator against a gateway as it is installed, and their page in Chromium."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from tests.conformance.site import AUTHORIZATION, images
from tests.systems.browser import chromium, complaints
from tests.systems.serving import LAB, SAMPLE, Gateway, free_port


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_gateway_with_results_meets_every_requirement_and_the_page_says_so(tmp_path: Path, language: str) -> None:
    gateway = Gateway(tmp_path, settings={"mllp": f"127.0.0.1:{free_port()}={LAB}"})
    gateway.register()
    key, shown, header = tmp_path / "client.json", tmp_path / "report.html", tmp_path / "header"
    key.write_text(json.dumps({"client": gateway.client}))
    header.write_text(AUTHORIZATION)
    with gateway.serving(), images() as archive:
        assert gateway.post(SAMPLE, gateway.token()).status_code == 201
        done = gateway.run(
            "conformance", "run", "--target", f"{gateway.url}/fhir", "--key", str(key), "--rate", "0",
            "--html", str(shown), "--language", language,
            "--mllp", gateway.settings["mllp"].partition("=")[0], "--mllp-facility", LAB, "--mllp-production",
            "--dicomweb", f"{archive.url}/dicom-web", "--dicomweb-authorization", str(header),
        )  # fmt: skip
    words = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
    assert set(words) == {"pass", "skip"}, [one for one in done.stdout.splitlines() if '"verdict":"pass"' not in one]
    assert words.count("skip") <= 4  # nothing came from another gateway, and little is held
    with chromium(tmp_path / "profile") as driver:
        driver.get(shown.as_uri())
        assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
        assert str(words.count("pass")) in driver.find_element(By.CSS_SELECTOR, ".sum.good").text
        first = driver.find_element(By.CSS_SELECTOR, "details.pass")
        first.find_element(By.TAG_NAME, "summary").click()
        assert first.find_element(By.TAG_NAME, "code").is_displayed()
        assert complaints(driver) == []
