"""The simulated hospital does with a file what it is told, and a collector takes what is whole."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gateway.collect.collector import Fate
from gateway.collect.folder import Folder, Watch
from gateway.errors import SettingsError
from gateway.settings import environment_without_settings
from gateway.simulator.hospital import SimulatedHospital, read_writings
from tests.collect.site import Site
from tests.systems.serving import SAMPLE

NUMBERS = ("LAB20261115-0001", "XN20261115001", "CD20261115001")
TABLE = b"SO_PHIEU;KET_QUA\r\nP1;5,1\r\n"


def hospital(inbox: Path, sample: bytes = SAMPLE, begin: int = 1) -> SimulatedHospital:
    return SimulatedHospital(
        inbox, sample, ".hl7", NUMBERS if sample is SAMPLE else ("P1",), lambda _: None, begin=begin
    )


def test_what_it_writes_whole_is_taken_each_once_and_what_it_cuts_is_refused(site: Site, inbox: Path) -> None:
    folder = Folder("lab", Watch(inbox, settle_seconds=0), site.door())
    made = hospital(inbox, begin=90_000)
    script = ["whole", "in-place", "slow:1", "half:1", "twice", "cut", "empty"]
    written = [one for behaviour in read_writings(script) for one in made.write(behaviour)]
    fates = Counter(told.fate for told in folder.once())
    folder.close()
    assert fates == {Fate.TAKEN: 7, Fate.REFUSED: 1}
    whole, (cut, empty) = [one for one in written if one.whole], [one.name for one in written if not one.whole]
    done = {path.name for path in (inbox / "done").iterdir()}
    assert done == {*(one.name for one in whole), cut, f"{cut}.outcome.json"}, "half a message is held"
    assert {path.name for path in (inbox / "refused").iterdir()} == {empty, f"{empty}.outcome.json"}
    assert len({one.content for one in whole}) == 5, "the same one twice, the others each another"


def test_it_replaces_a_file_and_renames_a_column(inbox: Path) -> None:
    made = hospital(inbox, TABLE)
    (told,) = [list(made.write(one)) for one in read_writings(["replace:1"])]
    assert [one.name for one in told] == ["result-00001.hl7"] * 2
    assert (inbox / told[0].name).read_bytes() == told[1].content != told[0].content
    for behaviour in read_writings(["rename-column", "whole"]):
        (one,) = made.write(behaviour)
        assert one.content.startswith(b"SO_PHIEU;KET_QUA_2\r\nP1-0000")


def test_it_dies_half_way_through_a_file(inbox: Path) -> None:
    sample = inbox.parent / "sample.csv"
    sample.write_bytes(TABLE)
    typed = ["simulate", "hospital", str(inbox), "--sample", str(sample), "--behave", "whole", "--behave", "half-dies"]
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *typed], env=environment_without_settings(), capture_output=True
    )
    assert done.returncode == -signal.SIGKILL
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == ["result-00001.csv"]
    assert (inbox / "result-00002.csv.part").read_bytes() == TABLE[: len(TABLE) // 2]


@pytest.mark.parametrize("text", ["whole:1", "half", "status:503", "", "half:x"])
def test_what_it_cannot_do_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        list(read_writings([text]))


def test_a_number_the_sample_does_not_hold_is_refused(inbox: Path) -> None:
    with pytest.raises(SettingsError, match="P9"):
        SimulatedHospital(inbox, TABLE, ".csv", ["P9"], lambda _: None)
