"""Judge: is this Patient a person we know? Facilities number the same person differently.

Persons are linked across facilities on well-formed national numbers only (CCCD; the BHXH
number, or the card's last ten digits). A differing name, sex or known part of the birth
date, or two numbers pointing to two persons, stops the link and makes a task for a person:
two people merged is worse than one person seen twice.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.bundle import CCCD, Resource
from gateway.mapping.naming import linking_number

_D = str.maketrans("đĐðÐ", "dDdD")  # no letter with a mark to Unicode; older systems write the Icelandic eth for it


@dataclass(frozen=True, slots=True)
class Traits:
    """What must agree between two Patients of one person; "" where it is not known.

    ``birth``: YYYY, YYYY-MM or YYYY-MM-DD; two dates agree when one begins with the other.
    """

    name: str = ""
    sex: str = ""
    birth: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """The decision: the person to join (None: a new one), or ``rule`` why a person must look."""

    person: int | None
    rule: str = ""


def fold(name: str) -> str:
    """A name as two clerks would agree on it: no tone marks, no case, single spaces."""
    plain = unicodedata.normalize("NFD", name.translate(_D))
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).casefold().split())


def traits(patient: Resource) -> Traits:
    """The traits of a Patient resource: its official name (else its first in use), sex and birth date."""
    names = [name for name in patient.get("name", []) if name.get("use") != "old"]
    chosen = next((name for name in names if name.get("use") == "official"), names[0] if names else {})
    written = chosen.get("text") or " ".join(filter(None, [chosen.get("family"), *chosen.get("given", [])]))
    sex = patient.get("gender", "")
    return Traits(fold(written), sex if sex in ("male", "female") else "", patient.get("birthDate", ""))


def numbers(patient: Resource) -> list[tuple[str, str]]:
    """The (system, value) pairs a Patient may be linked on, each once, in the order written."""
    found: dict[tuple[str, str], None] = {}
    for identifier in patient.get("identifier", []):
        if identifier.get("use") == "old":
            continue
        number = linking_number(identifier.get("system", ""), identifier.get("value", ""))
        if number is not None:
            found[number] = None
    return list(found)


def two_citizens(numbers: Iterable[tuple[str, str]]) -> bool:
    """True when there is more than one citizen id among the numbers: a person has one for life."""
    return len({value for system, value in numbers if system == CCCD}) > 1


def differing(one: Traits, other: Traits) -> str:
    """The rule of the first trait on which two Patients differ; "" when nothing known contradicts."""
    if one.name and other.name and sorted(one.name.split()) != sorted(other.name.split()):
        return "person-name-differs"
    if one.sex and other.sex and one.sex != other.sex:
        return "person-sex-differs"
    if one.birth and other.birth and not (one.birth.startswith(other.birth) or other.birth.startswith(one.birth)):
        return "person-birth-differs"
    return ""


def link(patient: Traits, holders: Sequence[tuple[int, Sequence[Traits]]]) -> Link:
    """Decide. ``holders``: the persons who hold any of the Patient's numbers, with their Patients' traits."""
    if not holders:
        return Link(None)
    if len(holders) > 1:
        return Link(None, "person-two-numbers-two-persons")
    person, known = holders[0]
    for other in known:
        if rule := differing(patient, other):
            return Link(None, rule)
    return Link(person)
