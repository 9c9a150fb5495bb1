"""Scope: what a conversion may know beside the value: whose message it is, and where findings go."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from adapters.hl7v2.memory import Memory
from gateway.adapter import Profile
from gateway.mapping.ledger import Ledger

if TYPE_CHECKING:
    from adapters.hl7v2.directory import Directory

FACILITY_CODE = re.compile(r"[0-9]{2}[0-9A-Z]{3}\Z")  # MA_CSKCB: five characters, the first two the province


@dataclass(frozen=True, slots=True)
class Scope:
    """``facility``: the sender's code, or its name as the message writes it.

    ``names``: what the sender is called: its code, and the names in MSH-3 and MSH-4. ``country``: MSH-17, ISO 3166.
    """

    facility: str
    profile: Profile
    ledger: Ledger
    directory: Directory
    names: frozenset[str] = frozenset()
    country: str = ""
    memory: Memory = field(default_factory=Memory)  # of what was made before for the same facility, profile and names

    def system(self, *kind: str) -> str:
        """A naming or code system of the sender's own: ``urn:vn:cskcb:79001:mrn``."""
        return _own_system(self.facility, *kind)

    def person_system(self, authority: str, *kind: str) -> str:
        """The system of a person's numbers at an authority without a code: ``urn:vn:cskcb:79001:mrn:BV2``.

        The sender's own (``urn:vn:cskcb:79001:mrn``) where the authority is the sender, or nobody:
        a 12345 that another authority assigned is someone else's at the sender itself.
        """
        return self.system(*kind, authority) if authority and authority not in self.names else self.system(*kind)


@lru_cache(maxsize=1024)
def _own_system(*parts: str) -> str:
    return ":".join(["urn:vn:cskcb", *(quote(part, safe="") for part in parts)])
