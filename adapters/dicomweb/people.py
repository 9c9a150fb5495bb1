"""Who took part: references by name, and by number where one stands beside it. No Practitioner is made of a name."""

from __future__ import annotations

from typing import Any

from adapters.dicomweb.codes import coding_of
from adapters.dicomweb.dataset import Value, inner
from adapters.dicomweb.names import spoken
from adapters.dicomweb.study import Node
from adapters.dicomweb.telling import Telling
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace

_PERFORMER = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "PRF"}]}
_OPERATOR = {"text": "Operator"}  # no code of the performers' list means the one at the machine


def put_readers(telling: Telling, study: Draft) -> None:
    """The referrer and the interpreters of the study."""
    node = telling.study.node
    numbers = "ReferringPhysicianIdentificationSequence"
    for person in _persons(node, "ReferringPhysicianName", numbers, telling)[:1]:
        study.place("referrer", person)
    for person in _persons(node, "NameOfPhysiciansReadingStudy", "", telling):
        study.add("interpreter", person)


def put_performers(node: Node, telling: Telling, series: Draft) -> None:
    """Who made the series: the physician, the operators, the institution."""
    for person in _persons(node, "PerformingPhysicianName", "PerformingPhysicianIdentificationSequence", telling):
        series.add("performer", _acting({"function": _PERFORMER}, person))
    for person in _persons(node, "OperatorsName", "OperatorIdentificationSequence", telling):
        series.add("performer", _acting({"function": _OPERATOR}, person))
    for found in node.repetitions("InstitutionName"):
        telling.ledger.use(found.path)
        actor = {"type": "Organization", "display": found.value}
        series.add("performer", _acting({}, Piece(actor, {"display": found.path})))


def _acting(function: dict[str, Any], actor: Piece) -> Piece:
    return Piece({**function, "actor": actor.value}, {f"actor.{key}": path for key, path in actor.sources.items()})


def _persons(node: Node, keyword: str, numbers: str, telling: Telling) -> list[Piece]:
    """One reference a person, whatever the letters he is written in."""
    persons: dict[str, Piece] = {}
    for found in node.repetitions(keyword):
        which = found.path.rpartition(".")[0]
        if which in persons:
            telling.ledger.leave(found.path, "the same name in other letters")
            continue
        telling.ledger.use(found.path)
        persons[which] = Piece({"type": "Practitioner", "display": spoken(found)}, {"display": found.path})
    items = node.repetitions(numbers)
    if len(items) == len(persons):  # PS3.3 10.1: as many items as names, in their order
        for which, item in zip(list(persons), items, strict=True):
            persons[which] = _numbered(persons[which], item, telling)
    else:
        for item in items:
            telling.ledger.leave(item.path, "not as many as names, so that nobody can tell whose it is")
    return list(persons.values())


def _numbered(person: Piece, item: Value, telling: Telling) -> Piece:
    """PersonIdentificationCodeSequence (0040,1101): the number a house knows the person by."""
    try:
        codes = inner(item, "PersonIdentificationCodeSequence", "SQ", "00401101")
        made, _ = coding_of(codes[0], telling) if codes else ({}, {})
    except CannotPlace as why:
        telling.refuse(item, why)
        return person
    if "code" not in made:
        telling.ledger.leave(item.path, "no code of the person's")
        return person
    telling.ledger.use(item.path)
    numbered = {"identifier": {"system": made["system"], "value": made["code"]}}
    return Piece({**person.value, **numbered}, {**person.sources, "identifier.value": f"{codes[0].path}.CodeValue"})
