"""Which elements follow which words of a payload: measured by changing each word, whatever an adapter claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.adapter import Profile, SourceAdapter
from gateway.bundle import Resource
from gateway.jsontext import dumps
from gateway.workbench.altered import Word, alterations
from gateway.workbench.seen import Seen

_IDS = ("id", "reference", "fullUrl")  # they change with whatever names a thing, and say nothing of a word's place
Element = tuple[int, str]  # of which record, from 0, and its path: Observation[0].valueQuantity.value


@dataclass(frozen=True, slots=True)
class Followed:
    """A word, and what follows it; ``rule`` says why, where nothing stands when it is changed."""

    word: Word
    elements: tuple[Element, ...]
    rule: str = ""


def followed(
    adapter: SourceAdapter, data: bytes, whole: Seen, facility: Profile | None = None, most: int = 2000
) -> list[Followed]:
    """Each word of a payload, in order; ``whole``: what is seen of the payload as it is.

    An element that follows more than half of the words, as a digest does, follows the payload and no word of it.
    """
    found = list(_each(adapter, data, whole, facility, most))
    counted = Counter(element for one in found for element in one.elements)
    of_all = {element for element, count in counted.items() if count * 2 > len(found)}
    return [replace(one, elements=tuple(at for at in one.elements if at not in of_all)) for one in found]


def _each(adapter: SourceAdapter, data: bytes, whole: Seen, facility: Profile | None, most: int) -> Iterator[Followed]:
    before = [dict(elements(one.resources)) for one in whole.made]
    for word, _, after in alterations(adapter, data, facility, most):
        if len(after.made) != len(whole.made):
            yield Followed(word, (), next((issue.rule for issue in after.refusals), ""))
            continue
        changed = [
            (record, path)
            for record, (then, one) in enumerate(zip(before, after.made, strict=True))
            for path in _differing(then, dict(elements(one.resources)))
        ]
        yield Followed(word, tuple(changed))


def elements(resources: Sequence[Resource]) -> Iterator[tuple[str, str]]:
    """Each element that holds a value: its path and the value as it is written."""
    counts: dict[str, int] = {}
    for one in resources:
        kind = str(one["resourceType"])
        index = counts[kind] = counts.get(kind, -1) + 1
        for name, value in one.items():
            if name != "resourceType":
                yield from _leaves(f"{kind}[{index}].{name}", value)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _leaves(f"{path}.{name}", below)
    elif isinstance(value, list):
        for at, below in enumerate(value):
            yield from _leaves(f"{path}[{at}]", below)
    else:
        yield path, value if isinstance(value, str) else dumps(value).decode()


def _differing(then: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    for path, value in then.items():
        if now.get(path) != value and path.rpartition(".")[2] not in _IDS:
            yield path
