"""Segment and Value: one line of a message and one repetition of a field, which know what was taken from them.

Taking a component is what places it. Whatever was said and never taken is listed at the end,
so that nothing of a message can be dropped by silence.

Most fields of a message are empty, most others one short text without an escape: each way
through here asks for that first, and for the rest only where it is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.hl7v2.delimiters import Delimiters
from adapters.hl7v2.escapes import unescape

NULL = '""'  # the sender erases the field, which is not the same as saying nothing

Taken = frozenset[tuple[int, int]]  # (component, subcomponent)
_NOTHING: Taken = frozenset()
_FIRST: Taken = frozenset({(1, 1)})


@dataclass(frozen=True, slots=True)
class Account:
    """What was taken of a text, and what of it was said and not taken: the ends of paths (``.3``, ``.4.2``)."""

    taken: Taken
    left: tuple[str, ...]


class Value:
    """One repetition of a field. Components and subcomponents count from 1."""

    __slots__ = ("_account", "_delimiters", "_parts", "path", "raw", "taken")

    def __init__(self, path: str, raw: str, delimiters: Delimiters) -> None:
        self.path = path
        self.raw = raw
        self._delimiters = delimiters
        self._parts: list[list[str]] | None = None
        self._account: Account | None = None
        self.taken: set[tuple[int, int]] | Taken = _NOTHING

    def alone(self, path: str) -> Value:
        """The same text at another path, nothing taken."""
        return Value(path, self.raw, self._delimiters)

    def worded(self, *components: str) -> Value:
        """Other components at the same path."""
        return Value(self.path, self._delimiters.component.join(components), self._delimiters)

    @property
    def parts(self) -> list[list[str]]:
        """Components, each as its subcomponents, escaped as they came."""
        made = self._parts
        if made is None:
            delimiters = self._delimiters
            components = self.raw.split(delimiters.component)
            if delimiters.subcomponent in self.raw:
                made = [part.split(delimiters.subcomponent) for part in components]
            else:
                made = [[part] for part in components]
            self._parts = made
        return made

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
        return bool(self.taken)

    @property
    def components(self) -> int:
        return len(self.parts)

    def peek(self, component: int = 1, sub: int = 1) -> str:
        """The text, trimmed, without placing it; "" when empty, absent or null."""
        parts = self._parts or self.parts
        if component > len(parts):
            return ""
        part = parts[component - 1]
        raw = part[sub - 1] if sub <= len(part) else ""
        if not raw or raw == NULL:
            return ""
        if self._delimiters.escape in raw:
            raw = unescape(raw, self._delimiters)
        return raw.strip()

    def take(self, component: int = 1, sub: int = 1) -> str:
        """The text, trimmed, now placed (or decided about)."""
        text = self.peek(component, sub)
        if text and (component, sub) not in self.taken:
            self._add(((component, sub),))
        return text

    def take_all(self, component: int) -> str:
        """A component with its subcomponents as one text, as sent."""
        mark, width = self._delimiters.subcomponent, self._width(component)
        if width == 1:
            return self.take(component)
        texts = [self.take(component, sub) for sub in range(1, width + 1)]
        while texts and not texts[-1]:
            texts.pop()
        while texts and not texts[0]:
            del texts[0]
        return mark.join(texts)

    def whole(self) -> str:
        """The field as one text, delimiters that stand in it unescaped included; untrimmed."""
        parts = self.parts
        if len(parts) == 1 and len(parts[0]) == 1:
            self._add(_FIRST)
        else:
            self._add((at, sub) for at, part in enumerate(parts, 1) for sub in range(1, len(part) + 1))
        return "" if self.null else unescape(self.raw, self._delimiters)

    def part(self, component: int) -> Value:
        """A component as a value of its own, its subcomponents as components: a datatype inside another."""
        subs = self.parts[component - 1] if component <= len(self.parts) else []
        return Value(self.at(component), self._delimiters.component.join(subs), self._delimiters)

    def take_part(self, component: int, part: Value) -> None:
        """What was taken of the part is taken here."""
        self._add((component, sub) for sub, _ in part.taken)

    def account_for(self, account: Account) -> None:
        """Take what the account says, which is of this same text."""
        if not self.taken or self.taken is account.taken:
            self.taken, self._account = account.taken, account
        else:
            self._add(account.taken)

    def at(self, component: int, sub: int = 0) -> str:
        """The path of a component: ``PID-3.4``, ``PID-3.4.2``."""
        if sub or self._width(component) > 1:
            return f"{self.path}.{component}.{sub or 1}"
        return f"{self.path}.{component}"

    def left(self) -> list[str]:
        """Paths of what was said and not taken."""
        account = self._account
        if account is not None and account.taken is self.taken:
            return [self.path + end for end in account.left]
        taken, made = self.taken, []
        for component, part in enumerate(self.parts, 1):
            for sub in range(1, len(part) + 1):
                if (component, sub) not in taken and self.peek(component, sub):
                    made.append(self.at(component, sub if len(part) > 1 else 0))
        return made

    def says_something(self) -> bool:
        """True when any part has a text. A first character that is a letter or digit is one: no mark is either."""
        return self.raw[:1].isalnum() or bool(self.left())

    def _add(self, components: Iterable[tuple[int, int]]) -> None:
        """Taken, too. A frozen set is shared, and replaced by one of this value's own."""
        taken = self.taken
        if not taken and components is _FIRST:
            self.taken = _FIRST
            return
        if isinstance(taken, frozenset):
            self.taken = taken = set(taken)
        taken.update(components)

    def _width(self, component: int) -> int:
        parts = self._parts or self.parts
        return len(parts[component - 1]) if component <= len(parts) else 0


