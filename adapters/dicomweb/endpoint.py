"""Where the images can be asked for: an Endpoint for WADO-RS, at the address the study gives (Retrieve URL).

The address is the archive's, as its hospital tells it to others. One that carries a password or a token is not
placed: an exchange travels, and a secret must not.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from adapters.dicomweb.dataset import Value
from adapters.dicomweb.telling import Telling
from gateway.bundle import MA_CSKCB, deterministic_id
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace

_CONNECTION = {
    "system": "http://terminology.hl7.org/CodeSystem/endpoint-connection-type",
    "code": "dicom-wado-rs",
    "display": "DICOM WADO-RS",
}
_ANY = {"system": "http://terminology.hl7.org/CodeSystem/endpoint-payload-type", "code": "any", "display": "Any"}


def endpoint(telling: Telling) -> Draft | None:
    """None where the study says no address, or none that can be told."""
    found = next(iter(telling.study.node.repetitions("RetrieveURL")), None)
    if found is None:
        telling.ledger.remark("information", "informational", "dicom-without-address", "RetrieveURL")
        return None
    try:
        address = root(found, telling.study.uid)
    except CannotPlace as why:
        telling.refuse(found, why)
        return None
    telling.ledger.use(found.path)
    draft = Draft("Endpoint", deterministic_id(telling.facility, "Endpoint", "dicom-wado-rs", address))
    draft.put("status", "active")
    draft.put("connectionType", dict(_CONNECTION))
    draft.put("payloadType[0].coding[0]", dict(_ANY))
    draft.put("payloadMimeType[0]", "application/dicom")
    draft.put("managingOrganization", {"identifier": {"system": MA_CSKCB, "value": telling.facility}})
    draft.put("address", address, found.path)
    return draft


def root(found: Value, study: str) -> str:
    """What stands before ``/studies/{uid}``; CannotPlace when it is no such address, or carries a secret."""
    try:
        parts = urlsplit(found.value)
        secret = parts.username is not None or parts.query or parts.fragment
    except ValueError:
        raise CannotPlace("dicom-address-malformed") from None
    before, mark, behind = parts.path.rpartition("/studies/")
    if parts.scheme not in ("http", "https") or not parts.hostname or not mark or behind.partition("/")[0] != study:
        raise CannotPlace("dicom-address-malformed")
    if secret:
        raise CannotPlace("dicom-address-secret", code="security")
    return f"{parts.scheme}://{parts.netloc}{before}"
