"""The pilot authority's certificates, and a TLS handshake with the one it issues for a server."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway.trust import certificates
from gateway.trust.authority import AUTHORITY_LIFE, issue, issue_server, new_authority
from tests.trust.world import LAB, NOW, World


def test_a_signing_certificate_names_the_facility_and_may_only_sign(world: World) -> None:
    leaf = world.lab.certificate
    assert leaf.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value == LAB
    assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "Phòng xét nghiệm"
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert (usage.critical, usage.value.digital_signature, usage.value.key_cert_sign) == (True, True, False)
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    issuer = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    root = world.root.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert issuer == root


def test_the_root_lives_long_and_is_not_in_x5c(world: World) -> None:
    assert world.root.valid_to - world.root.valid_from == AUTHORITY_LIFE
    assert world.root.facility == ""
    assert len(world.lab.chain) == 2
    assert len(world.lab.signer().x5c) == 1


def test_a_certificate_never_outlives_its_authority(world: World) -> None:
    late = world.root.valid_to - timedelta(days=10)
    assert issue(world.root, facility=LAB, name="", now=late).valid_to == world.root.valid_to


@pytest.mark.parametrize("name", ["", "Bệnh viện " * 20, "x" * 65])
def test_a_name_of_any_length_can_be_certified(world: World, name: str) -> None:
    assert issue(world.root, facility=LAB, name=name, now=NOW).facility == LAB


def test_a_signing_certificate_cannot_issue_others(world: World) -> None:
    grandchild = issue(world.lab, facility=LAB, name="", now=NOW)
    chain = [grandchild.certificate, world.lab.certificate]
    assert not certificates.leads_to([world.root.certificate], chain, NOW)
    assert not certificates.leads_to([world.lab.certificate], chain[:1], NOW)


def test_a_server_is_reached_by_tls_with_nothing_but_its_authority(tmp_path: Path) -> None:
    """Python's own TLS on both sides, over memory; the strictest checks it knows."""
    root = new_authority("TLS thử nghiệm", now=NOW)
    server = issue_server(root, now=NOW)
    pem = tmp_path / "server.pem"
    pem.write_text(server.private_pem + server.chain_pem)
    accepting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    accepting.load_cert_chain(pem)
    for host in ("127.0.0.1", "localhost"):
        assert _handshake(accepting, root.chain[0], host)
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(accepting, root.chain[0], "elsewhere.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(accepting, new_authority("TLS thử nghiệm", now=NOW).chain[0], "localhost")


def _handshake(accepting: ssl.SSLContext, authority: str, host: str) -> bool:
    asking = ssl.create_default_context(cadata=authority)
    # The certificate's dates are the test's, not this machine's.
    asking.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(to_client, to_server, server_hostname=host)
    server = accepting.wrap_bio(to_server, to_client, server_side=True)
    waiting = [client, server]
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                continue
    return not waiting
