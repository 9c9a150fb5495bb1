"""Step 1 of verifying: the form of a signed message. Everything the later steps rely on is checked here.

Whether its resources are valid FHIR is another question, and the R4 check's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from gateway.bundle import CANONICAL, MA_CSKCB, Resource
from gateway.errors import PayloadError
from gateway.jsontext import loads
from gateway.trust import provenance
from gateway.trust.base64url import decode, decode_padded

# One code for every source: what a message is about stands in its resources.
EVENT = {"system": f"{CANONICAL}/CodeSystem/message-event", "code": "exchange"}

MAX_BYTES = 32 * 1024 * 1024  # of a signed Bundle or an evidence file
_JWS = re.compile(r"([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]+)\Z")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_PROVENANCE = {"resourceType", "target", "recorded", "agent", "signature"}
_SIGNATURE = {"type", "when", "who", "targetFormat", "sigFormat", "data"}
_TYPES = (provenance.TYPE, [{**provenance.TYPE[0], "display": "Source Signature"}])
_LAST = "Bundle.entry.last()"


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A signed message taken apart.

    ``unsigned`` is the Bundle without the signing entry: what the signature is over.
    ``first`` is the protected header as it stands in the JWS (base64url), ``protected`` what
    it says. ``sender`` is the facility code of MessageHeader.sender.
    """

    bundle: Resource
    unsigned: Resource
    header: Resource
    provenance: Resource
    jws: str
    first: str
    protected: dict[str, Any]
    signature: bytes
    sender: str

    @property
    def is_receipt(self) -> bool:
        return "response" in self.header


def parsed(given: bytes | str | Resource) -> Any:
    """The value of a file's bytes; PayloadError when too large, or not the JSON we take."""
    if not isinstance(given, bytes | str):
        return given
    if len(given) > MAX_BYTES:
        raise PayloadError("signature-too-large", limit=MAX_BYTES)
    return loads(given.removeprefix(b"\xef\xbb\xbf") if isinstance(given, bytes) else given)


def read(value: Any) -> SignedMessage:
    """Take a signed message apart; PayloadError says which clause of the form it breaks."""
    bundle = _object(value, "Bundle", "signature-not-a-bundle")
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "message":
        _broken("signature-not-a-bundle", "Bundle.type")
    if not _is_uuid(bundle.get("id")):
        _broken("signature-bundle-id", "Bundle.id")
    entries = _entries(bundle)
    header = entries[0]["resource"]
    sender = _message_header(header, {entry["fullUrl"] for entry in entries})
    jws = _provenance(entries[-1], bundle["id"])
    first, protected, signature = _compact(jws)
    unsigned = {**bundle, "entry": bundle["entry"][:-1]}
    return SignedMessage(bundle, unsigned, header, entries[-1]["resource"], jws, first, protected, signature, sender)


def jws_of(bundle: Resource) -> str:
    """The compact JWS a signed message carries; PayloadError when its form is broken."""
    return read(bundle).jws


def _entries(bundle: Resource) -> list[dict[str, Any]]:
    entries = bundle.get("entry")
    if not isinstance(entries, list) or len(entries) < 2:
        _broken("signature-no-entries", "Bundle.entry")
    seen: set[str] = set()
    for index, given in enumerate(entries):
        place = f"Bundle.entry[{index}]"
        item = _object(given, place, "signature-entry")
        url = item.get("fullUrl")
        if not isinstance(url, str) or not url.startswith("urn:uuid:") or not _is_uuid(url[9:]) or url in seen:
            _broken("signature-full-url", f"{place}.fullUrl")
        seen.add(url)
        _object(item.get("resource"), f"{place}.resource", "signature-entry")
    return entries


def _message_header(header: Resource, urls: set[str]) -> str:
    """The sender's code. ``response`` makes it a receipt, which needs no focus."""
    if header.get("resourceType") != "MessageHeader" or not isinstance(header.get("id"), str):
        _broken("signature-no-message-header", "Bundle.entry[0].resource")
    if header.get("eventCoding") != EVENT:
        _broken("signature-event", "MessageHeader.eventCoding")
    if "destination" in header:
        _broken("signature-destination", "MessageHeader.destination")
    source = header.get("source")
    if not isinstance(source, dict) or not isinstance(source.get("endpoint"), str):
        _broken("signature-no-source", "MessageHeader.source.endpoint")
    if "response" in header:
        _response(header["response"], urls)
    else:
        _focus(header.get("focus"), urls)
    sender = header.get("sender")
    identifier = sender.get("identifier") if isinstance(sender, dict) else None
    if not isinstance(identifier, dict) or identifier.get("system") != MA_CSKCB:
        _broken("signature-no-sender", "MessageHeader.sender.identifier")
    return _text(identifier.get("value"), "MessageHeader.sender.identifier.value", "signature-no-sender")


