"""Judge: a visit that has ended, or was cancelled, stays so until its sender says that it goes on.

A laboratory tells of the visit a specimen was taken in for weeks, and a corrected address comes with the visit as
it once was. Neither opens it again: only a word tagged ``reopens`` does, such as a cancelled discharge.
"""

from __future__ import annotations

from typing import Any

from gateway.bundle import REOPENS, Resource

_CLOSED = frozenset({"finished", "cancelled", "entered-in-error"})
_OF_THE_END = ("status", "period", "location")
_DISCHARGE = ("dischargeDisposition", "destination")


def visited(made: Resource, earlier: Resource, later: Resource) -> Resource:
    """``made``, an Encounter composed of two words, with the end of the visit as both have it."""
    made = _tagged(made, later)
    if earlier.get("status") not in _CLOSED or later.get("status") in _CLOSED:
        return made
    if REOPENS not in later.get("meta", {}).get("tag", ()):
        return made | {name: earlier[name] for name in _OF_THE_END if name in earlier}
    return _without_end(made, later)


def _tagged(made: Resource, later: Resource) -> Resource:
    """Whether a word reopens a visit is said of that word alone."""
    tags = made.get("meta", {}).get("tag", ())
    if REOPENS not in tags or REOPENS in later.get("meta", {}).get("tag", ()):
        return made
    return _put(made, "meta", _but(made["meta"], "tag") | _some("tag", [one for one in tags if one != REOPENS]))


def _without_end(made: Resource, later: Resource) -> Resource:
    """What the discharge said, which the later word takes back with it."""
    if "period" not in later and "period" in made:
        made = _put(made, "period", _but(made["period"], "end"))
    if "hospitalization" not in later and "hospitalization" in made:
        made = _put(made, "hospitalization", _but(made["hospitalization"], *_DISCHARGE))
    return made


def _but(whole: Resource, *names: str) -> Resource:
    return {key: item for key, item in whole.items() if key not in names}


def _some(name: str, item: Any) -> Resource:
    return {name: item} if item else {}


def _put(made: Resource, name: str, item: Any) -> Resource:
    """``made`` with the element, or without it where nothing is left of it."""
    return _but(made, name) | _some(name, item)
