"""What is installed is what is in the tree, pinned, and nothing needs the tree to run."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

import gateway
from gateway.adapter import SourceAdapter
from tests.blueprint import PACKAGES, ROOT, files

_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)


def _project() -> dict[str, Any]:
    declared: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return declared


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; #]", requirement, maxsplit=1)[0].lower().replace(".", "-")


def _asked_for(lock: str) -> dict[str, str]:
    """Direct requirement → the reason beside it."""
    lines = (ROOT / "requirements" / f"{lock}.in").read_text(encoding="utf-8").splitlines()
    asked = [line for line in lines if line and not line.startswith(("#", "-"))]
    return {_name(line): line.partition("#")[2].strip() for line in asked}


@pytest.mark.parametrize("lock", ["run", "build", "dev", "fuzz"])
def test_every_requirement_has_a_reason_and_every_pin_a_hash(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    pinned = {_name(name) for name, _ in _PIN.findall(text)}
    assert all(_asked_for(lock).values())
    assert set(_asked_for(lock)) <= pinned
    assert all("--hash=sha256:" in block for block in re.split(r"(?m)^(?=[a-z0-9])", text)[1:])
    assert not re.search(r"^--?(?:index-url|extra-index-url|find-links|trusted-host)", text, re.MULTILINE)


def test_the_package_declares_what_the_lock_installs() -> None:
    assert {_name(requirement) for requirement in _project()["dependencies"]} == set(_asked_for("run"))


def test_the_tests_run_on_the_pins_that_are_shipped() -> None:
    def pins(lock: str) -> dict[str, str]:
        return dict(_PIN.findall((ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")))

    assert pins("run").items() <= pins("dev").items()
    assert pins("build").items() <= pins("dev").items()


@pytest.mark.parametrize("name", sorted(_project()["entry-points"]["gateway.adapters"]))
def test_each_adapter_entry_point_leads_to_an_adapter_of_that_name(name: str) -> None:
    module, _, attribute = _project()["entry-points"]["gateway.adapters"][name].partition(":")
    adapter = getattr(importlib.import_module(module), attribute)
    assert issubclass(adapter, SourceAdapter)
    assert adapter.name == name
    assert adapter.version


def test_the_command_leads_to_a_function() -> None:
    module, _, attribute = _project()["scripts"]["gateway"].partition(":")
    assert callable(getattr(importlib.import_module(module), attribute))


def test_the_changelog_has_a_section_for_this_version() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## .*\b{re.escape(gateway.__version__)}\b", changes, re.MULTILINE)


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for path in files():
        (tree / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, tree / path)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, tree],
        check=True, capture_output=True,
    )  # fmt: skip
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == {path.as_posix() for path in files() if path.parts[0] in PACKAGES}


def test_the_container_copies_only_what_exists_and_the_build_context_lets_through() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    copied = [line.split()[1:-1] for line in re.findall(r"^COPY (?!--from).*", dockerfile, re.MULTILINE)]
    sources = [source.rstrip("/") for line in copied for source in line]
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert set(PACKAGES) < set(sources)
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(Path(source).match(line.removeprefix("!")) for line in let_through if line.startswith("!")), source


def test_the_container_does_not_run_as_root_and_asks_for_its_health() -> None:
    last_stage = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")[-1]
    assert re.findall(r"^USER (\S+)", last_stage, re.MULTILINE) == ["gateway"]
    assert "/health/live" in last_stage.partition("HEALTHCHECK")[2]
    assert "--require-hashes" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
