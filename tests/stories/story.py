"""A story as its file tells it: who the patient is, what each facility sends, what a doctor then asks."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from gateway.bundle import CCCD
from tests.bhyt.building import Row, envelope, file_xml, hoso_xml, in_base64

# The invented facilities; the last has a gateway of its own, the others share one.
FACILITIES = {
    "01888": "Trạm y tế xã Thử (a commune's health station)",
    "01777": "Phòng khám đa khoa Thử (a clinic)",
    "01999": "Bệnh viện khu vực Thử (a regional hospital)",
    "01998": "Bệnh viện tỉnh Thử (the provincial hospital)",
}
PROVINCE = "01998"
_WHOSE = "THONG_TIN_HANH_CHINH"  # the block of a health check that says whose it is
_PAPERS = ("XML13", "XML14")  # they say again whose they are and of which stay
_SAID_AGAIN = ("HO_TEN", "NGAY_SINH", "GIOI_TINH", "MA_THE_BHYT", "NGAY_VAO", "NGAY_RA", "MA_CSKCB")


@dataclass(frozen=True, slots=True)
class File:
    """One payload: its facility, the day it was written, and its tables without what every row repeats.

    A health check (khám sức khỏe) has ``blocks`` instead of an episode and tables.
    """

    facility: str
    written: str
    says: str
    person: Row
    episode: Row = field(default_factory=dict)
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    blocks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        """The national XML, as the facility sends it."""
        if self.blocks:
            return self._health_check()
        summary = {**self.person, **self.episode, "MA_CSKCB": self.facility}
        rows: dict[str, list[Row]] = {"XML1": [{**summary, "STT": "1"}]}
        for table, told in self.tables.items():
            repeated = {name: summary[name] for name in _SAID_AGAIN} if table in _PAPERS else {}
            key = {"MA_LK": summary["MA_LK"]}
            rows[table] = [{**key, **repeated, **row, **_numbered(table, at)} for at, row in enumerate(told, 1)]
        return envelope(hoso_xml(rows), facility=self.facility, written=self.written)

    def _health_check(self) -> bytes:
        """The same envelope under another root, with one document of blocks."""
        whose = dict(self.blocks)
        whose[_WHOSE] = {**self.person, **whose[_WHOSE]}
        body = file_xml("KSK", in_base64(_element("KHAM_SUC_KHOE", whose)))
        made = envelope(f"<HOSO>{body}</HOSO>", facility=self.facility, written=self.written)
        return made.replace(b"GIAMDINHHS>", b"KHAMSUCKHOE>")


def _element(name: str, content: Any) -> str:
    """An element of text, of elements by name, or one for each of a list."""
    if isinstance(content, list):
        return "".join(_element(name, each) for each in content)
    inside = escape(content) if isinstance(content, str) else "".join(_element(*each) for each in content.items())
    return f"<{name}>{inside}</{name}>"


def _numbered(table: str, at: int) -> Row:
    return {"STT": str(at)} if table in ("XML2", "XML3", "XML4", "XML5") else {}


@dataclass(frozen=True, slots=True)
class Question:
    """A search by a facility's doctor.

    In it ``{citizen}`` is the person's number, ``{patient}`` the id of whom the last answer was about.
    """

    name: str
    by: str
    why: str
    ask: str


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    vietnamese: str
    who: str
    person: Row
    files: tuple[File, ...]
    questions: tuple[Question, ...]
    decisions: tuple[Mapping[str, Any], ...]

    @property
    def citizen(self) -> str:
        """``SYSTEM|VALUE`` of the person's citizen number."""
        return f"{CCCD}|{self.person['SO_CCCD']}"


@cache
def stories() -> Mapping[str, Story]:
    """Each by the name of its file, in the order of their numbers."""
    files = sorted(Path(__file__).parent.glob("[0-9]*.toml"))
    return {file.stem.partition("-")[2]: _read(file) for file in files}


def _read(file: Path) -> Story:
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    person = told["person"]
    return Story(
        title=told["title"],
        vietnamese=told["vietnamese"],
        who=told["who"].strip(),
        person=person,
        files=tuple(File(**one, person=person) for one in told["file"]),
        questions=tuple(Question(**one) for one in told["question"]),
        decisions=tuple(told.get("decision", ())),
    )
