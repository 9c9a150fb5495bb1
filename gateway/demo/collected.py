"""What systems have that cannot send: a file in a folder, a view in a database, a study in an image archive."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from gateway.bundle import CCCD
from gateway.demo.archive import ImageArchive
from gateway.demo.site import Site, delivered, holds, read, say, search, token_of
from gateway.simulator.lis import SimulatedLis, reports
from gateway.simulator.studies import read_study

STATION = "01777"
CITIZENS = ("001090000011", "001085000012")  # of tabular's sample: the file's, and the view's
_REPORT = "SO_PHIEU"
_STUDY = "chest-radiograph.json"
PATIENT = "Nguyễn Văn An"  # of that study, with every sign of the name


@dataclass(frozen=True, slots=True)
class Sources:
    """The three, filled."""

    folder: Path
    database: str
    archive: ImageArchive
    study: str


def prepared(folder: Path, archive: ImageArchive) -> Sources:
    """A table of two reports, the first as a file and the second in a database; and a study of today."""
    table = resources.files("adapters").joinpath("tabular", "samples", "xn-huyen.csv").read_text("utf-8")
    first, second, *_ = reports(table, _REPORT)
    out = folder / "out"
    out.mkdir()
    with (out / "xn.csv").open("w", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, SimulatedLis.columns, delimiter=";")
        written.writeheader()
        written.writerows(first)
    lis = SimulatedLis(folder / "lis.db")
    lis.write(second)
    sample = resources.files("adapters").joinpath("dicomweb", "samples", _STUDY).read_bytes()
    study = read_study(sample, datetime.now(UTC).date())
    archive.store(study)
    return Sources(out, lis.url, archive, study.uid)


def collected(
    folder: Path, archive: ImageArchive, province: Site, city: Site, city_token: str, registered: dict[str, Any]
) -> None:
    """Taken by one collector each, by the command a hospital runs; found by the city hospital, who subscribed."""
    sources = prepared(folder, archive)
    token = token_of(folder, province, STATION, registered)
    mapping = resources.files("adapters").joinpath("tabular", "samples", "xn-huyen.toml").read_bytes()
    (folder / "xn-huyen.toml").write_bytes(mapping)
    province.command("mapping", "add", str(folder / "xn-huyen.toml"), "--facility", STATION, "--by", "demo")
    file = folder / "collect.toml"
    file.write_text(_collectors(province, folder, sources), encoding="utf-8")
    for one in _once(province, file):
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
    studies = search(city, city_token, "ImagingStudy", {"identifier": f"urn:dicom:uid|urn:oid:{sources.study}"})
    holds(len(studies) == 1, f"{len(studies)} studies of the archive are found")
    (study,) = studies
    names = [one["text"] for one in read(city, city_token, study["subject"])["name"]]
    holds(PATIENT in names, f"the study's patient is {names}")
    what = f"{study['description']} of {PATIENT}, {study['numberOfInstances']} images"
    say(f"   from {archive.name}: {what}; the pixels stay there")


def _told(observation: dict[str, Any]) -> str:
    quantity = observation.get("valueQuantity", {})
    value = f"{quantity.get('comparator', '')}{quantity['value']} {quantity.get('unit', '')}" if quantity else ""
    return f"{observation['code']['text']} {value or observation.get('valueString', '')}".strip()


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
{common}database = "{sources.database}"
view = "{SimulatedLis.view}"
columns = {columns}
report = ["{_REPORT}"]
key = ["id"]
mark = "changed"
since = 0

[[pacs]]
name = "archive"
{common}url = "{sources.archive.url}"
images_at = "https://pacs.example/dicom-web"
"""


def _once(province: Site, file: Path) -> list[dict[str, Any]]:
    """``gateway collect FILE --once``, again until the file has settled."""
    taken: dict[str, dict[str, Any]] = {}
    said = ""
    for _ in range(10):
        done = province.run("collect", str(file), "--once")
        said = f"{done.code}: {done.err[-600:]}"
        for one in map(json.loads, done.out.splitlines()):
            if one.get("taken") or one["collector"] not in taken:
                taken[one["collector"]] = one
        if len(taken) == 3 and all(one.get("taken") for one in taken.values()):
            break
    holds(len(taken) == 3, f"gateway collect ended {said}")
    return list(taken.values())
