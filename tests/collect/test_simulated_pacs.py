"""`gateway simulate pacs`: an archive of made-up studies to try a collector against, and its bad days."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.collect.collector import Fate
from gateway.collect.pacs import Archive, Watch
from gateway.collect.qido import Access, Pacs
from gateway.collect.written import Place
from gateway.errors import SourceUnavailable
from gateway.settings import environment_without_settings
from gateway.simulator.studies import read_study
from tests.blueprint import ROOT
from tests.collect.site import Site

CT = ROOT / "adapters" / "dicomweb" / "samples" / "chest-ct.json"


@contextmanager
def simulated(*typed: str) -> Iterator[dict[str, Any]]:
    """What it says of itself, while it runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", "simulate", "pacs", "--port", "0", *typed],
        env=environment_without_settings(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as started:  # fmt: skip
        try:
            assert started.stdout is not None
            yield json.loads(started.stdout.readline())
        finally:
            started.terminate()


@pytest.fixture
def look(site: Site, tmp_path: Path) -> Any:
    """One look at an archive, at the time the archive itself goes by."""

    def clock() -> datetime:
        return datetime.now(UTC)

    def made(told: dict[str, Any], page: int = 100) -> list[Fate]:
        asked = Pacs(told["url"], Access(), site.settings, clock, page=page, timeout_seconds=5)
        collector = Archive(
            "ct", asked, Watch(), Place(site.door(), tmp_path, tmp_path / "state", site.settings, clock)
        )
        try:
            return [one.fate for one in collector.once()]
        finally:
            collector.close()

    return made


def test_its_own_study_is_of_today_and_is_taken_after_a_bad_start(look: Any) -> None:
    with simulated("--behave", "html", "--behave", "hang-up") as told:
        assert len(told["studies"]) == 1
        with pytest.raises(SourceUnavailable) as wrong:
            look(told)
        assert wrong.value.issues[0].rule == "collect-pacs-nonsense"
        with pytest.raises(SourceUnavailable) as wrong:
            look(told)
        assert wrong.value.issues[0].rule == "collect-pacs-silent"
        assert look(told) == [Fate.TAKEN]


def test_a_study_from_a_file_and_pages_that_repeat_themselves(look: Any) -> None:
    with simulated("--study", str(CT), "--most", "1", "--repeats") as told:
        assert told["studies"] == [json.loads(CT.read_bytes())[0]["0020000D"]["Value"][0]]
        with pytest.raises(SourceUnavailable) as wrong:
            look(told, page=1)
        assert wrong.value.issues[0].rule == "collect-pacs-pages"


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b"[1]", b'[{"00080020": {}}]'])
def test_a_file_that_is_no_study_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"expected|not JSON"):
        read_study(content, date(2026, 11, 23))
