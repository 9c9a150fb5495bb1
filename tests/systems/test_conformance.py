"""The checks of an integrator against a gateway as it is installed, and their page in Chromium."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from gateway.trust.jwk import new_client_key, public_jwks
from tests.conformance.site import AUTHORIZATION, HIS, PAGE, images
from tests.systems.axe import axe_script
from tests.systems.browser import chromium
from tests.systems.report_page import wrong_with
from tests.systems.serving import LAB, SAMPLE, Gateway, free_port


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_gateway_with_results_meets_every_requirement_and_the_page_says_so(tmp_path: Path, language: str) -> None:
    gateway = Gateway(tmp_path, settings={
        "mllp": f"127.0.0.1:{free_port()}={LAB}", "cds_origins": PAGE, "cds_milliseconds": "60000",
    })  # fmt: skip
    gateway.register()
    his, public = tmp_path / "his.json", tmp_path / "his-keys.json"
    his.write_text(json.dumps(private := new_client_key()))
    public.write_text(json.dumps(public_jwks(private)))
    gateway.run("cds-client", "add", HIS, "--facility", LAB, "--jwks", str(public), "--cds-hooks", "2.0")
    key, shown, header = tmp_path / "client.json", tmp_path / "report.html", tmp_path / "header"
    key.write_text(json.dumps({"client": gateway.client}))
    header.write_text(AUTHORIZATION)
    with gateway.serving(), images() as archive:
        assert gateway.post(SAMPLE, gateway.token()).status_code == 201
        done = gateway.run(
            "conformance", "run", "--target", f"{gateway.url}/fhir", "--key", str(key), "--rate", "0",
            "--html", str(shown), "--language", language,
            "--mllp", gateway.settings["mllp"].partition("=")[0], "--mllp-facility", LAB, "--mllp-production",
            "--cds-client", HIS, "--cds-key", str(his), "--cds-origin", PAGE,
            "--dicomweb", f"{archive.url}/dicom-web", "--dicomweb-authorization", str(header),
        )  # fmt: skip
    *found, sent = [json.loads(line) for line in done.stdout.splitlines()]
    assert sent["over_mllp"]["orders"]
    assert sent["over_mllp"]["not_withdrawn"] == []
    words = [one["verdict"] for one in found]
    assert {one["family"] for one in found if one["verdict"] == "omit"} == {"tls"}  # it is asked on this machine
    assert set(words) == {"pass", "skip", "omit"}, [
        one for one in done.stdout.splitlines() if '"verdict":"pass"' not in one
    ]
    assert words.count("skip") <= 4  # nothing came from another gateway, and little is held
    with chromium(tmp_path / "profile") as driver:
        driver.get(shown.as_uri())
        assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
        assert str(words.count("pass")) in driver.find_element(By.CSS_SELECTOR, ".sum.good").text
        first = driver.find_element(By.CSS_SELECTOR, "details.pass")
        first.find_element(By.TAG_NAME, "summary").click()
        assert first.find_element(By.TAG_NAME, "code").is_displayed()
        assert wrong_with(driver, shown, axe_script(tmp_path)) == []
