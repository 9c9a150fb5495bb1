"""Items and the slices they are in. https://hl7.org/fhir/R4/profiling.html#slicing

An item that no slice can be told of (a reference that is not there to resolve, a value set that cannot be
listed) counts for none, and nothing is missed on its account.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.r4.profiles.element import Element, Expected, Step
from gateway.r4.profiles.findings import Findings
from gateway.r4.profiles.places import Place
from gateway.r4.profiles.profile import Profile
from gateway.r4.profiles.references import named_type

DEFAULT = "@default"  # https://hl7.org/fhir/R4/profiling.html#default-slice


class Asked(Protocol):
    """What a slicer asks of whoever holds resources to profiles."""

    def element(self, element: Element, place: Place, profile: Profile, found: Findings) -> bool: ...
    def meets(self, place: Place, element: Element, profile: Profile) -> bool | None: ...
    def conforms(self, place: Place, url: str) -> bool: ...
    def children(self, place: Place, name: str) -> list[Place]: ...
    def target(self, place: Place) -> Place | None: ...
    def named(self, names: Sequence[str], name: str) -> bool: ...


def hold_slices(
    element: Element, items: list[Place], parent: str, profile: Profile, found: Findings, ask: Asked
) -> None:
    """Says what ``items`` of ``element`` break of its slices: how many in each, in which order, and of what content."""
    told = [_slice_of(item, element, profile, ask) for item in items]
    unsure = sum(slice_ is None for slice_ in told)
    for slice_ in element.slices.values():
        inside = [item for item, name in zip(items, told, strict=True) if name == slice_.slice_name]
        if slice_.least is not None and slice_.expected is not None and len(inside) + unsure < slice_.least:
            name = slice_.slice_name
            found.say("r4-profile-slice", parent, slice_, profile, slice=name, least=slice_.least, count=len(inside))
        if slice_.most is not None and len(inside) > slice_.most:
            path, name = inside[slice_.most].path, slice_.slice_name
            found.say("r4-profile-slice-max", path, slice_, profile, slice=name, most=slice_.most)
        for item in inside:
            ask.element(slice_, item, profile, found)
        if slice_.slices:
            hold_slices(slice_, inside, parent, profile, found, ask)
    _closing(element, items, told, profile, found)


def _closing(element: Element, items: list[Place], told: list[str | None], profile: Profile, found: Findings) -> None:
    """What the slicing's rules and its order forbid."""
    if element.slicing is None:
        return
    places = {name: at for at, name in enumerate(element.slices)}
    furthest, is_past = -1, False
    for item, name in zip(items, told, strict=True):
        if name == "" and element.slicing.rules == "closed":
            found.say("r4-profile-closed", item.path, element, profile)
        is_past = is_past or (name == "" and element.slicing.rules == "openAtEnd")
        if not name:
            continue
        if is_past or (element.slicing.ordered and places[name] < furthest):
            found.say("r4-profile-order", item.path, element.slices[name], profile, slice=name)
        furthest = max(furthest, places[name])


def _slice_of(item: Place, element: Element, profile: Profile, ask: Asked) -> str | None:
    """The name of the slice that ``item`` is in, "" when in none; None when that cannot be told."""
    is_sure = True
    for slice_ in element.slices.values():
        answer = _is_in(item, slice_, profile, ask)
        if answer:
            return slice_.slice_name
        is_sure = is_sure and answer is False
    if not is_sure:
        return None
    return DEFAULT if DEFAULT in element.slices else ""


def _is_in(item: Place, slice_: Element, profile: Profile, ask: Asked) -> bool | None:
    if slice_.expected is None:
        return False if slice_.slice_name == DEFAULT else None
    is_sure = True
    for expected in slice_.expected:
        answer = _holds(item, expected, profile, ask)
        if answer is False:
            return False
        is_sure = is_sure and answer is True
    return True if is_sure else None


def _holds(item: Place, expected: Expected, profile: Profile, ask: Asked) -> bool | None:
    if expected.kind == "type" and expected.steps and expected.steps[-1][0] == "resolve":
        answers = [_target_type(place, expected, ask) for place in _at(item, expected.steps[:-1], ask) or ()]
        return _any(answers)
    places = _at(item, expected.steps, ask)
    if places is None:
        return None
    match expected.kind:
        case "exists":
            return bool(places)
        case "absent":
            return not places
        case "type":
            return _any([ask.named(expected.names, place.node.type.name) for place in places])
        case "profile":
            return any(ask.conforms(place, url) for place in places for url in expected.names)
    answers = [_any([ask.meets(place, wanted, profile) for place in places]) for wanted in expected.wanted]
    return False if False in answers else (None if None in answers else True)


def _any(answers: list[bool | None]) -> bool | None:
    return True if True in answers else (None if None in answers else False)


def _target_type(place: Place, expected: Expected, ask: Asked) -> bool | None:
    target = ask.target(place)
    name = named_type(place.node, target.node if target else None)
    return None if name is None else ask.named(expected.names, name)


def _at(item: Place, steps: tuple[Step, ...], ask: Asked) -> list[Place] | None:
    """Where ``steps`` lead from ``item``; None when a reference on the way is not there to resolve."""
    places = [item]
    for kind, name in steps:
        match kind:
            case "name":
                places = [child for place in places for child in ask.children(place, name)]
            case "extension":
                places = [
                    child
                    for place in places
                    for child in ask.children(place, "extension")
                    if child.node.value.get("url") == name
                ]
            case "type":
                places = [place for place in places if place.node.type.name == name]
            case "resolve":
                targets = [ask.target(place) for place in places]
                if None in targets:
                    return None
                places = [target for target in targets if target is not None]
    return places
