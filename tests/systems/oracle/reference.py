"""HL7's reference validator by Maven: every archive by its hash, one start of Java, no network while it judges."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gateway.bundle import Resource
from gateway.jsontext import dumps
from tests.r4.oracle.comparing import Error

HERE = Path(__file__).parent
JARS = HERE.parents[2] / "build" / "oracle"
HASHES = HERE / "jars.sha256"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
# A validator that asked another server would be told at once that there is none.
NOWHERE = [f"-D{scheme}.proxy{part}" for scheme in ("http", "https") for part in ("Host=127.0.0.1", "Port=9")]
# The first compiler alone: what runs for half a minute does not earn back the second one's work.
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1500m", "-Dfile.encoding=UTF-8", *NOWHERE]
PATIENCE = 600  # seconds; Maven's first run fetches some 160 MB


def install() -> Path:
    """The folder of its archives, fetched where they are not there yet.

    RuntimeError when Maven fails, or gives one archive more, less or other than ``jars.sha256`` says.
    """
    if _digests(JARS) != _pinned():
        shutil.rmtree(JARS, ignore_errors=True)
        pom = ["-f", str(HERE / "pom.xml")]
        _run(["mvn", "-q", "-B", "-C", *pom, COPY, f"-DoutputDirectory={JARS}", "-DincludeScope=runtime"])
        if wrong := sorted(_digests(JARS).items() ^ _pinned().items()):
            raise RuntimeError(f"not the archives of {HASHES.name}: {wrong}")
    return JARS


def judge(resources: Mapping[str, Resource]) -> dict[str, list[Error]]:
    """By name, what makes the reference validator refuse a resource; [] when it does not.

    RuntimeError when Java fails, or a resource stays without a verdict.
    """
    jars = install()
    with tempfile.TemporaryDirectory() as folder:
        names = {str(Path(folder) / f"{index}.json"): name for index, name in enumerate(resources)}
        for file, name in names.items():
            Path(file).write_bytes(dumps(resources[name]))
        told = _run([*JAVA, "-cp", f"{jars}/*", str(HERE / "Judge.java")], "\n".join(names))
    found: dict[str, list[Error]] = {name: [] for name in resources}
    judged = set()
    for line in told.splitlines():
        file, level, rule, place, _ = line.split("\t")
        if level == "judged":
            judged.add(names[file])
        elif level in ("error", "fatal"):
            found[names[file]].append(Error(rule.rpartition("/")[2], "" if level == "fatal" else place or "unplaced"))
    if missing := found.keys() - judged:
        raise RuntimeError(f"no verdict on {sorted(missing)}")
    return found


def _digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.jar")}


def _pinned() -> dict[str, str]:
    """As ``sha256sum`` writes them: digest, two blanks, name."""
    return {name: digest for digest, name in map(str.split, HASHES.read_text("utf-8").splitlines())}


def _run(command: list[str], given: str = "") -> str:
    ended = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", timeout=PATIENCE)
    if ended.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {(ended.stdout + ended.stderr)[-2000:]}")
    return ended.stdout
