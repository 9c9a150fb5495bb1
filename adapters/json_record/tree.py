"""A JSON object as fields: each leaf by its path, with its place and its text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.jsontext import Number
from gateway.mapping.mapped.record import Fields
from gateway.mapping.placing import Field

_ODD = re.compile(r"[.\[\]\"]")
_SHOWN = re.compile(r"[^\W\d][\w$@ -]{0,63}\Z")
_DIGITS = re.compile(r"[0-9]{4}")


class Node(NamedTuple):
    """Something in the tree. ``field``: ``ket_qua[].ten_xn``; ``at``: where it stands, ``ket_qua[2].ten_xn``."""

    value: Any
    field: str
    at: str

    @property
    def text(self) -> str:
        """A leaf's: NFC without blanks around it, a number's own digits, "" for null."""
        if self.value is None:
            return ""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        if isinstance(self.value, Number):
            return self.value.token
        return unicodedata.normalize("NFC", str(self.value)).strip()


class Word(NamedTuple):
    """A leaf that says something. A number has one meaning, whatever decimals its facility writes in texts."""

    at: str
    value: str
    is_number: bool


Said = Mapping[str, Sequence[Word]]  # by field


class Leaves(Fields):
    """Fields whose places do not follow from their names. A field has several values where an array is in its path."""

    __slots__ = ("_said",)

    def __init__(self, said: Said, before: str) -> None:
        values = {field: found[0].value for field, found in said.items()}
        exact = frozenset(field for field, found in said.items() if all(one.is_number for one in found))
        super().__init__(values, before, exact, frozenset(field for field, found in said.items() if len(found) > 1))
        self._said, self.beneath = said, None

    def path(self, field: str) -> str:
        name, mark, note = field.partition(" (")
        found = self._said.get(field) or self._said.get(name)
        if found is None:
            return self.before + field
        return found[0].at + (mark + note if field not in self._said else "")

    def repetitions(self, field: str) -> Sequence[Field]:
        return [Field(one.at, one.value) for one in self._said.get(field, ())]


def leaves(node: Node, known: frozenset[str], stop: str = "", stopped: list[Node] | None = None) -> Iterator[Node]:
    """The leaves below a node, in their order. ``known``: fields whose keys are names of the format.

    The elements of the array ``stop`` go into ``stopped`` instead of being entered; an object that stands where that
    array should is its only element.
    """
    waiting = [node]
    while waiting:
        one = waiting.pop()
        is_element = one.field == stop or (f"{one.field}[]" == stop and isinstance(one.value, dict))
        if stop and is_element and stopped is not None:
            stopped.append(one._replace(field=stop))
        elif isinstance(one.value, dict | list):
            waiting += reversed(list(below(one, known)))
        else:
            yield one


def below(node: Node, known: frozenset[str]) -> Iterator[Node]:
    """The members of an object, the elements of an array."""
    if isinstance(node.value, list):
        for index, item in enumerate(node.value):
            yield Node(item, f"{node.field}[]", f"{node.at}[{index}]")
    elif isinstance(node.value, dict):
        for place, (key, item) in enumerate(node.value.items(), 1):
            field = _joined(node.field, key)
            yield Node(item, field, _joined(node.at, key if _may_show(key, field, known) else f"(key {place})"))


def said_by(found: Iterable[Node]) -> Said:
    """The leaves that say something, by field."""
    said: dict[str, list[Word]] = {}
    for leaf in found:
        if text := leaf.text:
            is_number = isinstance(leaf.value, int | Number) and not isinstance(leaf.value, bool)
            said.setdefault(leaf.field, []).append(Word(leaf.at, text, is_number))
    return said


def _joined(path: str, key: str) -> str:
    if _ODD.search(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path and not path.endswith(", ") else f"{path}{key}"


def _may_show(key: str, field: str, known: frozenset[str]) -> bool:
    """A key that may be somebody's number, or a sentence, is told by its place."""
    if _SHOWN.match(key) and not _DIGITS.search(key):
        return True
    return any(name == field or name.startswith((f"{field}.", f"{field}[")) for name in known)
