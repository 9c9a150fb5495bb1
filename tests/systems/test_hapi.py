"""HAPI, the Java library that most senders of HL7 v2 are made with, sends to `gateway serve --mllp` and reads what it
is answered with its own parser. Needs Maven and a JDK."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore

from gateway.messages import sentence
from tests.delivery.test_tls import certified
from tests.hl7v2.building import header, message, order, patient, result
from tests.systems.archives import installed, run
from tests.systems.serving import LAB, Gateway, free_port, payload

HAPI = Path(__file__).parent / "hapi"
ADMISSION = Path(__file__).parents[2] / "adapters" / "hl7v2" / "samples" / "admission.hl7"
UTF8 = {"f4": LAB, "f18": "UNICODE UTF-8"}
SENT = {
    "result": payload(1),
    "admission": ADMISSION.read_bytes(),
    "held": message(header(f10="HELD-1", **UTF8), patient(), order(), result(f11="Q")),
    "two-patients": message(
        header(f10="AE-1", **UTF8), patient(), order(), result(), patient(f3="BN2^^^79001^MR"), order(), result()
    ),
    "unread": message(header(f9="BAR^P01^BAR_P01", f10="AR-1", **UTF8), "EVN||20261123", patient()),
}
ANSWERED = [  # MSA-1, MSA-2, then of each ERR: severity, condition, place
    ["AA", "LAB-0001"],
    ["CA", "ADT0001"],
    ["AA", "HELD-1", "W", "103", "OBX^1^11^1"],
    ["AE", "AE-1", "E", "100", "PID^2"],
    ["AR", "AR-1", "E", "200", "MSH^1^9^1"],
]


@pytest.mark.parametrize("tls", ["plain", "tls"])
def test_hapis_client_is_answered_what_became_of_each_message(tmp_path: Path, tls: str) -> None:
    gateway = Gateway(tmp_path, "", {"judges": "0", "lang": "vi", "mllp": f"127.0.0.1:{free_port()}={LAB}"})
    java = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-Dfile.encoding=UTF-8"]
    if tls == "tls":
        made = certified(tmp_path / "certificate")
        gateway.settings |= {"mllp_tls_cert": made.server[0], "mllp_tls_key": made.server[1]}
        java += [f"-Djavax.net.ssl.trustStore={_trusted(Path(made.ca), tmp_path)}"]
    gateway.register()
    files = []
    for name, content in SENT.items():
        (tmp_path / name).write_bytes(content)
        files.append(str(tmp_path / name))
    address = gateway.settings["mllp"].partition("=")[0].split(":")
    with gateway.serving():
        told = run([*java, "-cp", f"{installed(HAPI)}/*", str(HAPI / "Client.java"), *address, tls, *files])
        counted = gateway.run("exchange", "list").stdout.splitlines()
    answers = [line.split("\t") for line in told.splitlines()]
    assert [_without_words(one) for one in answers] == ANSWERED
    assert answers[2][2] == sentence("mllp-held", "vi")
    assert len(counted) == 3


def _without_words(answer: list[str]) -> list[str]:
    """Of several ERR the first."""
    return answer[:2] + answer[3:6]


def _trusted(authority: Path, folder: Path) -> Path:
    """As Java reads it."""
    found = x509.load_pem_x509_certificate(authority.read_bytes())
    store = folder / "trusted.p12"
    store.write_bytes(serialize_java_truststore([PKCS12Certificate(found, None)], NoEncryption()))
    return store
