"""Regular expressions whose time grows with the text alone.

Python's own ``re`` tries one way after another, and ``(a+)+$`` has more ways than there is time. Here all ways
are followed at once, and which places are reached from which over a character is remembered (a lazy
automaton), so that a character costs one look into a table. ``.`` is any character, line ends included, as
FHIRPath has it: http://hl7.org/fhirpath/2018Sep/#matchesregex-string-boolean
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.regular_syntax import (
    Accepts,
    Alternatives,
    Character,
    Edge,
    Repeated,
    Sequence,
    Tree,
    tree_of,
)

_MOST = 5000  # places of one automaton
_REMEMBERED = 4000  # steps from places over a character
_END = 0

Places = tuple[int, ...]  # the better way first; the end, where it is reached, last
Spend = Callable[[int], None]  # is told of work beyond looking into the table


@lru_cache(maxsize=256)
def pattern(text: str) -> Pattern:
    """The compiled pattern; FhirPathError when it is none, or one that needs more than an automaton."""
    return Pattern(tree_of(text))


class Pattern:
    """An automaton and what it has learnt. Two threads may learn the same thing twice."""

    def __init__(self, tree: Tree) -> None:
        self._over: list[Accepts | None] = [None]  # by place: the character that leads from it to its one way
        self._edge: list[str] = [""]  # or the edge of the text that does
        self._ways: list[Places] = [()]
        self._is_plain = True  # nothing that may be empty is repeated: engines differ in where such a match ends
        self._steps: dict[tuple[Places, str], Places] = {}
        self._anywhere: dict[tuple[Places, str], Places] = {}  # the same, beginning anew at each character
        first = self._built(tree, _END)
        self._start = self._closed((first,), at_start=True)
        self._anew = self._closed((first,))

    def is_in(self, text: str, spend: Spend) -> bool:
        """True when a part of ``text`` matches."""
        here, known = self._start, self._anywhere
        for character in text:
            if here[-1:] == (_END,):
                return True
            after = known.get((here, character))
            here = self._after(here, character, spend, known, self._anew) if after is None else after
        return _END in self._closed(here, at_end=True)

    def found(self, text: str, start: int, spend: Spend) -> int | None:
        """The end of the match that begins at ``start``, by the first way that leads to one."""
        if not self._is_plain:
            raise FhirPathError("a pattern that repeats what may be empty")
        here = self._start if start == 0 else self._anew
        best: int | None = None
        for position in range(start, len(text)):
            if here[-1:] == (_END,):
                best, here = position, here[:-1]
            if not here:
                return best
            spend(1)
            after = self._steps.get((here, text[position]))
            here = self._after(here, text[position], spend, self._steps, ()) if after is None else after
        return len(text) if _END in self._closed(here, at_end=True) else best

    def _after(
        self, here: Places, character: str, spend: Spend, known: dict[tuple[Places, str], Places], anew: Places
    ) -> Places:
        spend(1 + len(here))
        reached = [self._ways[at][0] for at in here if (over := self._over[at]) is not None and over(character)]
        made = self._closed((*reached, *anew))
        if len(known) >= _REMEMBERED:
            known.clear()
        known[here, character] = made
        return made

    def _closed(self, places: Places, *, at_start: bool = False, at_end: bool = False) -> Places:
        """The places reached from these without a character, until one of them is the end."""
        found: dict[int, None] = {}
        waiting = list(reversed(places))
        while waiting:
            place = waiting.pop()
            if place in found:
                continue
            found[place] = None
            if place == _END:
                break
            edge = self._edge[place]
            if self._over[place] is None and (not edge or (at_start if edge == "^" else at_end)):
                waiting.extend(reversed(self._ways[place]))
        return tuple(place for place in found if self._over[place] or self._edge[place] == "$" or place == _END)

    def _built(self, tree: Tree, then: int) -> int:
        """The place from which ``tree`` leads to ``then``."""
        match tree:
            case Character(accepts):
                return self._place((then,), over=accepts)
            case Edge(sign):
                return self._place((then,), edge=sign)
            case Sequence(items):
                for item in reversed(items):
                    then = self._built(item, then)
                return then
            case Alternatives(options):
                return self._place(tuple(self._built(option, then) for option in options))
            case Repeated(inner, least, most, is_lazy):
                self._is_plain &= most in (0, 1) or not _may_be_empty(inner)
                at = self._loop(inner, then, is_lazy) if most is None else then
                for _ in range(0 if most is None else most - least):
                    at = self._place(_ordered(self._built(inner, at), then, is_lazy))
                for _ in range(least):
                    at = self._built(inner, at)
                return at

    def _loop(self, inner: Tree, then: int, is_lazy: bool) -> int:
        at = self._place(())
        self._ways[at] = _ordered(self._built(inner, at), then, is_lazy)
        return at

    def _place(self, ways: Places, over: Accepts | None = None, edge: str = "") -> int:
        if len(self._ways) >= _MOST:
            raise FhirPathError("a pattern too large")
        self._over.append(over)
        self._edge.append(edge)
        self._ways.append(ways)
        return len(self._ways) - 1


def _ordered(inner: int, then: int, is_lazy: bool) -> Places:
    return (then, inner) if is_lazy else (inner, then)


def _may_be_empty(tree: Tree) -> bool:
    match tree:
        case Character():
            return False
        case Edge():
            return True
        case Sequence(items):
            return all(map(_may_be_empty, items))
        case Alternatives(options):
            return any(map(_may_be_empty, options))
        case Repeated(inner, least):
            return least == 0 or _may_be_empty(inner)
