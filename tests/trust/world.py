"""A laboratory, a hospital and their authority: real keys, one signed message, and forgers to change it."""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.bundle import Resource, deterministic_id, urn
from gateway.jsontext import dumps, loads
from gateway.r4.canonical import canonical, lexical
from gateway.trust import trustfile
from gateway.trust.authority import issue, new_authority
from gateway.trust.keys import Signer, SigningKey
from gateway.trust.message import ResponseCode, message, receipt, sign
from gateway.trust.protected import detached, protected
from gateway.trust.provenance import provenance, url
from gateway.trust.trustfile import TrustFile
from gateway.trust.verification import Verification
from gateway.trust.verify import verify

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(days=900)  # after a signing certificate of two years has ended
LAB, HOSPITAL = "79001", "01234"
PAYLOAD = b"MSH|^~\\&|LIS|79001\rPID|1\rOBX|1|NM|GLU||5.10\r"
PATIENT, RESULT = deterministic_id(LAB, "Patient", "1"), deterministic_id(LAB, "Observation", "1")


@dataclass(frozen=True)
class World:
    root: SigningKey
    lab: SigningKey
    hospital: SigningKey
    trust: TrustFile
    signed: Resource

    def judged(self, bundle: Resource | bytes | None = None, **more: Any) -> Verification:
        """The message (or another), by this world's trust file, now, unless told otherwise."""
        given = {"trust": self.trust, "now": NOW, "payload": PAYLOAD, **more}
        return verify(self.signed if bundle is None else bundle, **given)

    def receipt(self, after: timedelta = timedelta(seconds=2), by: SigningKey | None = None, **more: Any) -> Resource:
        key = by or self.hospital
        code: ResponseCode = "ok"
        named: dict[str, Any] = {
            "code": code,
            "facility_name": "Bệnh viện",
            "source_endpoint": "https://hospital.example/fhir",
            "bundle_id": deterministic_id(HOSPITAL, "Bundle", "receipt"),
            "header_id": deterministic_id(HOSPITAL, "MessageHeader", "receipt"),
            "signed_at": NOW + after,
            **more,
        }
        return receipt(self.signed, key.signer(), **named)


def made() -> World:
    root = new_authority("Thử nghiệm", now=NOW)
    lab = issue(root, facility=LAB, name="Phòng xét nghiệm", now=NOW)
    hospital = issue(root, facility=HOSPITAL, name="Bệnh viện đa khoa", now=NOW)
    trust = trustfile.of_keys([root, lab, hospital], date=NOW)
    return World(root, lab, hospital, trust, signed_by(lab.signer()))


def resources() -> list[Resource]:
    """A patient and a result whose digits matter."""
    patient = {"resourceType": "Patient", "id": PATIENT, "name": [{"text": "NGUYỄN VĂN A"}], "active": True}
    result = loads(
        b'{"resourceType":"Observation","id":"%s","status":"final","code":{"text":"Glucose"},'
        b'"subject":{"reference":"%s"},"valueQuantity":{"value":5.10,"unit":"mmol/L"},'
        b'"referenceRange":[{"low":{"value":3.9},"high":{"value":6.40}}]}' % (RESULT.encode(), urn(PATIENT).encode())
    )
    return [patient, result]


def unsigned(facility: str = LAB) -> Resource:
    return message(
        resources(),
        facility_code=facility,
        facility_name="Phòng xét nghiệm",
        source_endpoint="https://lab.example/fhir",
        focus=[RESULT],
        bundle_id=deterministic_id(LAB, "Bundle", "1"),
        header_id=deterministic_id(LAB, "MessageHeader", "1"),
        timestamp=NOW,
    )


def signed_by(signer: Signer, at: datetime = NOW, facility: str = LAB) -> Resource:
    return sign(unsigned(facility), signer, signed_at=at, payload_sha256=hashlib.sha256(PAYLOAD).hexdigest())


def forged(key: SigningKey, change: Callable[[dict[str, Any]], None], signer: Signer | None = None) -> Resource:
    """A message whose protected header was changed before it was signed: the JWS itself holds."""
    bundle = unsigned()
    by = signer or key.signer()
    payload_digest = base64.urlsafe_b64encode(hashlib.sha256(PAYLOAD).digest()).rstrip(b"=").decode()
    header = protected(by, signed_at=NOW, lexical=lexical(bundle), subject={"payS256": payload_digest})
    header = copy.deepcopy(header)
    change(header)
    jws = detached(header, canonical(bundle), by)
    signing = provenance(bundle["id"], LAB, "2026-11-22T03:04:05Z", jws)
    return {**bundle, "entry": [*bundle["entry"], {"fullUrl": url(bundle["id"]), "resource": signing}]}


def changed(bundle: Resource, change: Callable[[Any], None]) -> Resource:
    """A deep copy with one change made to it."""
    made = copy.deepcopy(bundle)
    change(made)
    return made


def with_jws(bundle: Resource, change: Callable[[str], str]) -> Resource:
    """The message with the text of its JWS changed."""

    def rewrite(value: Any) -> None:
        signature = value["entry"][-1]["resource"]["signature"][0]
        text = change(base64.b64decode(signature["data"]).decode())
        signature["data"] = base64.b64encode(text.encode()).decode()

    return changed(bundle, rewrite)


def as_sent(bundle: Resource) -> bytes:
    return dumps(bundle)


def failing(verification: Verification) -> list[int]:
    """The numbers of the steps that failed."""
    return [step.number for step in verification.steps if step.verdict.word == "fail"]


def rules(verification: Verification) -> list[str]:
    return [issue.rule for issue in verification.issues]
