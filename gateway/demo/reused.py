"""An order at the city hospital: a card, an accepted reuse, an override, a correction and its alert, the report.

The hospital's own software asks by CDS Hooks, with a key of its own, and receives alerts as any recipient does.
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey

from gateway.bundle import CCCD
from gateway.demo.site import PATIENCE, Site, delivered, holds, read, reasons, say, search, token_of
from gateway.simulator.identity import SCOPE, new_identity
from gateway.simulator.recipient import SimulatedRecipient
from gateway.trust.jwk import new_client_key, public_jwks

HBA1C = "4548-4"
_LOINC = "http://loinc.org"
ISSUER = "https://his.example"
_SERVICE = "reuse-order-sign"
_OVERRIDE = "https://lienthong.example/fhir/CodeSystem/cds-override-reason"
_VIET_NAM = timedelta(hours=7)
_LINES = (
    r"MSH|^~\&|LIS|{facility}|GATEWAY||{sent}+0700||ORU^R01^ORU_R01|A1C{sent}|P|2.5.1|||||VNM|UNICODE UTF-8",
    "PID|1||BN000123^^^{facility}^MR~{citizen}^^^CCCD^NI||NGUYỄN^VĂN THỬ NGHIỆM||19900315|M",
    "OBR|1|CD-A1C^HIS|XN-A1C^LIS|A1C^HbA1c^L^4548-4^HbA1c^LN|||{taken}|||||||||||||||{sent}||CH|{status}",
    "SPM|1|^MAU-A1C||BLD^Máu toàn phần^HL70487|||||||||||||{taken}",
    "OBX|1|NM|A1C^HbA1c^L^4548-4^HbA1c^LN||{value}|%|4.0-6.0|H|||{status}|||{taken}",
)


@dataclass
class Doctor:
    """At the city hospital, before its own software. ``key``: the private JWK of its CDS client."""

    site: Site
    facility: str
    citizen: str
    key: dict[str, Any]

    def card(self, order: str) -> dict[str, Any]:
        """What is shown when the order is signed: one card."""
        patient = {
            "resourceType": "Patient",
            "id": "bn-1",
            "identifier": [{"system": CCCD, "value": self.citizen}],
            "name": [{"text": "Nguyễn Văn Thử Nghiệm"}],
            "gender": "male",
            "birthDate": "1990-03-15",
        }
        draft = {
            "resourceType": "ServiceRequest",
            "id": order.lower(),
            "identifier": [{"system": f"urn:vn:cskcb:{self.facility}:order", "value": order}],
            "status": "draft",
            "intent": "order",
            "subject": {"reference": "Patient/bn-1"},
            "code": {"coding": [{"system": _LOINC, "code": HBA1C, "display": "HbA1c"}]},
        }
        visit = {
            "resourceType": "Encounter",
            "id": "lk-1",
            "status": "in-progress",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": {"reference": "Patient/bn-1"},
        }
        orders = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft}]}
        context = {"userId": "Practitioner/bs-1", "patientId": "bn-1", "encounterId": "lk-1", "draftOrders": orders}
        body = {
            "hook": "order-sign",
            "hookInstance": str(uuid.uuid4()),
            "context": context,
            "prefetch": {"patient": patient, "encounter": visit},
        }
        found: dict[str, Any] = {"cards": []}
        for _ in range(20):  # an answer that would be late says nothing: a busy machine is asked again
            found = self._post(f"/cds-services/{_SERVICE}", body | {"hookInstance": str(uuid.uuid4())})
            if found["cards"]:
                break
        holds(len(found["cards"]) == 1, f"{len(found['cards'])} cards on order {order}")
        card: dict[str, Any] = found["cards"][0]
        return card

    def answer(self, card: dict[str, Any], **outcome: Any) -> None:
        told = {"card": card["uuid"], "outcomeTimestamp": datetime.now(UTC).isoformat(timespec="seconds"), **outcome}
        self._post(f"/cds-services/{_SERVICE}/feedback", {"feedback": [told]})

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        at = int(time.time())
        claims = {"iss": ISSUER, "aud": self.site.url + path, "iat": at, "exp": at + 60, "jti": str(uuid.uuid4())}
        members = {name: value for name, value in self.key.items() if name not in ("alg", "use", "key_ops")}
        header = {"alg": "ES384", "kid": self.key["kid"], "typ": "JWT"}
        token = jws.serialize_compact(header, json.dumps(claims), ECKey.import_key(members), algorithms=["ES384"])
        status, found = self.site.call(path, token=token, data=json.dumps(body).encode(), kind="application/json")
        holds(status == 200, f"{path} gave {status}: {reasons(found)}")
        return found


def levels(folder: Path, *facilities: str) -> Path:
    """A folder with a site's own list: the quality levels of these laboratories."""
    made = folder / "rules"
    made.mkdir()
    today = datetime.now(UTC).date()
    rows = [
        f'[[laboratory]]\nfacility = "{code}"\nlevel = 4\nassessed = {today - timedelta(days=90)}\n'
        f'expires = {today + timedelta(days=275)}\nsource = "made up for the demo"\n'
        for code in facilities
    ]
    head = (
        'name = "demo-levels"\nversion = "1"\nlayer = "national"\nauthor = "the demo"\nsource = "made up"\n'
        f"valid_from = {today - timedelta(days=90)}\napproved = false\n"
    )
    (made / "levels.toml").write_text("\n".join([head, *rows]), encoding="utf-8")
    return made


