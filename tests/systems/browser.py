"""A real Chromium for the pages: headless, without a network of its own to reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions, ChromeService


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    """``profile``: an empty folder for what it keeps."""
    options = ChromeOptions()
    for argument in ("--headless=new", "--disable-gpu", "--window-size=1400,900", f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.add_argument("--no-sandbox")  # as root, which CI is, Chromium has no other way
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService("/usr/bin/chromedriver"))
    try:
        yield driver
    finally:
        driver.quit()


def complaints(driver: Chrome) -> list[str]:
    """What the browser's console says: errors of scripts, breaches of the page's security policy."""
    log = driver.get_log("browser")  # type: ignore[no-untyped-call]  # selenium leaves it without types
    return [entry["message"] for entry in log]