# Segments a message has once: their fields are named PID-3, those of others OBX[2]-5.
_ALONE = frozenset({"MSH", "EVN", "PID", "PD1", "PV1", "PV2"})


class Segment:
    """One segment. ``ordinal`` counts segments of that name in the message, from 1; ``line`` lines."""

    __slots__ = ("_delimiters", "_fields", "_values", "going_on", "label", "left", "like", "line", "name", "ordinal")

    def __init__(self, text: str, ordinal: int, line: int, delimiters: Delimiters) -> None:
        self.name = text[:3]
        self.ordinal = ordinal
        self.line = line
        self.label = self.name if self.name in _ALONE and ordinal == 1 else f"{self.name}[{ordinal}]"
        self._delimiters = delimiters
        # Field 5 stands at index 5. MSH-1 is the separator itself: MSH's fields stand one further (section 2.14.9).
        self._fields = text.split(delimiters.field)
        if self.name in ("MSH", "BHS", "FHS"):
            self._fields.insert(1, delimiters.field)
        self._values: dict[int, tuple[Value, ...]] = {}
        # (end of a path, reason) of all that has no place, where that is known as a whole; else each value knows.
        self.left: tuple[tuple[str, str], ...] | None = None
        self.like: Segment | None = None  # the segment before, which goes on with this one and has all it says
        self.going_on: tuple[tuple[str, str], ...] | None = None  # what those have left that it goes on with

    def unread(self) -> Segment:
        """The same segment with nothing taken from it yet."""
        made = object.__new__(Segment)
        made.name, made.ordinal, made.line, made.label = self.name, self.ordinal, self.line, self.label
        made._delimiters, made._fields, made._values = self._delimiters, self._fields, {}
        made.left = made.like = made.going_on = None
        return made

    def go_on(self, number: int, others: Sequence[Segment]) -> None:
        """The others' field becomes further repetitions of this one's; all else they say alike."""
        self._fields = [*self._fields, *[""] * (number + 1 - len(self._fields))]
        self._fields[number] = self._delimiters.repetition.join(one.raw(number) for one in (self, *others))
        self._values.pop(number, None)
        for other in others:
            other.like = self

    def __len__(self) -> int:
        return len(self._fields) - 1

    def path(self, number: int) -> str:
        return f"{self.label}-{number}"

    @property
    def texts(self) -> list[str]:
        """The fields as they came, each at its number; not to be changed."""
        return self._fields

    def raw(self, number: int) -> str:
        return self._fields[number] if number < len(self._fields) else ""

    def filled(self) -> list[int]:
        """The numbers of the fields that are not the empty text, in order."""
        return [number for number, raw in enumerate(self._fields) if raw and number]

    def values(self, number: int) -> tuple[Value, ...]:
        """The field's repetitions that say something, null included; the same objects each time."""
        found = self._values.get(number)
        if found is None:
            if number >= len(self._fields) or not self._fields[number]:
                return ()
            found = self._values[number] = self._repetitions(number, self._fields[number])
        return found

    def said(self, number: int, /) -> tuple[Value, ...]:
        """The repetitions that say something and do not erase."""
        fields = self._fields
        if number >= len(fields) or not fields[number]:
            return ()
        found = self._values.get(number)
        if found is None:
            found = self._values[number] = self._repetitions(number, fields[number])
        if NULL in fields[number]:
            return tuple(value for value in found if not value.null)
        return found

    repetitions = said  # for rows (gateway.mapping.placing.Source), which name a field by its number

    def first(self, number: int) -> Value | None:
        if number >= len(self._fields) or not self._fields[number]:
            return None
        found = self.said(number)
        return found[0] if found else None

    def text(self, field: int) -> str:
        value = self.first(field)
        return value.peek() if value is not None else ""

    def _repetitions(self, number: int, raw: str) -> tuple[Value, ...]:
        path = f"{self.label}-{number}"
        if self.name == "MSH" and number <= 2:
            return (Value(path, raw, _NONE),)  # the delimiters themselves
        delimiters = self._delimiters
        if delimiters.repetition not in raw:
            only = Value(path, raw, delimiters)
            return (only,) if raw[0].isalnum() or only.null or only.left() else ()
        values = (
            Value(f"{path}[{position}]", part, delimiters)
            for position, part in enumerate(raw.split(delimiters.repetition), 1)
        )
        return tuple(value for value in values if value.null or value.says_something())


_NONE = Delimiters("\x00", "\x01", "\x02", "", "\x03")  # MSH-1 and MSH-2 are delimiters, they have none


def field_number(name: str) -> int:
    """5 of ``OBX-5``."""
    return int(name.partition("-")[2])
