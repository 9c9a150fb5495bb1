"""The cases as their files say them, and the messages they stand for.

A subject is one TOML file: ``title``, ``shows`` (names of tests.hl7v2.safety.shown.SHOWN), what all its messages say
(``OBX = { 2 = "NM" }``) and its ``[[case]]``: ``danger``, the fields that matter as sent, and by hand what must come of
it: ``out``, ``held``, ``told``, ``listed`` or ``refused``. A ``[[story]]`` has several messages, one after the other.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from gateway.adapter import DefaultProfile
from gateway.mapping.charsets import encode
from tests.hl7v2.building import header, message, order, patient, segment
from tests.hl7v2.safety.documents import STAND_INS

HERE = Path(__file__).parent
_STAND_IN = re.compile(r"⟨([^⟩×]+)(?:×([0-9]+))?⟩")

Fields = Mapping[str, str]


def _result(**changed: str) -> str:
    return segment("OBX", {1: "1", 2: "NM", 3: "GLU^Glucose^L", 5: "7.2", 11: "F"} | _numbered(changed))


def _numbered(changed: Fields) -> dict[int, str]:
    return {int(name[1:]): text for name, text in changed.items()}


_MADE = {"MSH": header, "PID": patient, "OBR": order, "OBX": _result}


@dataclass(frozen=True)
class Sent:
    """One message: its changed fields by segment, further lines, and how its bytes are written."""

    fields: Mapping[str, tuple[Fields, ...]]
    lines: tuple[str, ...] = ()
    written: str = "utf-8"
    sender: str = "79001"
    profile: Mapping[str, Any] = field(default_factory=dict)

    @property
    def as_sent(self) -> bytes:
        segments = [
            make(**{f"f{number}": _stood_for(text) for number, text in fields.items()})
            for name, make in _MADE.items()
            for fields in self.fields[name]
        ]
        text = message(*segments, *map(_stood_for, self.lines)).decode()
        return text.encode(self.written) if self.written.startswith("utf") else encode(text, self.written)

    @property
    def facility(self) -> DefaultProfile:
        return DefaultProfile(**self.profile)

    @property
    def has_one_order(self) -> bool:
        return not any(line.startswith("OBR") for line in self.lines)

    def numbered(self, number: int) -> Sent:
        """The same with a patient, an order and a control id of its own, where it says none."""
        own = {
            "MSH": {"10": f"S{number}"},
            "PID": {"3": f"S{number}^^^79001^MR"},
            "OBR": {"2": f"P{number}^HIS", "3": f"F{number}^LIS"},
        }
        fields = {name: tuple({**own.get(name, {}), **one} for one in said) for name, said in self.fields.items()}
        return replace(self, fields=fields)


@dataclass(frozen=True)
class Case:
    """``listed``: fields without a place; ``refused``: rule and place; ``comes``: of a story's messages."""

    name: str
    danger: str
    sent: tuple[Sent, ...]
    words: str  # the messages, as the page shows them
    shows: tuple[str, ...]
    out: tuple[str, ...]
    held: tuple[str, ...]
    told: tuple[str, ...]
    listed: tuple[str, ...]
    refused: str
    comes: tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    title: str
    said: str
    cases: tuple[Case, ...]


@cache
def subjects() -> tuple[Subject, ...]:
    """All subjects, in the order of their files' names."""
    return tuple(_subject(path) for path in sorted(HERE.glob("*.toml")))


def _subject(path: Path) -> Subject:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    each = enumerate([*told.get("case", ()), *told.get("story", ())], 1)
    return Subject(
        told["title"], told.get("said", ""), tuple(_case(f"{path.stem} {number}", one, told) for number, one in each)
    )


def _case(name: str, one: Mapping[str, Any], subject: Mapping[str, Any]) -> Case:
    messages = one.get("messages", [one])
    words = [_words(each) for each in messages]
    return Case(
        name,
        one["danger"],
        tuple(_sent(each, subject) for each in messages),
        words[0] if len(words) == 1 else "<br>".join(f"{number}. {text}" for number, text in enumerate(words, 1)),
        _texts(one.get("shows", subject["shows"])),
        out=_texts(one.get("out", ())),
        held=_texts(one.get("held", ())),
        told=_texts(one.get("told", ())),
        listed=_texts(one.get("listed", ())),
        refused=one.get("refused", ""),
        comes=_texts(one.get("comes", ())),
    )


def _sent(one: Mapping[str, Any], subject: Mapping[str, Any]) -> Sent:
    fields = {name: tuple({**subject.get(name, {}), **each} for each in _tables(one.get(name, {}))) for name in _MADE}
    sender = one.get("sender", "79001")
    fields["MSH"] = tuple({"4": sender, **each} for each in fields["MSH"])
    return Sent(fields, _texts(one.get("lines", ())), one.get("written", "utf-8"), sender, one.get("facility", {}))


def _words(one: Mapping[str, Any]) -> str:
    said = [
        f"{name}-{number} `{text}`" if text else f"{name}-{number} empty"
        for name in _MADE
        for each in _tables(one.get(name, {}))
        for number, text in each.items()
    ]
    said += [f"`{line}`" for line in _texts(one.get("lines", ()))]
    said += [f"written in {one['written']}"] if "written" in one else []
    said += [f"facility's {name}: {str(value).lower()}" for name, value in one.get("facility", {}).items()]
    said += [f"from {one['sender']}"] if "sender" in one else []
    return " · ".join(said)


def _tables(found: Any) -> Sequence[Fields]:
    return found if isinstance(found, list) else [found]


def _texts(found: Any) -> tuple[str, ...]:
    return (found,) if isinstance(found, str) else tuple(found)


def _stood_for(text: str) -> str:
    """``⟨pdf⟩`` is a PDF in base64, ``⟨ab×3⟩`` is ababab: what is too long for a page."""
    return _STAND_IN.sub(lambda found: found[1] * int(found[2]) if found[2] else STAND_INS[found[1]], text)
