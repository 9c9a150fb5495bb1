"""The XML signature of a document (https://www.w3.org/TR/xmldsig-core1/): the form taken, and what it truly covers.

signxml computes; what may be computed is decided here first: one signature, where its format puts it, algorithms
and transforms of an allow-list, references into this document alone. What is handed on are the canonical bytes
whose digest was compared: whoever reads them reads what was signed, whatever else the file holds.

Pure: no clock, no trust. Whose certificate it is, and whether it held, is judged elsewhere (gateway.source_signature).
The caller has refused DTDs and bounded depth and size before (lxml sees no entity and no network here either).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidCertificate, InvalidDigest, InvalidSignature
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from gateway.adapter import SourceSignature
from gateway.errors import PayloadError
from gateway.outcome import Issue
from gateway.trust import certificates

DS = "{http://www.w3.org/2000/09/xmldsig#}"
_PLACE = "Signature"
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_CANONICAL = frozenset(
    f"{form}{comments}"
    for form, mark in ((_C14N, "#"), ("http://www.w3.org/2006/12/xml-c14n11", "#"))
    for comments in ("", f"{mark}WithComments")
) | {"http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"}
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_METHODS = frozenset(
    {
        *(SignatureMethod.RSA_SHA1, SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512),
        *(SignatureMethod.SHA256_RSA_MGF1, SignatureMethod.SHA384_RSA_MGF1, SignatureMethod.SHA512_RSA_MGF1),
        *(SignatureMethod.ECDSA_SHA256, SignatureMethod.ECDSA_SHA384, SignatureMethod.ECDSA_SHA512),
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA1, DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_ID_NAMES = frozenset({"id", "Id", "ID"})  # local names, so that xml:id counts too
_REFERENCES = 8  # the content, its parts, the properties of the signature
_CERTIFICATES = 10
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
LEAST_RSA = 2048  # bits
MOST_RSA = 8192  # bits; a larger key only costs time


class _Verifier(XMLVerifier):
    """signxml, with lxml's canonical form of an element inside a document mended.

    lxml writes ``xmlns=""`` into grandchildren of an element of the default namespace, which is how .NET and Java write
    ``Signature``; an element read again from its own text, with the namespaces in scope, has the right form.
    """

    def _c14n(self, nodes: Any, algorithm: Any, inclusive_ns_prefixes: Any = None) -> bytes:
        alone = etree.fromstring(etree.tostring(nodes, with_tail=False), self.parser)
        return bytes(super()._c14n(alone, algorithm, inclusive_ns_prefixes))


@dataclass(frozen=True, slots=True)
class Covered:
    """What one reference covers: the element's local name, and its canonical bytes (UTF-8) as they were digested.

    ``whole``: it is the document, less the signature itself. ``own``: it is a part of the signature (its properties).
    """

    name: str
    canonical: bytes
    whole: bool
    own: bool


def verified(data: bytes, container: Sequence[str], parts: Sequence[str]) -> tuple[list[Covered], SourceSignature]:
    """What the document's one signature covers, and whose it says it is.

    ``container``: local names from the root to the element that holds the signature alone, the last of the root's.
    ``parts``: children of the root a reference may name by Id, instead of the document.
    PayloadError (``xml-signature-…``) unless there is exactly one, of an allowed form, and digests and value agree.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        _refuse("xml-signature-form")
    signature = _only(root, container)
    method, references = _allowed(signature)
    targets = [_target(root, signature, reference, parts) for reference in references]
    chain = _chain(signature)
    results = _computed(data, parser, chain[0])
    if len(results) != len(targets):
        _refuse("xml-signature-form")
    covered = [
        Covered(_local(target), result.signed_data, target is root, _within(target, signature))
        for target, result in zip(targets, results, strict=True)
    ]
    algorithms = {method, *(_algorithm(reference.find(f"{DS}DigestMethod")) for reference in references)}
    return covered, SourceSignature(
        scope=tuple("document" if one.whole else one.name for one in covered if not one.own),
        algorithms=tuple(sorted(map(_short, algorithms))),
        weak=tuple(_weak(algorithms, chain[0])),
        chain=tuple(map(certificates.to_x5c, chain)),
        said_at=_said_at(one.canonical for one in covered if one.own),
    )


def _refuse(rule: str, place: str = _PLACE, **parameters: object) -> NoReturn:
    raise PayloadError(rule, issues=[Issue("error", "security", rule, place, parameters)])


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _within(element: etree._Element, signature: etree._Element) -> bool:
    return element is signature or signature in element.iterancestors()


def _only(root: etree._Element, container: Sequence[str]) -> etree._Element:
    """The signature where its format puts it: a second one anywhere, or one elsewhere, is a trick or an accident."""
    found = list(root.iter("{*}Signature"))
    if len(found) != 1:
        _refuse("xml-signature-several", found=len(found))
    (signature,) = found
    above = list(signature.iterancestors())
    holder = above[0] if above else None
    alone = (
        holder is not None
        and len(holder) == 1
        and not (holder.text or "").strip()
        and not (signature.tail or "").strip()
    )
    if signature.tag != f"{DS}Signature" or [one.tag for one in reversed(above)] != list(container) or not alone:
        _refuse("xml-signature-misplaced")
    if len(root.findall(container[-1])) != 1 or root[-1] is not holder:
        _refuse("xml-signature-misplaced")
    return signature


