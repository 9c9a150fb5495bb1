"""The three signature algorithms (RFC 7518 section 3.1) and the keys each fits.

The list is an allow-list: ``none``, HMAC and whatever is invented next are not in it.
"""

from __future__ import annotations

from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

Algorithm = Literal["ES256", "RS256", "PS256"]
ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "RS256", "PS256")
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_SMALLEST_RSA = 2048  # bits, RFC 7518 section 3.3
_LARGEST_RSA = 16384  # bits; a larger one only costs the verifier time
_HALF = 32  # octets of r and of s on P-256, RFC 7518 section 3.4
_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=SHA256.digest_size)  # RFC 7518 section 3.5


def fitting(key: object) -> tuple[Algorithm, ...]:
    """The algorithms a key (public or private) may sign with; empty for a key we do not take."""
    if isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        return ("ES256",) if isinstance(key.curve, ec.SECP256R1) else ()
    if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        return ("RS256", "PS256") if _SMALLEST_RSA <= key.key_size <= _LARGEST_RSA else ()
    return ()


def sign(algorithm: Algorithm, key: PrivateKey, signed: bytes) -> bytes:
    """The JWS signature octets; for ES256 r and s, 32 octets each."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
    return key.sign(signed, _PSS if algorithm == "PS256" else padding.PKCS1v15(), SHA256())


def holds(algorithm: str, key: PublicKey, signature: bytes, signed: bytes) -> bool:
    """True when ``signature`` over ``signed`` is this key's, by this algorithm and no other."""
    if algorithm not in fitting(key):
        return False
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            if len(signature) != 2 * _HALF:  # a DER signature is not a JWS signature
                return False
            r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
        else:
            key.verify(signature, signed, _PSS if algorithm == "PS256" else padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