def registered(folder: Path, city: Site, facility: str) -> dict[str, Any]:
    """The hospital's software as a CDS client of its gateway; its private JWK."""
    key = new_client_key()
    (folder / "his-keys.json").write_text(json.dumps(public_jwks(key)))
    basis = ("--basis", "treatment (demo)")
    city.command("cds-client", "add", ISSUER, "--facility", facility, "--jwks", str(folder / "his-keys.json"),
                 "--cds-hooks", "2.0", "--language", "en", *basis)  # fmt: skip
    return dict(key)


def reused(
    folder: Path, province: Site, laboratory: tuple[str, dict[str, Any]], city: Site, doctor: Doctor, token: str
) -> None:
    """The whole of it. ``laboratory``: its code and its client; ``token``: of the city hospital."""
    sent = token_of(folder, province, *laboratory)
    taken = datetime.now(UTC) + _VIET_NAM - timedelta(days=3)
    _result(province, laboratory[0], doctor.citizen, sent, taken, "6.10", "F")
    card = doctor.card("CD-1")
    say(f"   order CD-1: {card['summary']}")
    suggestion = card["suggestions"][0]
    doctor.answer(card, outcome="accepted", acceptedSuggestions=[{"id": suggestion["uuid"]}])
    target = f"urn:vn:cskcb:{doctor.facility}:order|CD-1"
    (made,) = search(city, token, "Provenance", {"target:identifier": target})
    relied = made["entity"][0]["what"]["reference"]
    kind, version = relied.partition("/")[0], relied.rpartition("/")[2]
    signer = made["agent"][0]["onBehalfOf"]["identifier"]["value"]
    say(f"   CD-1 accepted: a Provenance on the order, signed by {signer}: {kind}, version {version}")
    reason = {"system": _OVERRIDE, "code": "condition-changed"}
    doctor.answer(doctor.card("CD-2"), outcome="overridden", overrideReason={"reason": reason})
    say("   CD-2 overridden: condition-changed; the test is made again")
    _result(province, laboratory[0], doctor.citizen, sent, taken, "9.10", "C")
    alert = _alert(city, token)
    say(f"   the laboratory corrects the result: {alert['payload'][1]['contentString']}")
    delivered(city, alert["meta"]["source"].removeprefix("urn:uuid:"), token)
    _acknowledged(city, token, alert)
    _report(city)


def inbox(folder: Path, city: Site, facility: str) -> SimulatedRecipient:
    """The hospital's software as a recipient of its own gateway: what stands for the facility hears its alerts."""
    identity = new_identity("79099", "City hospital's software", now=datetime.now(UTC))
    made = SimulatedRecipient(identity)
    (folder / "his-trust.json").write_bytes(identity.trust(datetime.now(UTC)).as_bytes())
    client = {"client_id": identity.client_id, "scopes": [SCOPE], "private_jwk": identity.client_jwk}
    (folder / "his-client.json").touch(mode=0o600)
    (folder / "his-client.json").write_text(json.dumps({"client": client}))
    reached = (
        "--url",
        made.url,
        "--trust",
        str(folder / "his-trust.json"),
        "--client",
        str(folder / "his-client.json"),
    )
    city.command("recipient", "add", "his", *reached, "--facility", facility, "--basis", "treatment (demo)")
    return made


def _result(province: Site, code: str, citizen: str, token: str, taken: datetime, value: str, status: str) -> None:
    """One HbA1c, posted and delivered to the city hospital."""
    now = datetime.now(UTC) + _VIET_NAM
    words = {
        "facility": code, "citizen": citizen, "value": value, "status": status,
        "taken": f"{taken:%Y%m%d%H%M%S}", "sent": f"{now:%Y%m%d%H%M%S}",
    }  # fmt: skip
    payload = "".join(f"{line}\r" for line in _LINES).format(**words).encode()
    kind = "x-application/hl7-v2+er7"
    status_code, answer = province.call(f"/facilities/{code}/payloads", token=token, data=payload, kind=kind)
    holds(status_code == 201, f"posting the result gave {status_code}: {reasons(answer)}")
    (exchange,) = answer["exchanges"]
    what = "HbA1c corrected" if status == "C" else "HbA1c"
    say(f"   exchange {exchange['id']}  {code}  {what}: translated, checked, signed, {exchange['status']}")
    delivered(province, exchange["id"], token)


def _alert(city: Site, token: str) -> dict[str, Any]:
    ends = time.monotonic() + PATIENCE
    while not (found := search(city, token, "Communication", {"category": "alert"})):
        holds(time.monotonic() < ends, "no alert was raised")
        time.sleep(0.2)  # a worker tells it, in a process of its own
    return found[0]


def _acknowledged(city: Site, token: str, alert: dict[str, Any]) -> None:
    by = {"resourceType": "Parameters", "parameter": [{"name": "by", "valueString": "BS. Thử"}]}
    path = f"/fhir/Communication/{alert['id']}/$acknowledge"
    status, found = city.call(path, token=token, data=json.dumps(by).encode(), kind="application/fhir+json")
    holds(status == 200, f"acknowledging gave {status}: {reasons(found)}")
    holds(read(city, token, found["parameter"][0]["valueReference"])["id"] == alert["id"], "another was acknowledged")
    holds(city.lines("reuse", "alerts") == [], "an alert is open that was acknowledged")
    say("   the alert is acknowledged by BS. Thử")


def _report(city: Site) -> None:
    made = city.command("reuse", "report", "--json")
    counted = {name: made[name] for name in ("accepted", "overridden", "alerts", "money")}
    holds(
        (made["accepted"], made["overridden"], sum(made["alerts"].values())) == (1, 1, 1), f"the report says {counted}"
    )
    (avoided,) = made["avoided"]
    figures = f"{avoided['tests']} {avoided['group']}, {made['money']} đồng and {made['blood']} ml of blood"
    say(f"   report: {sum(made['cards'].values())} cards, 1 accepted, 1 overridden; not repeated: {figures}; 1 alert")
