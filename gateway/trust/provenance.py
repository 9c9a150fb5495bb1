"""The Provenance that carries the signature: its fixed words and its one shape.

Its whole entry stands outside the signature, so every member is either fixed here, or
repeats what the protected header or the Bundle says: nothing in it is free to change.
"""

from __future__ import annotations

import base64
import uuid
from typing import Any

from gateway.bundle import MA_CSKCB, Resource, urn, uuid5
from gateway.trust.protected import CANON, PURPOSE, PURPOSE_SYSTEM

SIG_FORMAT = "application/jose"
TARGET_FORMAT = f"application/fhir+json;canonicalization={CANON}"
TYPE = [{"system": PURPOSE_SYSTEM, "code": PURPOSE}]


def url(bundle_id: str) -> str:
    """The entry's fullUrl: UUID version 5 of ``Provenance`` in the namespace of the Bundle's own uuid."""
    return urn(uuid5(uuid.UUID(bundle_id), "Provenance"))


def facility_reference(code: str) -> dict[str, Any]:
    """A facility as a logical reference: by its code, so that it means the same in every system."""
    return {"identifier": {"system": MA_CSKCB, "value": code}}


def provenance(bundle_id: str, facility: str, signed_at: str, jws: str) -> Resource:
    """``signed_at`` is the text of ``sigT``; ``jws`` the compact JWS, which travels as base64."""
    return {
        "resourceType": "Provenance",
        "target": [{"reference": f"Bundle/{bundle_id}"}],
        "recorded": signed_at,
        "agent": [{"who": facility_reference(facility)}],
        "signature": [
            {
                "type": [dict(coding) for coding in TYPE],
                "when": signed_at,
                "who": facility_reference(facility),
                "targetFormat": TARGET_FORMAT,
                "sigFormat": SIG_FORMAT,
                "data": base64.b64encode(jws.encode("ascii")).decode("ascii"),
            }
        ],
    }


def jws_in(made: Resource) -> str:
    """The compact JWS in a Provenance that :func:`provenance` made; one that came is read by ``form.read``."""
    return base64.b64decode(made["signature"][0]["data"]).decode("ascii")
