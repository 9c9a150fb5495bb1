"""Segment and Value: one line of a message and one repetition of a field, which know what was taken from them.

Taking a component is what places it. Whatever was said and never taken is listed at the end,
so that nothing of a message can be dropped by silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.hl7v2.delimiters import Delimiters
from adapters.hl7v2.escapes import unescape
from gateway.mapping.rows import Field

NULL = '""'  # the sender erases the field, which is not the same as saying nothing


class Value:
    """One repetition of a field. Components and subcomponents count from 1."""

    __slots__ = ("_delimiters", "_parts", "_taken", "path", "raw")

    def __init__(self, path: str, raw: str, delimiters: Delimiters) -> None:
        self.path = path
        self.raw = raw
        self._delimiters = delimiters
        self._parts = [part.split(delimiters.subcomponent) for part in raw.split(delimiters.component)]
        self._taken: set[tuple[int, int]] = set()

    @property
    def null(self) -> bool:
        return self.raw == NULL

    @property
    def cut(self) -> bool:
        """True when the sender marks the value as truncated (HL7 v2.7 section 2.5.5.2)."""
        mark = self._delimiters.truncation
        return bool(mark) and self.raw.endswith(mark)

    @property
    def touched(self) -> bool:
        return bool(self._taken)

    @property
    def components(self) -> int:
        return len(self._parts)

    def peek(self, component: int = 1, sub: int = 1) -> str:
        """The text, trimmed, without placing it; "" when empty, absent or null."""
        try:
            raw = self._parts[component - 1][sub - 1]
        except IndexError:
            return ""
        return "" if raw == NULL else unescape(raw, self._delimiters).strip()

    def take(self, component: int = 1, sub: int = 1) -> str:
        """The text, trimmed, now placed (or decided about)."""
        text = self.peek(component, sub)
        if text:
            self._taken.add((component, sub))
        return text

    def take_all(self, component: int) -> str:
        """A component with its subcomponents as one text, as sent."""
        texts = [self.take(component, sub) for sub in range(1, self._width(component) + 1)]
        return self._delimiters.subcomponent.join(texts).strip(self._delimiters.subcomponent)

    def whole(self) -> str:
        """The field as one text, delimiters that stand in it unescaped included; untrimmed."""
        self._taken.update(
            (component, sub) for component, part in enumerate(self._parts, 1) for sub in range(1, len(part) + 1)
        )
        return "" if self.null else unescape(self.raw, self._delimiters)

    def at(self, component: int, sub: int = 0) -> str:
        """The path of a component: ``PID-3.4``, ``PID-3.4.2``."""
        if sub or self._width(component) > 1:
            return f"{self.path}.{component}.{sub or 1}"
        return f"{self.path}.{component}"

    def left(self) -> Iterator[str]:
        """Paths of what was said and not taken."""
        for component, part in enumerate(self._parts, 1):
            for sub in range(1, len(part) + 1):
                if (component, sub) not in self._taken and self.peek(component, sub):
                    yield self.at(component, sub if len(part) > 1 else 0)

    def _width(self, component: int) -> int:
        return len(self._parts[component - 1]) if component <= len(self._parts) else 0


# Segments a message has once: their fields are named PID-3, those of others OBX[2]-5.
_ALONE = frozenset({"MSH", "PID", "PD1", "PV1", "PV2"})


class Segment:
    """One segment. ``ordinal`` counts segments of that name in the message, from 1; ``line`` lines."""

    __slots__ = ("_delimiters", "_fields", "_values", "label", "line", "name", "ordinal")

    def __init__(self, text: str, ordinal: int, line: int, delimiters: Delimiters) -> None:
        self.name = text[:3]
        self.ordinal = ordinal
        self.line = line
        self.label = self.name if self.name in _ALONE and ordinal == 1 else f"{self.name}[{ordinal}]"
        self._delimiters = delimiters
        fields = text.split(delimiters.field)
        # MSH-1 is the separator itself, so MSH's fields count one further (HL7 v2 section 2.14.9).
        self._fields = [delimiters.field, *fields[1:]] if self.name in ("MSH", "BHS", "FHS") else fields[1:]
        self._values: dict[int, tuple[Value, ...]] = {}

    def __len__(self) -> int:
        return len(self._fields)

    def path(self, number: int) -> str:
        return f"{self.label}-{number}"

    def raw(self, number: int) -> str:
        return self._fields[number - 1] if number <= len(self._fields) else ""

    def values(self, number: int) -> tuple[Value, ...]:
        """The field's repetitions that say something, null included; the same objects each time."""
        if number not in self._values:
            self._values[number] = tuple(self._repetitions(number))
        return self._values[number]

    def said(self, number: int) -> tuple[Value, ...]:
        """The repetitions that say something and do not erase."""
        return tuple(value for value in self.values(number) if not value.null)

    def first(self, number: int) -> Value | None:
        return next(iter(self.said(number)), None)

    def repetitions(self, name: str) -> Sequence[Field]:
        """For rows (gateway.mapping.rows.Source)."""
        return [Field(value.path, value) for value in self.said(_number(name))]

    def text(self, name: str) -> str:
        value = self.first(_number(name))
        return value.peek() if value is not None else ""

    def _repetitions(self, number: int) -> Iterator[Value]:
        raw = self.raw(number)
        if not raw.strip():
            return
        path = self.path(number)
        if self.name == "MSH" and number <= 2:
            yield Value(path, raw, _NONE)  # the delimiters themselves
            return
        parts = raw.split(self._delimiters.repetition)
        for position, part in enumerate(parts, 1):
            value = Value(path if len(parts) == 1 else f"{path}[{position}]", part, self._delimiters)
            if value.null or any(True for _ in value.left()):
                yield value


_NONE = Delimiters("\x00", "\x01", "\x02", "", "\x03")  # MSH-1 and MSH-2 are delimiters, they have none


def _number(name: str) -> int:
    return int(name.partition("-")[2])
