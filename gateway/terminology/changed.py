"""Decisions that came after an exchange was made: which they are, and whether they are what makes it different."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.bundle import Resource
from gateway.exchange import Exchange
from gateway.jsontext import loads
from gateway.terminology.concept_maps import map_url
from gateway.terminology.decision import Decision
from gateway.terminology.terms import Key, in_force

_AUTHOR = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest word on each code and unit, for one facility or for all, and when the ``first`` was said. ``keys``: of
    each decision ever made, by its number; ``standing``: numbers of those in force."""

    words: Mapping[Key, Decision] = field(default_factory=dict)
    first: Mapping[Key, datetime] = field(default_factory=dict)
    keys: Mapping[int, Key] = field(default_factory=dict)
    standing: frozenset[int] = frozenset()


NOTHING_SAID = Newest()


def newest(made: Sequence[Decision]) -> Newest:
    """Of a facility's own decisions and those for all, in the order they were made."""
    keys = {one.number: (one.kind, one.system, one.code) for one in made}
    words = {keys[one.number]: one for one in made}
    first = {keys[one.number]: one.at for one in reversed(made)}
    return Newest(words, first, keys, frozenset(one.number for one in in_force(made).values()))


def used(exchange: Exchange | None) -> tuple[Mapping[str, Any], ...]:
    """The decisions by which an exchange was made, as its account tells them."""
    return tuple(loads(exchange.account).get("decisions", ())) if exchange and exchange.account else ()


def taken_back(exchange: Exchange, now: Newest) -> tuple[Mapping[str, Any], ...]:
    """What was said since of codes that the exchange's decisions were about, where those hold no longer."""
    gone = [one["decision"] for one in used(exchange) if one["decision"] not in now.standing]
    return tuple(now.words[now.keys[number]].told() for number in gone if number in now.keys)


def concerned(old: Exchange | None, new: Exchange | None) -> bool:
    """Whether other decisions made the one than the other. What is refused now cannot be told, and is; what was refused
    no decision brings back."""
    if old is None or old.status == "refused":
        return False
    return new is None or _made_by(old) != _made_by(new)


def _made_by(exchange: Exchange) -> list[tuple[int, int]]:
    return sorted((one["decision"], len(one["elements"])) for one in used(exchange))


def named_decisions(told: Iterable[Mapping[str, Any]]) -> tuple[Resource, ...]:
    """``Provenance.entity`` of each: its number in its facility's ConceptMap, since when, and who decided.

    Not the code: what a decision is about may be what the law keeps apart.
    """
    return tuple(_entity(one) for one in {each["decision"]: each for each in told}.values())


def _entity(one: Mapping[str, Any]) -> Resource:
    number = {"system": map_url(one["facility"]), "value": str(one["decision"]), "period": {"start": one["at"]}}
    author = {"coding": [{"system": _AUTHOR, "code": "author", "display": "Author"}]}
    return {
        "role": "source",
        "what": {"type": "ConceptMap", "identifier": number},
        "agent": [{"type": author, "who": {"display": one["by"]}}],
    }
