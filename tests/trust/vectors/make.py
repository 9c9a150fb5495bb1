"""Write the vectors and the part of docs/signature.md that shows them.

python -m tests.trust.vectors.make               what follows from the keys and the message
python -m tests.trust.vectors.make --new-keys    new keys as well: every value changes
"""

from __future__ import annotations

import hashlib
import sys
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from gateway.jsontext import dumps
from gateway.trust import trustfile
from gateway.trust.authority import issue, new_authority
from gateway.trust.keys import SigningKey, kept
from gateway.trust.message import sign
from tests.trust import vectors, world


def new_keys() -> None:
    """An authority and two keys of one facility: EC as the gateway makes it, RSA as if imported."""
    start = vectors.SIGNED_AT - timedelta(days=1)
    root = new_authority("Test vectors", now=start)
    ec_key = issue(root, facility=vectors.FACILITY, name="Test laboratory", now=start)
    for name, key in (("es256", ec_key), ("rs256", _rsa(root, ec_key))):
        (vectors.FOLDER / f"{name}-key.pem").write_text(key.private_pem)
        (vectors.FOLDER / f"{name}-chain.pem").write_text("".join(key.chain))
    hexadecimal = hashlib.sha256(vectors.payload()).hexdigest()
    bundle = sign(vectors.unsigned(), ec_key.signer(), signed_at=vectors.SIGNED_AT, payload_sha256=hexadecimal)
    (vectors.FOLDER / "signed-es256.json").write_bytes(dumps(bundle))


def _rsa(root: SigningKey, like: SigningKey) -> SigningKey:
    key = rsa.generate_private_key(65537, 2048)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test laboratory (RSA)")]))
        .issuer_name(root.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(like.valid_from)
        .not_valid_after(like.valid_to)
    )
    for extension in like.certificate.extensions:
        if not isinstance(extension.value, x509.SubjectKeyIdentifier):
            builder = builder.add_extension(extension.value, extension.critical)
    return kept(key, [builder.sign(root.private_key(), SHA256()), root.certificate], like.facility)


def write() -> None:
    (vectors.FOLDER / "signed-rs256.json").write_bytes(dumps(vectors.signed_anew()))
    keys = [vectors.ec_key(), vectors.rsa_key()]
    (vectors.FOLDER / "trust.json").write_bytes(trustfile.of_keys(keys, date=vectors.SIGNED_AT).as_bytes())
    before, rest = vectors.DOCUMENT.read_text(encoding="utf-8").split(vectors.BEGIN)
    after = rest.split(vectors.END)[1]
    vectors.DOCUMENT.write_text(before + vectors.BEGIN + vectors.shown() + vectors.END + after, encoding="utf-8")


if __name__ == "__main__":
    if "--new-keys" in sys.argv:
        (vectors.FOLDER / "payload.hl7").write_bytes(world.PAYLOAD)
        (vectors.FOLDER / "message.json").write_bytes(dumps(world.unsigned()))
        new_keys()
    write()
