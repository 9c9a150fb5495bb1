"""A payload beside what becomes of it, one HTML page that needs nothing else: for its author, and who approves."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from gateway.adapter import Profile, SourceAdapter, Translation
from gateway.messages import sentence
from gateway.outcome import Issue
from gateway.r4 import check
from gateway.terminology.standards import Sighting, standardised
from gateway.terminology.terms import NOTHING_DECIDED
from gateway.whence import whence
from gateway.workbench.follows import Element, Followed, elements, followed
from gateway.workbench.samples import Sample
from gateway.workbench.seen import seen

_HERE = Path(__file__).parent
_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Line:
    """An element that holds a value; ``source`` as the lineage claims, ``key`` what words of the payload point to."""

    path: str
    value: str
    source: str
    key: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the payload's text: a word with the keys of what follows it, or what stands between words.

    ``rule``: why nothing stands when the word is changed.
    """

    text: str
    keys: tuple[str, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class RecordView:
    """``resources``: name (``Observation[0]``) → its lines; ``unmapped``: codes and units without a standard."""

    resources: Mapping[str, Sequence[Line]]
    issues: Sequence[Issue]
    made: Translation
    unmapped: Sequence[Sighting]


def page(adapter: SourceAdapter, sample: Sample, language: str = "en", facility: Profile | None = None) -> str:
    """The page of one sample, of a refused one too; as long as its adapter takes for some 2,000 translations."""
    whole = seen(adapter, sample.data, facility)
    views = [_view(number, made) for number, made in enumerate(whole.made)]
    keys = {(at, line.path): line.key for at, one in enumerate(views) for of in one.resources.values() for line in of}
    script = (_HERE / "preview.js").read_text("utf-8")
    return _template().render(
        language=language,
        say=lambda rule, **parameters: sentence(rule, language, **parameters),
        sample=sample,
        adapter=adapter,
        refusals=whole.refusals,
        records=views,
        payload=list(_text(sample.data, followed(adapter, sample.data, whole, facility), keys)),
        style=(_HERE / "preview.css").read_text("utf-8"),
        script=script,
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _view(number: int, made: Translation) -> RecordView:
    resources: dict[str, list[Line]] = {}
    for at, (path, value) in enumerate(elements(made.resources)):
        line = Line(path, value, _claimed(path, made.lineage), f"e{number}-{at}")
        resources.setdefault(path.partition(".")[0], []).append(line)
    bundle = made.bundle()
    issues = [*made.issues, *whence(check(bundle), bundle, made.lineage)]
    return RecordView(resources, issues, made, standardised(made, NOTHING_DECIDED).sightings)


def _claimed(path: str, lineage: Mapping[str, str]) -> str:
    """The source of the element, or of the nearest one around it."""
    while path and path not in lineage:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lineage.get(path, "")


def _text(data: bytes, words: Sequence[Followed], keys: Mapping[Element, str]) -> Iterator[list[Piece]]:
    """The payload line by line, each in pieces."""
    line: list[Piece] = []
    for piece in _pieces(data, words, keys):
        first, *rest = _NEWLINE.split(piece.text)
        line.append(Piece(first, piece.keys, piece.rule))
        for text in rest:
            yield line
            line = [Piece(text)]
    if any(piece.text for piece in line):
        yield line


def _pieces(data: bytes, words: Sequence[Followed], keys: Mapping[Element, str]) -> Iterator[Piece]:
    at = 0
    for one in words:
        yield Piece(_shown(data[at : one.word.start]))
        yield Piece(_shown(one.word.of(data)), tuple(keys[element] for element in one.elements), one.rule)
        at = one.word.end
    yield Piece(_shown(data[at:]))


def _shown(part: bytes) -> str:
    """Bytes as text: those that are none are shown by U+FFFD."""
    return part.decode("utf-8", "replace").replace("\x00", "\ufffd")


@cache
def _template() -> Template:
    found = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return found.get_template("preview.html")
