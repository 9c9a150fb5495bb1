"""PID-18, the number of the patient's account, to Account. HL7 map PID[Account]."""

from __future__ import annotations

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.datatypes.identifiers import account_number
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft


def translate_account(told: Told) -> list[Draft]:
    """The Account. Its status is ``unknown``: HL7's map says active, but a number says nothing of that."""
    value = told.groups.patients[0].first(18)
    number = attempt(account_number, value, told.scope) if value is not None else None
    if number is None:
        return []
    key = (str(number.value["system"]), str(number.value["value"]))
    draft = Draft("Account", deterministic_id(told.scope.facility, "Account", *key))
    draft.add("identifier", number)
    draft.put("status", "unknown")
    draft.add("subject", told.patient.reference)
    return [draft]
