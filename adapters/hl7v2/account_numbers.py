"""Account numbers that MRG says were replaced, to Accounts. HL7 map MRG[Account]."""

from __future__ import annotations

from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft


def translate_prior_account(account: Draft, patient: Draft, told: Told) -> list[Draft]:
    """The Account, of unknown status: MRG says its number alone. Nothing where none is named."""
    numbers = account.get("identifier")
    if not numbers:
        return []
    key = (str(numbers[0].get("system", "")), str(numbers[0]["value"]))
    account.resource["id"] = deterministic_id(told.scope.facility, "Account", *key)
    account.put("status", "unknown")
    account.add("subject", patient.reference)
    return [account]