def _focus(focus: Any, urls: set[str]) -> None:
    if not isinstance(focus, list) or not focus:
        _broken("signature-no-focus", "MessageHeader.focus")
    for index, one in enumerate(focus):
        if not _refers(one, urls):
            _broken("signature-no-focus", f"MessageHeader.focus[{index}]")


def _response(response: Any, urls: set[str]) -> None:
    place = "MessageHeader.response"
    response = _object(response, place, "signature-response")
    _text(response.get("identifier"), f"{place}.identifier", "signature-response")
    if response.get("code") not in ("ok", "transient-error", "fatal-error"):
        _broken("signature-response", f"{place}.code")
    if "details" in response and not _refers(response["details"], urls):
        _broken("signature-response", f"{place}.details")


def _refers(value: Any, urls: set[str]) -> bool:
    """True for a Reference to an entry of this Bundle."""
    reference = value.get("reference") if isinstance(value, dict) else None
    return isinstance(reference, str) and reference in urls


def _provenance(entry: dict[str, Any], bundle_id: str) -> str:
    """The JWS of the signing Provenance, which holds what it must and nothing more."""
    resource = entry["resource"]
    if resource.get("resourceType") != "Provenance":
        _broken("signature-no-provenance", _LAST)
    if set(entry) != {"fullUrl", "resource"} or set(resource) != _PROVENANCE:
        _broken("signature-provenance-members", _LAST)
    if entry["fullUrl"] != provenance.url(bundle_id):
        _broken("signature-provenance-url", f"{_LAST}.fullUrl")
    if resource["target"] != [{"reference": f"Bundle/{bundle_id}"}]:
        _broken("signature-target", f"{_LAST}.resource.target")
    signatures, agents = resource["signature"], resource["agent"]
    if not isinstance(signatures, list) or len(signatures) != 1 or not isinstance(agents, list) or len(agents) != 1:
        _broken("signature-provenance-members", f"{_LAST}.resource")
    signature, agent = signatures[0], agents[0]
    if not isinstance(signature, dict) or set(signature) != _SIGNATURE:
        _broken("signature-provenance-members", f"{_LAST}.resource.signature")
    if not isinstance(agent, dict) or set(agent) != {"who"}:
        _broken("signature-provenance-members", f"{_LAST}.resource.agent")
    if signature["type"] not in _TYPES:
        _broken("signature-type", f"{_LAST}.resource.signature.type")
    if signature["sigFormat"] != provenance.SIG_FORMAT or signature["targetFormat"] != provenance.TARGET_FORMAT:
        _broken("signature-format", f"{_LAST}.resource.signature")
    return _jws_text(signature["data"])


def _jws_text(value: Any) -> str:
    place = f"{_LAST}.resource.signature.data"
    try:
        return decode_padded(_text(value, place, "signature-not-jws")).decode("ascii")
    except ValueError:
        _broken("signature-not-jws", place)


def _compact(jws: str) -> tuple[str, dict[str, Any], bytes]:
    place = f"{_LAST}.resource.signature.data"
    match = _JWS.match(jws)
    if match is None:
        _broken("signature-not-jws", place)
    try:
        header, signature = loads(decode(match[1])), decode(match[2])
    except (ValueError, PayloadError):
        _broken("signature-not-jws", place)
    return match[1], _object(header, place, "signature-not-jws"), signature


def _is_uuid(text: Any) -> bool:
    """In the one spelling FHIR uses: lower case, hyphens (https://hl7.org/fhir/R4/datatypes.html#uuid)."""
    return isinstance(text, str) and _UUID.match(text) is not None


def _object(value: Any, place: str, rule: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _broken(rule, place)
    return value


def _text(value: Any, place: str, rule: str) -> str:
    if not isinstance(value, str) or not value:
        _broken(rule, place)
    return value


def _broken(rule: str, place: str) -> NoReturn:
    raise PayloadError(rule, place)
