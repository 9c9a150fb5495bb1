"""HL7's reference validator by Maven: every archive by its hash, one start of Java, no network while it judges."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from gateway.bundle import Resource
from gateway.jsontext import dumps
from tests.r4.oracle.comparing import Error
from tests.systems.archives import installed, run

HERE = Path(__file__).parent
# A validator that asked another server would be told at once that there is none.
NOWHERE = [f"-D{scheme}.proxy{part}" for scheme in ("http", "https") for part in ("Host=127.0.0.1", "Port=9")]
# The first compiler alone: what runs for half a minute does not earn back the second one's work.
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1500m", "-Dfile.encoding=UTF-8", *NOWHERE]


def judge(resources: Mapping[str, Resource]) -> dict[str, list[Error]]:
    """By name, what makes the reference validator refuse a resource; [] when it does not.

    RuntimeError when Java fails, or a resource stays without a verdict.
    """
    jars = installed(HERE)
    with tempfile.TemporaryDirectory() as folder:
        names = {str(Path(folder) / f"{index}.json"): name for index, name in enumerate(resources)}
        for file, name in names.items():
            Path(file).write_bytes(dumps(resources[name]))
        told = run([*JAVA, "-cp", f"{jars}/*", str(HERE / "Judge.java")], "\n".join(names))
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
