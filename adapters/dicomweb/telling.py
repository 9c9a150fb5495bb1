"""Telling: what a conversion may know beside the value: whose study it is, whose numbers, which zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from adapters.dicomweb.dataset import Value, inner_text
from adapters.dicomweb.study import Study
from gateway.adapter import Profile
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.naming import fixed_system
from gateway.mapping.times import offset

FACILITY_CODE = re.compile(r"[0-9]{2}[0-9A-Z]{3}\Z")  # MA_CSKCB
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+\Z")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+\Z")
NAMESPACE, UNIVERSAL, UNIVERSAL_TYPE = "00400031", "00400032", "00400033"  # of an HL7v2 Hierarchic Designator, C.12.5.1


@dataclass(frozen=True, slots=True)
class Telling:
    """``facility``: its code; "unknown" for one nobody registered."""

    facility: str
    profile: Profile
    study: Study
    ledger: Ledger

    def system(self, *kind: str) -> str:
        """A naming or code system of the facility's own: ``urn:vn:cskcb:79001:accession``."""
        return ":".join(["urn:vn:cskcb", *(quote(part, safe="") for part in (self.facility, *kind))])

    def issued_system(self, issuer: str, *kind: str) -> str:
        """The system of numbers an issuer without a URI gives: the facility's own where it is the facility, or nobody;
        another facility's by its code; else a system named after it."""
        if not issuer or issuer == self.facility:
            return self.system(*kind)
        if FACILITY_CODE.match(issuer):
            return ":".join(["urn:vn:cskcb", issuer, *kind])
        return self.system(*kind, issuer)

    def designated_system(self, item: Value, *kind: str) -> str:
        """The system of numbers whose issuer is an item of an issuer's sequence (PS3.3 C.12.5.1)."""
        universal = inner_text(item, "UniversalEntityID", "UT", UNIVERSAL)
        type_ = inner_text(item, "UniversalEntityIDType", "CS", UNIVERSAL_TYPE)
        if type_ in ("ISO", "") and _OID.match(universal) and universal.count(".") > 1:
            return f"urn:oid:{universal}"
        if type_ in ("URI", "URL", "") and _URI.match(universal):
            return fixed_system(universal)
        return self.issued_system(inner_text(item, "LocalNamespaceEntityID", "UT", NAMESPACE) or universal, *kind)

    @property
    def utc_offset(self) -> str:
        """``+07:00``: what the study says of itself, else the facility's. CannotPlace when it says nonsense."""
        said = self.study.node.text("TimezoneOffsetFromUTC")
        return offset(said) if said else self.profile.utc_offset

    def refuse(self, found: Value, why: CannotPlace) -> None:
        self.ledger.refuse_field(found.path, why)
