"""Fathers, mothers, guardians that papers name: a RelatedPerson each, once however many papers name them."""

from __future__ import annotations

from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.bundle import BHXH
from gateway.mapping.draft import Draft
from gateway.mapping.naming import linking_number

_ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
FATHER, MOTHER, GUARDIAN = "FTH", "MTH", "GUARD"
# Role → the fields of the name and of the number.
_NAMED = {FATHER: ("HO_TEN_CHA", "MA_CHA"), MOTHER: ("HO_TEN_ME", "MA_ME"), GUARDIAN: ("NGUOI_GIAM_HO", "")}


def relatives(told: Told, row: TableRow, patient: Draft) -> list[Draft]:
    """Those the row names and no earlier paper has."""
    made = []
    for role, (name, number) in _NAMED.items():
        said = row.text(name) or row.text(number)
        if not said:
            continue
        key = (patient.id, role, " ".join(said.casefold().split()))
        draft = told.relatives.get(key)
        if draft is None:
            draft = told.relatives[key] = relative(told, patient, role, *key[2:])
            made.append(draft)
        for found in row.repetitions(name):
            if draft.get("name") is None:
                draft.put("name[0].text", found.value, found.path)
            _told_or_listed(told, draft, found.path)
        for found in row.repetitions(number):
            if draft.get("identifier") is None:
                if linking_number(BHXH, found.value):
                    draft.put("identifier[0].system", BHXH)
                draft.put("identifier[0].value", found.value, found.path)
            _told_or_listed(told, draft, found.path)
    return made


def relative(told: Told, patient: Draft, role: str, *key: str) -> Draft:
    """A RelatedPerson of the patient; the role is of v3 RoleCode, "" where it is not certain."""
    draft = Draft("RelatedPerson", told.episode.id_of("RelatedPerson", patient.id, role, *key))
    draft.put("patient", patient.reference)
    if role:
        draft.put("relationship[0].coding[0]", {"system": _ROLES, "code": role})
    return draft


def _told_or_listed(told: Told, draft: Draft, path: str) -> None:
    if path in draft.lineage.values():
        told.ledger.use(path)
    else:
        told.ledger.leave(path, "another paper of the record says it already")