def _algorithm(element: etree._Element | None) -> str:
    if element is None:
        _refuse("xml-signature-form")
    return element.get("Algorithm", "")


def _allowed(signature: etree._Element) -> tuple[str, list[etree._Element]]:
    """The signature method and the references, all of them of the allow-list, before anything is computed."""
    stated = signature.findall(f"{DS}SignedInfo")
    references = stated[0].findall(f"{DS}Reference") if len(stated) == 1 else []
    if not 0 < len(references) <= _REFERENCES:
        _refuse("xml-signature-form")
    if _algorithm(stated[0].find(f"{DS}CanonicalizationMethod")) not in _CANONICAL:
        _refuse("xml-signature-algorithm", "CanonicalizationMethod")
    method = _algorithm(stated[0].find(f"{DS}SignatureMethod"))
    if method not in {one.value for one in _METHODS}:
        _refuse("xml-signature-algorithm", "SignatureMethod")
    for number, reference in enumerate(references, 1):
        if _algorithm(reference.find(f"{DS}DigestMethod")) not in {one.value for one in _DIGESTS}:
            _refuse("xml-signature-algorithm", f"Reference[{number}].DigestMethod")
        _transforms(reference, f"Reference[{number}].Transforms")
    return method, references


def _transforms(reference: etree._Element, place: str) -> None:
    """At most: the signature taken out, then a canonical form. What selects or rewrites may select the wrong thing."""
    steps = reference.findall(f"{DS}Transforms/{DS}Transform")
    written = [_algorithm(step) for step in steps]
    if written[:1] == [_ENVELOPED]:
        written = written[1:]
    if len(written) > 1 or not _CANONICAL.issuperset(written):
        _refuse("xml-signature-transform", place)
    if any(_local(inside) != "InclusiveNamespaces" for step in steps for inside in step):
        _refuse("xml-signature-transform", place)


def _target(
    root: etree._Element, signature: etree._Element, reference: etree._Element, parts: Sequence[str]
) -> etree._Element:
    """The element a reference names: the document, one of its parts, or a property of the signature itself."""
    uri = reference.get("URI")
    if uri == "":
        return root
    name = uri[1:] if uri and uri.startswith("#") else ""
    named = [
        one
        for one in root.iter("*")
        if any(etree.QName(attribute).localname in _ID_NAMES and text == name for attribute, text in one.items())
    ]
    if not name or len(named) != 1:
        _refuse("xml-signature-reference", "Reference.URI")
    (target,) = named
    a_part = target.getparent() is root and target.tag in parts and len(root.findall(str(target.tag))) == 1
    if target is root or a_part or (_within(target, signature) and target is not signature):
        return target
    _refuse("xml-signature-reference", "Reference.URI")


def _chain(signature: etree._Element) -> list[x509.Certificate]:
    """The certificates it carries, that of the signer first: the one that issued none of the others."""
    texts = [
        "".join((one.text or "").split()) for one in signature.findall(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate")
    ]
    if not 0 < len(texts) <= _CERTIFICATES:
        _refuse("xml-signature-certificate", "KeyInfo")
    try:
        given = [certificates.from_x5c(text) for text in texts]
        key = [one for one in given if not any(one.subject == other.issuer for other in given if other is not one)]
        leaf = (key or given)[0]
        public = leaf.public_key()
    except (ValueError, UnsupportedAlgorithm):
        _refuse("xml-signature-certificate", "KeyInfo")
    fit = (isinstance(public, rsa.RSAPublicKey) and public.key_size <= MOST_RSA) or (
        isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, _CURVES)
    )
    if not fit:
        _refuse("xml-signature-algorithm", "KeyInfo")
    return [leaf, *(one for one in given if one is not leaf)]


def _computed(data: bytes, parser: etree.XMLParser, signer: x509.Certificate) -> list[VerifyResult]:
    """signxml's results in the order of the references."""
    taken = SignatureConfiguration(
        expect_references=True,
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        verification_time=certificates.valid_from(signer),  # whether it held is judged elsewhere
    )
    try:
        found = _Verifier().verify(data, x509_cert=signer, expect_config=taken, parser=parser)
    except InvalidDigest:
        _refuse("xml-signature-digest")
    except (InvalidSignature, InvalidCertificate):
        _refuse("xml-signature-value")
    except Exception:  # whatever a signature of broken form makes the library raise, it is not a signature
        _refuse("xml-signature-form")
    return found if isinstance(found, list) else [found]


def _short(algorithm: str) -> str:
    """``rsa-sha256`` of ``http://www.w3.org/2001/04/xmldsig-more#rsa-sha256``."""
    return algorithm.rpartition("#")[2]


def _weak(algorithms: Iterable[str], signer: x509.Certificate) -> list[str]:
    weak = ["sha1"] if any(_short(one).endswith("sha1") for one in algorithms) else []
    key = signer.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_RSA:
        weak.append(f"rsa-{key.key_size}")
    return weak


def _said_at(properties: Iterable[bytes]) -> str:
    """The signing time among what is signed, as written; "" where there is none, or more than one."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    times = [
        (found.text or "").strip()
        for one in properties
        for found in etree.fromstring(one, parser).iter("{*}SigningTime")
    ]
    return times[0] if len(times) == 1 else ""
