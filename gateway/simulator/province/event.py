"""Event: a message before it has its header; what all of them are written with. Times are of +07:00, to the second."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from gateway.simulator.province.people import Person


@dataclass(frozen=True, slots=True)
class Event:
    """``at``: when the message is made (MSH-7) and sent. ``kind``: MSH-9. ``segments``: all behind MSH."""

    at: datetime
    person: Person
    application: str
    kind: str
    segments: tuple[str, ...] = field(default=())

    def written(self, number: int, facility: str) -> bytes:
        """The message's bytes; ``number`` becomes its control id."""
        header = (
            f"MSH|^~\\&|{self.application}|{facility}|CONG|01001|{stamp(self.at)}||{self.kind}"
            f"|{self.application}{number:06}|P|2.5.1||||||UNICODE UTF-8"
        )
        return "\r".join([header, *self.segments, ""]).encode()


def stamp(at: datetime) -> str:
    """HL7's DTM, to the second."""
    return at.strftime("%Y%m%d%H%M%S")


def written(name: str, fields: dict[int, str]) -> str:
    """A segment from its field numbers."""
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])


def message(at: datetime, person: Person, application: str, kind: str, *segments: str | Iterable[str]) -> Event:
    """An Event about a person: PID stands behind EVN, and before the rest."""
    flat = [one for part in segments for one in ((part,) if isinstance(part, str) else part)]
    events = [one for one in flat if one.startswith(("EVN", "SCH"))]
    rest = [one for one in flat if not one.startswith(("EVN", "SCH"))]
    return Event(at, person, application, kind, (*events, person.pid, *rest))
