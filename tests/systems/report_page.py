"""A report's page as it is looked at: on a desk and on a telephone, by day and by night, everything unfolded."""

from __future__ import annotations

from pathlib import Path

from selenium.webdriver import Chrome

from tests.systems.axe import serious
from tests.systems.browser import complaints

_WIDTHS = (1280, 390)
_UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true })"
_WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


def wrong_with(driver: Chrome, page: Path, axe: str) -> list[str]:
    """What a reader stumbles over: a page wider than the screen, what axe finds serious, what the browser says."""
    wrong = []
    for width in _WIDTHS:
        screen = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        for scheme in ("light", "dark"):
            feature = {"name": "prefers-color-scheme", "value": scheme}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
            driver.get(page.as_uri())
            driver.execute_script(_UNFOLD)
            if wider := driver.execute_script(_WIDER):
                wrong.append(f"{width} {scheme}: {wider} wider than the screen")
            wrong += [f"{width} {scheme}: {rule} {places[:3]}" for rule, places in serious(driver, axe).items()]
    return wrong + complaints(driver)
