"""What a sample was expected to become, and what it becomes: a line for each element that differs.

An element is named as in the lineage (``Observation[2].valueQuantity.value``, counted in what it becomes now), with the
field it came from, so that a reader knows where in the sample to look. A resource is compared with that of the same id,
else with the next of its type: one that came does not make all behind it look changed, and an id that changed is one
line, however many references name it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from gateway.bundle import Resource, resources

_LONGEST = 120  # characters of a value that are shown
_OF_A_RECORD = ("mapping", "recipients", "training")
_GONE = " (before)"  # behind the place of a resource that is no more, counted in what there was


@dataclass(frozen=True, slots=True)
class Difference:
    """``sign``: ``+`` came, ``-`` went, a space changed. ``place``: the element and its field, no value of a payload;
    ``values`` are the record's, for its author's eyes."""

    sign: str
    place: str
    values: str

    def __str__(self) -> str:
        return f"{self.sign} {self.place}: {self.values}"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Of two trees (gateway.workbench.expected); none only where they are the same."""
    found: list[Difference] = []
    of_each: tuple[Sequence[Mapping[str, Any]], ...] = (before.get("records", ()), after.get("records", ()))
    alone = max(map(len, of_each)) == 1
    for at, (was, now) in enumerate(zip_longest(*of_each, fillvalue={})):
        found += _of_record("" if alone else f"records[{at}] ", was, now)
    found += _of_list("refused", before, after)
    found += _of_flat("", {"adapter": before.get("adapter")}, {"adapter": after.get("adapter")})
    if not found and before != after:  # the same in another order
        found += _of_flat("", dict(_leaves("", before)), dict(_leaves("", after)))
    return found


def _of_record(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    old, new = (list(resources(one.get("bundle", {}))) for one in (before, after))
    pairs, places, formerly = _pairs(old, new), _places(new), _places(old)
    called = {place: places[pairs[at]] if at in pairs else place + _GONE for at, place in enumerate(formerly)}
    text = json.dumps(old)
    for was, now in pairs.items():
        one, other = str(old[was]["id"]), str(new[now]["id"])
        if one != other:
            yield Difference(" ", f"{name}{places[now]}.id", f"{one} → {other}, named {text.count(one) - 1} times")
            text = text.replace(one, other)
    was_from = {_called(path, called): source for path, source in before.get("lineage", {}).items()}
    now_from = dict(after.get("lineage", {}))
    flat_old = _flat(called.values(), json.loads(text))
    flat_new = _flat(places, new)
    yield from _of_flat(name, flat_old, flat_new, was_from | now_from)
    told = flat_old.keys() ^ flat_new.keys()  # an element that came or went is told with its field
    sources = ({path: one for path, one in lineage.items() if path not in told} for lineage in (was_from, now_from))
    yield from _of_flat(f"{name}lineage ", *sources)
    yield from _of_flat(f"{name}unplaced ", before.get("unplaced", {}), after.get("unplaced", {}))
    yield from _of_list("holds", before, after, name)
    yield from _of_list("issues", before, after, name)
    yield from _of_flat(name, *({key: one[key] for key in _OF_A_RECORD if key in one} for one in (before, after)))


def _pairs(old: Sequence[Resource], new: Sequence[Resource]) -> dict[int, int]:
    """Which is which: by id, then by type and order."""
    ids = {(one["resourceType"], one["id"]): at for at, one in enumerate(new)}
    pairs = {at: ids[key] for at, one in enumerate(old) if (key := (one["resourceType"], one["id"])) in ids}
    free = [at for at in range(len(new)) if at not in set(pairs.values())]
    for at, one in enumerate(old):
        same = [other for other in free if new[other]["resourceType"] == one["resourceType"]]
        if at not in pairs and same:
            pairs[at] = same[0]
            free.remove(same[0])
    return pairs


def _places(of: Iterable[Resource]) -> list[str]:
    """``Observation[2]``, the third of its type, as the lineage counts."""
    counts: Counter[str] = Counter()
    places = []
    for one in of:
        kind = str(one["resourceType"])
        places.append(f"{kind}[{counts[kind]}]")
        counts[kind] += 1
    return places


def _called(path: str, called: Mapping[str, str]) -> str:
    place, dot, below = path.partition(".")
    return called.get(place, place) + dot + below


def _flat(places: Iterable[str], of: Iterable[Resource]) -> dict[str, Any]:
    return {path: value for place, one in zip(places, of, strict=True) for path, value in _leaves(place, one)}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _leaves(f"{path}.{name}" if path else name, one)
    elif isinstance(value, list) and value:
        for at, one in enumerate(value):
            yield from _leaves(f"{path}[{at}]", one)
    else:
        yield path, value


def _of_flat(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any], lineage: Mapping[str, str] | None = None
) -> Iterator[Difference]:
    for path in [*before, *(path for path in after if path not in before)]:
        source = (lineage or {}).get(path)
        place = f"{name}{path} ({source})" if source else f"{name}{path}"
        if path not in after:
            yield Difference("-", place, _short(before[path]))
        elif path not in before:
            yield Difference("+", place, _short(after[path]))
        elif before[path] != after[path]:
            yield Difference(" ", place, f"{_short(before[path])} → {_short(after[path])}")


def _of_list(key: str, before: Mapping[str, Any], after: Mapping[str, Any], name: str = "") -> Iterator[Difference]:
    """Of sentences without an order."""
    old, new = Counter(before.get(key, ())), Counter(after.get(key, ()))
    yield from (Difference("-", f"{name}{key}", one) for one in (old - new).elements())
    yield from (Difference("+", f"{name}{key}", one) for one in (new - old).elements())


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "…"
