"""What tells the items of a slice: discriminators read in the profile. https://hl7.org/fhir/R4/profiling.html#discriminator"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gateway.r4.profiles.element import Element, Expected, Slicing, Step

_STEP = re.compile(
    r"\$this|extension\(\s*'(?P<url>[^']*)'\s*\)|resolve\(\)|ofType\(\s*(?P<type>\w+)\s*\)|(?P<name>\w+)(\[x\])?"
)
Known = Callable[[str], Element | None]  # the tree of a profile by its URL


def expectations(slice_: Element, slicing: Slicing, known: Known) -> tuple[Expected, ...] | None:
    """What each discriminator expects of the slice's items; None when that is not said in a form understood."""
    found: list[Expected] = []
    for discriminator in slicing.discriminators:
        steps = steps_of(discriminator.path)
        if steps is None:
            return None
        here = _expected(discriminator.type, steps, slice_, known)
        found.extend([here] if here else [])
    return tuple(found) or None


def steps_of(path: str) -> tuple[Step, ...] | None:
    """The path in steps: names, extension('url'), resolve(), ofType(). None when it is not a simple path."""
    steps: list[Step] = []
    at = 0
    while True:
        match = _STEP.match(path, at)
        if match is None:
            return None
        if match["name"] and match["name"] not in ("resolve", "extension", "ofType"):
            steps.append(("name", match["name"]))
        elif match["url"] is not None:
            steps.append(("extension", match["url"]))
        elif match["type"]:
            steps.append(("type", match["type"]))
        elif match[0] == "resolve()":
            steps.append(("resolve", ""))
        elif match[0] == "extension":
            steps.append(("name", "extension"))
        at = match.end()
        if at == len(path):
            return tuple(steps)
        if path[at] != ".":
            return None
        at += 1


def _expected(kind: str, steps: tuple[Step, ...], slice_: Element, known: Known) -> Expected | None:
    places = [slice_]
    resolved = False
    for step in steps:
        resolved = resolved or step[0] == "resolve"
        if step[0] != "resolve":
            places = [below for place in places for below in _below(place, step, known)]
    match kind:
        case "value" | "pattern":
            wanted = tuple(place for place in places if _says_a_value(place))
            return Expected("value", steps, wanted) if wanted and not resolved else None
        case "exists":
            if any(place.most == 0 for place in places):
                return Expected("absent", steps)
            return Expected("exists", steps) if any(place.least for place in places) else None
        case "type" | "profile":
            kinds = [each for place in places for each in place.kinds]
            if resolved:
                names: Iterable[str] = (target for each in kinds for target in each.targets)
            elif kind == "type":
                names = (each.code for each in kinds)
            else:
                names = (url for each in kinds for url in each.profiles)
            told = tuple(dict.fromkeys(names))
            return Expected("profile" if kind == "profile" else "type", steps, names=told) if told else None
    return None


def _below(place: Element, step: Step, known: Known) -> Iterator[Element]:
    """Where the profile speaks of what ``step`` leads to: element, required slices, nested profile, value."""
    kind, name = step
    if kind == "type":
        if place.codes <= {name}:
            yield place
        yield from (each for each in place.slices.values() if each.codes == {name})
        return
    key = name if kind == "name" else "extension"
    for value in _inside(place.fixed, key):
        yield Element(place.id, key, fixed=value)
    for value in _inside(place.pattern, key):
        yield Element(place.id, key, pattern=value)
    child = place.children.get(key)
    if child is not None and kind == "extension":
        yield from (each for each in child.slices.values() if url_of(each, known) == name)
    elif child is not None:
        yield child
        yield from (each for each in child.slices.values() if each.least)
    if child is None or not _says_a_value(child):
        yield from _in_profiles(place, step, known)


def _in_profiles(place: Element, step: Step, known: Known) -> Iterator[Element]:
    for url in (url for each in place.kinds for url in each.profiles):
        root = known(url)
        # a root has no types of its own: no ring of nested profiles
        found = list(_below(root, step, known)) if root is not None and not root.kinds else []
        if not found and step == ("name", "url") and place.name in ("extension", "modifierExtension"):
            found = [Element(place.id, "url", fixed=url.partition("|")[0])]  # what an extension has as its url
        yield from found


def url_of(extension: Element, known: Known) -> str | None:
    """The url that a slice of extensions has."""
    for place in _below(extension, ("name", "url"), known):
        if isinstance(place.fixed, str):
            return place.fixed
    return None


def _inside(value: Any, name: str) -> list[Any]:
    if not isinstance(value, dict) or name not in value:
        return []
    below = value[name]
    return below if isinstance(below, list) else [below]


def _says_a_value(place: Element) -> bool:
    """A fixed or pattern value or a required binding, here or somewhere below."""
    for here in place.everything():
        if here.fixed is not None or here.pattern is not None:
            return True
        if here.binding is not None and here.binding.strength == "required":
            return True
    return False
