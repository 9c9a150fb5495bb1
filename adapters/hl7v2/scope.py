"""Scope: what a conversion may know beside the value: whose message it is, and where findings go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from gateway.adapter import Profile
from gateway.mapping.ledger import Ledger

if TYPE_CHECKING:
    from adapters.hl7v2.directory import Directory

FACILITY_CODE = re.compile(r"[0-9]{2}[0-9A-Z]{3}\Z")  # MA_CSKCB: five characters, the first two the province


@dataclass(frozen=True, slots=True)
class Scope:
    """``facility``: the sender's code, or its name as the message writes it.

    ``names``: how the message calls its sender (MSH-3, MSH-4). A number that another authority
    assigned may be given to someone else by the sender itself.
    """

    facility: str
    profile: Profile
    ledger: Ledger
    directory: Directory
    names: frozenset[str] = frozenset()

    def system(self, *kind: str) -> str:
        """A naming or code system of the sender's own: ``urn:vn:cskcb:79001:mrn``."""
        return ":".join(["urn:vn:cskcb", *(quote(part, safe="") for part in (self.facility, *kind))])
