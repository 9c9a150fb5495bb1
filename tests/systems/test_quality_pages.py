"""The pages of quality in Chromium, in both languages, wide and narrow: they fit, complain of nothing, and can be read
by who does not see them."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.quality.figures import LATE_AFTER
from gateway.quality.page import page, sharing_page
from gateway.store import sharing_figures
from tests.blueprint import ROOT
from tests.intake.world import HOSPITAL, LAB, World
from tests.quality.sent import MONTH, quality, report
from tests.systems.axe import axe_script, serious
from tests.systems.browser import chromium, complaints


@pytest.fixture(scope="module")
def pages(empty_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By name and language; of a laboratory with good and bad reports, a hospital with the samples, and all."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copy(empty_tables, folder / "gateway.db")
    world = World.opened(f"sqlite:///{folder / 'gateway.db'}", folder)
    for number in range(40):
        world.at += timedelta(hours=7)
        left_out = {"obx6": ""} if number % 7 == 0 else {"pid3": "", "pid5": ""} if number % 11 == 0 else {}
        with suppress(GatewayError):
            world.take(report(number, issued=world.at - timedelta(hours=number), changed=left_out))
    for path in sorted((ROOT / "adapters" / "bhyt" / "samples").glob("*.xml")):
        with suppress(GatewayError):
            world.take(path.read_bytes(), HOSPITAL)
    with world.store.read() as connection:
        sharing = sharing_figures.sharing(connection, MONTH, LATE_AFTER)
    made = {}
    for language in ("vi", "en"):
        for name, text in (
            ("lab", page(quality(world, facility=LAB), world.at, language)),
            ("hospital", page(quality(world, facility=HOSPITAL), world.at, language)),
            ("all", sharing_page(sharing, world.at, language)),
        ):
            made[f"{name}-{language}"] = folder / f"{name}-{language}.html"
            made[f"{name}-{language}"].write_text(text, "utf-8")
    world.store.close()
    return made


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_script(tmp_path_factory.mktemp("axe"))


def test_they_fit_any_width_complain_of_nothing_and_can_be_heard(
    pages: dict[str, Path], axe: str, tmp_path: Path
) -> None:
    with chromium(tmp_path / "profile") as driver:
        for width in (1280, 390):
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            for name, file in pages.items():
                driver.get(file.as_uri())
                assert driver.execute_script("return document.documentElement.scrollWidth") <= width, (name, width)
                assert complaints(driver) == [], name
                driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})  # for the examiner, which is a script
                driver.get(file.as_uri())
                assert serious(driver, axe) == {}, (name, width)
                driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": False})
