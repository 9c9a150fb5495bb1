"""The signed message: MessageHeader first, the record's resources, the Provenance that signs last.

https://hl7.org/fhir/R4/messaging.html and ``docs/signature.md``. The caller gives every
time and every id; nothing is made here but the form and the signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from gateway.bundle import Resource, entry, urn
from gateway.outcome import Issue, operation_outcome
from gateway.r4.canonical import both
from gateway.trust.base64url import digest, encode
from gateway.trust.form import EVENT, jws_of
from gateway.trust.instants import exact
from gateway.trust.keys import Signer
from gateway.trust.protected import detached, protected
from gateway.trust.provenance import facility_reference, provenance, url

ResponseCode = Literal["ok", "transient-error", "fatal-error"]


def message(
    resources: Iterable[Resource],
    *,
    facility_code: str,
    facility_name: str,
    source_endpoint: str,
    focus: Sequence[str],
    bundle_id: str,
    header_id: str,
    timestamp: datetime,
    tag: Mapping[str, str] | None = None,
) -> Resource:
    """An unsigned ``message`` Bundle; ``tag`` says of its header what the facility's own signature was worth.

    ``resources`` carry their uuid as ``id`` and refer to one another as ``urn:uuid:``;
    ``focus`` names the root ones, by id or ``urn:uuid:``. ``bundle_id`` and ``header_id`` are
    uuids; ``source_endpoint`` is the gateway's address. The sender is a logical reference
    (identifier and display): who a facility is, its code says, not a copy of its address.
    """
    header = _header(facility_code, facility_name, source_endpoint, header_id)
    if tag:
        header["meta"] = {"tag": [dict(tag)]}
    header["focus"] = [{"reference": one if one.startswith("urn:uuid:") else urn(one)} for one in focus]
    return _bundle(bundle_id, timestamp, [header, *resources])


def sign(message_bundle: Resource, signer: Signer, *, signed_at: datetime, payload_sha256: str) -> Resource:
    """The Bundle with its Provenance as last entry; the argument is left as it was.

    ``payload_sha256`` is the hex SHA-256 of the record's bytes. ``signed_at`` is cut to the
    second. NotConformant (422) when a number cannot be written by RFC 8785.
    """
    return _signed(message_bundle, signer, signed_at, {"payS256": encode(bytes.fromhex(payload_sha256))})


def receipt(
    request: Resource,
    signer: Signer,
    *,
    code: ResponseCode,
    facility_name: str,
    source_endpoint: str,
    bundle_id: str,
    header_id: str,
    signed_at: datetime,
    issues: Sequence[Issue] = (),
    details_id: str = "",
) -> Resource:
    """The signed response to a signed message (https://hl7.org/fhir/R4/messageheader.html).

    ``response.identifier`` is the request's MessageHeader.id, ``irtS256`` the digest of its
    JWS: a receipt is for one signature, not for whatever carries that id next. ``issues``
    travel as an OperationOutcome with the uuid ``details_id``. PayloadError when ``request``
    carries no signature.
    """
    header = _header(signer.facility, facility_name, source_endpoint, header_id)
    header["response"] = {"identifier": request["entry"][0]["resource"]["id"], "code": code}
    resources: list[Resource] = [header]
    if issues:
        header["response"]["details"] = {"reference": urn(details_id)}
        resources.append({**operation_outcome(issues), "id": details_id})
    subject = {"irtS256": digest(jws_of(request).encode("ascii"))}
    return _signed(_bundle(bundle_id, signed_at, resources), signer, signed_at, subject)


def _header(code: str, name: str, endpoint: str, header_id: str) -> Resource:
    display = {"display": name} if name else {}
    return {
        "resourceType": "MessageHeader",
        "id": header_id,
        "eventCoding": dict(EVENT),
        "sender": {"type": "Organization", **facility_reference(code), **display},
        "source": {"endpoint": endpoint},
    }


def _bundle(bundle_id: str, timestamp: datetime, resources: Iterable[Resource]) -> Resource:
    return {
        "resourceType": "Bundle",
        "id": bundle_id,
        "type": "message",
        "timestamp": exact(timestamp),  # two words of one second stand in the order in which they were taken
        "entry": [entry(resource) for resource in resources],
    }


def _signed(bundle: Resource, signer: Signer, signed_at: datetime, subject: Mapping[str, str]) -> Resource:
    payload, digits = both(bundle)
    header = protected(signer, signed_at=signed_at, lexical=digits, subject=dict(subject))
    jws = detached(header, payload, signer)
    signing = provenance(bundle["id"], signer.facility, header["sigT"], jws)
    return {**bundle, "entry": [*bundle["entry"], {"fullUrl": url(bundle["id"]), "resource": signing}]}
