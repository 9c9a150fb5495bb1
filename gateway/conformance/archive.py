"""Archive: the image archive under test, asked over DICOMweb. What is said stands in the report with the rest.

https://dicom.nema.org/medical/dicom/current/output/html/part18.html. Its credentials are shown to its own origin
alone, never to the FHIR endpoint's, and the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from gateway.conformance.client import Answer, Client

DICOM_JSON = "application/dicom+json"
STUDY, SERIES, INSTANCE = "0020000D", "0020000E", "00080018"
_SAMPLE = 20  # studies to ask with

Dataset = Mapping[str, Any]


@dataclass
class Archive:
    """``own``: a client of the archive's own, ``base`` its DICOMweb root. ``reports``: the run's client, whose report
    this stands in. ``authorization``: a header's value, "" for none."""

    own: Client
    reports: Client
    authorization: str = ""
    _known: dict[str, Answer] = field(default_factory=dict)

    def get(
        self, path: str, asked: Sequence[tuple[str, str]] = (), *, accept: str = DICOM_JSON, bare: bool = False
    ) -> Answer:
        """Unanswered where there is no whole answer. ``bare``: without credentials."""
        headers = {"Accept": accept}
        if self.authorization and not bare:
            headers["Authorization"] = self.authorization
        self.own.seen = []
        try:
            query = f"?{urlencode(asked)}" if asked else ""
            return self.own.ask("GET", f"{self.own.base}{path}{query}", headers)
        finally:
            for answer in self.own.seen:
                self.reports.note(answer, aside=False)

    def once(self, path: str, asked: Sequence[tuple[str, str]] = ()) -> Answer:
        """As ``get``, asked only the first time."""
        key = f"{path}?{urlencode(asked)}"
        if key not in self._known:
            self._known[key] = self.get(path, asked)
        self.reports.note(self._known[key])
        return self._known[key]

    def studies(self, *asked: tuple[str, str]) -> list[Dataset]:
        return datasets(self.get("/studies", asked))

    def samples(self) -> list[Dataset]:
        """Some of the studies it holds."""
        return datasets(self.once("/studies", [("limit", str(_SAMPLE))]))

    def sample(self) -> Dataset:
        """{} where it holds none."""
        return next(iter(self.samples()), {})


def datasets(answer: Answer) -> list[Dataset]:
    """[] also for 204, and for what is no DICOM JSON."""
    value = answer.json if answer.status == 200 else None
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def value(dataset: Dataset, tag: str) -> str:
    """The first value of an attribute; "" where it has none."""
    return next(iter(values(dataset, tag)), "")


def values(dataset: Dataset, tag: str) -> list[str]:
    found = dataset.get(tag)
    listed = found.get("Value") if isinstance(found, dict) else None
    return [str(one) for one in listed if one is not None] if isinstance(listed, list) else []
