"""The signed message: its exact header, its FHIR form, and that others' libraries agree with ours."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest
from fhir.resources.R4B.messageheader import MessageHeader
from fhir.resources.R4B.provenance import Provenance
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey, RSAKey

from gateway.bundle import MA_CSKCB, deterministic_id
from gateway.errors import NotConformant, PayloadError
from gateway.jsontext import Number
from gateway.outcome import Issue
from gateway.r4.canonical import canonical, lexical
from gateway.r4.check import check
from gateway.trust.base64url import decode, encode
from gateway.trust.form import jws_of
from gateway.trust.message import sign
from tests.trust import vectors
from tests.trust.world import HOSPITAL, LAB, NOW, PAYLOAD, World, changed, signed_by, unsigned


def header_of(bundle: Any) -> dict[str, Any]:
    first = jws_of(bundle).split(".")[0]
    found: dict[str, Any] = json.loads(decode(first))
    return found


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(value).digest()).rstrip(b"=").decode()


def test_the_protected_header_is_exactly_the_listed_one_in_one_order(world: World) -> None:
    header = header_of(world.signed)
    assert list(header) == ["alg", "typ", "kid", "x5c", "sigT", "canon", "srCms", "lexS256", "payS256"]
    bare = {**world.signed, "entry": world.signed["entry"][:-1]}
    assert header == {
        "alg": "ES256",
        "typ": "JOSE",
        "kid": world.lab.kid,
        "x5c": list(world.lab.signer().x5c),
        "sigT": "2026-11-22T03:04:05Z",
        "canon": "urn:ietf:rfc:8785",
        "srCms": [{"commId": {"id": "urn:oid:1.2.840.10065.1.12.1.14", "desc": "Source Signature"}}],
        "lexS256": b64(lexical(bare)),
        "payS256": b64(PAYLOAD),
    }


def test_the_signature_is_a_detached_compact_jws_in_base64(world: World) -> None:
    text = base64.b64decode(world.signed["entry"][-1]["resource"]["signature"][0]["data"]).decode()
    assert re.fullmatch(r"[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{86}", text)


def test_the_provenance_holds_what_it_must_and_nothing_more(world: World) -> None:
    entry = world.signed["entry"][-1]
    assert sorted(entry) == ["fullUrl", "resource"]
    who = {"identifier": {"system": MA_CSKCB, "value": LAB}}
    data = entry["resource"]["signature"][0].pop("data")
    try:
        assert entry["resource"] == {
            "resourceType": "Provenance",
            "target": [{"reference": f"Bundle/{world.signed['id']}"}],
            "recorded": "2026-11-22T03:04:05Z",
            "agent": [{"who": who}],
            "signature": [
                {
                    "type": [{"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.14"}],
                    "when": "2026-11-22T03:04:05Z",
                    "who": who,
                    "targetFormat": "application/fhir+json;canonicalization=urn:ietf:rfc:8785",
                    "sigFormat": "application/jose",
                }
            ],
        }
    finally:
        entry["resource"]["signature"][0]["data"] = data


def test_the_message_header_comes_first_and_names_no_destination(world: World) -> None:
    header = world.signed["entry"][0]["resource"]
    assert header["sender"]["identifier"] == {"system": MA_CSKCB, "value": LAB}
    assert header["source"] == {"endpoint": "https://lab.example/fhir"}
    assert [one["reference"] for one in header["focus"]] == [world.signed["entry"][2]["fullUrl"]]
    assert "destination" not in header


def test_fhir_libraries_read_the_header_and_the_provenance(world: World) -> None:
    for bundle in (world.signed, world.receipt()):
        MessageHeader.model_validate(bundle["entry"][0]["resource"])
        Provenance.model_validate(bundle["entry"][-1]["resource"])


def test_the_signed_message_and_the_receipt_are_valid_r4(world: World) -> None:
    for bundle in (world.signed, world.receipt()):
        assert [issue.as_fhir() for issue in check(bundle) if issue.refuses] == []


def test_every_entry_has_a_uuid_url(world: World) -> None:
    urls = [entry["fullUrl"] for entry in world.signed["entry"]]
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", url) for url in urls)
    assert len(set(urls)) == len(urls)


@pytest.mark.parametrize("alg", ["ES256", "RS256", "PS256"])
def test_another_jose_library_verifies_the_signature(world: World, alg: Any) -> None:
    """joserfc knows nothing of ours: the canonical bytes are put into the empty part."""
    key = world.lab if alg == "ES256" else vectors.rsa_key()
    bundle = signed_by(key.signer(alg=alg))
    first, last = jws_of(bundle).split("..")
    payload = canonical({**bundle, "entry": bundle["entry"][:-1]})
    public = {name: value for name, value in key.public_jwk().items() if name != "alg"}
    imported = ECKey.import_key(public) if alg == "ES256" else RSAKey.import_key(public)
    token = f"{first}.{encode(payload)}.{last}"
    registry = joserfc_jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = len(token)  # its default leaves no room for x5c
    assert joserfc_jws.deserialize_compact(token, imported, registry=registry).payload == payload


def test_a_number_that_cannot_be_signed_is_refused(world: World) -> None:
    def change(bundle: Any) -> None:
        bundle["entry"][2]["resource"]["valueQuantity"]["value"] = Number("1e999")

    with pytest.raises(NotConformant):
        sign(changed(unsigned(), change), world.lab.signer(), signed_at=NOW, payload_sha256="00" * 32)


def test_a_receipt_answers_one_signature(world: World) -> None:
    receipt = world.receipt()
    header = header_of(receipt)
    assert list(header) == ["alg", "typ", "kid", "x5c", "sigT", "canon", "srCms", "lexS256", "irtS256"]
    assert header["irtS256"] == b64(jws_of(world.signed).encode())
    response = receipt["entry"][0]["resource"]["response"]
    assert response == {"identifier": world.signed["entry"][0]["resource"]["id"], "code": "ok"}
    assert receipt["entry"][0]["resource"]["sender"]["identifier"]["value"] == HOSPITAL


def test_a_refusing_receipt_says_why_in_an_operation_outcome(world: World) -> None:
    details = deterministic_id(HOSPITAL, "OperationOutcome", "1")
    issue = Issue("error", "security", "signature-differs")
    receipt = world.receipt(code="fatal-error", issues=[issue], details_id=details)
    response = receipt["entry"][0]["resource"]["response"]
    assert (response["code"], response["details"]) == ("fatal-error", {"reference": f"urn:uuid:{details}"})
    outcome = receipt["entry"][1]["resource"]
    assert (outcome["resourceType"], outcome["issue"][0]["code"]) == ("OperationOutcome", "security")
    assert world.judged(receipt, payload=None, expect_receipt_for=jws_of(world.signed)).valid


def test_no_receipt_is_given_for_what_is_not_signed(world: World) -> None:
    with pytest.raises(PayloadError):
        jws_of(unsigned())


def test_an_rsa_signature_is_the_same_each_time() -> None:
    signer = vectors.rsa_key().signer()
    assert jws_of(signed_by(signer)) == jws_of(signed_by(signer))
