"""Studies in a simulated PACS, and a collector that looks at it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.collect.collector import Fate, Told
from gateway.collect.pacs import Archive, Watch
from gateway.collect.qido import Access, Pacs
from gateway.collect.written import Place
from gateway.errors import GatewayError
from gateway.jsontext import loads
from gateway.simulator.held_study import HeldStudy
from gateway.simulator.pacs import SimulatedPacs
from tests.collect.site import Site
from tests.dicomweb.building import instance, series, study

NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)  # noon in Viet Nam
BASE = "1.2.826.0.1.3680043.10.1999.500"


def held(number: int, *, images: tuple[int, ...] = (2,), day: str = "20261120", **said: Any) -> HeldStudy:
    """A study of ``images`` a series, of a patient of its own."""
    uid = f"{BASE}.{number}"
    own = {
        "StudyInstanceUID": uid, "PatientID": f"BN{number}", "AccessionNumber": f"A{number}", "StudyDate": day,
        "NumberOfStudyRelatedSeries": len(images), "NumberOfStudyRelatedInstances": sum(images),
        "RetrieveURL": f"http://10.0.0.5:8042/dicom-web/studies/{uid}",
    }  # fmt: skip
    made = HeldStudy(study(**own | said))
    for at, count in enumerate(images, 1):
        of = {"StudyInstanceUID": uid, "SeriesInstanceUID": f"{uid}.{at}"}
        made.series.append(series(at, **of))
        made.instances.extend(
            instance(one, at, **of, SOPInstanceUID=f"{uid}.{at}.{one}") for one in range(1, count + 1)
        )
    return made


@dataclass
class Watched:
    """A collector's folder and clock; ``collector`` makes another one over the same state, as after a death."""

    site: Site
    pacs: SimulatedPacs
    folder: Path
    at: datetime = NOON
    page: int = 100
    timeout_seconds: int = 5
    ca_file: str = ""
    access: Access = field(default_factory=Access)
    watch: Watch = field(default_factory=Watch)

    def collector(self) -> Archive:
        clock: Callable[[], datetime] = lambda: self.at  # noqa: E731  # read when it is asked
        settings = replace(self.site.settings, ca_file=self.ca_file)
        asked = Pacs(self.pacs.url, self.access, settings, clock, page=self.page, timeout_seconds=self.timeout_seconds)
        place = Place(self.site.door(), self.folder, self.folder / "state", self.site.settings, clock)
        return Archive("ct", asked, self.watch, place)

    def look(self, collector: Archive | None = None) -> list[Told]:
        """One look, by a collector of its own unless one is given."""
        own = collector or self.collector()
        try:
            return list(own.once())
        finally:
            if collector is None:
                own.close()

    def fates(self) -> list[Fate]:
        return [told.fate for told in self.look()]

    def rule(self) -> str:
        """Of the error that ends a look."""
        with pytest.raises(GatewayError) as failed:
            self.look()
        return failed.value.issues[0].rule

    def taken(self) -> int:
        """How many exchanges the gateway keeps of all that was posted."""
        return sum(self.site.exchanges_of(hashlib.sha256(one).hexdigest()) for one in set(self.site.posts))

    def later(self, **by: float) -> None:
        self.at += timedelta(**by)

    @property
    def posted(self) -> list[list[dict[str, Any]]]:
        """The datasets of each payload that came to the gateway."""
        return [loads(payload) for payload in self.site.posts]
