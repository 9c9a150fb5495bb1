"""CHUKYDONVI: what is read is what was signed; every trick that would part the two is refused before translation."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bhyt import BhytAdapter
from gateway.adapter import Payload, Record, split
from gateway.errors import PayloadError
from tests.bhyt.building import (
    SUMMARY,
    envelope,
    hoso_xml,
    of_type,
    payload,
    refusal,
    table_xml,
    translated,
    whole,
)
from tests.bhyt.signing import (
    C14N,
    ECDSA_SHA256,
    ENVELOPED,
    HMAC_SHA256,
    NS,
    RSA_SHA1,
    SHA1,
    canonical,
    elliptic,
    named,
    placed,
    reference,
    signature,
    signed,
    signed_at,
    signed_parts,
    signer,
)

SHARED = Path(__file__).parent / "payloads"
SAMPLE = (SHARED / "3176_full_signed_test.xml").read_bytes()
FORGED = payload(SUMMARY | {"MA_BN": "KHAC"})
PLAIN = whole()
XPATH = '<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath>not(self::HOSO)</XPath></Transform>'
XSLT = (
    '<Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116">'
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"/></Transform>'
)
FILTER = '<Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"/>'


def _value(made: str) -> str:
    return made.split("SignatureValue>")[1].removesuffix("</")


def _certificate(made: str) -> str:
    return made.split("X509Certificate>")[1].removesuffix("</")


def record(data: bytes) -> Record:
    return split(BhytAdapter(), Payload(data))[0]


def over(*transforms: str, uri: str | None = "", covered: bytes = b"", **how: str) -> bytes:
    """The plain payload under a reference of our choice."""
    return placed(PLAIN, signature(reference(uri, covered or canonical(PLAIN), *transforms), by=signer(), **how))


# ---- what is taken --------------------------------------------------------------------


def test_the_sample_signed_by_its_facility_is_as_it_was_signed() -> None:
    proof = record(SAMPLE).signature
    assert proof is not None
    assert (proof.scope, proof.algorithms, proof.weak) == (("document",), ("rsa-sha256", "sha256"), ())


def test_its_modified_twin_is_refused() -> None:
    assert refusal((SHARED / "3176_full_signed_then_modified.xml").read_bytes()) == (
        "xml-signature-digest",
        "Signature",
    )


def test_a_signed_payload_says_what_the_unsigned_one_says() -> None:
    assert translated(signed(PLAIN)).resources == translated(PLAIN).resources


def test_an_empty_place_for_a_signature_is_none() -> None:
    assert record(PLAIN).signature is None
    assert record(PLAIN.replace(b"<CHUKYDONVI></CHUKYDONVI>", b"")).signature is None


def test_the_parts_the_guide_names_may_be_signed_instead_and_the_scope_says_so() -> None:
    proof = record(signed_parts(PLAIN, THONGTINDONVI="a", THONGTINHOSO="b")).signature
    assert proof is not None
    assert proof.scope == ("THONGTINDONVI", "THONGTINHOSO")


def test_a_signing_time_counts_when_it_is_signed_too() -> None:
    proof = record(signed_at(PLAIN, "2026-11-20T10:00:00+07:00")).signature
    assert proof is not None
    assert (proof.said_at, proof.scope) == ("2026-11-20T10:00:00+07:00", ("document",))
    unsigned_time = f'<Object xmlns="{NS}"><SigningTime xmlns="urn:x">2020-01-01</SigningTime></Object>'
    proof = record(signed(PLAIN, objects=unsigned_time)).signature
    assert proof is not None
    assert proof.said_at == ""


def test_ecdsa_is_taken() -> None:
    proof = record(signed(PLAIN, elliptic(), method=ECDSA_SHA256)).signature
    assert proof is not None
    assert proof.weak == ()


def test_weak_algorithms_are_told() -> None:
    proof = record(signed(PLAIN, signer(bits=1024), method=RSA_SHA1, digest=SHA1)).signature
    assert proof is not None
    assert proof.weak == ("sha1", "rsa-1024")


def test_each_hoso_of_a_signed_payload_is_a_record_of_its_own_bytes() -> None:
    written = [hoso_xml({"XML1": [SUMMARY | {"MA_LK": name}]}) for name in ("A", "B")]
    records = split(BhytAdapter(), Payload(signed(envelope(*written))))
    assert [one.data.decode() for one in records] == written
    assert all(one.signature is not None for one in records)


# ---- tricks ---------------------------------------------------------------------------

_BY_ID = signed_parts(PLAIN, THONGTINDONVI="a", THONGTINHOSO="b")
_SIGNED_BODY = _BY_ID[_BY_ID.index(b'<THONGTINHOSO Id="b">') : _BY_ID.index(b"<CHUKYDONVI>")]
_FORGED_BODY = FORGED[FORGED.index(b"<THONGTINHOSO>") : FORGED.index(b"<CHUKYDONVI>")]
_OTHER_KEY = "<KeyValue><RSAKeyValue><Modulus>xTtYmFqAoB4=</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue>"
_HOSO = PLAIN[PLAIN.index(b"<HOSO>") : PLAIN.index(b"</DANHSACHHOSO>")]
_ELLIPTIC = signature(reference("", canonical(PLAIN), ENVELOPED, C14N), by=elliptic(), method=ECDSA_SHA256)
_ONE = signature(reference("", canonical(PLAIN), ENVELOPED, C14N), by=signer())

TRICKS: dict[str, tuple[bytes, str]] = {
    "the signed element moved into the signature, another in its place": (
        _BY_ID.replace(_SIGNED_BODY, _FORGED_BODY).replace(
            b"</Signature>", b"<Object>" + _SIGNED_BODY.replace(b" Id", b' xmlns="" Id') + b"</Object></Signature>"
        ),
        "bhyt-signature-scope",
    ),
    "the signed element wrapped in a strange one, another in its place": (
        _BY_ID.replace(_SIGNED_BODY, b"<KHAC>" + _SIGNED_BODY + b"</KHAC>" + _FORGED_BODY),
        "xml-signature-reference",
    ),
    "another element of the name before the signed one": (
        _BY_ID.replace(_SIGNED_BODY, _FORGED_BODY + _SIGNED_BODY),
        "xml-signature-reference",
    ),
    "the whole signed document inside another": (
        FORGED.replace(b"<CHUKYDONVI>", b"<KHAC>" + signed(PLAIN) + b"</KHAC><CHUKYDONVI>"),
        "xml-signature-misplaced",
    ),
    "two signatures": (placed(PLAIN, _ONE + _ONE), "xml-signature-several"),
    "a signature in a signature": (
        placed(PLAIN, _ONE.replace("</KeyInfo>", f"</KeyInfo><Object>{_ONE}</Object>")),
        "xml-signature-several",
    ),
    "a second signature under another prefix and namespace": (
        signed(PLAIN).replace(b"<NGAYLAP>", b'<x:Signature xmlns:x="urn:x"/><NGAYLAP>'),
        "xml-signature-several",
    ),
    "a signature where none belongs": (
        PLAIN.replace(b"<THONGTINHOSO>", _ONE.encode() + b"<THONGTINHOSO>"),
        "xml-signature-misplaced",
    ),
    "something else beside the signature": (placed(PLAIN, _ONE + "<HOSO/>"), "xml-signature-misplaced"),
    "a text where a signature belongs": (placed(PLAIN, "đã ký"), "xml-signature-several"),
    "a second place for signatures": (
        signed(PLAIN).replace(b"<THONGTINHOSO>", b"<CHUKYDONVI/><THONGTINHOSO>"),
        "xml-signature-misplaced",
    ),
    "what follows the place of the signature": (
        signed(PLAIN).replace(b"</CHUKYDONVI>", b"</CHUKYDONVI><THONGTINHOSO/>"),
        "xml-signature-misplaced",
    ),
    "an id that stands twice": (
        _BY_ID.replace(b"<MACSKCB>", b'<MACSKCB ID="b">'),
        "xml-signature-reference",
    ),
    "an id that stands nowhere": (over(C14N, uri="#nowhere"), "xml-signature-reference"),
    "a reference to no id": (over(C14N, uri="#"), "xml-signature-reference"),
    "a reference without a URI": (over(ENVELOPED, C14N, uri=None), "xml-signature-reference"),
    "an XPointer": (over(ENVELOPED, C14N, uri="#xpointer(/)"), "xml-signature-reference"),
    "a reference to a page": (over(C14N, uri="http://127.0.0.1:1/x.xml"), "xml-signature-reference"),
    "a reference to a file": (over(C14N, uri="file:///etc/hostname"), "xml-signature-reference"),
    "an XPath transform": (over(ENVELOPED, XPATH, C14N), "xml-signature-transform"),
    "an XPath filter": (over(ENVELOPED, FILTER, C14N), "xml-signature-transform"),
    "an XSLT transform": (over(ENVELOPED, XSLT, C14N), "xml-signature-transform"),
    "a base64 transform": (over(ENVELOPED, "http://www.w3.org/2000/09/xmldsig#base64"), "xml-signature-transform"),
    "enveloped twice": (over(ENVELOPED, ENVELOPED, C14N), "xml-signature-transform"),
    "enveloped last": (over(C14N, ENVELOPED), "xml-signature-transform"),
    "the enveloped transform left out": (over(C14N), "xml-signature-digest"),
    "a digest of nothing": (over(ENVELOPED, C14N, covered=b"-"), "xml-signature-digest"),
    "no reference at all": (placed(PLAIN, signature(by=signer())), "xml-signature-form"),
    "MACSKCB alone covered": (signed_parts(PLAIN, THONGTINDONVI="a"), "bhyt-signature-scope"),
    "one HOSO covered": (
        placed(
            named(PLAIN, HOSO="h"),
            signature(reference("#h", canonical(_HOSO), C14N), by=signer()),
        ),
        "xml-signature-reference",
    ),
    "another key beside the certificate": (signed(PLAIN, key_info=_OTHER_KEY), "xml-signature-form"),
    "another's certificate": (
        placed(PLAIN, _ONE.replace(_certificate(_ONE), _certificate(_ELLIPTIC))),
        "xml-signature-form",
    ),
    "no certificate": (
        placed(PLAIN, _ONE.replace("<X509Data>", _OTHER_KEY + "<!--").replace("</X509Data>", "-->")),
        "xml-signature-certificate",
    ),
    "a certificate that is none": (
        placed(PLAIN, _ONE.replace("<X509Certificate>", "<X509Certificate>AAAA")),
        "xml-signature-certificate",
    ),
    "HMAC with the public key as the secret": (signed(PLAIN, method=HMAC_SHA256), "xml-signature-algorithm"),
    "a value of another signature": (
        placed(PLAIN, _ONE.replace(_value(_ONE), _value(_BY_ID.decode()))),
        "xml-signature-value",
    ),
    "no value": (
        placed(PLAIN, _ONE.replace(_value(_ONE), "")),
        "xml-signature-form",
    ),
    "a DTD with an entity": (
        b'<!DOCTYPE GIAMDINHHS [<!ENTITY x "01999">]>' + signed(PLAIN).replace(b"01999", b"&x;", 1),
        "bhyt-dtd-refused",
    ),
}  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_is_refused(trick: str) -> None:
    data, rule = TRICKS[trick]
    assert refusal(data)[0] == rule


def test_a_comment_inside_a_value_never_cuts_it() -> None:
    """Canonical form leaves comments out: the digest agrees, and a reader that stops at one would read ``BN``."""
    plain = {name: text for name, text in SUMMARY.items() if not {"&", "<"} & set(text)}
    inner = table_xml("XML1", [plain])
    data = signed(
        envelope(f"<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>{inner}</NOIDUNGFILE></FILEHOSO></HOSO>")
    )
    commented = data.replace(b"BN000001", b"BN<!-- -->000001").replace(b"01999", b"01<!---->999", 1)
    assert commented != data
    assert translated(commented).resources == translated(data).resources
    assert "BN000001" in str(of_type(translated(commented), "Patient"))


def test_without_macskcb_in_the_scope_the_record_itself_must_say_whose_it_is() -> None:
    assert translated(signed_parts(PLAIN, THONGTINHOSO="b")).resources
    nobody = payload(SUMMARY | {"MA_CSKCB": ""})
    assert refusal(signed_parts(nobody, THONGTINHOSO="b")) == ("bhyt-signature-facility", "XML1.MA_CSKCB")
    moved = signed_parts(PLAIN, THONGTINHOSO="b").replace(b"01999", b"01001", 1)
    assert refusal(moved) == ("bhyt-facility-differs", "XML1.MA_CSKCB")


_FROM, _UNTIL = SAMPLE.index(b"<THONGTINDONVI>"), SAMPLE.index(b"<ns0:Signature")


@settings(max_examples=60)
@given(at=st.integers(_FROM, _UNTIL - 1), byte=st.integers(0, 255))
def test_any_changed_byte_within_the_scope_refuses(at: int, byte: int) -> None:
    changed = SAMPLE[:at] + bytes([byte]) + SAMPLE[at + 1 :]
    if changed == SAMPLE:
        return
    with pytest.raises(PayloadError):
        record(changed)


@settings(max_examples=40)
@given(at=st.integers(0, len(_ONE) - 1), text=st.sampled_from(["", "<", "A", " ", "&", "\u0000", "é"]))
def test_a_broken_signature_is_refused_in_words_or_still_says_the_same(at: int, text: str) -> None:
    try:
        found = record(placed(PLAIN, _ONE[:at] + text + _ONE[at + 1 :]))
    except PayloadError:
        return
    assert found.signature is not None
    assert found.signature.scope == ("document",)
