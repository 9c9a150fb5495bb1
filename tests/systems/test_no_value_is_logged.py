"""Whatever is sent to a gateway, no value of it stands in its log or its metrics, and every line of the log is JSON."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from tests.systems.serving import LAB, PATIENCE, ROOT, SAMPLE, Gateway, ended

MARK = "Zqxnguyen77"  # stands for a patient's value wherever one can stand
BHYT = (ROOT / "adapters" / "bhyt" / "samples" / "provincial-hospital.xml").read_text(encoding="utf-8")
HOSPITAL = "01999"


def hl7_messages() -> Iterator[bytes]:
    """The sample with the mark in each kind of its fields, one after another; then torn, and in a wrong encoding."""
    segments = SAMPLE.decode().split("\r")
    done = set()
    for place, segment in enumerate(segments):
        fields = segment.split("|")
        for number in range(1, len(fields)):
            if fields[number] and (fields[0], number) not in done:
                done.add((fields[0], number))
                marked = "|".join([*fields[:number], MARK, *fields[number + 1 :]])
                yield "\r".join([*segments[:place], marked, *segments[place + 1 :]]).encode()
    whole = SAMPLE.replace("NGUYỄN".encode(), MARK.encode())
    yield whole[: len(whole) // 2]
    yield whole + MARK.encode("utf-16")
    yield f"MSH|^~\\&|{MARK}\rPID|1||{MARK}".encode()


def xml_documents() -> Iterator[bytes]:
    """The sample with the mark in each kind of element, one after another; then torn, with a DTD, and as text."""
    for name in sorted(set(re.findall(r"<([A-Z_0-9]+)>[^<]+</", BHYT))):
        yield re.sub(rf"<{name}>[^<]+</", f"<{name}>{MARK}</", BHYT).encode()
    yield BHYT.replace("NGUYỄN", MARK)[:-200].encode()
    yield f'<!DOCTYPE x [<!ENTITY a "{MARK}">]><GIAMDINHHS>&a;</GIAMDINHHS>'.encode()
    yield f"<GIAMDINHHS {MARK}='{MARK}'><{MARK}>{MARK}</{MARK}></GIAMDINHHS>".encode()


def by_hand(gateway: Gateway, sent: bytes) -> None:
    """Bytes that no HTTP client would send; whatever is answered."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=PATIENCE) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass


def misuse(gateway: Gateway, token: str) -> None:
    """The mark wherever a request can carry something: path, query, headers, forms, bodies, and outside of HTTP."""
    for path in (
        f"/{MARK}", f"/exchanges/{MARK}", f"/fhir/{MARK}", f"/fhir/Patient/{MARK}", f"/fhir/Patient/{MARK}/_history/1",
        f"/fhir/Observation?patient.identifier=http://x|{MARK}&code={MARK}", f"/fhir/Patient?{MARK}=1",
        f"/fhir/Patient?identifier={MARK}&_sort={MARK}", f"/fhir/Patient?name={MARK * 900}",
        f"/fhir/Patient?x=%ff{MARK}",
    ):  # fmt: skip
        for carried in (token, MARK, ""):
            gateway.get(path, carried)
    for headers in ({"Authorization": MARK}, {"Prefer": MARK}, {"Accept": MARK}, {"Accept-Language": MARK}):
        requests.get(f"{gateway.url}/fhir/Patient?identifier={MARK}", headers=headers, timeout=PATIENCE)
    bearer = {"Authorization": f"Bearer {token}"}
    for path in (
        "/fhir/$process-message",
        "/fhir/Patient/$validate",
        "/fhir/Patient/_search",
        f"/exchanges/{MARK}/$redeliver",
    ):
        for body in (MARK, f'{{"resourceType":"{MARK}","entry":[{{"resource":{{"id":"{MARK}"}}}}]}}', f'{{"{MARK}":'):
            for kind in ("application/fhir+json", MARK):
                requests.post(gateway.url + path, data=body, headers=bearer | {"Content-Type": kind}, timeout=PATIENCE)
    for form in (
        {"grant_type": MARK},
        {"grant_type": "client_credentials", "client_assertion": f"{MARK}.{MARK}.{MARK}"},
    ):
        requests.post(f"{gateway.url}/oauth/token", data=form, timeout=PATIENCE)
    requests.post(f"{gateway.url}/facilities/{MARK}/payloads", data=MARK, headers=bearer, timeout=PATIENCE)
    gateway_headers = bearer | {"X-Adapter": MARK, "Content-Type": MARK}
    requests.post(f"{gateway.url}/facilities/{LAB}/payloads", data=MARK, headers=gateway_headers, timeout=PATIENCE)
    for raw in (
        f"GET /{MARK}\r\n\r\n", f"{MARK} / HTTP/9.9\r\n\r\n", f"GET / HTTP/1.1\r\nHost: x\r\n{MARK} {MARK}\r\n\r\n",
        f"GET /?{MARK} HTTP/1.1\r\n{MARK}: {'x' * 9000}\r\n\r\n", f"GET /{MARK * 900} HTTP/1.1\r\n\r\n",
        f"POST /{MARK} HTTP/1.1\r\nHost: x\r\nContent-Length: {MARK}\r\n\r\n{MARK}",
    ):  # fmt: skip
        by_hand(gateway, raw.encode())


def values() -> set[str]:
    """What the samples say of their patients: names, numbers, addresses; and the mark."""
    told = set(re.findall(r"\d{9,}|[A-ZĐ][A-ZÀ-Ỹ]+ [A-ZÀ-Ỹ]+ [A-ZÀ-Ỹ]+", SAMPLE.decode() + BHYT))
    return {MARK, *told}


def test_no_value_of_what_is_sent_stands_in_the_log_or_the_metrics(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, settings={"log_level": "debug"})
    gateway.register()
    typed = ("facility", "add", HOSPITAL, "--name", "Bệnh viện Thử", "--basis", "consent 1")
    hospital: dict[str, Any] = json.loads(gateway.run(*typed).stdout)["client"]
    statuses = set()
    with gateway.serving() as started:
        token = gateway.token()
        for payload in hl7_messages():
            statuses.add(gateway.post(payload, token).status_code)
        laboratory, gateway.client = gateway.client, hospital
        for document in xml_documents():
            answer = requests.post(
                f"{gateway.url}/facilities/{HOSPITAL}/payloads", data=document, timeout=PATIENCE,
                headers={"Content-Type": "application/xml", "Authorization": f"Bearer {gateway.token()}"},
            )  # fmt: skip
            statuses.add(answer.status_code)
        gateway.client = laboratory
        misuse(gateway, token)
        metrics = gateway.get("/metrics").text
        assert ended(started) == 0
    assert {201, 202, 400, 422} <= statuses, "what stands, what is held, what is broken, what is not valid"
    lines = [json.loads(line) for line in gateway.log.splitlines()]
    seen = {line["event"] for line in lines}
    assert {"serving", "request", "exchange", "payload-refused"} <= seen
    assert {line["status"] for line in lines if line["event"] == "exchange"} == {"kept", "held"}
    assert all(
        line["exchange"] and line["facility"] and line["adapter"] for line in lines if line["event"] == "exchange"
    )
    told = {*values()} - {str(number) for line in lines for number in line.values()}
    found = {value for value in told if value.casefold() in (gateway.log + metrics).casefold()}
    assert found == set()
