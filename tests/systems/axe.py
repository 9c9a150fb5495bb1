"""axe-core, which looks at a page as somebody does who cannot see, point or tell colours apart. Needs npm."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

AXE = "axe-core@4.14.1"  # https://www.npmjs.com/package/axe-core


def axe_script(folder: Path) -> str:
    """The program that a page is looked at with; ``folder``: an empty one."""
    packed = subprocess.run(["npm", "pack", "--silent", AXE], cwd=folder, capture_output=True, text=True, timeout=300)
    assert packed.returncode == 0, packed.stderr
    [file] = folder.glob("*.tgz")
    with tarfile.open(file) as package:
        script = package.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


def serious(driver: Chrome, script: str) -> dict[str, list[str]]:
    """What is serious or critical on the page that is shown: rule → the places in HTML."""
    driver.execute_script(script)
    found: Any = driver.execute_async_script("axe.run(document).then(arguments[arguments.length - 1])")
    assert len(found["passes"]) > 5, "it looked"
    grave = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    return {str(one["id"]): [str(node["html"]) for node in one["nodes"]] for one in grave}
