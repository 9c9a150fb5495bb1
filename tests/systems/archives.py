"""Java archives by Maven: every one by its hash, kept under ``build`` for the next time."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

_BUILD = Path(__file__).parents[2] / "build"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
PATIENCE = 600  # seconds; Maven's first run fetches some 160 MB


def installed(folder: Path) -> Path:
    """The archives that the folder's ``pom.xml`` names, in ``build`` under the folder's name; fetched where they are
    not there yet.

    RuntimeError when Maven fails, or gives one archive more, less or other than the folder's ``jars.sha256`` says.
    """
    jars, pinned = _BUILD / folder.name, _pinned(folder / "jars.sha256")
    _BUILD.mkdir(exist_ok=True)
    with (_BUILD / f"{folder.name}.lock").open("w") as one_at_a_time:  # workers share the folder
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if _digests(jars) != pinned:
            shutil.rmtree(jars, ignore_errors=True)
            pom = ["-f", str(folder / "pom.xml")]
            run(["mvn", "-q", "-B", "-C", *pom, _COPY, f"-DoutputDirectory={jars}", "-DincludeScope=runtime"])
            if wrong := sorted(_digests(jars).items() ^ pinned.items()):
                raise RuntimeError(f"not the archives of {folder.name}/jars.sha256: {wrong}")
    return jars


def run(command: list[str], given: str = "") -> str:
    """What a command says on its standard output; RuntimeError when it fails."""
    ended = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", timeout=PATIENCE)
    if ended.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {(ended.stdout + ended.stderr)[-2000:]}")
    return ended.stdout


def _digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.jar")}


def _pinned(hashes: Path) -> dict[str, str]:
    """As ``sha256sum`` writes them: digest, two blanks, name."""
    return {name: digest for digest, name in map(str.split, hashes.read_text("utf-8").splitlines())}
