"""A sending facility of a test: its authority, its key, and the signed messages it makes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.bundle import CCCD, Resource, body, deterministic_id, urn
from gateway.jsontext import loads
from gateway.trust import trustfile
from gateway.trust.authority import issue, new_authority
from gateway.trust.keys import SigningKey
from gateway.trust.message import message, sign
from gateway.trust.trustfile import TrustFile

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
LAB = "79001"


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(frozen=True)
class Sender:
    """A facility that signs with a key of an authority of its own."""

    facility: str
    authority: SigningKey
    key: SigningKey

    def trust(self, now: datetime = NOW) -> TrustFile:
        return trustfile.of_keys([self.key], date=now)

    def message(
        self,
        number: str = "1",
        value: str = "5.10",
        *,
        issued: datetime = NOW,
        at: datetime = NOW,
        by: SigningKey | None = None,
        change: Callable[[list[Resource]], None] | None = None,
        change_bundle: Callable[[Resource], None] | None = None,
    ) -> Resource:
        """A signed message about one glucose. Another ``number`` is another message about the same
        result; ``change`` alters the resources, ``change_bundle`` the Bundle, before it is signed."""
        made = results(value, issued, self.facility)
        if change:
            change(made)
        unsigned = message(
            made,
            facility_code=self.facility,
            facility_name="Phòng xét nghiệm",
            source_endpoint="https://lab.example",
            focus=[made[1].get("id", "")],
            bundle_id=deterministic_id(self.facility, "Bundle", number),
            header_id=deterministic_id(self.facility, "MessageHeader", number),
            timestamp=at,
        )
        if change_bundle:
            change_bundle(unsigned)
        digest = hashlib.sha256(number.encode()).hexdigest()
        return sign(unsigned, (by or self.key).signer(), signed_at=at, payload_sha256=digest)

    def sent(self, number: str = "1", value: str = "5.10", **more: Any) -> bytes:
        """The message as it travels."""
        return body(self.message(number, value, **more))


def a_sender(facility: str = LAB, *, now: datetime = NOW) -> Sender:
    root = new_authority(f"Authority of {facility}", now=now)
    return Sender(facility, root, issue(root, facility=facility, name="Phòng xét nghiệm", now=now))


def result_id(facility: str = LAB) -> str:
    return deterministic_id(facility, "Observation", "GLU")


def patient_id(facility: str = LAB) -> str:
    return deterministic_id(facility, "Patient", "1")


def results(value: str = "5.10", issued: datetime = NOW, facility: str = LAB) -> list[Resource]:
    """A patient with a citizen id, and a glucose whose digits matter."""
    patient = {
        "resourceType": "Patient",
        "id": patient_id(facility),
        "identifier": [{"system": CCCD, "value": "001090000001"}],
        "name": [{"text": "NGUYỄN VĂN A"}],
        "gender": "male",
        "birthDate": "1990-01-02",
    }
    observation = {
        "resourceType": "Observation",
        "id": result_id(facility),
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}], "text": "Glucose"},
        "subject": {"reference": urn(patient_id(facility))},
        "issued": issued.isoformat().replace("+00:00", "Z"),
        "valueQuantity": {"value": loads(value), "unit": "mmol/L"},
    }
    return [patient, observation]


def header_ids(messages: Sequence[Resource]) -> list[str]:
    """MessageHeader.id of each."""
    return [one["entry"][0]["resource"]["id"] for one in messages]
