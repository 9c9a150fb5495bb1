"""The text of a regular expression to a tree. Of the usual syntax (XML Schema's, Java's, PCRE's) what they share.

A FhirPathError for what they do not, or what needs more than an automaton: references to groups, looking
ahead or behind, word boundaries, flags, one class inside another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from gateway.r4.fhirpath.errors import FhirPathError

Accepts = Callable[[str], bool]
_LONGEST = 2000  # characters
_DEEPEST = 40  # groups inside each other
_MOST = 1000  # repetitions that are counted
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_DIGITS = frozenset("0123456789")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_WORD = _DIGITS | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_SPACE = frozenset(" \t\n\r\f\v")
_CLASSES: dict[str, Accepts] = {
    "d": _DIGITS.__contains__,
    "w": _WORD.__contains__,
    "s": _SPACE.__contains__,
    "D": lambda character: character not in _DIGITS,
    "W": lambda character: character not in _WORD,
    "S": lambda character: character not in _SPACE,
}


@dataclass(frozen=True, slots=True)
class Character:
    accepts: Accepts


@dataclass(frozen=True, slots=True)
class Edge:
    sign: str  # ^ or $: the beginning or the end of the whole text


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    options: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    tree: Tree
    least: int
    most: int | None
    is_lazy: bool


Tree = Character | Edge | Sequence | Alternatives | Repeated


def tree_of(text: str) -> Tree:
    """The tree of a pattern; FhirPathError when it is none or not one of these."""
    if len(text) > _LONGEST:
        raise FhirPathError("a pattern too long")
    reading = _Reading(text)
    tree = reading.alternatives(0)
    if not reading.at_end:
        raise FhirPathError("a pattern with a ) too many")
    return tree


class _Reading:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def _sees(self, part: str) -> bool:
        """Takes ``part`` where it stands next."""
        found = self._text.startswith(part, self._at)
        self._at += len(part) if found else 0
        return found

    def _take(self) -> str:
        if self.at_end:
            raise FhirPathError("a pattern that breaks off")
        self._at += 1
        return self._text[self._at - 1]

    def alternatives(self, depth: int) -> Tree:
        if depth > _DEEPEST:
            raise FhirPathError("a pattern nested too deep")
        options = [self._sequence(depth)]
        while self._sees("|"):
            options.append(self._sequence(depth))
        return Alternatives(tuple(options)) if len(options) > 1 else options[0]

    def _sequence(self, depth: int) -> Tree:
        items: list[Tree] = []
        while not self.at_end and self._text[self._at] not in "|)":
            items.append(self._repeated(self._atom(depth)))
        return Sequence(tuple(items))

    def _atom(self, depth: int) -> Tree:
        match self._take():
            case "(":
                if self._sees("?") and not self._sees(":"):
                    raise FhirPathError("a pattern with more than groups")
                tree = self.alternatives(depth + 1)
                if not self._sees(")"):
                    raise FhirPathError("a pattern with a ( too many")
                return tree
            case "[":
                return Character(self._class())
            case ".":
                return Character(lambda _character: True)
            case ("^" | "$") as sign:
                return Edge(sign)
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                raise FhirPathError("a pattern that repeats nothing")
            case character:
                return Character(character.__eq__)

    def _escape(self) -> Tree:
        character = self._take()
        if character in "AzZ":
            return Edge("^" if character == "A" else "$")
        return Character(self._class_escape(character) or self._plain(character).__eq__)

    def _class_escape(self, character: str) -> Accepts | None:
        if character not in "pP":
            return _CLASSES.get(character)
        name = self._take()
        if name == "{":
            end = self._text.find("}", self._at)
            name, self._at = self._text[self._at : end], end + 1
            if end < 0:
                raise FhirPathError("a pattern that breaks off")
        if name[:1] not in "LMNPSZC" or len(name) not in (1, 2):
            raise FhirPathError("a class of characters that is not known")
        wanted = character == "p"
        return lambda one: unicodedata.category(one).startswith(name) is wanted

    def _plain(self, character: str) -> str:
        if character in "xu":
            digits = "".join(self._take() for _ in range(2 if character == "x" else 4))
            if not set(digits) <= _HEXADECIMAL:
                raise FhirPathError("a pattern with a broken escape")
            return chr(int(digits, 16))
        if character in _ESCAPED:
            return _ESCAPED[character]
        if character.isalnum():
            raise FhirPathError("an escape that is not known")
        return character

    def _class(self) -> Accepts:
        is_negated = self._sees("^")
        single: set[str] = set()
        ranges: list[tuple[str, str]] = []
        others: list[Accepts] = []
        is_first = True
        while is_first or not self._sees("]"):
            is_first = False
            character = self._take()
            if character == "[" or (character == "&" and self._sees("&")):
                raise FhirPathError("a class of characters in another")
            if character == "\\":
                escaped = self._take()
                known = self._class_escape(escaped)
                if known is not None:
                    others.append(known)
                    continue
                character = self._plain(escaped)
            if self._text.startswith("-", self._at) and not self._text.startswith("-]", self._at):
                self._take()
                last = self._take()
                ranges.append((character, self._plain(self._take()) if last == "\\" else last))
            else:
                single.add(character)
        return _accepts(frozenset(single), tuple(ranges), tuple(others), is_negated)

    def _repeated(self, tree: Tree) -> Tree:
        bounds = self._bounds()
        if bounds is None:
            return tree
        least, most = bounds
        if max(least, most or 0) > _MOST or (most is not None and most < least):
            raise FhirPathError("a pattern that repeats too often")
        is_lazy = self._sees("?")
        if self._bounds() is not None:  # a brace that bounds nothing is a character
            raise FhirPathError("a pattern that repeats a repetition")
        return Repeated(tree, least, most, is_lazy)

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._sees(sign):
                return bounds
        if not self._text.startswith("{", self._at):
            return None
        end = self._text.find("}", self._at)
        least, comma, most = self._text[self._at + 1 : max(end, 0)].partition(",")
        if not _is_count(least) or (most and not _is_count(most)):
            return None  # a { that stands for itself
        self._at = end + 1
        return int(least), int(most) if most else None if comma else int(least)


def _is_count(text: str) -> bool:
    return 0 < len(text) <= 4 and text.isascii() and text.isdigit()


def _accepts(
    single: frozenset[str], ranges: tuple[tuple[str, str], ...], others: tuple[Accepts, ...], is_negated: bool
) -> Accepts:
    def accepts(character: str) -> bool:
        found = (
            character in single
            or any(first <= character <= last for first, last in ranges)
            or any(other(character) for other in others)
        )
        return found is not is_negated

    return accepts
