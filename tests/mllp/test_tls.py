"""MLLP under TLS: nothing is read in the clear, and a sender without a certificate of ours is not met."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.errors import SettingsError
from gateway.mllp.tls import client_context, server_context
from gateway.settings import Settings, read_settings
from tests.delivery.test_tls import Certified, certified
from tests.mllp.world import World, glucose


@pytest.fixture
def hospital(tmp_path: Path) -> Certified:
    return certified(tmp_path / "hospital")


def sender_certificate(folder: Path) -> tuple[str, str]:
    """The certificate a sender shows, which is its own authority, and its key: PEM files."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lab")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "chain").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key").write_bytes(private)
    return str(folder / "chain"), str(folder / "key")


def under_tls(certificate: Certified, client_ca: str = "") -> dict[str, Any]:
    cert, key = certificate.server
    return {"mllp_tls_cert": cert, "mllp_tls_key": key, "mllp_client_ca": client_ca}


def test_a_sender_that_believes_the_certificate_is_answered_and_one_in_the_clear_is_not(
    world: World, hospital: Certified
) -> None:
    with world.listening(**under_tls(hospital)) as at:
        assert at.peer(client_context(hospital.ca, "", "")).ask(glucose("M1"))["MSA"][1] == "AA"
        plain = at.peer()
        plain.say(glucose("M2"))
        assert plain.closed()
        with pytest.raises(ssl.SSLCertVerificationError):
            at.peer(ssl.create_default_context())
    assert world.stored() == {"kept": 1}


def test_where_authorities_are_named_a_sender_shows_a_certificate_of_theirs(
    world: World, hospital: Certified, tmp_path: Path
) -> None:
    lab, stranger = sender_certificate(tmp_path / "lab"), sender_certificate(tmp_path / "stranger")
    with world.listening(**under_tls(hospital, lab[0])) as at:
        assert at.peer(client_context(hospital.ca, *lab)).ask(glucose("M1"))["MSA"][1] == "AA"
        for shown in (("", ""), stranger):
            with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
                at.peer(client_context(hospital.ca, *shown)).ask(glucose("M2"))
    assert world.stored() == {"kept": 1}


def test_a_file_that_is_no_certificate_is_told_by_the_name_of_its_setting(hospital: Certified, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("nothing")
    assert server_context(Settings()) is None
    for name, changed in (
        ("GATEWAY_MLLP_TLS_CERT", {"mllp_tls_cert": str(wrong)}),
        ("GATEWAY_MLLP_CLIENT_CA", {"mllp_client_ca": str(wrong)}),
    ):
        with pytest.raises(SettingsError) as told:
            server_context(Settings(**(under_tls(hospital) | changed)))
        assert told.value.issues[0].expression == name


@pytest.mark.parametrize(
    ("given", "name", "rule"),
    [
        ({"mllp": "2575"}, "GATEWAY_MLLP", "settings-mllp"),
        ({"mllp": "127.0.0.1:2575=7 9"}, "GATEWAY_MLLP", "settings-mllp"),
        ({"mllp_client_ca": __file__}, "GATEWAY_MLLP_CLIENT_CA", "settings-mllp-client-ca"),
        ({"mllp_tls_key": __file__}, "GATEWAY_MLLP_TLS_CERT", "settings-half-tls"),
    ],
)
def test_half_a_setting_is_refused(given: dict[str, str], name: str, rule: str) -> None:
    with pytest.raises(SettingsError) as told:
        read_settings({}, **given)
    assert [(issue.expression, issue.rule) for issue in told.value.issues] == [(name, rule)]


def test_each_listener_has_its_facility() -> None:
    made = read_settings({}, mllp="127.0.0.1:2575=79001, [::1]:2576=31006,localhost:2577").mllp
    assert [(one.host, one.port, one.facility) for one in made] == [
        ("127.0.0.1", 2575, "79001"),
        ("::1", 2576, "31006"),
        ("localhost", 2577, ""),
    ]
