"""What systems have that cannot send: a file in a folder, a view in a database, a study in an image archive."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from gateway.bundle import CCCD
from gateway.demo.site import Site, delivered, holds, say, search, token_of
from gateway.simulator.lis import SimulatedLis
from gateway.simulator.pacs import HeldStudy, SimulatedPacs

STATION = "01777"
CITIZENS = ("001090000011", "001085000012")  # of tabular's sample: the file's, and the view's
_REPORT = "SO_PHIEU"
_STUDY = "chest-radiograph.json"


@dataclass(frozen=True, slots=True)
class Sources:
    """The three, filled and running."""

    folder: Path
    database: Path
    pacs: SimulatedPacs
    study: str


def prepared(folder: Path, stack: ExitStack) -> Sources:
    """A table of two reports, the first as a file and the second in a database; and a study of today."""
    table = resources.files("adapters").joinpath("tabular", "samples", "xn-huyen.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(table), delimiter=";"))
    reports = list(dict.fromkeys(row[_REPORT] for row in rows))
    first, second = ([row for row in rows if row[_REPORT] == report] for report in reports[:2])
    out = folder / "out"
    out.mkdir()
    with (out / "xn.csv").open("w", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, list(rows[0]), delimiter=";")
        written.writeheader()
        written.writerows(first)
    lis = SimulatedLis(folder / "lis.db")
    lis.write(second)
    pacs = stack.enter_context(SimulatedPacs())
    study = _study()
    pacs.store(study)
    return Sources(out, folder / "lis.db", pacs, study.uid)


def collected(folder: Path, province: Site, city: Site, city_token: str, registered: dict[str, Any]) -> None:
    """Taken by one collector each, by the command a hospital runs; found by the city hospital, who subscribed."""
    with ExitStack() as stack:
        sources = prepared(folder, stack)
        token = token_of(folder, province, STATION, registered)
        mapping = resources.files("adapters").joinpath("tabular", "samples", "xn-huyen.toml").read_bytes()
        (folder / "xn-huyen.toml").write_bytes(mapping)
        province.command("mapping", "add", str(folder / "xn-huyen.toml"), "--facility", STATION, "--by", "demo")
        file = folder / "collect.toml"
        file.write_text(_collectors(province, folder, sources), encoding="utf-8")
        told = _once(province, file)
        for one in told:
            holds(one.get("taken") == 1, f"the collector {one.get('collector')} took {one}")
    listed = province.lines("exchange", "list", "--facility", STATION)
    holds(len(listed) == 3, f"{len(listed)} exchanges of what was collected")
    for exchange in listed:
        say(f"   exchange {exchange['id']}  {STATION}  collected: translated, checked, signed, {exchange['status']}")
        delivered(province, str(exchange["id"]), token)
    for citizen, source in zip(CITIZENS, ("the folder", "the view"), strict=True):
        found = search(city, city_token, "Observation", {"patient.identifier": f"{CCCD}|{citizen}"})
        holds(bool(found), f"nothing of {source} is found")
        say(f"   from {source}: {len(found)} results of citizen {citizen}, such as {_told(found[0])}")
    (study,) = search(city, city_token, "ImagingStudy", {"identifier": f"urn:dicom:uid|urn:oid:{sources.study}"})
    say(f"   from the archive: {study['description']}, {study['numberOfInstances']} images; the pixels stay there")


def _told(observation: dict[str, Any]) -> str:
    quantity = observation.get("valueQuantity", {})
    value = f"{quantity.get('comparator', '')}{quantity['value']} {quantity.get('unit', '')}" if quantity else ""
    return f"{observation['code']['text']} {value or observation.get('valueString', '')}".strip()


def _study() -> HeldStudy:
    """The sample of an archive's answers, as if it had been made today: a collector looks back some days."""
    text = resources.files("adapters").joinpath("dicomweb", "samples", _STUDY).read_text("utf-8")
    study, *others = json.loads(text)
    study["00080020"] = {"vr": "DA", "Value": [f"{datetime.now(UTC):%Y%m%d}"]}
    held = HeldStudy(study)
    held.series = [one for one in others if "00080018" not in one]
    held.instances = [one for one in others if "00080018" in one]
    return held


def _collectors(province: Site, folder: Path, sources: Sources) -> str:
    common = f'facility = "{STATION}"\nclient = "{folder / f"{province.name}-{STATION}.json"}"\n'
    columns = json.dumps(SimulatedLis.columns, ensure_ascii=False)
    return f"""
gateway = "{province.url}"
state = "{folder / "collected"}"

[[folder]]
name = "folder"
{common}path = "{sources.folder}"
settle_seconds = 1

[[view]]
name = "view"
{common}database = "sqlite:///{sources.database}"
view = "{SimulatedLis.view}"
columns = {columns}
report = ["{_REPORT}"]
key = ["id"]
mark = "changed"
since = 0

[[pacs]]
name = "archive"
{common}url = "{sources.pacs.url}"
images_at = "https://pacs.example/dicom-web"
"""


def _once(province: Site, file: Path) -> list[dict[str, Any]]:
    """``gateway collect FILE --once``, again until the file has settled."""
    taken: dict[str, dict[str, Any]] = {}
    said = ""
    for _ in range(10):
        done = subprocess.run(
            [sys.executable, "-m", "gateway", "collect", str(file), "--once"],
            env=province.environment,
            capture_output=True,
            check=False,
        )
        said = f"{done.returncode}: {done.stderr.decode(errors='replace')[-600:]}"
        for one in map(json.loads, done.stdout.splitlines()):
            if one.get("taken") or one["collector"] not in taken:
                taken[one["collector"]] = one
        if len(taken) == 3 and all(one.get("taken") for one in taken.values()):
            break
    holds(len(taken) == 3, f"gateway collect ended {said}")
    return list(taken.values())
