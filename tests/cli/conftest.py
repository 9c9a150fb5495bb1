"""A terminal for a test: an empty folder, or one whose gateway has its tables and the samples' two facilities."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gateway.settings import PREFIX
from tests.cli.terminal import HOSPITAL, LAB, Terminal


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Nothing there yet: the first command that needs the database makes it."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    made = Terminal(tmp_path, monkeypatch)
    made.set(data_dir=str(tmp_path / "var"))
    return made


@pytest.fixture(scope="session")
def registered_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two facilities, made once by the commands themselves, to copy."""
    folder = tmp_path_factory.mktemp("registered")
    with pytest.MonkeyPatch.context() as patch:
        terminal = Terminal(folder, patch)
        terminal.set(data_dir=str(folder / "var"))
        for code in (LAB, HOSPITAL):
            made = terminal.well("facility", "add", code, "--name", f"Facility {code}", "--basis", "written request")
            (folder / f"{code}.json").write_bytes(made.out)
    return folder


@pytest.fixture
def registered(terminal: Terminal, registered_folder: Path) -> Terminal:
    """With ``79001.json`` and ``01999.json``: what `facility add` printed of each."""
    shutil.copytree(registered_folder, terminal.folder, dirs_exist_ok=True)
    return terminal
