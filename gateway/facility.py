"""Facility, Client, Recipient, Subscription: who may do what here, as registered.

The schemas read what a person typed or a file says; every error comes with its path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# A facility's code is MA_CSKCB (five characters, QĐ 384/2019); other short names are accepted
# so that a laboratory without a code can take part in a pilot.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}\Z")

# What a facility's own client reads on unless its registration says otherwise: it treats the patient
# whose results it asks for (a basis of law). Every reading stands in the audit trail under it.
DEFAULT_BASIS = "treatment of the patient by the facility"

DEFAULT_SCOPES = ("system/*.rs", "system/Bundle.c", "system/Bundle.r")


@dataclass(frozen=True, slots=True)
class Facility:
    """A hospital or laboratory, and how its payloads are to be read.

    ``decimal_comma``: its systems write 7,2 for 7.2. ``utc_offset``: its local time
    (``+07:00`` unless it says otherwise). ``adapters``: those it may use; empty means all
    that run. ``aliases``: names its systems write instead of the code (MSH-4). ``training``:
    what its systems mark as training or test is taken like any other, as on a test gateway.
    ``charset``: the one its HL7 v2 systems write (gateway.mapping.charsets); empty: the one each message names.
    ``signature``: what becomes of a payload whose own signature is absent or unverifiable: taken (""), ``hold``
    or ``require``, which refuses it. ``signature_roots``: PEM of the authorities whose certificates it signs with, or
    of those certificates themselves; ``signature_subject``: what the subject of its certificate must hold.
    ``weak_signatures``: SHA-1 and RSA under 2048 bits count, as in archives.
    """

    code: str
    name: str = ""
    adapters: tuple[str, ...] = ()
    decimal_comma: bool = False
    utc_offset: str = "+07:00"
    aliases: tuple[str, ...] = ()
    training: bool = False
    charset: str = ""
    signature: str = ""
    signature_roots: str = ""
    signature_subject: str = ""
    weak_signatures: bool = False

    @property
    def units(self) -> frozenset[tuple[str, str]]:
        """None of its own: what was decided of them stands in the vocabulary (gateway.terminology)."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class Client:
    """A SMART Backend Services client (https://hl7.org/fhir/smart-app-launch/backend-services.html).

    ``basis``: the legal basis on which results are disclosed to it; without one no read
    is answered. ``jwks``: its public keys.
    ``cds_hooks``: the version of CDS Hooks it speaks (``1.0``, ``2.0``), "" for none; its ``client_id`` is then the
    ``iss`` of its calls. ``language``: of cards, "" for Vietnamese. ``record_numbers``: its ids of patients are the
    numbers its facility registers them under.
    """

    client_id: str
    facility: str
    scopes: tuple[str, ...]
    jwks: dict[str, Any]
    basis: str = ""
    cds_hooks: str = ""
    language: str = ""
    record_numbers: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """Another gateway or FHIR system to deliver to.

    ``trust`` is its trust file (as ``gateway key export`` wrote it): receipts are believed
    only from keys in it. ``client_id`` and ``private_jwk`` are our client there; what is stored of
    the key is sealed (gateway.keyring).
    """

    name: str
    url: str
    trust: dict[str, Any]
    client_id: str = ""
    private_jwk: dict[str, Any] = field(default_factory=dict)
    facility: str = ""  # its facility code, so that a payload may name it
    basis: str = ""  # the legal basis of delivering what a payload addresses to it; none, no delivery


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who gets what, on which legal basis; an empty filter matches everything.

    ``patient`` is ``SYSTEM|VALUE``; ``category`` a DiagnosticReport or Observation category code.
    """

    id: str
    recipient: str
    basis: str
    facility: str = ""
    patient: str = ""
    category: str = ""
    since: datetime | None = None
    ended: datetime | None = None
